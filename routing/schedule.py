"""Orders of jobs turned into times, loads and batteries: what a plan says about each visit."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from routing.problem import Problem

#: For each van, the numbers of its jobs in order.
Sequences = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """One job in a route: when it is reached, begun and left (seconds), and the load around it."""

    job: int
    arrives_s: int
    begins_s: int
    departs_s: int
    load_before: int
    load_after: int
    batteries_left: int


@dataclass(frozen=True, slots=True)
class PlannedRoute:
    """The visits of one van, the load it starts with, and when it is back."""

    van: int
    start_load: int
    starts_s: int
    visits: tuple[Visit, ...]
    ends_s: int
    travel_s: int
    distance_m: int


def choose_start_load(problem: Problem, van: int, sequence: Sequence[int]) -> int | None:
    """Fewest scooters on board at the start with which the load stays within the van.

    None when no allowed start load does.
    """
    vehicle = problem.vans[van]
    load, lowest, highest = 0, 0, 0
    for job in sequence:
        load += problem.jobs[job].load_change
        lowest, highest = min(lowest, load), max(highest, load)
    start_load = max(vehicle.start_load, -lowest)
    if start_load > vehicle.start_load_most or start_load + highest > vehicle.capacity:
        return None
    return start_load


def schedule_route(problem: Problem, van: int, sequence: Sequence[int]) -> PlannedRoute | None:
    """Times and loads of one van's jobs in the order given; None where it cannot be driven."""
    vehicle = problem.vans[van]
    start_load = choose_start_load(problem, van, sequence)
    if start_load is None:
        return None
    duration_s, distance_m = problem.matrix.duration_s, problem.matrix.distance_m
    clock, load, batteries = vehicle.shift_start_s, start_load, vehicle.battery_stock
    point, travel, distance = problem.start_point(van), 0, 0
    visits = []
    for number in sequence:
        job = problem.jobs[number]
        leg = int(duration_s[point, number])
        arrives, batteries_left = clock + leg, batteries - job.battery_use
        begins = max(arrives, job.earliest_s)
        late = job.latest_s is not None and begins > job.latest_s
        if late or batteries_left < 0 or not vehicle.can(job.skill):
            return None
        clock, batteries, travel = begins + job.service_s, batteries_left, travel + leg
        distance += int(distance_m[point, number])
        visits.append(
            Visit(number, arrives, begins, clock, load, load + job.load_change, batteries)
        )
        load += job.load_change
        point = number
    home = int(duration_s[point, problem.end_point(van)]) if visits else 0
    distance += int(distance_m[point, problem.end_point(van)]) if visits else 0
    if clock + home > vehicle.shift_end_s:
        return None
    return PlannedRoute(
        van, start_load, vehicle.shift_start_s, tuple(visits), clock + home, travel + home, distance
    )


def cost_of(problem: Problem, sequences: Sequences) -> int:
    """Seconds driven plus the price of every job left undone."""
    duration_s = problem.matrix.duration_s
    served: set[int] = set()
    cost = 0
    for van, sequence in enumerate(sequences):
        if not sequence:
            continue
        points = [problem.start_point(van), *sequence, problem.end_point(van)]
        cost += sum(int(duration_s[a, b]) for a, b in pairwise(points))
        served.update(sequence)
    return cost + sum(job.price for n, job in enumerate(problem.jobs) if n not in served)


def group_same_place(problem: Problem, van: int, sequence: tuple[int, ...]) -> tuple[int, ...]:
    """Order of the jobs at one place made readable: pick-ups first, one action after the other.

    Left as it is where that order would overfill the van or miss a window.
    """
    rank = {"pick_up": 0, "swap": 1, "check": 2, "drop_off": 3}
    ordered: list[int] = []
    run: list[int] = []
    for number in sequence:
        key = problem.jobs[number].place_key
        if run and problem.jobs[run[-1]].place_key != key:
            ordered += sorted(run, key=lambda n: (rank[problem.jobs[n].action], n))
            run = []
        run.append(number)
    ordered += sorted(run, key=lambda n: (rank[problem.jobs[n].action], n))
    candidate = tuple(ordered)
    return candidate if schedule_route(problem, van, candidate) is not None else sequence
