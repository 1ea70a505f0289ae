"""What a record says that cannot be read, where a figure would come out wrong without it.

A trip whose end is no time would count as under way, a policy whose end is none as in force. Other
fields, such as the year a vehicle was made in, are just not known then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: By table, the fields of a record and the columns that they are read into.
_TOLD: dict[str, dict[str, str]] = {
    "trips": {
        "end_time": "ended_at",
        "duration": "duration_s",
        "distance": "distance_m",
        "standard_cost": "standard_cost",
        "actual_cost": "actual_cost",
    },
    "events": {"battery_percent": "battery_pct"},
    "telemetry": {"battery_percent": "battery_pct"},
    "policies": {"start_date": "starts_at", "end_date": "ends_at"},
    "geographies": {"effective_date": "effective_at", "retire_date": "retired_at"},
}


def misread(table: str, record: Mapping[str, Any], row: Mapping[str, Any]) -> str | None:
    """Return the reason why a record is no row, None where all that counts was read.

    Parameters
    ----------
    table
        The name of the raw table.
    record
        As the feed says it; a null and an empty text say nothing.
    row
        What was read of it.
    """
    for name, column in _TOLD.get(table, {}).items():
        if row[column] is None and _is_said(record.get(name)):
            return f"the {name} cannot be read"
    # Only an event may lack its place.
    if table == "events" and None in (row["latitude"], row["longitude"]):
        place = record.get("location") or record.get("event_location")
        parts = [place.get("lat"), place.get("lng")] if isinstance(place, dict) else [place]
        if any(map(_is_said, parts)):
            return "the location cannot be read"
    return None


def _is_said(value: Any) -> bool:
    return value is not None and (not isinstance(value, str) or bool(value.strip()))
