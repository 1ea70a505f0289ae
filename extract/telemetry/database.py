"""Messages that the operational database keeps for a day: ``telemetry_messages``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    from extract.operational.reader import OperationalReader

TABLE = "telemetry_messages"


def read_messages(
    reader: OperationalReader, since: datetime, until: datetime
) -> Iterator[pl.DataFrame]:
    """Give the messages received from `since` to `until`, in frames of `files.LINES`."""
    from extract.operational.reader import literal

    schema = {"id": pl.Int64(), "received_at": pl.Datetime("us", "UTC"), "payload": pl.String()}
    reader.require(TABLE, list(schema))
    where = f"received_at >= {literal(since)} and received_at <= {literal(until)}"
    for frame in reader.read(TABLE, schema, where):
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
