"""Messages that the operational database keeps for some time: ``telemetry_messages``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from extract.operational.reader import OperationalReader

TABLE = "telemetry_messages"
_TIME = "received_at"


def timeless_messages(reader: OperationalReader) -> list[str]:
    """Return a sentence when messages do not say when they were received: no cursor finds them."""
    if not reader.has(TABLE):
        return []
    statement = f"select count(*) from {TABLE} where {reader.is_no_time(_TIME)}"
    ((count,),) = reader.fetch(TABLE, statement)
    if not count:
        return []
    return [
        f"table {TABLE!r} of the operational database has messages without {_TIME}, which no run "
        f"reads: {count:,}; set it to the time of now, UTC, for the next run to load them, and "
        "write none without it"
    ]


def newest_message(reader: OperationalReader, until: datetime) -> datetime | None:
    """Return when the newest message up to `until` was received; None when there is none."""
    reader.require(TABLE, ["id", _TIME, "payload"])
    statement = f"select max({_TIME}) from {TABLE} where {_within(None, until)}"
    ((found,),) = reader.fetch(TABLE, statement)
    return _moment(found)


def next_bound(
    reader: OperationalReader, since: datetime | None, until: datetime, rows: int
) -> datetime | None:
    """Return when the message was received that is so many after `since`; None past `until`."""
    found = reader.fetch(
        TABLE,
        f"select {_TIME} from {TABLE} where {_within(since, until)}"
        f" order by {_TIME} limit 1 offset {rows - 1}",
    )
    return _moment(found[0][0]) if found else None


def _within(since: datetime | None, until: datetime) -> str:
    from extract.operational.reader import literal

    after = "" if since is None else f"{_TIME} > {literal(since)} and "
    return f"{after}{_TIME} <= {literal(until)}"


def _moment(found: Any) -> datetime | None:
    """Read a time as the database gives it: UTC, a text in SQLite."""
    try:
        moment = datetime.fromisoformat(found) if isinstance(found, str) else found
    except ValueError:
        return None
    return None if moment is None else moment.replace(tzinfo=UTC)


def read_messages(
    reader: OperationalReader, since: datetime | None, until: datetime
) -> Iterator[pl.DataFrame]:
    """Give the messages received after `since` and up to `until`, in frames of `files.LINES`."""
    schema = {"id": pl.Int64(), _TIME: pl.Datetime("us", "UTC"), "payload": pl.String()}
    where = _within(since, until)
    for frame in reader.read(TABLE, schema, where, is_whole=since is None):
        yield frame.select(
            prefix=pl.lit("message "),
            number="id",
            original=pl.col("payload")
            .fill_null("")
            .str.replace_all("\x00", "\ufffd", literal=True),
            received_at="received_at",
            source=pl.lit("messages"),
            _broken=pl.lit(None, pl.String),
        )


def read_fleet(reader: OperationalReader) -> dict[str, str]:
    """Return scooter codes and the slugs of their cities, as the operational database has them."""
    tables = {
        "cities": {"id": pl.Int64(), "slug": pl.String()},
        "scooters": {"id": pl.Int64(), "code": pl.String(), "city_id": pl.Int64()},
    }
    frames = {}
    for name, schema in tables.items():
        reader.require(name, list(schema))
        frames[name] = pl.concat([pl.DataFrame(schema=schema), *reader.read(name, schema, "1 = 1")])
    fleet = frames["scooters"].join(frames["cities"], left_on="city_id", right_on="id")
    return dict(fleet.sort("id").drop_nulls("code").select("code", "slug").iter_rows())
