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
