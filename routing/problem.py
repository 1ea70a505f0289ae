"""The problem of one city and shift: jobs, vans and the times between them.

A job is one unit of work at one place: a scooter to pick up, to drop off, to give a fresh battery,
or to look for. Tasks that ask for several scooters are several jobs at the same place; the
publication joins them again. Times are whole seconds after the plan's origin.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.int64]

#: What a van may be asked to do, and how each changes the number of scooters on board.
LOAD_CHANGES = {"pick_up": 1, "drop_off": -1, "swap": 0, "check": 0}


@dataclass(frozen=True, slots=True)
class Place:
    """A point of the map: degrees, and metres in the city's coordinate system."""

    latitude: float
    longitude: float
    x_m: float
    y_m: float

    def __post_init__(self) -> None:
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError(
                f"latitude {self.latitude}, longitude {self.longitude} is no point of the earth"
            )
        if not (np.isfinite(self.x_m) and np.isfinite(self.y_m)):
            raise ValueError(f"metric coordinates must be numbers, not {self.x_m}, {self.y_m}")


@dataclass(frozen=True, slots=True)
class Job:
    """One unit of work.

    Parameters
    ----------
    job_id
        Unique in the problem, and the same whenever the same work is planned again.
    place, place_key
        Where; jobs of one `place_key` are done without driving in between.
    action
        `pick_up`, `drop_off`, `swap` or `check`.
    load_change
        Scooters put on board (positive) or taken off it (negative).
    battery_use
        Fresh batteries needed, from the van's stock.
    service_s
        Seconds at the place.
    price
        What leaving it undone costs, in seconds of driving.
    earliest_s, latest_s
        Window in which the work may begin; `latest_s` None means until the shift ends.
    skill
        What the worker must be able to do, or None.
    task_ids
        The tasks that this job works on.
    scooter_id, scooter_code
        The scooter, where it is known which one.
    """

    job_id: str
    place: Place
    place_key: str
    action: str
    load_change: int = 0
    battery_use: int = 0
    service_s: int = 0
    price: int = 0
    earliest_s: int = 0
    latest_s: int | None = None
    skill: str | None = None
    task_ids: tuple[str, ...] = ()
    scooter_id: str | None = None
    scooter_code: str | None = None

    def __post_init__(self) -> None:
        if self.action not in LOAD_CHANGES:
            raise ValueError(f"action {self.action!r} of {self.job_id}: use {[*LOAD_CHANGES]}")
        for name in ("battery_use", "service_s", "price", "earliest_s"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} of {self.job_id} is {getattr(self, name)}; at least 0")
        if self.latest_s is not None and self.latest_s < self.earliest_s:
            raise ValueError(
                f"{self.job_id} may begin from {self.earliest_s} s to {self.latest_s} s: "
                "the end must not lie before the start"
            )


@dataclass(frozen=True, slots=True)
class Van:
    """A worker with a vehicle in one shift.

    Parameters
    ----------
    van_id
        Unique in the problem.
    capacity, battery_stock
        Scooters it can hold; fresh batteries on board at the start.
    start, end
        Where it is when its part of the plan begins, and where the shift must end.
    start_load, start_load_most
        Scooters on board at the start: at least, at most (loaded as the plan needs it).
    shift_start_s, shift_end_s
        Seconds after the plan's origin between which it works, the drive home included.
    skills
        What the worker can do; None means everything.
    """

    van_id: str
    capacity: int
    battery_stock: int
    start: Place
    end: Place
    shift_start_s: int
    shift_end_s: int
    start_load: int = 0
    start_load_most: int = 0
    skills: frozenset[str] | None = None
    worker_id: str = ""
    vehicle_id: str = ""

    def __post_init__(self) -> None:
        if self.capacity < 0 or self.battery_stock < 0:
            raise ValueError(
                f"{self.van_id}: capacity {self.capacity} and battery stock "
                f"{self.battery_stock} must be at least 0"
            )
        if not 0 <= self.start_load <= self.start_load_most <= self.capacity:
            raise ValueError(
                f"{self.van_id}: 0 <= start_load {self.start_load} <= start_load_most "
                f"{self.start_load_most} <= capacity {self.capacity} does not hold"
            )
        if not 0 <= self.shift_start_s <= self.shift_end_s:
            raise ValueError(
                f"{self.van_id}: the shift runs from {self.shift_start_s} s to "
                f"{self.shift_end_s} s; it must not end before it begins"
            )

    def can(self, skill: str | None) -> bool:
        """Whether its worker may do work that asks for `skill`."""
        return skill is None or self.skills is None or skill in self.skills


@dataclass(frozen=True)
class Matrix:
    """Seconds and metres between all points of a problem, shapes (n, n), whole numbers.

    Points are the jobs in their order, then the start of each van, then the end of each.
    """

    duration_s: IntArray
    distance_m: IntArray

    def __post_init__(self) -> None:
        for name in ("duration_s", "distance_m"):
            values = getattr(self, name)
            if values.ndim != 2 or values.shape[0] != values.shape[1]:
                raise ValueError(f"{name} has shape {values.shape}; it must be square")
            if values.size and values.min() < 0:
                raise ValueError(f"{name} holds {values.min()}; no time or length is negative")
        if self.duration_s.shape != self.distance_m.shape:
            raise ValueError(
                f"duration_s {self.duration_s.shape} and distance_m {self.distance_m.shape} "
                "must have one shape"
            )


@dataclass(frozen=True)
class Problem:
    """Jobs, vans and the matrix of a city and shift; a job may be left undone at its price."""

    jobs: tuple[Job, ...]
    vans: tuple[Van, ...]
    matrix: Matrix = field(repr=False)

    def __post_init__(self) -> None:
        points = len(self.jobs) + 2 * len(self.vans)
        if len(self.matrix.duration_s) != points:
            raise ValueError(
                f"the matrix has {len(self.matrix.duration_s)} points; {len(self.jobs)} jobs and "
                f"{len(self.vans)} vans need {points}"
            )
        for what, names in (
            ("job", [job.job_id for job in self.jobs]),
            ("van", [van.van_id for van in self.vans]),
        ):
            if len(set(names)) != len(names):
                twice = sorted({name for name in names if names.count(name) > 1})
                raise ValueError(f"{what} ids must be unique; more than once: {twice}")

    def start_point(self, van: int) -> int:
        """Row of the matrix where van number `van` starts."""
        return len(self.jobs) + van

    def end_point(self, van: int) -> int:
        """Row of the matrix where van number `van` ends."""
        return len(self.jobs) + len(self.vans) + van
