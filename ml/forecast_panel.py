"""The panel of a forecast: a dense grid of series by hours, its calendar and its weather."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from warehouse.errors import ContractError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

HORIZON_H = 48
WEATHER_COLUMNS = ("temperature_c", "precipitation_mm", "wind_kmh")
HOUR = timedelta(hours=1)


@dataclass(frozen=True)
class Panel:
    """Series over one dense hourly grid: a history, then a horizon.

    Attributes
    ----------
    series
        Names (parkings), shape (s,).
    first_hour_at
        UTC hour of column 0.
    values
        Departures an hour, shape (s, history); NaN before a series began, and while its parking
        was closed.
    hour_of_day, day_of_week, hour_of_week
        Local calendar, shape (history + horizon,).
    is_holiday
        1 on public holidays, shape (history + horizon,).
    weather
        Temperature, precipitation, wind, shape (3, history + horizon); NaN where unknown.
    """

    series: tuple[str, ...]
    first_hour_at: datetime
    values: FloatArray
    hour_of_day: IntArray
    day_of_week: IntArray
    hour_of_week: IntArray
    is_holiday: FloatArray
    weather: FloatArray

    @property
    def history_h(self) -> int:
        """Hours with values."""
        return int(self.values.shape[1])

    @property
    def horizon_h(self) -> int:
        """Hours to forecast."""
        return len(self.hour_of_day) - self.history_h

    @property
    def origin(self) -> datetime:
        """The first hour to forecast."""
        return self.first_hour_at + HOUR * self.history_h

    def cut(self, history_h: int, horizon_h: int = HORIZON_H) -> "Panel":
        """The panel as it was after `history_h` hours, weather as in this one."""
        end = history_h + horizon_h
        return replace(
            self,
            values=self.values[:, :history_h],
            hour_of_day=self.hour_of_day[:end],
            day_of_week=self.day_of_week[:end],
            hour_of_week=self.hour_of_week[:end],
            is_holiday=self.is_holiday[:end],
            weather=self.weather[:, :end],
        )

    def total(self, name: str) -> "Panel":
        """The panel of the sum of all series; NaN counts as nothing."""
        return replace(self, series=(name,), values=np.nansum(self.values, axis=0, keepdims=True))


def build_panel(
    latent: pl.DataFrame, calendar: pl.DataFrame, weather: pl.DataFrame, as_of: datetime
) -> Panel | None:
    """Lay departures on a dense grid.

    Parameters
    ----------
    latent
        ``parking_id, hour_at, latent_count``; only whole hours before `as_of` count. A parking has
        no row of an hour in which it was closed.
    calendar
        ``hour_at, hour_of_day, day_of_week, hour_of_week, is_holiday``, one row an hour.
    weather
        ``hour_at`` and `WEATHER_COLUMNS`, one row an hour; may miss hours.
    as_of
        The city's clock.

    Returns
    -------
    Panel or None
        None when there is no history. The horizon ends where the calendar does.

    Raises
    ------
    ContractError
        When the calendar has a hole.
    """
    origin = as_of.replace(minute=0, second=0, microsecond=0)
    latent = latent.filter(pl.col("hour_at") < pl.lit(origin))
    if latent.is_empty():
        return None
    first = latent["hour_at"].min()
    assert isinstance(first, datetime)
    history_h = round((origin - first) / HOUR)
    hours = _hours(calendar, first, history_h)
    series = tuple(latent["parking_id"].unique().sort().to_list())
    return Panel(
        series=series,
        first_hour_at=first,
        values=_grid(latent, series, first, history_h),
        hour_of_day=hours["hour_of_day"].cast(pl.Int64).to_numpy(),
        day_of_week=hours["day_of_week"].cast(pl.Int64).to_numpy(),
        hour_of_week=hours["hour_of_week"].cast(pl.Int64).to_numpy(),
        is_holiday=hours["is_holiday"].cast(pl.Float64).to_numpy(),
        weather=weather_grid(weather, first, len(hours)),
    )


def weather_grid(weather: pl.DataFrame, first_hour_at: datetime, count: int) -> FloatArray:
    """Weather by hour, shape (3, count), short holes filled forward; NaN where unknown."""
    hours = hour_frame(first_hour_at, count)
    known = weather.select("hour_at", *WEATHER_COLUMNS).unique("hour_at", keep="last")
    joined = hours.join(known, on="hour_at", how="left", maintain_order="left").with_columns(
        pl.col(WEATHER_COLUMNS).cast(pl.Float64).forward_fill(limit=6)
    )
    return joined.select(WEATHER_COLUMNS).to_numpy().astype(np.float64).T


def weather_known_at(weather: pl.DataFrame, origin: datetime) -> pl.DataFrame:
    """Weather as it was known at `origin`: observed before, the latest forecast from then on.

    Parameters
    ----------
    weather
        ``hour_at, kind, issued_at`` and `WEATHER_COLUMNS`: every issue of the archive.
    origin
        Nothing issued later is used. An hour ahead without an archived forecast stays unknown.
    """
    observed = weather.filter(pl.col("kind") == "observed", pl.col("hour_at") < pl.lit(origin))
    issued = weather.filter(
        pl.col("kind") == "forecast",
        pl.col("issued_at") <= pl.lit(origin),
        pl.col("hour_at") >= pl.lit(origin),
    )
    latest = issued.sort("issued_at").unique("hour_at", keep="last", maintain_order=True)
    columns = ["hour_at", *WEATHER_COLUMNS]
    return pl.concat([observed.select(columns), latest.select(columns)]).sort("hour_at")


def hour_frame(first_hour_at: datetime, count: int) -> pl.DataFrame:
    """One column ``hour_at`` with `count` hours from `first_hour_at`."""
    last = first_hour_at + HOUR * (count - 1)
    hours = pl.datetime_range(first_hour_at, last, "1h", time_zone="UTC", time_unit="us")
    return pl.select(hour_at=hours)


def _hours(calendar: pl.DataFrame, first: datetime, history_h: int) -> pl.DataFrame:
    wanted = hour_frame(first, history_h + HORIZON_H)
    hours = wanted.join(calendar, on="hour_at", how="inner", maintain_order="left")
    if len(hours) < history_h or not (hours["hour_at"] == wanted["hour_at"][: len(hours)]).all():
        raise ContractError(
            f"the calendar misses hours of the history that begins at {first:%Y-%m-%d %H:%M}; "
            "build intermediate.int_hours again"
        )
    return hours


def _grid(
    latent: pl.DataFrame, series: tuple[str, ...], first: datetime, history_h: int
) -> FloatArray:
    values = np.full((len(series), history_h), np.nan)
    order: Mapping[str, int] = {name: row for row, name in enumerate(series)}
    row = latent["parking_id"].replace_strict(order, return_dtype=pl.Int64).to_numpy()
    column = (latent["hour_at"] - first).dt.total_hours().to_numpy()
    values[row, column] = latent["latent_count"].to_numpy()
    return values
