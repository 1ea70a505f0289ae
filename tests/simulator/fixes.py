"""The fixes that telemetry messages hold, of both versions."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple


class Fix(NamedTuple):
    """One reported position; `at_s` is in whole seconds when `version` is 1."""

    version: int
    code: str
    at_s: float
    latitude: float
    longitude: float
    hdop: float


def fixes_in(messages: Iterable[tuple[float, str]]) -> list[Fix]:
    """Read what `hour_messages` gives; batches are opened, messages cut off are left out."""
    documents = [json.loads(text) for _, text in messages if text.endswith("}")]
    return [_fix(one) for document in documents for one in document.get("messages", [document])]


def _fix(message: dict[str, Any]) -> Fix:
    if "v" not in message:
        values = (message[name] for name in ("id", "ts", "lat", "lng", "hdop"))
        return Fix(1, *values)
    gps = message["gps"]
    at_s = datetime.fromisoformat(message["sent_at"]).timestamp()
    return Fix(2, message["device"]["id"], at_s, gps["lat"], gps["lon"], gps["hdop"])
