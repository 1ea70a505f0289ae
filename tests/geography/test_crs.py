"""Degrees and metres."""

import numpy as np
import pytest

from geography.crs import check_crs, haversine_m, project, unproject

pytestmark = pytest.mark.unit


def test_a_projected_place_comes_back() -> None:
    """Projecting and unprojecting gives the place back to within a millimetre."""
    latitude, longitude = np.array([40.6401, 39.6650]), np.array([22.9444, 20.8537])
    back = unproject(*project(latitude, longitude, "EPSG:2100"), "EPSG:2100")
    assert np.allclose(back, (latitude, longitude), atol=1e-8)


def test_metres_agree_with_the_great_circle() -> None:
    """Distances in the Greek grid are those on the sphere to within half a percent."""
    x, y = project([40.60, 40.65], [22.90, 22.97], "EPSG:2100")
    flat = float(np.hypot(*(np.diff(x), np.diff(y)))[0])
    assert flat == pytest.approx(float(haversine_m(40.60, 22.90, 40.65, 22.97)), rel=5e-3)


def test_a_missing_coordinate_stays_missing() -> None:
    """NaN gives NaN, never infinity."""
    x, y = project([40.6, np.nan], [22.9, 22.9], "EPSG:2100")
    assert np.isfinite(x[0])
    assert np.isnan([x[1], y[1]]).all()


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:99999999", "nonsense", "EPSG:2263"])
def test_a_system_not_in_metres_is_refused(crs: str) -> None:
    """Degrees, feet and unknown names are refused with an example of what is allowed."""
    with pytest.raises(ValueError, match="for instance EPSG:2100"):
        check_crs(crs)
