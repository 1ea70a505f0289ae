"""The files that hold the truth behind the sources."""

from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from geography.crs import project
from simulator.cities import CRS, find_city
from simulator.city_world import CityWorld
from simulator.places import load_map
from simulator.records import HourRecords
from simulator.state import OUTSIDE
from tests.simulator.conftest import END, truth
from warehouse.settings import Settings

pytestmark = pytest.mark.unit

KASTORIA = find_city("kastoria")
HOURS = 72
START = int(END.timestamp()) // 3600 - HOURS


def _stepped(hours: int = HOURS, *, own_crew: bool = True) -> list[HourRecords]:
    """Return the hours of the small world, stepped in memory."""
    world = CityWorld(5, KASTORIA, start_hour=START)
    return [world.step_hour(own_crew=own_crew) for _ in range(hours)]


def test_latent_demand_is_what_each_hour_drew_at_each_parking(simulated: Settings) -> None:
    """The file has the mean, the drawn and the served riders beside their parking and hour."""
    codes = load_map(KASTORIA).code
    expected = pl.concat(
        pl.DataFrame(
            {
                "parking_code": codes,
                "hour_at": [END - timedelta(hours=HOURS - hour)] * len(codes),
                "latent_mean": records.latent_mean,
                "latent_count": records.latent_count,
                "served_count": records.served_count,
            }
        )
        for hour, records in enumerate(_stepped())
    )
    assert truth(simulated, "latent_demand").equals(expected)


def test_latent_counts_scatter_around_their_means(simulated: Settings) -> None:
    """The counts are Poisson draws of the means, and nobody is served who did not come."""
    demand = truth(simulated, "latent_demand")
    mean, count = demand["latent_mean"].to_numpy(), demand["latent_count"].to_numpy()
    assert count.sum() == pytest.approx(mean.sum(), rel=0.15)
    assert ((count - mean) ** 2).sum() == pytest.approx(mean.sum(), rel=0.25)
    assert (demand["served_count"] <= demand["latent_count"]).all()


def test_latent_demand_does_not_depend_on_the_scooters_there() -> None:
    """With nobody to tend the fleet fewer are served, but as many would have ridden."""
    tended, untended = _stepped(24 * 8), _stepped(24 * 8, own_crew=False)
    for one, other in zip(tended, untended, strict=True):
        np.testing.assert_array_equal(one.latent_count, other.latent_count)
        np.testing.assert_array_equal(one.latent_mean, other.latent_mean)
    served = [sum(hour.served_count.sum() for hour in hours) for hours in (tended, untended)]
    assert served[0] > 1.05 * served[1]


def test_corners_are_where_riders_leave_scooters_outside(simulated: Settings) -> None:
    """Six in ten rides that end outside the zones end within 20 m of a corner of the file."""
    corners = truth(simulated, "corners")
    x, y = project(corners["latitude"], corners["longitude"], CRS)
    rides = [ride for hour in _stepped(24 * 14) for ride in hour.rides if ride.place == OUTSIDE]
    ends = np.array([ride.path[-1] for ride in rides])
    away = np.hypot(ends[:, :1] - x, ends[:, 1:] - y).min(axis=1)
    assert len(ends) > 100
    assert (away < 20).mean() == pytest.approx(0.6, abs=0.12)


def test_corners_are_those_of_the_map(simulated: Settings) -> None:
    """The file has every corner of the city's map at its place, with its weight."""
    corners, city_map = truth(simulated, "corners"), load_map(KASTORIA)
    x, y = project(corners["latitude"], corners["longitude"], CRS)
    np.testing.assert_allclose(x, city_map.corner_x_m, atol=0.01)
    np.testing.assert_allclose(y, city_map.corner_y_m, atol=0.01)
    np.testing.assert_array_equal(corners["weight"], city_map.corner_weight)
