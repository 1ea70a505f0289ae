"""Typed trips, and which of them cannot be true."""

from __future__ import annotations

import numpy as np
import polars as pl

from extract.open_trips.files import ORIGINAL
from extract.open_trips.times import check_day_order, parse_times
from extract.rejections import first_reason, outside_world
from geography.crs import haversine_m

MAXIMUM_SPEED_KMH = 60.0
MAXIMUM_DURATION_S = 7 * 86_400
#: A trip shorter than this cannot tell its speed along the straight line.
_LEAST_SPEED_S = 60.0
#: Open data rounds places to a hundred metres; a wrong unit is off by more than half.
_PLACE_SLACK_M = 200.0
_LEAST_DISTANCE_SHARE = 0.5
_METRES = {"distance_m": 1.0, "distance_km": 1000.0, "distance_mi": 1609.344}
_NUMBERS = ("start_latitude", "start_longitude", "end_latitude", "end_longitude")


def typed(texts: pl.DataFrame, timezone: str) -> pl.DataFrame:
    """Turn the texts of a trip file into times and numbers; what cannot be read becomes null.

    An end time that is missing follows from the duration.
    """
    check_day_order(texts["started_at"])
    starts = parse_times(texts["started_at"], timezone)["first"]
    ends = parse_times(texts["ended_at"], timezone)
    number = {
        name: pl.col(name).cast(pl.Float64, strict=False)
        for name in (*_NUMBERS, *_METRES, "duration_s", "duration_min")
    }
    duration = pl.coalesce(number["duration_s"], number["duration_min"] * 60.0)
    distance = pl.coalesce([number[name] * factor for name, factor in _METRES.items()])
    frame = texts.with_columns(
        is_distance_text=distance.is_null()
        & pl.any_horizontal(pl.col(list(_METRES)).is_not_null()),
        distance_m=distance,
        duration_s=duration,
        started_at=starts,
        _first=ends["first"],
        _second=ends["second"],
        _has_end=texts["ended_at"].is_not_null(),
        **{name: number[name] for name in _NUMBERS},
    )
    by_clock = pl.when(pl.col("_first") < pl.col("started_at")).then("_second").otherwise("_first")
    is_usable = pl.col("duration_s").is_between(0, MAXIMUM_DURATION_S)
    micros = pl.when(is_usable).then((pl.col("duration_s") * 1e6).round()).otherwise(None)
    by_duration = pl.col("started_at") + micros.cast(pl.Int64).cast(pl.Duration("us"))
    ended_at = pl.when("_has_end").then(by_clock).otherwise(by_duration)
    seconds = (ended_at - pl.col("started_at")).dt.total_microseconds() / 1e6
    return frame.with_columns(
        ended_at=ended_at,
        # The clock may count whole minutes only: the longer of the two tells the time it took.
        duration_s=pl.max_horizontal(seconds, "duration_s"),
        is_duration_negative=pl.col("duration_s") < 0,
    ).drop("_first", "_second", "_has_end")


def at_stations(trips: pl.DataFrame, stations: pl.DataFrame | None) -> pl.DataFrame:
    """Give trips without coordinates those of their stations; mark stations that are unknown."""
    if stations is None:
        return trips.with_columns(is_start_unknown=pl.lit(False), is_end_unknown=pl.lit(False))
    for side in ("start", "end"):
        trips = trips.join(
            stations.select(
                pl.col("station_id").alias(f"{side}_station_id"),
                pl.col("latitude").alias("_latitude"),
                pl.col("longitude").alias("_longitude"),
            ),
            on=f"{side}_station_id",
            how="left",
            maintain_order="left",
        )
        trips = trips.with_columns(
            pl.coalesce(f"{side}_latitude", "_latitude").alias(f"{side}_latitude"),
            pl.coalesce(f"{side}_longitude", "_longitude").alias(f"{side}_longitude"),
            (pl.col(f"{side}_station_id").is_not_null() & pl.col("_latitude").is_null()).alias(
                f"is_{side}_unknown"
            ),
        ).drop("_latitude", "_longitude")
    return trips


def centre(trips: pl.DataFrame) -> tuple[float, float] | None:
    """Return the median start, degrees; None when no trip has a start on earth."""
    starts = trips.filter(~outside_world("start_latitude", "start_longitude"))
    if starts.is_empty():
        return None
    latitude, longitude = starts["start_latitude"].median(), starts["start_longitude"].median()
    return float(latitude), float(longitude)  # type: ignore[arg-type]


def checked(
    trips: pl.DataFrame, middle: tuple[float, float] | None, maximum_km: float
) -> pl.DataFrame:
    """Mark the trips that cannot be true with the reason."""
    middle = middle or (0.0, 0.0)
    measured = trips.with_columns(
        _straight_m=_distance(trips, "start", "end"),
        _start_km=_distance_from(trips, "start", middle) / 1000.0,
        _end_km=_distance_from(trips, "end", middle) / 1000.0,
    )
    travelled = pl.coalesce("distance_m", "_straight_m")
    along = pl.col("distance_m") / pl.max_horizontal("duration_s", pl.lit(1.0)) * 3.6
    straight = pl.col("_straight_m") / pl.max_horizontal("duration_s", pl.lit(_LEAST_SPEED_S)) * 3.6
    is_too_short = (
        pl.col("distance_m") < (pl.col("_straight_m") - _PLACE_SLACK_M) * _LEAST_DISTANCE_SHARE
    )
    outside = f"outside the city (more than {maximum_km:g} km from the median start)"
    rules = [
        ("start time cannot be read", pl.col("started_at").is_null()),
        ("end time cannot be read", pl.col("ended_at").is_null()),
        ("ends before it starts", pl.col("ended_at") < pl.col("started_at")),
        ("negative duration", pl.col("is_duration_negative")),
        ("unknown start station", pl.col("is_start_unknown") & pl.col("start_latitude").is_null()),
        ("unknown end station", pl.col("is_end_unknown") & pl.col("end_latitude").is_null()),
        ("start position is missing or no place", _nowhere("start")),
        ("end position is missing or no place", _nowhere("end")),
        ("distance is no number", pl.col("is_distance_text")),
        ("negative distance", pl.col("distance_m") < 0),
        ("zero duration and zero distance", (pl.col("duration_s") == 0) & (travelled == 0)),
        ("longer than 7 days", pl.col("duration_s") > MAXIMUM_DURATION_S),
        ("faster than 60 km/h on average", (along > MAXIMUM_SPEED_KMH) & (travelled > 0)),
        ("faster than 60 km/h in a straight line", straight > MAXIMUM_SPEED_KMH),
        ("distance under half the straight line", is_too_short),
        (outside, (pl.col("_start_km") > maximum_km) | (pl.col("_end_km") > maximum_km)),
        ("duplicate of an earlier row", pl.col("is_duplicate")),
    ]
    return measured.with_columns(first_reason(rules)).drop("_straight_m", "_start_km", "_end_km")


def with_ids(trips: pl.DataFrame) -> pl.DataFrame:
    """Give each row an id: the file's, or a hash of the row and of its place among equal rows.

    Rows that repeat an id of the file are marked as duplicates.
    """
    # A readable digest, the same on every machine and release: polars' own hash is not.
    digests = [_digest(text) for text in trips[ORIGINAL]]
    ordinal = pl.int_range(pl.len()).over("_digest")
    hashed = trips.with_columns(_digest=pl.Series(digests, dtype=pl.String)).with_columns(
        _row_id=pl.format("{}-{}", "_digest", ordinal)
    )
    named = hashed.with_columns(
        _is_given=pl.col("trip_id").is_not_null(), trip_id=pl.coalesce("trip_id", "_row_id")
    )
    nth = pl.int_range(pl.len()).over("trip_id")
    return named.with_columns(
        is_duplicate=pl.col("_is_given") & (nth > 0),
        row_key=pl.when(nth > 0).then(pl.format("{}#{}", "trip_id", nth)).otherwise("trip_id"),
    ).drop("_digest", "_row_id", "_is_given")


def _digest(text: str) -> str:
    import hashlib

    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _nowhere(side: str) -> pl.Expr:
    latitude, longitude = f"{side}_latitude", f"{side}_longitude"
    missing = pl.col(latitude).is_null() | pl.col(longitude).is_null()
    return missing | outside_world(latitude, longitude)


def _distance(trips: pl.DataFrame, start: str, end: str) -> pl.Series:
    places = [trips[f"{side}_{axis}"].to_numpy() for side in (start, end) for axis in _AXES]
    return pl.Series(haversine_m(*places), nan_to_null=True)


def _distance_from(trips: pl.DataFrame, side: str, middle: tuple[float, float]) -> pl.Series:
    latitude, longitude = (trips[f"{side}_{axis}"].to_numpy() for axis in _AXES)
    metres = haversine_m(latitude, longitude, np.float64(middle[0]), np.float64(middle[1]))
    return pl.Series(metres, nan_to_null=True)


_AXES = ("latitude", "longitude")
