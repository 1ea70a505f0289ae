"""Travel times between places; straight lines until a road network is configured."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from routing.problem import Job, Matrix, Place, Van


class TravelTimes(Protocol):
    """Anything that knows how long a van drives between places."""

    def matrix(self, places: Sequence[Place]) -> Matrix:
        """Seconds and metres between all pairs, shapes (n, n); the diagonal is 0."""
        ...


@dataclass(frozen=True, slots=True)
class StraightLine:
    """Metric distance times a detour factor, at one speed.

    Parameters
    ----------
    detour_factor
        Metres driven per metre of straight line; 1.4 is usual in dense street networks.
    speed_kmh
        Average speed of a van in the city, stops at lights included.
    """

    detour_factor: float = 1.4
    speed_kmh: float = 20.0

    def __post_init__(self) -> None:
        if self.detour_factor < 1:
            raise ValueError(f"detour_factor is {self.detour_factor}; no road is below 1")
        if self.speed_kmh <= 0:
            raise ValueError(f"speed_kmh is {self.speed_kmh}; it must be above 0")

    def matrix(self, places: Sequence[Place]) -> Matrix:
        """Whole seconds and metres between all pairs; no places give empty arrays."""
        x_m = np.array([place.x_m for place in places], dtype=np.float64)
        y_m = np.array([place.y_m for place in places], dtype=np.float64)
        straight_m = np.hypot(x_m[:, None] - x_m[None, :], y_m[:, None] - y_m[None, :])
        driven_m = straight_m * self.detour_factor
        return Matrix(
            duration_s=np.ceil(driven_m / (self.speed_kmh / 3.6)).astype(np.int64),
            distance_m=np.rint(driven_m).astype(np.int64),
        )


def travel_times(name: str) -> TravelTimes:
    """Travel times by the name in the settings.

    Raises
    ------
    ValueError
        When there are none of that name.
    """
    if name == "straight_line":
        return StraightLine()
    raise ValueError(f"travel_times is {name!r}; allowed: straight_line")


def build_matrix(
    jobs: Sequence[Job], vans: Sequence[Van], times: TravelTimes, *, access_s: int = 0
) -> Matrix:
    """Matrix of a problem: jobs, van starts, van ends.

    Parameters
    ----------
    access_s
        Seconds to leave the road and park the van, added to every drive to a job at another
        `place_key`; none between jobs of one place or to the end of the shift.
    """
    points = [job.place for job in jobs]
    points += [van.start for van in vans] + [van.end for van in vans]
    raw = times.matrix(points)
    keys = np.array([job.place_key for job in jobs] + [""] * (2 * len(vans)), dtype=object)
    duration_s, distance_m = raw.duration_s.copy(), raw.distance_m.copy()
    same = (keys[:, None] == keys[None, :]) & (keys[:, None] != "")
    duration_s[same] = 0
    distance_m[same] = 0
    is_job = np.arange(len(points)) < len(jobs)
    duration_s += np.where(~same & is_job[None, :], access_s, 0)
    np.fill_diagonal(duration_s, 0)
    return Matrix(duration_s, distance_m)
