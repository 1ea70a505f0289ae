"""Routes by OR-Tools: guided local search from our own first solution.

OR-Tools may find no first solution on tight problems and does not honour its limit while it looks
for one; therefore the search always starts from the greedy routes and returns them when it has
nothing better.
"""

import itertools
import logging
import time
from dataclasses import dataclass, replace

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.bundles import bundle, unbundle
from routing.exact import solve_exactly
from routing.greedy import build_greedy
from routing.leftovers import DroppedJob, dropped_jobs
from routing.problem import Problem
from routing.reach import within_reach
from routing.schedule import (
    PlannedRoute,
    Sequences,
    cost_of,
    group_same_place,
    schedule_route,
)

logger = logging.getLogger(__name__)

#: Share of the time for the search over bundles; the rest goes to single jobs.
_COARSE_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class SolverParameters:
    """How long to search.

    The number of accepted solutions ends the search, or that of all it looked at where few are
    accepted, so that the same problem gives the same routes on any machine; the clock on the wall
    is the guard behind both.

    Parameters
    ----------
    effort
        Accepted solutions times jobs, in each search: 6,000 took 1.6 to 4 s of a core for 60 to
        300 jobs. None: only the time ends the search.
    neighbour_limit
        Solutions looked at, accepted or not, in each search with an effort: 6 million took 4 s. A
        search of 190 jobs that accepted one a second had its best solution after 4 million.
    time_limit_s
        Seconds on the wall, far more than the rest takes on two busy cores. When it strikes
        first, the result depends on the machine, and the plan says so.
    """

    effort: int | None = 6_000
    neighbour_limit: int = 6_000_000
    time_limit_s: float = 120.0

    def __post_init__(self) -> None:
        if self.time_limit_s <= 0:
            raise ValueError(f"time_limit_s is {self.time_limit_s}; it must be above 0")
        if self.effort is not None and self.effort < 1:
            raise ValueError(f"effort is {self.effort}; it must be at least 1")
        if self.neighbour_limit < 1:
            raise ValueError(f"neighbour_limit is {self.neighbour_limit}; it must be at least 1")

    def solution_limit(self, job_count: int) -> int | None:
        """Accepted solutions after which a search over `job_count` jobs ends."""
        return None if self.effort is None else max(20, self.effort // max(job_count, 1))


@dataclass(frozen=True)
class Plan:
    """Routes of all vans, the jobs left undone, and how the routes were found.

    `is_cut_short`: the clock ended a search, not the effort, so that another run may differ.
    """

    routes: tuple[PlannedRoute, ...]
    dropped: tuple[DroppedJob, ...]
    cost: int
    greedy_cost: int
    method: str
    is_cut_short: bool = False

    def __str__(self) -> str:
        served = sum(len(route.visits) for route in self.routes)
        driven_km = sum(route.distance_m for route in self.routes) / 1000
        return (
            f"{served} jobs on {len(self.routes)} routes, {driven_km:.1f} km, "
            f"{len(self.dropped)} jobs left ({self.method}, cost {self.cost}, "
            f"greedy {self.greedy_cost})"
        )


def solve(problem: Problem, parameters: SolverParameters | None = None) -> Plan:
    """Plan the routes of one problem.

    An empty problem gives an empty plan; without vans every job is dropped. Never raises for lack
    of a solution: leaving everything undone is always one.
    """
    parameters = parameters or SolverParameters()
    first = build_greedy(problem)
    greedy_cost = cost_of(problem, first)
    best, is_cut_short = first, False
    near, members = within_reach(problem)
    if near.jobs:
        found, is_cut_short = _improve(near, build_greedy(near), parameters)
        best = _better_of(problem, first, unbundle(members, found))
    method = "search" if cost_of(problem, best) < greedy_cost else "greedy"
    best = tuple(group_same_place(problem, van, order) for van, order in enumerate(best))
    routes = [schedule_route(problem, van, order) for van, order in enumerate(best)]
    kept = tuple(route for route in routes if route is not None)
    dropped = dropped_jobs(problem, best)
    return Plan(kept, dropped, cost_of(problem, best), greedy_cost, method, is_cut_short)


def _improve(
    problem: Problem, first: Sequences, parameters: SolverParameters
) -> tuple[Sequences, bool]:
    """Search over bundles of like jobs, then over single jobs; never worse than `first`.

    With the routes: whether the clock ended a search.
    """
    coarse, members = bundle(problem)
    if len(coarse.jobs) == len(problem.jobs):
        found, is_cut = _search(problem, first, parameters)
        return _better_of(problem, first, found), is_cut
    part = replace(parameters, time_limit_s=parameters.time_limit_s * _COARSE_SHARE)
    rest = replace(parameters, time_limit_s=parameters.time_limit_s * (1 - _COARSE_SHARE))
    start = build_greedy(coarse)
    found, is_rough_cut = _search(coarse, start, part)
    rough = _better_of(coarse, start, found)
    best = _better_of(problem, first, build_greedy(problem, unbundle(members, rough)))
    found, is_cut = _search(problem, best, rest)
    return _better_of(problem, best, found), is_rough_cut or is_cut


def _better_of(problem: Problem, known: Sequences, found: Sequences | None) -> Sequences:
    if found is None or cost_of(problem, found) >= cost_of(problem, known):
        return known
    return found if _is_valid(problem, found) else known


def _is_valid(problem: Problem, sequences: Sequences) -> bool:
    valid = all(
        schedule_route(problem, van, order) is not None for van, order in enumerate(sequences)
    )
    if not valid:
        logger.error("the search returned routes that cannot be driven; the greedy ones are used")
    return valid


def _search(
    problem: Problem, first: Sequences, parameters: SolverParameters
) -> tuple[Sequences | None, bool]:
    """Improve `first`, and whether the clock ended that; None when OR-Tools refuses `first`.

    A problem small enough to try everything is solved so, with no clock.
    """
    exact = solve_exactly(problem)
    if exact is not None:
        return exact, False
    count, vans = len(problem.jobs), len(problem.vans)
    points = [problem.start_point(v) for v in range(vans)]
    ends = [problem.end_point(v) for v in range(vans)]
    nodes = pywrapcp.RoutingIndexManager(count + 2 * vans, vans, points, ends)
    model = pywrapcp.RoutingModel(nodes)
    _add_costs(model, problem)
    _add_time(model, nodes, problem)
    _add_load(model, problem)
    _add_batteries(model, problem)
    for number, job in enumerate(problem.jobs):
        index = nodes.NodeToIndex(number)
        model.AddDisjunction([index], job.price)
        able = [v for v, van in enumerate(problem.vans) if van.can(job.skill)]
        if len(able) < vans:
            model.VehicleVar(index).SetValues([-1, *able])
    search = _search_parameters(parameters, count)
    model.CloseModelWithParameters(search)
    start = model.ReadAssignmentFromRoutes(
        [[nodes.NodeToIndex(number) for number in order] for order in first], True
    )
    if start is None:
        logger.warning("OR-Tools refuses the greedy routes; they are used as they are")
        return None, False
    if parameters.effort is not None:
        _add_neighbour_limit(model, parameters.neighbour_limit)
    began = time.monotonic()
    solution = model.SolveFromAssignmentWithParameters(start, search)
    # The search looks at its clock now and then and stops when too little is left: a bit early.
    is_cut = time.monotonic() - began >= 0.9 * parameters.time_limit_s
    return None if solution is None else _read_sequences(model, nodes, solution, vans), is_cut


def _search_parameters(parameters: SolverParameters, job_count: int) -> object:
    search = pywrapcp.DefaultRoutingSearchParameters()
    search.local_search_metaheuristic = (
        routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
    )
    search.time_limit.FromMilliseconds(int(parameters.time_limit_s * 1000))
    solution_limit = parameters.solution_limit(job_count)
    if solution_limit is not None:
        search.solution_limit = solution_limit
    return search


def _add_neighbour_limit(model: "pywrapcp.RoutingModel", limit: int) -> None:
    """End the search after so many neighbours: OR-Tools asks its limits before each."""
    asked = itertools.count(1)
    model.AddSearchMonitor(model.solver().CustomLimit(lambda: next(asked) > limit))


def _add_costs(model: "pywrapcp.RoutingModel", problem: Problem) -> None:
    transit = model.RegisterTransitMatrix(problem.matrix.duration_s.tolist())
    model.SetArcCostEvaluatorOfAllVehicles(transit)


def _add_time(
    model: "pywrapcp.RoutingModel", nodes: "pywrapcp.RoutingIndexManager", problem: Problem
) -> None:
    """Drive and service; waiting only where a window asks for it."""
    count = len(problem.jobs)
    spent = problem.matrix.duration_s.copy()
    spent[:count] += [[job.service_s] for job in problem.jobs]
    transit = model.RegisterTransitMatrix(spent.tolist())
    horizon = max(van.shift_end_s for van in problem.vans)
    waits = any(job.earliest_s > 0 for job in problem.jobs)
    model.AddDimension(transit, horizon if waits else 0, horizon, False, "time")
    clock = model.GetDimensionOrDie("time")
    for number, van in enumerate(problem.vans):
        clock.CumulVar(model.Start(number)).SetRange(van.shift_start_s, van.shift_start_s)
        clock.CumulVar(model.End(number)).SetRange(van.shift_start_s, van.shift_end_s)
    for number, job in enumerate(problem.jobs):
        latest = horizon if job.latest_s is None else min(horizon, job.latest_s)
        if job.earliest_s > latest:
            model.VehicleVar(nodes.NodeToIndex(number)).SetValue(-1)
        elif job.earliest_s > 0 or latest < horizon:
            clock.CumulVar(nodes.NodeToIndex(number)).SetRange(job.earliest_s, latest)


def _add_load(model: "pywrapcp.RoutingModel", problem: Problem) -> None:
    changes = [job.load_change for job in problem.jobs] + [0] * (2 * len(problem.vans))
    transit = model.RegisterUnaryTransitVector(changes)
    capacities = [van.capacity for van in problem.vans]
    model.AddDimensionWithVehicleCapacity(transit, 0, capacities, False, "load")
    load = model.GetDimensionOrDie("load")
    for number, van in enumerate(problem.vans):
        load.CumulVar(model.Start(number)).SetRange(van.start_load, van.start_load_most)


def _add_batteries(model: "pywrapcp.RoutingModel", problem: Problem) -> None:
    uses = [job.battery_use for job in problem.jobs]
    if not any(uses):
        return
    transit = model.RegisterUnaryTransitVector(uses + [0] * (2 * len(problem.vans)))
    stocks = [van.battery_stock for van in problem.vans]
    model.AddDimensionWithVehicleCapacity(transit, 0, stocks, True, "batteries")


def _read_sequences(
    model: "pywrapcp.RoutingModel",
    nodes: "pywrapcp.RoutingIndexManager",
    solution: "pywrapcp.Assignment",
    vans: int,
) -> Sequences:
    sequences = []
    for van in range(vans):
        order, index = [], solution.Value(model.NextVar(model.Start(van)))
        while not model.IsEnd(index):
            order.append(nodes.IndexToNode(index))
            index = solution.Value(model.NextVar(index))
        sequences.append(tuple(order))
    return tuple(sequences)
