"""From the values of several stations to one row an hour: nearest first, short gaps filled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from extract.weather.client import ELEMENTS

#: So many missing hours in a row are interpolated; longer gaps stay null.
GAP_HOURS = 3
#: What is interpolated. The amount of rain between two hours is guessed as their mean course; a
#: condition code has no middle.
_INTERPOLATED = ("temperature_c", "precipitation_mm", "wind_kmh", "humidity_pct")
_COLUMNS = tuple(ELEMENTS.values())
INTERPOLATION = "interpolation"


def observed_hours(
    values: Sequence[tuple[str, pl.DataFrame]], first: datetime, last: datetime
) -> pl.DataFrame:
    """Return the hours from `first` to `last` (UTC, whole hours, both included).

    Of each element the value measured nearest counts, then the nearest modelled one, then, in
    gaps of up to `GAP_HOURS`, the straight line between the hours around it.

    Parameters
    ----------
    values
        Station and its values as the client gives them, the nearest station first.

    Returns
    -------
    polars.DataFrame
        ``hour_at``, the elements, ``station_id`` and ``source`` (all that contributed, separated
        by commas) and ``is_filled``. An hour of which nothing is known has no row.
    """
    best = _best(values, first, last)
    grid = pl.DataFrame({"hour_at": pl.datetime_range(first, last, "1h", eager=True)}).cast(
        {"hour_at": pl.Datetime("us", "UTC")}
    )
    wide = grid.join(_wide(best), on="hour_at", how="left", maintain_order="left")
    filled = wide.with_columns(_interpolated(name).alias(name) for name in _INTERPOLATED)
    # Of one frame: what is there now and was not there before.
    is_new = pl.any_horizontal(
        filled[name].is_not_null() & wide[name].is_null() for name in _INTERPOLATED
    )
    source = pl.concat_str(
        [pl.col("source"), pl.when(is_new).then(pl.lit(INTERPOLATION))],
        separator=",",
        ignore_nulls=True,
    )
    return filled.with_columns(
        source=source, is_filled=pl.col("is_filled").fill_null(False) | is_new
    ).filter(pl.any_horizontal(pl.col(name).is_not_null() for name in _COLUMNS))


def forecast_hours(
    values: Sequence[tuple[str, pl.DataFrame]], after: datetime, horizon: timedelta
) -> pl.DataFrame:
    """Return the forecast hours later than `after`, as `observed_hours` does but not filled.

    Only what a model of the provider says counts: a measured value of a later hour is no
    forecast, it is the future.
    """
    models = [(station, frame.filter("is_model")) for station, frame in values]
    best = _best(models, after + timedelta(seconds=1), after + horizon)
    return _wide(best).sort("hour_at").with_columns(is_filled=pl.lit(None, pl.Boolean))


def missing_hours(values: Sequence[tuple[str, pl.DataFrame]], hours: int) -> int:
    """Return how many of the hours lack one of the elements that matter, models aside."""
    parts = [frame.filter(~pl.col("is_model")) for _, frame in values]
    if not parts:
        return hours
    known = pl.concat(parts).filter(pl.col("element").is_in(_INTERPOLATED))
    pairs = known.unique(["hour_at", "element"]).group_by("hour_at").len()
    return hours - pairs.filter(pl.col("len") == len(_INTERPOLATED)).height


def _best(
    values: Sequence[tuple[str, pl.DataFrame]], first: datetime, last: datetime
) -> pl.DataFrame:
    parts = [
        frame.with_columns(station_id=pl.lit(station), rank=pl.lit(rank))
        for rank, (station, frame) in enumerate(values)
    ]
    everything = pl.concat(parts).filter(pl.col("hour_at").is_between(first, last))
    return everything.sort("is_model", "rank").unique(
        ["hour_at", "element"], keep="first", maintain_order=True
    )


def _wide(best: pl.DataFrame) -> pl.DataFrame:
    """One row an hour, a column an element."""
    return best.group_by("hour_at").agg(
        *(
            pl.col("value").filter(pl.col("element") == name).first().alias(name)
            for name in _COLUMNS
        ),
        pl.col("station_id").unique(maintain_order=True).str.join(","),
        pl.col("origin").drop_nulls().unique().sort().str.join(",").alias("source"),
        pl.col("is_model").any().alias("is_filled"),
    )


def _interpolated(name: str) -> pl.Expr:
    """Fill gaps between two known hours, where they are short enough as a whole."""
    value = pl.col(name)
    # Hours between a known one and the next: the same number for all hours of a gap.
    run = value.is_not_null().cum_sum()
    length = value.is_null().sum().over(run)
    straight = value.interpolate()
    return pl.when(value.is_null() & (length <= GAP_HOURS)).then(straight).otherwise(value)
