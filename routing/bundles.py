"""A coarser problem: like work at one place as one job, so that the search moves it as one.

Single units at one place are interchangeable and cost nothing to reorder, which drowns a local
search in moves that change nothing. Bundles of a few units keep the freedom that matters (how much
of a place's work fits the van) and make the problem two to four times smaller.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from routing.problem import Job, Matrix, Problem
from routing.schedule import Sequences

#: Most units in a bundle: those that change the load stay few, so that they fit an almost full van.
_MOST_MOVES = 3
_MOST_OTHERS = 6


def bundle(problem: Problem) -> tuple[Problem, tuple[tuple[int, ...], ...]]:
    """Join like jobs of one place.

    Jobs with a window are left alone: the second of a bundle could begin too late.

    Returns
    -------
    coarse, members
        The smaller problem, and for each of its jobs the numbers of the joined ones.
    """
    groups: dict[tuple[object, ...], list[int]] = defaultdict(list)
    for number, job in enumerate(problem.jobs):
        alone = number if job.latest_s is not None or job.earliest_s else None
        groups[job.place_key, job.action, job.skill, job.battery_use > 0, alone].append(number)
    members = tuple(part for group in groups.values() for part in _split(problem, group))
    points = [part[0] for part in members]
    points += range(len(problem.jobs), len(problem.jobs) + 2 * len(problem.vans))
    rows = np.ix_(points, points)
    coarse = Problem(
        tuple(_join(problem, part) for part in members),
        problem.vans,
        Matrix(problem.matrix.duration_s[rows], problem.matrix.distance_m[rows]),
    )
    return coarse, members


def unbundle(members: tuple[tuple[int, ...], ...], sequences: Sequences) -> Sequences:
    """Routes of the coarse problem as routes of the original one."""
    return tuple(tuple(job for part in order for job in members[part]) for order in sequences)


def _split(problem: Problem, group: list[int]) -> list[tuple[int, ...]]:
    by_price = sorted(group, key=lambda number: (-problem.jobs[number].price, number))
    moves = problem.jobs[group[0]].load_change != 0
    most = _MOST_MOVES if moves else _MOST_OTHERS
    return [tuple(by_price[at : at + most]) for at in range(0, len(by_price), most)]


def _join(problem: Problem, part: tuple[int, ...]) -> Job:
    jobs = [problem.jobs[number] for number in part]
    return replace(
        jobs[0],
        load_change=sum(job.load_change for job in jobs),
        battery_use=sum(job.battery_use for job in jobs),
        service_s=sum(job.service_s for job in jobs),
        price=sum(job.price for job in jobs),
    )
