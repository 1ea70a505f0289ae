"""Links to navigation apps and travel times."""

import numpy as np
import pytest

from routing.navigation import navigation_links
from routing.travel_times import StraightLine, build_matrix, travel_times
from tests.routing.instances import job, place, van

pytestmark = pytest.mark.unit


def test_links_name_one_destination_and_no_origin() -> None:
    """Each link drives to the place from wherever the phone is."""
    links = navigation_links(40.6325, 22.9405, "Kamara & Co")
    assert links.google == (
        "https://www.google.com/maps/dir/?api=1&destination=40.632500,22.940500"
        "&travelmode=driving&dir_action=navigate"
    )
    assert links.geo == "geo:40.632500,22.940500?q=40.632500,22.940500(Kamara%20%26%20Co)"
    assert links.apple == "https://maps.apple.com/?daddr=40.632500,22.940500&dirflg=d"


def test_straight_line_times() -> None:
    """A kilometre as the crow flies is 1.4 km driven, 252 s at 20 km/h."""
    matrix = StraightLine().matrix([place(0, 0), place(1000, 0)])
    assert matrix.distance_m.tolist() == [[0, 1400], [1400, 0]]
    assert matrix.duration_s.tolist() == [[0, 252], [252, 0]]
    assert StraightLine().matrix([]).duration_s.shape == (0, 0)


def test_access_time_is_paid_once_a_place() -> None:
    """Parking the van costs time at each new place, not between jobs of one place or going home."""
    jobs = [job(0, "swap", 1000, 0), job(1, "swap", 1000, 0)]
    times = build_matrix(jobs, [van()], StraightLine(), access_s=60).duration_s
    assert times[2, 0] == 252 + 60
    assert times[0, 1] == 0
    assert times[1, 3] == 252
    assert not np.diag(times).any()


def test_wrong_values_are_refused() -> None:
    """An unknown kind of travel times and impossible parameters are refused by name."""
    with pytest.raises(ValueError, match="flying"):
        travel_times("flying")
    with pytest.raises(ValueError, match="speed_kmh is 0"):
        StraightLine(speed_kmh=0)
    with pytest.raises(ValueError, match=r"detour_factor is 0\.9"):
        StraightLine(detour_factor=0.9)
