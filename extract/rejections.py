"""Rows that cannot be true: kept with the reason and what they said, never dropped."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import polars as pl

#: The column that says why a row is rejected; null in a row that is fine.
REASON = "_reason"
#: A longer text names nothing: Postgres could not hold it in the index of a key.
LONGEST_ID = 200
TOO_LONG = f"is longer than {LONGEST_ID} characters"


def unforeseen(error: Exception) -> str:
    """Return the reason of a record whose reading failed as nobody foresaw."""
    return f"it cannot be read ({type(error).__name__})"


def first_reason(rules: Sequence[tuple[str, pl.Expr]]) -> pl.Expr:
    """Return the column `REASON`: the text of the first rule whose condition holds.

    A condition that is null does not hold.
    """
    reasons = [
        pl.when(condition.fill_null(False)).then(pl.lit(text)).otherwise(pl.lit(None, pl.String))
        for text, condition in rules
    ]
    return pl.coalesce(reasons).alias(REASON)


def with_reason(frame: pl.DataFrame, rules: Sequence[tuple[str, pl.Expr]]) -> pl.DataFrame:
    """Add the column `REASON`: the text of the first rule whose condition holds, else null.

    Most frames hold no bad row: then nothing but the conditions is computed.
    """
    any_holds = pl.any_horizontal(condition.fill_null(False) for _, condition in rules)
    bad = frame.select(any_holds.alias(REASON))[REASON].arg_true()
    reasons = pl.repeat(None, frame.height, dtype=pl.String, eager=True)
    if len(bad):
        reasons = reasons.scatter(bad, frame[bad].select(first_reason(rules)).to_series())
    return frame.with_columns(reasons.alias(REASON))


def accepted(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the rows without a reason."""
    return frame.filter(pl.col(REASON).is_null()).drop(REASON)


def rejected(
    frame: pl.DataFrame, key: pl.Expr, original: pl.Expr, rejected_at: datetime
) -> pl.DataFrame:
    """Return the rows with a reason, in the shape of a ``_rejected`` table.

    Parameters
    ----------
    frame
        With ``city`` and `REASON`.
    key, original
        What names the row, and the row as it came, as text.
    rejected_at
        The time of the run.
    """
    return frame.filter(pl.col(REASON).is_not_null()).select(
        key.cast(pl.String).alias("row_key"),
        pl.col("city"),
        pl.col(REASON).alias("reason"),
        original.alias("original"),
        pl.lit(rejected_at, pl.Datetime("us", "UTC")).alias("rejected_at"),
    )


def as_json(columns: Sequence[str]) -> pl.Expr:
    """Return a row's columns as one JSON text."""
    return pl.struct(columns).struct.json_encode()


def outside_world(latitude: str, longitude: str) -> pl.Expr:
    """Return whether a position (degrees) is not on earth, or not finite, or exactly (0, 0)."""
    lat, lon = pl.col(latitude), pl.col(longitude)
    return ~(lat.is_finite() & lon.is_finite() & (lat.abs() <= 90) & (lon.abs() <= 180)) | (
        (lat == 0) & (lon == 0)
    )
