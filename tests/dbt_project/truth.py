"""What the simulator knows of a city, in the grain of the marts."""

from datetime import datetime
from pathlib import Path

import polars as pl

STATES = ("available", "on_trip", "low_battery", "out_of_service", "in_van", "lost")
_ZONE = "Europe/Athens"


def true_scooter_days(folder: Path, until: datetime) -> pl.DataFrame:
    """Minutes of each scooter, local day and state.

    Parameters
    ----------
    folder
        The city's folder of truth files.
    until
        When stretches that still last are cut off.

    Returns
    -------
    polars.DataFrame
        ``scooter_code, service_date, state, true_min``; states of no minutes have no row.
    """
    first, last = _local_date("started_at"), _local_date("ended_at")
    day_min = (pl.col("until") - pl.col("since")).dt.total_microseconds() / 60_000_000
    return (
        pl.read_parquet(folder / "scooter_states.parquet")
        .with_columns(pl.col("ended_at").fill_null(until))
        .with_columns(service_date=pl.date_ranges(first, last))
        .explode("service_date")
        .with_columns(
            since=pl.max_horizontal("started_at", _midnight(0)),
            until=pl.min_horizontal("ended_at", _midnight(1)),
        )
        .with_columns(true_min=day_min)
        .filter(pl.col("true_min") > 0)
        .group_by("scooter_code", "service_date", "state")
        .agg(pl.col("true_min").sum())
    )


def _local_date(column: str) -> pl.Expr:
    return pl.col(column).dt.convert_time_zone(_ZONE).dt.date()


def _midnight(days_later: int) -> pl.Expr:
    local = (pl.col("service_date") + pl.duration(days=days_later)).cast(pl.Datetime("us"))
    return local.dt.replace_time_zone(_ZONE).dt.convert_time_zone("UTC")
