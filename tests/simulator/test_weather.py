"""The synthetic climate and the archive of its forecasts."""

import numpy as np
import pytest

from simulator.cities import find_city
from simulator.weather import FORECAST_HOURS, Weather, forecast, observed, ride_factor

CITY = find_city("kozani")
JULY, JANUARY = 495_000, 490_700


def _columns(weather: Weather) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array([np.asarray(values, dtype=np.float64) for values in vars(weather).values()])


@pytest.mark.unit
def test_any_stretch_is_the_same_by_itself() -> None:
    """An hour's weather does not depend on which hours are asked for with it."""
    whole = _columns(observed(7, CITY, JULY, JULY + 200))
    parts = [_columns(observed(7, CITY, JULY + at, JULY + at + 8)) for at in range(0, 200, 8)]
    np.testing.assert_allclose(whole, np.concatenate(parts, axis=1))


@pytest.mark.unit
def test_no_hours_give_no_weather() -> None:
    """An empty stretch is an empty answer."""
    assert len(observed(7, CITY, JULY, JULY).hour) == 0


@pytest.mark.unit
def test_climate_is_plausible() -> None:
    """Summer is warmer than winter, days than nights, and it rains, though seldom."""
    summer, winter = (observed(7, CITY, at, at + 24 * 60) for at in (JULY, JANUARY))
    assert summer.temperature_c.mean() > winter.temperature_c.mean() + 12
    noon, night = summer.hour % 24 == 12, summer.hour % 24 == 1
    assert summer.temperature_c[noon].mean() > summer.temperature_c[night].mean() + 5
    assert 0.005 < (winter.precipitation_mm > 0).mean() < 0.25
    assert winter.precipitation_mm.min() >= 0
    assert winter.humidity_pct.max() <= 100


@pytest.mark.unit
def test_forecasts_get_worse_with_the_horizon() -> None:
    """Over many issues the error two days ahead is greater than that of the first six hours."""
    errors = []
    for issue in range(JULY, JULY + 24 * 60, 24):
        made = forecast(7, CITY, issue)
        truth = observed(7, CITY, issue, issue + FORECAST_HOURS)
        np.testing.assert_array_equal(made.hour, truth.hour)
        errors.append(np.abs(made.temperature_c - truth.temperature_c))
    mean = np.mean(errors, axis=0)
    assert 0 < mean[:6].mean() < mean[48:].mean()


@pytest.mark.unit
def test_rain_keeps_riders_at_home() -> None:
    """Demand falls with rain, and never below nothing."""
    one = np.ones(3)
    weather = Weather(np.arange(3), 20 * one, np.array([0.0, 0.5, 8.0]), 5 * one, 60 * one)
    dry, drizzle, downpour = ride_factor(weather)
    assert dry == pytest.approx(1.0)
    assert dry > drizzle > downpour > 0
