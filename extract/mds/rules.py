"""What rows of an MDS feed must fulfil. A vehicle's state before an event is not looked at."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from extract.mds.misreadings import misread
from extract.mds.rows import READERS, Record
from extract.mds.tables import EVENTS, POLICIES, STOPS, TELEMETRY, TRIPS, VEHICLES
from extract.mds.values import original
from extract.raw_tables import RawTable
from extract.rejections import (
    LONGEST_ID,
    REASON,
    TOO_LONG,
    first_reason,
    outside_world,
    unforeseen,
)

logger = logging.getLogger(__name__)

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=1)
MAXIMUM_SPEED_KMH = 60.0
MAXIMUM_TRIP_H = 24.0
#: A trip shorter than this cannot tell its speed.
_LEAST_HOURS = 1.0 / 3600.0
#: What names a row in the rejected table, and the record as it came.
ROW_KEY, ORIGINAL = "row_key", "_original"

Rule = tuple[str, pl.Expr]


def frame_of(table: RawTable, city: str, records: Sequence[Record]) -> pl.DataFrame:
    """Read records into the table's columns, with `ROW_KEY`, `ORIGINAL` and `REASON`.

    A row is named by the table's key, or by a digest of the record where that is none. A record
    whose reading fails, however it does, has a reason and no values.
    """
    rows = [_row(table, city, record) for record in records]
    marks = {name: pl.String() for name in (ROW_KEY, ORIGINAL, REASON)}
    return pl.DataFrame(rows, schema={**table.polars_schema, **marks}, orient="row")


def _row(table: RawTable, city: str, record: Record) -> dict[str, Any]:
    row: dict[str, Any] = {"city": city}
    try:
        row.update(READERS[table.name](record))
        reason = misread(table.name, record, row)
    except Exception as error:  # whatever a record holds: it must not stop the others
        logger.warning("MDS %s: a record of %s cannot be read", city, table.name, exc_info=True)
        reason = unforeseen(error)
    kept = original(record)
    parts = [row.get(name) or "" for name in table.key[1:]]
    named = [part.isoformat() if isinstance(part, datetime) else str(part) for part in parts]
    if not all(0 < len(part) <= LONGEST_ID for part in named):
        named = [hashlib.sha256(kept.encode()).hexdigest()[:16]]
    return {**row, ROW_KEY: ":".join([city, *named]), ORIGINAL: kept, REASON: reason}


def checked(table: RawTable, frame: pl.DataFrame, until: datetime) -> pl.DataFrame:
    """Mark the rows that cannot be true with the reason; one row a key, the last one."""
    ids = [name for name in table.columns if name.endswith("_id")]
    long = [(f"the {name} {TOO_LONG}", pl.col(name).str.len_chars() > LONGEST_ID) for name in ids]
    reason = first_reason([*_RULES[table.name](until), *long])
    marked = frame.with_columns(pl.coalesce(REASON, reason).alias(REASON))
    return marked.unique(ROW_KEY, keep="last", maintain_order=True)


def _vehicles(_until: datetime) -> list[Rule]:
    return [("no device_id", pl.col("device_id").is_null())]


def _events(until: datetime) -> list[Rule]:
    return [
        ("no event_id", pl.col("event_id").is_null()),
        ("no device_id", pl.col("device_id").is_null()),
        *_time("occurred_at", "time", until),
        ("no vehicle_state", pl.col("vehicle_state").is_null()),
        ("no event_types", pl.col("event_types").is_null()),
        # An event may lack its place (it names geographies then), but not have an impossible one.
        ("position is no place", outside_world("latitude", "longitude")),
        _battery(),
    ]


def _telemetry(until: datetime) -> list[Rule]:
    return [
        ("no device_id", pl.col("device_id").is_null()),
        *_time("reported_at", "time", until),
        ("no position", pl.col("latitude").is_null() | pl.col("longitude").is_null()),
        ("position is no place", outside_world("latitude", "longitude")),
        _battery(),
    ]


def _trips(until: datetime) -> list[Rule]:
    hours = (pl.col("ended_at") - pl.col("started_at")).dt.total_milliseconds() / 3.6e6
    speed_kmh = pl.col("distance_m") / 1000.0 / pl.max_horizontal(hours, pl.lit(_LEAST_HOURS))
    rules = [
        ("no trip_id", pl.col("trip_id").is_null()),
        ("no device_id", pl.col("device_id").is_null()),
        *_time("started_at", "start time", until),
        # The end may be missing while the trip goes on.
        ("end time in the far future", pl.col("ended_at") > until + FUTURE_TOLERANCE),
        ("ends before it starts", pl.col("ended_at") < pl.col("started_at")),
        ("longer than 24 hours", hours > MAXIMUM_TRIP_H),
        ("longer than 24 hours", pl.col("duration_s") > MAXIMUM_TRIP_H * 3600.0),
        ("negative duration", pl.col("duration_s") < 0),
        ("negative distance", pl.col("distance_m") < 0),
        ("faster than 60 km/h on average", speed_kmh > MAXIMUM_SPEED_KMH),
    ]
    for side, is_needed in (("start", pl.lit(True)), ("end", pl.col("ended_at").is_not_null())):
        latitude, longitude = f"{side}_latitude", f"{side}_longitude"
        missing = pl.col(latitude).is_null() | pl.col(longitude).is_null()
        rules.append((f"no {side} position", is_needed & missing))
        rules.append((f"{side} position is no place", outside_world(latitude, longitude)))
    return rules


def _stops(_until: datetime) -> list[Rule]:
    return [
        ("no stop_id", pl.col("stop_id").is_null()),
        ("position is no place", outside_world("latitude", "longitude")),
    ]


def _policies(_until: datetime) -> list[Rule]:
    return [
        ("no policy_id", pl.col("policy_id").is_null()),
        ("no rules", pl.col("rules_json").is_null()),
    ]


def _time(column: str, name: str, until: datetime) -> list[Rule]:
    return [
        (f"{name} cannot be read", pl.col(column).is_null()),
        (f"{name} in the far future", pl.col(column) > until + FUTURE_TOLERANCE),
        (f"{name} before 2015", pl.col(column) < EARLIEST),
    ]


def _battery() -> Rule:
    return ("battery is not within 0 to 100", ~pl.col("battery_pct").is_between(0, 100))


_RULES: dict[str, Callable[[datetime], list[Rule]]] = {
    VEHICLES.name: _vehicles,
    EVENTS.name: _events,
    TELEMETRY.name: _telemetry,
    TRIPS.name: _trips,
    STOPS.name: _stops,
    POLICIES.name: _policies,
}
__all__ = ["ORIGINAL", "REASON", "ROW_KEY", "checked", "frame_of"]
