"""Rides concluded from vehicles that vanish from a feed, or move in use, with a confidence.

A vehicle that vanishes is not a ride: it may be charged, carried, repaired, out of reach, or the
feed may have failed. Each gap in a vehicle's availability is judged by how long it was, how far the
vehicle moved against the jitter of GPS, what its battery did, and what the feed did meanwhile.

Where ids change with every snapshot nothing can be followed and nothing is concluded; where they
change after each trip (GBFS 2.2 and later ask for it) a vanished vehicle never returns, and only
those that the feed shows in use are concluded.

Each vehicle is looked at alone, and of the feed only counts by snapshot are kept: a day of a fleet
is millions of observations, which come in parts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import polars as pl

from extract.gbfs.judgements import InferenceParameters, judged
from extract.gbfs.tables import INFERRED_RIDES

#: What is needed of an observation.
NEEDED = (
    *("vehicle_id", "observed_at", "latitude", "longitude", "x_m", "y_m", "is_reserved"),
    *("battery_pct", "range_m"),
)


@dataclass(frozen=True)
class Followed:
    """How far a feed's ids can be followed.

    Attributes
    ----------
    persisting_share
        Of the vehicles of a snapshot, how many are in the next one; None without two snapshots.
    vanished_count, returned_count
        How often an id vanished before the last snapshot, and came back.
    """

    persisting_share: float | None
    vanished_count: int
    returned_count: int


def numbered(snapshots: pl.Series) -> pl.DataFrame:
    """Return the times of all snapshots, those without vehicles too, with their numbers."""
    times = pl.DataFrame({"observed_at": snapshots.unique().sort()}).with_row_index("place")
    return times.cast({"place": pl.Int64})


def comings_and_goings(observations: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    """Add whether each observation is one of a vehicle that had just come, or was about to go.

    Parameters
    ----------
    observations
        ``vehicle_id`` and ``observed_at``, each vehicle with all of its observations.
    times
        The snapshots, as `numbered`.

    Returns
    -------
    polars.DataFrame
        The observations ordered by vehicle and time with ``place`` (the number of the snapshot),
        ``is_arrived`` (not in the snapshot before), ``is_departed`` (not in the next one) and
        ``is_back`` (arrived, and seen some time before). In the first snapshot none is taken for
        arrived, in the last one none for departed.
    """
    place = pl.col("place")
    before, after = (place.shift(n).over("vehicle_id") for n in (1, -1))
    return (
        observations.join(times, on="observed_at", how="inner")
        .sort("vehicle_id", "place")
        .with_columns(
            is_arrived=(before.is_null() | (before < place - 1)) & (place > 0),
            is_departed=(after.is_null() | (after > place + 1)) & (place < times.height - 1),
            is_back=(before < place - 1).fill_null(False),
        )
    )


@dataclass
class Following:
    """Follows the vehicles of one city through its snapshots, some vehicles at a time.

    Parameters
    ----------
    snapshots
        The times of all its snapshots of vehicles, empty ones too.
    parameters
        What is taken for what.
    """

    snapshots: pl.Series
    parameters: InferenceParameters = field(default_factory=InferenceParameters)
    _gaps: list[pl.DataFrame] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self._times = numbered(self.snapshots)
        names = ("there", "departed", "returned")
        self._counts = self._times.select(
            "place", *(pl.lit(0, pl.Int64).alias(name) for name in names)
        )

    def add(self, observations: pl.DataFrame) -> None:
        """Add vehicles, each with all of its observations (`NEEDED`)."""
        seen = comings_and_goings(observations, self._times)
        counted = seen.group_by("place").agg(
            pl.len().cast(pl.Int64).alias("there"),
            pl.col("is_departed").sum().cast(pl.Int64).alias("departed"),
            pl.col("is_back").sum().cast(pl.Int64).alias("returned"),
        )
        both = pl.concat([self._counts, counted])
        self._counts = both.group_by("place").sum().sort("place")
        gaps = _gaps(seen)
        # Copied: texts that were filtered hold all texts of their part in memory.
        names = pl.Series("vehicle_id", gaps["vehicle_id"].to_list(), pl.String)
        self._gaps.append(gaps.with_columns(names))

    @property
    def followed(self) -> Followed:
        """How far the ids can be followed."""
        last = self._times.height - 1
        before_last = int(self._counts.filter(pl.col("place") < last)["there"].sum())
        if not before_last:
            return Followed(None, 0, 0)
        departed, returned = (int(self._counts[name].sum()) for name in ("departed", "returned"))
        return Followed((before_last - departed) / before_last, departed, returned)

    def rides(self) -> pl.DataFrame:
        """Conclude rides from the gaps; rows of ``raw_gbfs.inferred_rides``."""
        share = self.followed.persisting_share
        if share is None or share < self.parameters.least_persisting_share:
            return pl.DataFrame(schema=INFERRED_RIDES.polars_schema)
        gaps = _with_feed(pl.concat(self._gaps), self._times, self._counts, self.parameters)
        return INFERRED_RIDES.conform(judged(gaps, self.parameters))


def infer_rides(
    vehicles: Iterable[pl.DataFrame],
    snapshots: pl.Series,
    parameters: InferenceParameters | None = None,
) -> tuple[pl.DataFrame, Followed]:
    """Conclude rides of one city.

    Parameters
    ----------
    vehicles
        Rows of ``raw_gbfs.vehicle_observations`` of one city in parts, no vehicle in two of them.
    snapshots
        The times of all its snapshots of vehicles, empty ones too.

    Returns
    -------
    polars.DataFrame
        Rows of ``raw_gbfs.inferred_rides``, one a gap: kind ``ride`` (confidence of 0.5 or more),
        ``service`` (the battery rose) or ``unclear``. Empty when ids cannot be followed.
    Followed
        How far they can.
    """
    following = Following(snapshots, parameters or InferenceParameters())
    for observations in vehicles:
        following.add(observations)
    return following.rides(), following.followed


def _gaps(seen: pl.DataFrame) -> pl.DataFrame:
    """Return the gaps in each vehicle's availability.

    One that is in use when first seen begins there: its true start is not known.
    """
    is_first = pl.col("place") == pl.col("place").min().over("vehicle_id")
    idle = seen.with_columns(
        pl.col("is_reserved")
        .fill_null(False)
        .cast(pl.Int64)
        .cum_sum()
        .over("vehicle_id")
        .alias("reserved")
    ).filter(~pl.col("is_reserved").fill_null(False) | is_first)
    names = (
        "observed_at",
        "place",
        "latitude",
        "longitude",
        "x_m",
        "y_m",
        "battery_pct",
        "range_m",
        "reserved",
        "is_reserved",
    )
    start = [pl.col(name).shift(1).over("vehicle_id").alias(f"start_{name}") for name in names]
    steps = pl.col("place") - pl.col("start_place")
    used = pl.col("reserved") - pl.col("start_reserved") > 0
    return (
        idle.with_columns(start)
        .filter(pl.col("start_place").is_not_null())
        .with_columns(
            missed_count=steps - 1,
            is_in_use=used | pl.col("start_is_reserved").fill_null(False),
        )
        .filter(pl.col("is_arrived") | pl.col("is_in_use"))
        .with_columns(
            gap_h=(pl.col("observed_at") - pl.col("start_observed_at")).dt.total_seconds() / 3600,
            distance_m=(
                (pl.col("x_m") - pl.col("start_x_m")) ** 2
                + (pl.col("y_m") - pl.col("start_y_m")) ** 2
            ).sqrt(),
            battery_change_pct=pl.col("battery_pct") - pl.col("start_battery_pct"),
            range_change_m=pl.col("range_m") - pl.col("start_range_m"),
        )
    )


def _with_feed(
    gaps: pl.DataFrame,
    times: pl.DataFrame,
    counts: pl.DataFrame,
    parameters: InferenceParameters,
) -> pl.DataFrame:
    """Add whether the feed itself failed in a gap: a hole in time, or most vehicles gone."""
    step = pl.col("observed_at").diff().dt.total_seconds()
    there = times.join(counts, on="place", how="left").sort("place").with_columns(step=step)
    size, departed = pl.col("there").shift(1), pl.col("departed").shift(1)
    gone = (size > 1) & (departed > parameters.outage_share * size)
    hole = pl.col("step") > parameters.feed_gap_factor * pl.col("step").median()
    failed = there.select(
        "place",
        hole.fill_null(False).cast(pl.Int64).cum_sum().alias("holes"),
        gone.fill_null(False).cast(pl.Int64).cum_sum().alias("outages"),
    )
    start = failed.rename({"place": "start_place", "holes": "holes_0", "outages": "outages_0"})
    return (
        gaps.join(failed, on="place", how="left", maintain_order="left")
        .join(start, on="start_place", how="left", maintain_order="left")
        .with_columns(
            is_feed_gap=pl.col("holes") > pl.col("holes_0"),
            is_outage=pl.col("outages") > pl.col("outages_0"),
        )
    )
