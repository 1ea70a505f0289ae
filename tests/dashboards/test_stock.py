"""Parkings against their targets."""

import polars as pl
import pytest

from dashboards.stock import add_status, count_by_status

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("available", "target", "status"),
    [
        (0, 6.0, "empty"),
        (0, None, "empty"),
        (0, 0.0, "near"),
        (4, 6.0, "low"),
        (5, 6.0, "near"),
        (7, 6.0, "near"),
        (8, 6.0, "high"),
        (1, 2.0, "near"),
        (3, None, "unplanned"),
    ],
)
def test_status(available: int, target: float | None, status: str) -> None:
    """Near the target is within one scooter or a quarter of it; empty stands out."""
    parkings = pl.DataFrame(
        {"available_count": [available], "target_count": [target]},
        schema={"available_count": pl.Int64, "target_count": pl.Float64},
    )
    assert add_status(parkings)["status"].item() == status


def test_counts_follow_the_legend() -> None:
    """Statuses are counted in the legend's order, absent ones left out."""
    parkings = pl.DataFrame({"status": ["near", "empty", "near"]})
    assert count_by_status(parkings) == [("empty", "Empty", 1), ("near", "Near target", 2)]
