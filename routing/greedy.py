"""A first set of routes by cheapest insertion; always valid, found at once, also on tight problems.

The search starts from it, and it is what is published when the search has nothing better.
"""

from dataclasses import dataclass, field

import numpy as np

from routing.problem import IntArray, Problem
from routing.schedule import Sequences

_NEVER = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class _Columns:
    """The jobs' numbers as arrays, shape (jobs,)."""

    load: IntArray
    battery: IntArray
    service: IntArray
    price: IntArray
    earliest: IntArray
    latest: IntArray


@dataclass
class _Route:
    """One growing route with what is needed to test an insertion in one step."""

    van: int
    sequence: list[int] = field(default_factory=list)
    departs: IntArray = field(default_factory=lambda: np.zeros(1, np.int64))
    latest: IntArray = field(default_factory=lambda: np.zeros(1, np.int64))
    batteries: int = 0


def build_greedy(problem: Problem, start: Sequences | None = None) -> Sequences:
    """Insert, again and again, the job that gains most for the time it takes.

    A job is worth inserting when its price exceeds the detour; among those the highest price a
    second of detour and service goes first. Pick-ups make room for drop-offs and the other way
    round, so jobs are tried until none fits any more. Equals go to the lower job number: the result
    depends on the problem only.

    Parameters
    ----------
    start
        Routes to add to, which must be valid; None begins with empty ones.

    Returns
    -------
    Sequences
        The jobs of each van in order; empty without vans or jobs.
    """
    start = start or tuple(() for _ in problem.vans)
    if not problem.jobs or not problem.vans:
        return start
    columns = _columns(problem)
    routes = _routes(problem, columns, start)
    is_open = np.ones(len(problem.jobs), dtype=bool)
    is_open[[job for order in start for job in order]] = False
    best = [_best_insertions(problem, columns, route) for route in routes]
    while is_open.any():
        detour = np.stack([np.where(is_open, detour, _NEVER) for detour, _ in best])
        worth = columns.price > detour
        rates = np.where(worth, columns.price / (np.maximum(detour, 0) + columns.service + 60), -1)
        van, job = divmod(int(rates.argmax()), len(problem.jobs))
        if not worth[van, job]:
            break
        route = routes[van]
        route.sequence.insert(int(best[van][1][job]), job)
        route.batteries -= int(columns.battery[job])
        is_open[job] = False
        best[van] = _best_insertions(problem, columns, route)
    return tuple(tuple(route.sequence) for route in routes)


def insertable(problem: Problem, routes: Sequences) -> list[bool]:
    """Whether each job could be added somewhere to the routes as they are, whatever it costs."""
    if not problem.jobs:
        return []
    columns = _columns(problem)
    possible = np.zeros(len(problem.jobs), dtype=bool)
    for route in _routes(problem, columns, routes):
        possible |= _best_insertions(problem, columns, route)[0] < _NEVER
    return [bool(can) for can in possible]


def _routes(problem: Problem, columns: _Columns, orders: Sequences) -> list[_Route]:
    return [
        _Route(van, list(order), batteries=v.battery_stock - sum(columns.battery[list(order)]))
        for van, (v, order) in enumerate(zip(problem.vans, orders, strict=True))
    ]


def _columns(problem: Problem) -> _Columns:
    def column(values: list[int]) -> IntArray:
        return np.array(values, dtype=np.int64)

    jobs = problem.jobs
    return _Columns(
        load=column([job.load_change for job in jobs]),
        battery=column([job.battery_use for job in jobs]),
        service=column([job.service_s for job in jobs]),
        price=column([job.price for job in jobs]),
        earliest=column([job.earliest_s for job in jobs]),
        latest=column([_NEVER if job.latest_s is None else job.latest_s for job in jobs]),
    )


def _best_insertions(
    problem: Problem, columns: _Columns, route: _Route
) -> tuple[IntArray, IntArray]:
    """Smallest detour of every job in this route and where, shapes (jobs,); never where it cannot.

    The detour tests of Savelsbergh (1992): with the earliest departure before a gap and the latest
    arrival after it, one comparison tells whether all later windows and the shift's end still hold.
    """
    _refresh_times(problem, columns, route)
    before = np.array([problem.start_point(route.van), *route.sequence])
    after = np.array([*route.sequence, problem.end_point(route.van)])
    duration_s, jobs = problem.matrix.duration_s, np.arange(len(problem.jobs))
    to_job = duration_s[np.ix_(before, jobs)].T
    from_job = duration_s[np.ix_(jobs, after)]
    old_leg = duration_s[before, after] if route.sequence else np.zeros(1, np.int64)
    detour = to_job + from_job - old_leg[None, :]
    begins = np.maximum(route.departs[None, :] + to_job, columns.earliest[:, None])
    fits = begins <= columns.latest[:, None]
    fits &= begins + columns.service[:, None] + from_job <= route.latest[None, :]
    fits &= _load_fits(problem, columns, route)
    vehicle = problem.vans[route.van]
    able = np.array([vehicle.can(job.skill) for job in problem.jobs])
    fits &= (able & (columns.battery <= route.batteries))[:, None]
    detour = np.where(fits, detour, _NEVER)
    where = detour.argmin(axis=1)
    return detour[jobs, where], where.astype(np.int64)


def _refresh_times(problem: Problem, columns: _Columns, route: _Route) -> None:
    """Earliest departure before each gap and latest arrival after it."""
    vehicle, duration_s = problem.vans[route.van], problem.matrix.duration_s
    clock, point = vehicle.shift_start_s, problem.start_point(route.van)
    departs = [clock]
    for job in route.sequence:
        clock = max(clock + int(duration_s[point, job]), int(columns.earliest[job]))
        clock += int(columns.service[job])
        departs.append(clock)
        point = job
    limit, point = vehicle.shift_end_s, problem.end_point(route.van)
    latest = [limit]
    for job in reversed(route.sequence):
        limit -= int(duration_s[job, point]) + int(columns.service[job])
        limit = min(limit, int(columns.latest[job]))
        latest.append(limit)
        point = job
    route.departs = np.array(departs, dtype=np.int64)
    route.latest = np.array(latest[::-1], dtype=np.int64)


def _load_fits(problem: Problem, columns: _Columns, route: _Route) -> np.ndarray:
    """Whether some start load keeps the load within the van, shape (jobs, gaps).

    With the change inserted, later prefix sums shift by it; the start load must lift the least of
    all prefix sums to 0 and keep the greatest within the capacity.
    """
    vehicle = problem.vans[route.van]
    prefix = np.concatenate([[0], np.cumsum(columns.load[route.sequence], dtype=np.int64)])
    low_to = np.minimum.accumulate(prefix)[None, :]
    high_to = np.maximum.accumulate(prefix)[None, :]
    low_from = np.minimum.accumulate(prefix[::-1])[::-1][None, :]
    high_from = np.maximum.accumulate(prefix[::-1])[::-1][None, :]
    change = columns.load[:, None]
    lowest = np.minimum(low_to, low_from + change)
    highest = np.maximum(high_to, high_from + change)
    start = np.maximum(vehicle.start_load, -lowest)
    fits: np.ndarray = (start <= vehicle.start_load_most) & (start + highest <= vehicle.capacity)
    return fits
