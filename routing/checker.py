"""Whether a plan keeps every rule; written apart from the code that makes plans.

It recomputes times, loads and batteries from the problem and compares them with what the plan says,
so that a mistake in the solver or in the schedule cannot hide itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from routing.problem import Problem
from routing.schedule import PlannedRoute, Visit

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule and where."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def check_routes(problem: Problem, routes: Sequence[PlannedRoute]) -> tuple[Violation, ...]:
    """Every broken rule of the routes; empty when they may be driven."""
    found: list[Violation] = []
    for what, numbers in (
        ("van", [route.van for route in routes]),
        ("job", [visit.job for route in routes for visit in route.visits]),
    ):
        known = len(problem.vans) if what == "van" else len(problem.jobs)
        found += [
            Violation("unknown", f"{what} {number}")
            for number in sorted(set(numbers))
            if not 0 <= number < known
        ]
        found += [
            Violation("twice", f"{what} {number}")
            for number in sorted(set(numbers))
            if numbers.count(number) > 1
        ]
    if any(violation.rule == "unknown" for violation in found):
        return tuple(found)
    for route in routes:
        found += _check_clock(problem, route)
        found += _check_load(problem, route)
        found += _check_batteries(problem, route)
        found += _check_skills(problem, route)
    return tuple(found)


def _name(problem: Problem, route: PlannedRoute, visit: Visit | None = None) -> str:
    van = problem.vans[route.van].van_id
    return van if visit is None else f"{van} at {problem.jobs[visit.job].job_id}"


def _check_clock(problem: Problem, route: PlannedRoute) -> list[Violation]:
    """Each leg and each service take their time, windows and the shift hold."""
    van, duration_s = problem.vans[route.van], problem.matrix.duration_s
    found = []
    clock, point, driven_s, driven_m = route.starts_s, len(problem.jobs) + route.van, 0, 0
    if clock < van.shift_start_s:
        found.append(Violation("shift", f"{_name(problem, route)} starts before its shift"))
    for visit in route.visits:
        job, name = problem.jobs[visit.job], _name(problem, route, visit)
        driven_s += int(duration_s[point, visit.job])
        driven_m += int(problem.matrix.distance_m[point, visit.job])
        if visit.arrives_s < clock + int(duration_s[point, visit.job]):
            found.append(Violation("time", f"{name} arrives earlier than it can drive"))
        if visit.begins_s < visit.arrives_s or visit.departs_s < visit.begins_s + job.service_s:
            found.append(Violation("time", f"{name} leaves before the work is done"))
        if visit.begins_s < job.earliest_s:
            found.append(Violation("window", f"{name} begins too early"))
        if job.latest_s is not None and visit.begins_s > job.latest_s:
            found.append(Violation("window", f"{name} begins too late"))
        clock, point = visit.departs_s, visit.job
    if route.visits:
        end = len(problem.jobs) + len(problem.vans) + route.van
        clock += int(duration_s[point, end])
        driven_s += int(duration_s[point, end])
        driven_m += int(problem.matrix.distance_m[point, end])
    if route.ends_s < clock:
        found.append(Violation("time", f"{_name(problem, route)} is home earlier than it can be"))
    if max(clock, route.ends_s) > van.shift_end_s:
        found.append(Violation("shift", f"{_name(problem, route)} is home after its shift"))
    if (route.travel_s, route.distance_m) != (driven_s, driven_m):
        found.append(Violation("length", f"{_name(problem, route)} does not add up its legs"))
    return found


def _check_load(problem: Problem, route: PlannedRoute) -> list[Violation]:
    van, load, found = problem.vans[route.van], route.start_load, []
    if not van.start_load <= load <= van.start_load_most:
        found.append(Violation("load", f"{_name(problem, route)} starts with {load} scooters"))
    if not 0 <= load <= van.capacity:
        found.append(Violation("load", f"{_name(problem, route)} starts with {load} scooters"))
    for visit in route.visits:
        after = load + problem.jobs[visit.job].load_change
        name = _name(problem, route, visit)
        if (visit.load_before, visit.load_after) != (load, after):
            found.append(Violation("load", f"{name} says {visit.load_after}, it is {after}"))
        if not 0 <= after <= van.capacity:
            found.append(Violation("load", f"{name} has {after} of {van.capacity} scooters"))
        load = after
    return found


def _check_batteries(problem: Problem, route: PlannedRoute) -> list[Violation]:
    left, found = problem.vans[route.van].battery_stock, []
    for visit in route.visits:
        left -= problem.jobs[visit.job].battery_use
        name = _name(problem, route, visit)
        if left < 0:
            found.append(Violation("batteries", f"{name} has none left"))
        if visit.batteries_left != left:
            found.append(
                Violation("batteries", f"{name} says {visit.batteries_left}, it is {left}")
            )
    return found


def _check_skills(problem: Problem, route: PlannedRoute) -> list[Violation]:
    skills = problem.vans[route.van].skills
    return [
        Violation("skill", f"{_name(problem, route, visit)} needs {problem.jobs[visit.job].skill}")
        for visit in route.visits
        if skills is not None
        and problem.jobs[visit.job].skill is not None
        and problem.jobs[visit.job].skill not in skills
    ]


def check_stops(capacity: int, kept: Sequence[Row], stops: Sequence[Row]) -> tuple[Violation, ...]:
    """Every broken rule of the stops about to be published for one worker and shift.

    Parameters
    ----------
    capacity
        Scooters the van holds.
    kept
        Stops of the route in force that were begun, done or reported as a problem, in order.
    stops
        All stops of the new route, in order.
    """
    found = []
    if [stop["stop_id"] for stop in stops[: len(kept)]] != [stop["stop_id"] for stop in kept]:
        found.append(Violation("begun", "stops that were begun must stay first, in their order"))
    ids = [stop["stop_id"] for stop in stops]
    if len(set(ids)) != len(ids):
        found.append(Violation("twice", "a stop id is used twice"))
    if [stop["stop_sequence"] for stop in stops] != list(range(1, len(stops) + 1)):
        found.append(Violation("sequence", "stops are not numbered 1, 2, 3, ..."))
    signs = {"pick_up": 1, "drop_off": -1}
    for stop in stops[len(kept) :]:
        change = signs.get(stop["action"], 0) * stop["scooter_count"]
        if stop["load_after_count"] - stop["load_before_count"] != change:
            found.append(Violation("load", f"{stop['stop_id']} changes the load by another count"))
        if not min(stop["load_before_count"], stop["load_after_count"]) >= 0:
            found.append(Violation("load", f"{stop['stop_id']} has less than no scooter on board"))
        if max(stop["load_before_count"], stop["load_after_count"]) > capacity:
            found.append(Violation("load", f"{stop['stop_id']} overfills the van"))
    for before, after in pairwise(stops[len(kept) :]):
        if before["load_after_count"] != after["load_before_count"]:
            found.append(Violation("load", f"{after['stop_id']} does not go on with the load"))
        if after["arrives_at"] < before["departs_at"]:
            found.append(
                Violation("time", f"{after['stop_id']} is reached before the last is left")
            )
    return tuple(found)
