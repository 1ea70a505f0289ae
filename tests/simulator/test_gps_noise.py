"""How far reported positions lie from the true ones."""

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from geography.crs import project
from simulator.cities import CRS, find_city
from simulator.city_world import CityWorld, scooter_codes
from simulator.pings import hour_messages
from simulator.rows import hour_rows
from tests.simulator.fixes import fixes_in

pytestmark = pytest.mark.unit

KASTORIA = find_city("kastoria")
START = 493_900
#: Standard deviation in either direction, metres a unit of HDOP.
SPREAD_M = 2.2
#: Ranges of HDOP: good, ordinary and bad fixes.
RANGES = ((0.6, 1.0), (1.0, 2.0), (3.0, 9.0))


def _parked_fixes(hours: int) -> pl.DataFrame:
    """Fixes of standing scooters beside where they truly stood, one row a fix."""
    world, codes = CityWorld(3, KASTORIA, start_hour=START), scooter_codes(KASTORIA)
    segments, messages = [], []
    for _ in range(hours):
        records = world.step_hour()
        segments += [one for one in records.segments if one.state != "on_trip"]
        messages += hour_messages(world, records)
    # Version 1 does not tell which side of a change a fix lies on: its seconds are cut.
    fixes = pl.DataFrame([fix for fix in fixes_in(messages) if fix.version == 2])
    stood = pl.DataFrame(segments).with_columns(
        code=pl.col("scooter").replace_strict(dict(enumerate(codes)))
    )
    joined = fixes.sort("at_s").join_asof(
        stood.sort("start_s"), left_on="at_s", right_on="start_s", by="code",
        check_sortedness=False,
    )  # fmt: skip
    return joined.filter(pl.col("at_s") < pl.col("end_s"), pl.col("hdop") < 20)


def _assert_spread(
    east_m: npt.NDArray[np.float64], north_m: npt.NDArray[np.float64], hdop: pl.Series
) -> None:
    """Check that the errors of each range of HDOP have its spread, and no bias."""
    for least, most in RANGES:
        chosen = hdop.is_between(least, most).to_numpy()
        expected_m = SPREAD_M * np.sqrt((hdop.to_numpy()[chosen] ** 2).mean())
        assert chosen.sum() > 100
        error_m = np.array([east_m[chosen], north_m[chosen]])
        assert np.sqrt((error_m**2).mean()) == pytest.approx(expected_m, rel=0.15)
        assert (np.abs(error_m.mean(axis=1)) < 0.3 * expected_m).all()


def test_pings_spread_in_proportion_to_hdop() -> None:
    """Pings of a standing scooter lie 2.2 m a unit of HDOP around it, good and bad fixes alike."""
    fixes = _parked_fixes(72)
    x, y = project(fixes["latitude"], fixes["longitude"], CRS)
    _assert_spread(x - fixes["x_m"].to_numpy(), y - fixes["y_m"].to_numpy(), fixes["hdop"])


def test_ends_of_rides_spread_in_proportion_to_hdop() -> None:
    """Starts and ends of rides are reported 2.2 m a unit of HDOP around where they were."""
    world = CityWorld(3, KASTORIA, start_hour=START)
    ends = []
    for _ in range(24 * 21):
        records = world.step_hour()
        rows = hour_rows(world, records)["rides"][: len(records.rides)]
        for ride, row in zip(records.rides, rows, strict=True):
            for name, point in (("start", ride.path[0]), ("end", ride.path[-1])):
                reported = (row[f"{name}_latitude"], row[f"{name}_longitude"])
                ends.append((*reported, *point, row[f"{name}_hdop"]))
    latitude, longitude, true_x, true_y, hdop = np.array(ends).T
    x, y = project(latitude, longitude, CRS)
    _assert_spread(x - true_x, y - true_y, pl.Series(hdop))
