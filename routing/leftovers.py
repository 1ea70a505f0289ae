"""Why a job is on no route, told from the routes as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from routing.greedy import insertable
from routing.problem import Job, Problem
from routing.reach import is_near
from routing.schedule import Sequences


@dataclass(frozen=True, slots=True)
class DroppedJob:
    """A job that no route serves, and why.

    Parameters
    ----------
    reason
        `no_van`: there is none. `no_skill`: nobody on shift may do it. `out_of_reach`: no shift is
        long enough, even for it alone. `no_time`: the shifts are full. `no_scooters`, `no_room`,
        `no_batteries`: there is time, but no van has a scooter to drop off, a free place or a
        fresh battery then. `price`: it could be done, but the drive costs more than it is worth.
    """

    job: int
    reason: str


def dropped_jobs(problem: Problem, routes: Sequences) -> tuple[DroppedJob, ...]:
    """Give each job that is on none of the routes with its reason, in the order of the jobs."""
    served = {job for order in routes for job in order}
    left = [job for job in range(len(problem.jobs)) if job not in served]
    if not left:
        return ()
    fits = insertable(problem, routes)
    in_time = insertable(_without_stock(problem), routes)
    return tuple(DroppedJob(job, _reason(problem, job, fits, in_time)) for job in left)


def _reason(problem: Problem, number: int, fits: Sequence[bool], in_time: Sequence[bool]) -> str:
    job = problem.jobs[number]
    if not problem.vans:
        return "no_van"
    if not any(van.can(job.skill) for van in problem.vans):
        return "no_skill"
    if fits[number]:
        return "price"
    if in_time[number]:
        return _what_lacks(job)
    return "no_time" if is_near(problem, number) else "out_of_reach"


def _what_lacks(job: Job) -> str:
    if job.battery_use:
        return "no_batteries"
    return "no_scooters" if job.load_change < 0 else "no_room"


def _without_stock(problem: Problem) -> Problem:
    """The same problem where the vans never lack a scooter, a place or a battery."""
    jobs = tuple(replace(job, load_change=0, battery_use=0) for job in problem.jobs)
    return replace(problem, jobs=jobs)
