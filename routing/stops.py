"""Visits as stops: units at one place joined again, with the words a worker reads."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from routing.problem import Job, Problem
from routing.schedule import PlannedRoute, Visit

Row = dict[str, Any]

_SEPARATOR = "; "


@dataclass(frozen=True)
class StopContext:
    """What turns a planned route into rows.

    Parameters
    ----------
    origin_at
        Second 0 of the problem.
    prefix
        Start of every stop id: the worker and shift.
    tasks, parkings, charges
        Rows of tasks and parkings by id, charge of scooters by id.
    started_ids
        Stops of this worker and shift that were ever started; their ids are not given again.
    """

    origin_at: datetime
    prefix: str
    tasks: Mapping[str, Mapping[str, Any]]
    parkings: Mapping[str, Mapping[str, Any]]
    charges: Mapping[str, float | None]
    started_ids: Sequence[str] = ()


def build_stops(
    problem: Problem, route: PlannedRoute, context: StopContext, kept_count: int
) -> list[Row]:
    """Rows of ``ops.route_stops`` after those kept, without the route's id.

    Visits of one place with one action, one after the other, become one stop. A stop's id names the
    worker, shift, action, place and how many times before: the same work keeps its id when the
    route is planned again, so that a tap made on an older version still finds its stop.
    """
    taken = Counter(_stem(stop_id) for stop_id in context.started_ids)
    rows = []
    groups = groupby(route.visits, key=lambda visit: _group_key(problem.jobs[visit.job]))
    for number, (_, group) in enumerate(groups, start=kept_count + 1):
        visits = list(group)
        first = problem.jobs[visits[0].job]
        stem = f"{context.prefix}|{first.action}|{first.place_key}"
        taken[stem] += 1
        row = _stop(problem, visits, context)
        rows.append({"stop_id": f"{stem}|{taken[stem]}", "stop_sequence": number, **row})
    return rows


def _stem(stop_id: str) -> str:
    return stop_id.rsplit("|", 1)[0]


def _group_key(job: Job) -> tuple[str, str]:
    return job.place_key, job.action


def _stop(problem: Problem, visits: list[Visit], context: StopContext) -> Row:
    jobs = [problem.jobs[visit.job] for visit in visits]
    place = jobs[0].place
    task_ids = list(dict.fromkeys(task for job in jobs for task in job.task_ids))
    tasks = [context.tasks[task] for task in task_ids]
    parking = context.parkings.get(jobs[0].place_key.removeprefix("parking:"))
    charges = [context.charges.get(job.scooter_id or "") for job in jobs]
    codes = [job.scooter_code for job in jobs if job.scooter_code is not None]
    title_en, title_el = _titles(parking, codes)
    return {
        "task_ids": task_ids,
        "action": jobs[0].action,
        "title_en": title_en,
        "title_el": title_el,
        "reason_en": _join(task["reason_en"] for task in tasks),
        "reason_el": _join(task["reason_el"] for task in tasks),
        "scooter_codes": codes,
        "scooter_count": len(jobs),
        "parking_id": parking["parking_id"] if parking else None,
        "parking_name": parking["name"] if parking else None,
        "latitude": place.latitude,
        "longitude": place.longitude,
        "zone_geojson": parking["zone_geojson"] if parking else None,
        "arrives_at": context.origin_at + timedelta(seconds=visits[0].arrives_s),
        "departs_at": context.origin_at + timedelta(seconds=visits[-1].departs_s),
        "load_before_count": visits[0].load_before,
        "load_after_count": visits[-1].load_after,
        "battery_pct": min((charge for charge in charges if charge is not None), default=None),
        "status": "planned",
        **dict.fromkeys(("begun_at", "done_at", "problem")),
    }


def _titles(parking: Mapping[str, Any] | None, codes: Sequence[str]) -> tuple[str, str]:
    if parking is not None:
        return str(parking["name"]), str(parking["name"])
    name = ", ".join(codes) or "?"
    return f"Scooter {name}", f"Πατίνι {name}"


def _join(reasons: Iterable[str]) -> str:
    """Different reasons once each, at most three of them."""
    once = list(dict.fromkeys(reasons))
    return _SEPARATOR.join(once[:3]) + (" …" if len(once) > 3 else "")
