"""What is wrong with a message that does not fit: one by one, for the few that need it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from extract.telemetry.decoding import LONGEST_TEXT

#: Of a text that is too long, so much is kept.
KEPT_TEXT = 100_000
NOT_JSON = "not JSON"
_NUMBERS = {
    *("ts", "lat", "lng", "spd", "bat", "hdop", "battery.pct"),
    *("gps.lat", "gps.lon", "gps.hdop", "gps.speed_kmh"),
}
_OBJECTS = {"device", "gps", "battery", "state"}


@dataclass(frozen=True)
class Message:
    """A message of a line: its text, or why it is none.

    Attributes
    ----------
    part
        Its place in an array; None when it came alone.
    reason
        None when every field has the right kind of value.
    """

    line: int
    part: int | None
    original: str
    reason: str | None


def messages_of(line: int, part: int | None, text: str) -> list[Message]:
    """Take a text apart; at least one message comes out of it, one alone of an array's `part`."""
    if len(text.encode()) > LONGEST_TEXT:
        return [Message(line, part, text, f"longer than {LONGEST_TEXT:,} characters")]
    try:
        content = json.loads(text)
    except RecursionError:
        return [Message(line, part, text, None)]  # the reader decides
    except ValueError:
        return [Message(line, part, text, NOT_JSON)]
    several = content if isinstance(content, list) else None
    if isinstance(content, dict) and "id" not in content and "device" not in content:
        several = content.get("messages")
    if part is not None or not isinstance(several, list) or not several:
        reason = "no message" if content == [] else misfit(content)
        return [Message(line, part, text, reason)]
    # A message within a message is a misfit, so this ends.
    return [
        Message(line, number, _text(message), misfit(message))
        for number, message in enumerate(several)
    ]


def _text(message: Any) -> str:
    """Return it as JSON; what no JSON can say has a reason and is not read again."""
    return json.dumps(message, separators=(",", ":"))


def misfit(content: Any) -> str | None:
    """Say which field has the wrong kind of value; None when none has."""
    if content is None:
        return "no message"
    if not isinstance(content, dict):
        return f"a message is an object, not {type(content).__name__}"
    for path, value in _leaves(content):
        if value is None:
            continue
        if path in _NUMBERS:
            if isinstance(value, bool) or not isinstance(value, (int, float)):
                return f"{path} is {str(value)[:40]!r}; a number is needed"
            if not _is_finite(value):
                return f"{path} is not a finite number"
        elif path in _OBJECTS and not isinstance(value, dict):
            return f"{path} is {str(value)[:40]!r}; an object is needed"
    return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def _leaves(content: dict[str, Any]) -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for name, value in content.items():
        if isinstance(value, dict) and name in _OBJECTS:
            leaves += [(f"{name}.{inner}", deep) for inner, deep in value.items()]
        else:
            leaves.append((name, value))
    return leaves
