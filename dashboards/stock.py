"""How a parking stands against the count it should hold now."""

from typing import Literal

import polars as pl

Status = Literal["empty", "low", "near", "high", "unplanned"]

#: A parking is near its target within one scooter or this share of the target.
NEAR_SHARE = 0.25

#: What each status is called, in the order of the legend.
STATUS_LABELS: dict[Status, str] = {
    "empty": "Empty",
    "low": "Below target",
    "near": "Near target",
    "high": "Above target",
    "unplanned": "No target",
}


def add_status(parkings: pl.DataFrame) -> pl.DataFrame:
    """Add `status` to parkings with available_count and target_count (null: no target).

    An empty parking is `empty` unless its target says that it should be.
    """
    current, target = pl.col("available_count"), pl.col("target_count")
    slack = pl.max_horizontal(pl.lit(1.0), target * NEAR_SHARE)
    status = (
        pl.when((current == 0) & (target.is_null() | (target > 0)))
        .then(pl.lit("empty"))
        .when(target.is_null())
        .then(pl.lit("unplanned"))
        .when(current < target - slack)
        .then(pl.lit("low"))
        .when(current > target + slack)
        .then(pl.lit("high"))
        .otherwise(pl.lit("near"))
    )
    return parkings.with_columns(status.alias("status"))


def count_by_status(parkings: pl.DataFrame) -> list[tuple[Status, str, int]]:
    """Return (status, label, number of parkings) in the legend's order; absent ones left out."""
    found = dict(parkings.group_by("status").len().iter_rows())
    return [
        (status, label, found[status]) for status, label in STATUS_LABELS.items() if status in found
    ]
