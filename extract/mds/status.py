"""The status of vehicles: the newest event and telemetry of each, as records like any others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from extract.mds.rows import Record


def newest_of(records: Sequence[Record]) -> tuple[list[Record], list[Record]]:
    """Take the events and the points of telemetry out of ``/vehicles/status``.

    What is no such object comes as an event without an id, and so is rejected as what it was.
    """
    events: list[Record] = []
    points: list[Record] = []
    for record in records:
        for name, into in (("last_event", events), ("last_telemetry", points)):
            if record.get(name):
                into.append(_with_ids(record, record[name]))
        if not record.get("device_id") and not (
            record.get("last_event") or record.get("last_telemetry")
        ):
            events.append(record)
    return events, points


def _with_ids(record: Record, inner: Any) -> Record:
    """Return an object of a status, which may leave out whose it is."""
    basis = {key: record.get(key) for key in ("device_id", "provider_id")}
    return {**basis, **inner} if isinstance(inner, dict) else {**basis, "value": inner}
