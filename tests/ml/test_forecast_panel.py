from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecast_panel import HORIZON_H, Panel, build_panel, weather_grid, weather_known_at
from tests.ml.conftest import FIRST_HOUR, City, hours_from
from warehouse.errors import ContractError

pytestmark = pytest.mark.unit


def _panel(city: City, latent: pl.DataFrame | None = None) -> Panel | None:
    demand = city.latent_demand if latent is None else latent
    return build_panel(demand, city.calendar, city.weather, city.as_of)


def test_the_grid_has_every_hour_of_history_and_horizon(rich_city: City) -> None:
    """Six weeks of eight parkings make a grid of 8 x 1008 and 48 hours more of calendar."""
    panel = _panel(rich_city)
    assert panel is not None
    assert panel.values.shape == (8, 42 * 24)
    assert panel.horizon_h == HORIZON_H
    assert panel.origin == rich_city.as_of


def test_a_younger_parking_is_unknown_before_it_began(rich_city: City) -> None:
    """Hours before a parking's first are unknown, not zero."""
    begun = FIRST_HOUR + timedelta(days=10)
    young = ~((pl.col("parking_id") == "p03") & (pl.col("hour_at") < pl.lit(begun)))
    panel = _panel(rich_city, rich_city.latent_demand.filter(young))
    assert panel is not None
    assert np.isnan(panel.values[3, :240]).all()
    assert np.isfinite(panel.values[3, 240:]).all()


def test_an_hour_of_a_closed_parking_is_unknown(rich_city: City) -> None:
    """A missing hour in the middle is neither zero nor a fault: nobody could ride from there."""
    hole = FIRST_HOUR + timedelta(days=10)
    latent = rich_city.latent_demand.filter(
        ~((pl.col("parking_id") == "p03") & (pl.col("hour_at") == pl.lit(hole)))
    )
    panel = _panel(rich_city, latent)
    assert panel is not None
    assert np.argwhere(np.isnan(panel.values)).tolist() == [[3, 240]]


def test_a_hole_in_the_calendar_is_refused(rich_city: City) -> None:
    """A calendar that misses an hour of the history is refused."""
    calendar = rich_city.calendar.filter(pl.col("hour_at") != pl.lit(FIRST_HOUR))
    with pytest.raises(ContractError, match="calendar"):
        build_panel(rich_city.latent_demand, calendar, rich_city.weather, rich_city.as_of)


def test_the_horizon_ends_where_the_calendar_does(rich_city: City) -> None:
    """A calendar that reaches 5 hours ahead gives a horizon of 5 hours."""
    calendar = rich_city.calendar.filter(
        pl.col("hour_at") < pl.lit(rich_city.as_of + timedelta(hours=5))
    )
    panel = build_panel(rich_city.latent_demand, calendar, rich_city.weather, rich_city.as_of)
    assert panel is not None
    assert panel.horizon_h == 5


def test_the_hour_of_the_clock_is_not_history(rich_city: City) -> None:
    """With the clock in the middle of an hour, that hour is the first to forecast."""
    panel = build_panel(
        rich_city.latent_demand,
        rich_city.calendar,
        rich_city.weather,
        rich_city.as_of - timedelta(minutes=30),
    )
    assert panel is not None
    assert panel.origin == rich_city.as_of - timedelta(hours=1)


def test_no_history_is_no_panel(rich_city: City) -> None:
    """A city without demand has no panel."""
    assert _panel(rich_city, rich_city.latent_demand.clear()) is None


def _issue(kind: str, issued_h: int, hour_h: int, temperature: float) -> dict[str, object]:
    return {
        "kind": kind,
        "issued_at": FIRST_HOUR + timedelta(hours=issued_h),
        "hour_at": FIRST_HOUR + timedelta(hours=hour_h),
        "temperature_c": temperature,
        "precipitation_mm": 0.0,
        "wind_kmh": 0.0,
    }


def test_only_the_weather_known_at_the_origin_is_used() -> None:
    """Ahead of the origin counts the latest forecast issued by then, never what came about."""
    archive = pl.DataFrame(
        [
            _issue("observed", 23, 23, 10.0),
            _issue("observed", 30, 30, 99.0),
            _issue("forecast", 0, 30, 11.0),
            _issue("forecast", 24, 30, 12.0),
            _issue("forecast", 48, 30, 98.0),
            _issue("observed", 40, 40, 97.0),
        ]
    ).with_columns(pl.col("hour_at", "issued_at").cast(pl.Datetime("us", "UTC")))
    known = weather_known_at(archive, FIRST_HOUR + timedelta(hours=24))
    assert known["temperature_c"].to_list() == [10.0, 12.0]


def test_short_holes_of_weather_are_filled_and_long_ones_stay_unknown() -> None:
    """Six hours are bridged, the seventh is unknown."""
    weather = (
        hours_from(FIRST_HOUR, 1)
        .select("hour_at")
        .with_columns(temperature_c=pl.lit(5.0), precipitation_mm=pl.lit(0.0), wind_kmh=pl.lit(0.0))
    )
    grid = weather_grid(weather, FIRST_HOUR, 8)
    assert np.isfinite(grid[0]).tolist() == [True] * 7 + [False]
