"""Jobs that some van can get to, do and be home from in time: the others need no search."""

import numpy as np

from routing.problem import Matrix, Problem


def within_reach(problem: Problem) -> tuple[Problem, tuple[tuple[int, ...], ...]]:
    """Leave out the jobs that no worker able to do them has the time for, even alone.

    The load is not looked at: another job may make room for this one.

    Returns
    -------
    near, members
        The smaller problem, and for each of its jobs its number in `problem`, alone in a tuple.
    """
    jobs = [job for job in range(len(problem.jobs)) if is_near(problem, job)]
    points = [*jobs, *range(len(problem.jobs), len(problem.jobs) + 2 * len(problem.vans))]
    rows = np.ix_(points, points)
    near = Problem(
        tuple(problem.jobs[job] for job in jobs),
        problem.vans,
        Matrix(problem.matrix.duration_s[rows], problem.matrix.distance_m[rows]),
    )
    return near, tuple((job,) for job in jobs)


def is_near(problem: Problem, number: int) -> bool:
    """Whether some worker able to do the job has the time for it alone, whatever is on board."""
    job, duration_s = problem.jobs[number], problem.matrix.duration_s
    for van, vehicle in enumerate(problem.vans):
        arrives = vehicle.shift_start_s + int(duration_s[problem.start_point(van), number])
        begins = max(arrives, job.earliest_s)
        home = begins + job.service_s + int(duration_s[number, problem.end_point(van)])
        is_late = job.latest_s is not None and begins > job.latest_s
        if vehicle.can(job.skill) and not is_late and home <= vehicle.shift_end_s:
            return True
    return False
