"""How far a gap in a vehicle's availability is taken for a ride.

The factors are judgements, stated here so that they can be argued about; nothing is fitted.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import polars as pl


@dataclass(frozen=True)
class InferenceParameters:
    """What is taken for what.

    Parameters
    ----------
    jitter_m
        A position that moves less has not moved.
    sure_m
        A move of this much is no error of GPS.
    longest_ride_h, longest_gap_h
        Longer absences are rarely rides; beyond the second they are none.
    greatest_kmh
        Faster than a scooter, on the straight line: it was carried.
    battery_noise_pct, range_noise_m
        A battery that changes less has not changed.
    feed_gap_factor
        Snapshots so many times farther apart than usual are a gap of the feed.
    outage_share
        When more of the fleet vanishes at once, the feed failed.
    least_persisting_share
        When fewer ids are there in the next snapshot too, ids cannot be followed.
    """

    jitter_m: float = 30.0
    sure_m: float = 100.0
    longest_ride_h: float = 2.0
    longest_gap_h: float = 24.0
    greatest_kmh: float = 40.0
    battery_noise_pct: float = 1.0
    range_noise_m: float = 100.0
    feed_gap_factor: float = 3.0
    outage_share: float = 0.5
    least_persisting_share: float = 0.5

    def __post_init__(self) -> None:
        for name in ("outage_share", "least_persisting_share"):
            if not 0 < getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share above 0 up to 1")
        if not 0 <= self.jitter_m <= self.sure_m:
            raise ValueError(f"jitter_m is {self.jitter_m}; from 0 to sure_m ({self.sure_m})")
        if not 0 < self.longest_ride_h <= self.longest_gap_h:
            raise ValueError(f"longest_ride_h is {self.longest_ride_h}; up to longest_gap_h")


def judged(gaps: pl.DataFrame, parameters: InferenceParameters) -> pl.DataFrame:
    """Add kind, confidence and reason: each judgement is a factor and a clause."""
    factors, clauses, rose = _judgements(parameters)
    confidence = pl.lit(0.9)
    for factor in factors:
        confidence = confidence * factor
    reason = pl.concat_str(clauses, separator="; ", ignore_nulls=True)
    kind = (
        pl.when(rose).then(pl.lit("service"))
        .when(pl.col("confidence") >= 0.5).then(pl.lit("ride"))
        .otherwise(pl.lit("unclear"))
    )  # fmt: skip
    return (
        gaps.filter(pl.col("gap_h") <= parameters.longest_gap_h)
        .with_columns(
            confidence=confidence.round(3),
            reason=reason,
            gap_started_at=pl.col("start_observed_at"),
            gap_ended_at=pl.col("observed_at"),
            end_latitude=pl.col("latitude"),
            end_longitude=pl.col("longitude"),
            end_x_m=pl.col("x_m"),
            end_y_m=pl.col("y_m"),
            end_battery_pct=pl.col("battery_pct"),
            ride_key=pl.struct("vehicle_id", "start_observed_at").map_elements(
                _ride_key, pl.String
            ),
        )
        .with_columns(kind=kind)
        .sort("gap_ended_at", "ride_key")
    )


def _judgements(p: InferenceParameters) -> tuple[list[pl.Expr], list[pl.Expr], pl.Expr]:
    """Return factors of the confidence, clauses of the reason, and whether the battery rose."""
    moved, hours, used = pl.col("distance_m"), pl.col("gap_h"), pl.col("is_in_use")
    kmh = moved / 1000 / hours
    battery, reach = pl.col("battery_change_pct"), pl.col("range_change_m")
    rose = (battery > p.battery_noise_pct) | (battery.is_null() & (reach > p.range_noise_m))
    fell = (battery < -p.battery_noise_pct) | (reach < -p.range_noise_m)
    rose, fell = rose.fill_null(False), fell.fill_null(False) & ~rose.fill_null(False)
    unknown = battery.is_null() & reach.is_null()
    whole = moved.round(0).cast(pl.Int64)
    minutes = (hours * 60).round(0).cast(pl.Int64)
    move = [
        (moved.is_null(), 0.3, pl.lit("position not known")),
        (moved <= p.jitter_m, pl.when(used).then(0.4).otherwise(0.15),
         pl.format("stayed within {} m", pl.lit(f"{p.jitter_m:g}"))),
        (moved <= p.sure_m, 0.6, pl.format("moved {} m", whole)),
        (kmh > p.greatest_kmh, 0.1, pl.format("moved {} m, too fast for a scooter", whole)),
        (pl.lit(True), 1.0, pl.format("moved {} m", whole)),
    ]  # fmt: skip
    length = [
        (hours <= p.longest_ride_h, 1.0, pl.format("away {} min", minutes)),
        (hours <= 3 * p.longest_ride_h, 0.5, pl.format("away {} min, long for a ride", minutes)),
        (pl.lit(True), 0.2, pl.format("away {} min, very long for a ride", minutes)),
    ]
    charge = [
        (rose, 0.05, pl.lit("the battery rose: a swap or a charge")),
        (fell, 1.0, pl.lit("the battery fell")),
        (unknown, 0.8, pl.lit("battery not known")),
        (moved > 5 * p.sure_m, 0.4, pl.lit("the battery did not fall: perhaps carried")),
        (pl.lit(True), 0.8, pl.lit("the battery did not change")),
    ]
    feed = [
        (pl.col("is_outage"), 0.1, pl.lit("most vehicles vanished at once: the feed failed")),
        (pl.col("is_feed_gap"), 0.3, pl.lit("the feed has a gap there")),
    ]
    use = [
        (pl.col("start_is_reserved"), 1.0, pl.lit("seen in use from the first: it began earlier")),
        (used, 1.0, pl.lit("seen in use")),
    ]
    tables = (move, length, charge, feed, use)
    return [_chosen(t, 1) for t in tables], [_chosen(t, 2) for t in tables], rose


def _chosen(table: list[tuple[pl.Expr, Any, pl.Expr]], part: int) -> pl.Expr:
    """Return the factor (1) or clause (2) of the first condition that holds, else 1 or null."""
    result: pl.Expr = pl.lit(1.0) if part == 1 else pl.lit(None, pl.String)
    for row in reversed(table):
        value = row[part] if isinstance(row[part], pl.Expr) else pl.lit(row[part])
        result = pl.when(row[0].fill_null(False)).then(value).otherwise(result)
    return result


def _ride_key(row: dict[str, Any]) -> str:
    text = f"{row['vehicle_id']}|{row['start_observed_at'].isoformat()}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]
