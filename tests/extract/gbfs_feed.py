"""GBFS feeds for the tests: documents of both versions, in folders and on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.loopback import QuietHandler, http_running

START = datetime(2026, 6, 1, 6, 0, tzinfo=UTC)
LATITUDE, LONGITUDE = 40.63, 22.94


def vehicle(name: str, **values: Any) -> dict[str, Any]:
    """A vehicle of 3.0."""
    basis = {"vehicle_id": name, "lat": LATITUDE, "lon": LONGITUDE}
    return {**basis, "is_reserved": False, "is_disabled": False, **values}


def document(vehicles: list[dict[str, Any]], minute: int = 0, **envelope: Any) -> dict[str, Any]:
    """A snapshot of vehicles of 3.0, some minutes after `START`."""
    at = (START + timedelta(minutes=minute)).isoformat()
    return {"last_updated": at, "ttl": 60, "version": "3.0", "data": {"vehicles": vehicles},
            **envelope}  # fmt: skip


def write(folder: Path, name: str, *documents: Any) -> Path:
    """Write documents one after the other into a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text("\n".join(json.dumps(one) for one in documents))
    return path


class Feed:
    """What a server of feeds says: path to an object, or to bytes; others are 404."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.statuses: list[int] = []
        self.asked: list[str] = []


@contextmanager
def serving(feed: Feed) -> Iterator[str]:
    """Serve it on loopback; gives the address."""

    class Handler(QuietHandler):
        def answer(self) -> None:
            feed.asked.append(self.path)
            answer = feed.answers.get(self.path)
            if callable(answer):
                answer = answer()
            status = feed.statuses.pop(0) if feed.statuses else 200
            body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.reply(404 if answer is None else status, body)

    with http_running(Handler) as address:
        yield address
