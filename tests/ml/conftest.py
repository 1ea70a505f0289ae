"""A small city with known demand, in the columns of the marts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

FIRST_HOUR = datetime(2026, 4, 6, tzinfo=UTC)


@dataclass(frozen=True)
class City:
    """Frames as the models read them, and the truth behind them."""

    demand_hours: pl.DataFrame
    calendar: pl.DataFrame
    weather: pl.DataFrame
    parkings: pl.DataFrame
    latent_mean: np.ndarray
    latent_count: np.ndarray
    as_of: datetime

    @property
    def latent_demand(self) -> pl.DataFrame:
        """What the latent demand model would hand on, were it perfect."""
        return self.demand_hours.select(
            "parking_id",
            "hour_at",
            latent_count=pl.col("observed_departure_count").cast(pl.Float64),
        )


def hours_from(first: datetime, count: int) -> pl.DataFrame:
    """The calendar of `count` hours; local time is UTC."""
    hours = [first + timedelta(hours=step) for step in range(count)]
    frame = pl.DataFrame({"hour_at": hours}, schema={"hour_at": pl.Datetime("us", "UTC")})
    hour = pl.col("hour_at").dt.hour().cast(pl.Int32)
    day = pl.col("hour_at").dt.weekday().cast(pl.Int32)
    return frame.with_columns(
        hour_of_day=hour,
        day_of_week=day,
        hour_of_week=(day - 1) * 24 + hour,
        day_part=pl.when(hour < 6)
        .then(pl.lit("night"))
        .when(hour < 12)
        .then(pl.lit("morning"))
        .when(hour < 18)
        .then(pl.lit("afternoon"))
        .otherwise(pl.lit("evening")),
        is_holiday=pl.lit(False),
    )


def make_city(*, parkings: int, days: int, seed: int, mean_level: float, stock: int) -> City:
    """Let people come as Poisson, minute by minute, to parkings that are refilled at 5 h.

    Demand has an hour profile, a level that varies slowly over the map, and halves in rain.
    """
    rng = np.random.default_rng(seed)
    history = days * 24
    calendar = hours_from(FIRST_HOUR, history + 96)
    hour = calendar["hour_of_day"].to_numpy()
    weekend = calendar["day_of_week"].to_numpy() >= 6
    profile = 0.2 + np.exp(-0.5 * ((hour - np.where(weekend, 14, 18)) / 3.0) ** 2) * 2.0
    rain = (rng.random(len(hour)) < 0.15) * 3.0
    x, y = rng.uniform(0, 2_000, parkings), rng.uniform(0, 2_000, parkings)
    level = mean_level * (0.3 + 1.4 * np.exp(-np.hypot(x - 900, y - 900) / 700))
    mean = level[:, None] * profile * np.where(rain > 0, 0.5, 1.0)
    served, empty, wanted = _ride(mean[:, :history], hour, stock, rng)
    wanted_when_empty = mean[:, :history] * empty / 60.0
    searches = rng.poisson(wanted_when_empty * 0.6)
    names = [f"p{number:02d}" for number in range(parkings)]
    demand = pl.DataFrame({"parking_id": names, "x_m": x, "y_m": y}).join(
        calendar[:history], how="cross", maintain_order="left_right"
    )
    demand = demand.with_columns(
        city_id=pl.lit("testville"),
        observed_departure_count=pl.Series(served.ravel()),
        observed_arrival_count=pl.Series(served.ravel()),
        unmet_search_count=pl.Series(searches.ravel()),
        empty_min=pl.Series(empty.ravel().astype(float)),
    )
    weather = calendar.select("hour_at").with_columns(
        temperature_c=pl.lit(20.0), precipitation_mm=pl.Series(rain), wind_kmh=pl.lit(5.0)
    )
    dimension = pl.DataFrame(
        {"parking_id": names, "x_m": x, "y_m": y, "capacity_count": [10] * parkings}
    ).with_columns(city_id=pl.lit("testville"), is_active=pl.lit(True))
    as_of = FIRST_HOUR + timedelta(hours=history)
    return City(demand, calendar, weather, dimension, mean[:, :history], wanted, as_of)


def _ride(
    mean: np.ndarray, hour: np.ndarray, stock: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Departures served, minutes without a scooter, people who came; shape of `mean`."""
    served, empty, wanted = (np.zeros(mean.shape, dtype=np.int64) for _ in range(3))
    standing = np.full(len(mean), stock)
    for column in range(mean.shape[1]):
        if hour[column] == 5:
            standing[:] = stock
        for _ in range(60):
            empty[:, column] += standing == 0
            wants = rng.random(len(mean)) < mean[:, column] / 60.0
            leaves = wants & (standing > 0)
            comes = rng.random(len(mean)) < 0.6 * mean[:, column] / 60.0
            served[:, column] += leaves
            wanted[:, column] += wants
            standing += comes.astype(int) - leaves.astype(int)
    return served, empty, wanted


@pytest.fixture(scope="session")
def scarce_city() -> City:
    """Four weeks of a city whose parkings often run out."""
    return make_city(parkings=16, days=28, seed=3, mean_level=1.0, stock=4)


@pytest.fixture(scope="session")
def rich_city() -> City:
    """Six weeks of a city where nothing runs out."""
    return make_city(parkings=8, days=42, seed=5, mean_level=1.5, stock=10_000)
