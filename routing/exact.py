"""The best routes of a very small problem, by trying all there are.

A search has nothing to improve there: it would wait for its clock.
"""

from collections.abc import Iterator
from math import comb, prod

from routing.problem import Problem
from routing.schedule import Sequences, cost_of, schedule_route

#: Sets of routes that are tried at most: some 50 ms of a core.
MOST_PLANS = 2_000


def plan_count(job_count: int, van_count: int) -> int:
    """Number of ways to give some of the jobs, in some order, to the vans."""
    return sum(
        comb(job_count, served) * prod(range(van_count, van_count + served))
        for served in range(job_count + 1)
    )


def solve_exactly(problem: Problem) -> Sequences | None:
    """Give the cheapest routes; None when there are too many to try.

    Of equally cheap ones the first: the result depends on the problem only.
    """
    if plan_count(len(problem.jobs), len(problem.vans)) > MOST_PLANS:
        return None
    best: Sequences = tuple(() for _ in problem.vans)
    least = cost_of(problem, best)
    for routes in _plans(len(problem.jobs), best):
        cost = cost_of(problem, routes)
        if cost < least and _can_be_driven(problem, routes):
            best, least = routes, cost
    return best


def _plans(job_count: int, empty: Sequences) -> Iterator[Sequences]:
    """All ways for the jobs before `job_count`: the last one at each place of all the others'."""
    if job_count == 0:
        yield empty
        return
    job = job_count - 1
    for routes in _plans(job, empty):
        yield routes
        for van, order in enumerate(routes):
            for place in range(len(order) + 1):
                longer = (*order[:place], job, *order[place:])
                yield (*routes[:van], longer, *routes[van + 1 :])


def _can_be_driven(problem: Problem, routes: Sequences) -> bool:
    return all(schedule_route(problem, van, order) is not None for van, order in enumerate(routes))
