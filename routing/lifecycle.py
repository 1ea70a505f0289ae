"""The life of a task: opened, refreshed, closed by itself, done, verified or reopened.

A pure step from the tasks of one city and what the marts see now to the tasks that change. All of
it depends on the clock of the marts alone: the same run again changes nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil, hypot
from types import MappingProxyType
from typing import Any

Row = dict[str, Any]

#: Kinds whose subject is a parking: no single scooter can confirm them.
PARKING_KINDS = frozenset({"below_minimum", "below_target", "over_capacity"})

#: What a candidate tells anew in every run.
REFRESHED = (
    *("scooter_id", "scooter_code", "parking_id", "latitude", "longitude", "x_m", "y_m"),
    *("scooter_count", "battery_pct", "priority", "expected_value", "reason_en", "reason_el"),
)

#: Hours without a candidate before a task closes: kinds that come and go with GPS noise, late
#: pings, a ride more or less or the target of the hour (which says too whether a scooter is idle)
#: wait longer; those that end with a definite event close at once.
CLOSE_AFTER_H: Mapping[str, float] = MappingProxyType(
    {
        "low_battery": 0.0,
        "idle_too_long": 2.0,
        "left_in_the_way": 2.0,
        "outside_zone": 2.0,
        "not_reporting": 1.0,
        "below_minimum": 1.0,
        "below_target": 2.0,
        "over_capacity": 1.0,
    }
)


@dataclass(frozen=True)
class LifecycleParameters:
    """When tasks close, and what counts as proof.

    Parameters
    ----------
    close_after_h
        Hours a candidate must be absent before its task closes, a kind at a time.
    reopen_after_h
        Hours after `done` with the candidate still there before the task is open again.
    unconfirmed_after_h
        Hours after `done` without candidate and without proof before the task closes unverified.
    charge_rise_pct
        Rise of the charge, percentage points, that proves a swap.
    moved_m
        Metres from the task's place that prove a move; beyond GPS noise.
    """

    close_after_h: Mapping[str, float] = field(default_factory=lambda: CLOSE_AFTER_H)
    reopen_after_h: float = 3.0
    unconfirmed_after_h: float = 24.0
    charge_rise_pct: float = 10.0
    moved_m: float = 50.0

    def __post_init__(self) -> None:
        for name in ("reopen_after_h", "unconfirmed_after_h", "charge_rise_pct", "moved_m"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 0")
        wrong = {kind: hours for kind, hours in self.close_after_h.items() if hours < 0}
        if wrong:
            raise ValueError(f"close_after_h is {wrong}; hours must be at least 0")


def next_tasks(
    tasks: Iterable[Row],
    candidates: Iterable[Row],
    scooters: Mapping[str, Row],
    as_of: datetime,
    parameters: LifecycleParameters | None = None,
) -> list[Row]:
    """Tasks that are new or change, whole rows; empty when nothing does.

    Parameters
    ----------
    tasks
        The city's tasks that are open, assigned or done, as in ``ops.tasks``.
    candidates
        Rows of ``marts.fct_task_candidates``.
    scooters
        Rows of ``marts.fct_scooter_states`` by scooter.
    as_of
        The clock of the marts.
    """
    parameters = parameters or LifecycleParameters()
    seen = {(row["task_kind"], subject_of(row)): row for row in candidates}
    changed = []
    for task in tasks:
        candidate = seen.pop((task["task_kind"], task["subject_id"]), None)
        scooter = scooters.get(task["scooter_id"] or "")
        after = (
            _after_done(task, candidate, scooter, as_of, parameters)
            if task["status"] == "done"
            else _while_open(task, candidate, as_of, parameters)
        )
        if after != task:
            changed.append(after)
    return changed + [_opened(row, as_of) for row in seen.values()]


def subject_of(candidate: Row) -> str:
    """The scooter or parking a candidate is about: the last part of its id."""
    return str(candidate["candidate_id"]).split("|", 2)[2]


def _opened(candidate: Row, as_of: datetime) -> Row:
    subject = subject_of(candidate)
    return {
        "task_id": f"{candidate['candidate_id']}|{as_of:%Y%m%dT%H%MZ}",
        "city_id": candidate["city_id"],
        "task_kind": candidate["task_kind"],
        "subject_id": subject,
        **{name: candidate[name] for name in REFRESHED},
        "status": "open",
        "opened_at": as_of,
        "last_seen_at": as_of,
        "missing_count": 0,
        **dict.fromkeys(("claimed_at", "done_at", "done_by", "verified_at", "closed_at")),
        "closed_reason": None,
    }


def _while_open(
    task: Row, candidate: Row | None, as_of: datetime, parameters: LifecycleParameters
) -> Row:
    if candidate is not None:
        return _refreshed(task, candidate, as_of)
    missing = as_of - task["last_seen_at"]
    if missing <= timedelta(0):
        return task  # a run of an earlier hour: it knows less than the last one did
    after = {**task, "missing_count": ceil(missing / timedelta(hours=1))}
    if missing > timedelta(hours=parameters.close_after_h.get(task["task_kind"], 0.0)):
        after |= {"status": "closed", "closed_at": as_of, "closed_reason": "solved"}
    return after


def _refreshed(task: Row, candidate: Row, as_of: datetime) -> Row:
    if as_of < task["last_seen_at"]:
        return task
    news = {name: candidate[name] for name in REFRESHED}
    return {**task, **news, "last_seen_at": as_of, "missing_count": 0}


def _after_done(
    task: Row,
    candidate: Row | None,
    scooter: Row | None,
    as_of: datetime,
    parameters: LifecycleParameters,
) -> Row:
    waited = as_of - task["done_at"]
    if _is_confirmed(task, candidate, scooter, waited, parameters):
        return {**task, "status": "verified", "verified_at": as_of}
    if candidate is not None:
        if waited < timedelta(hours=parameters.reopen_after_h):
            return task
        undone = dict.fromkeys(("claimed_at", "done_at", "done_by"))
        return {**_refreshed(task, candidate, as_of), "status": "open", **undone}
    if waited >= timedelta(hours=parameters.unconfirmed_after_h):
        return {**task, "status": "closed", "closed_at": as_of, "closed_reason": "not_confirmed"}
    return task


def _is_confirmed(
    task: Row,
    candidate: Row | None,
    scooter: Row | None,
    waited: timedelta,
    parameters: LifecycleParameters,
) -> bool:
    """Whether the marts, at a time after the work, show what the work changes."""
    kind = task["task_kind"]
    if waited <= timedelta(0):
        return False
    if kind in PARKING_KINDS:
        return candidate is None
    if scooter is None:
        return False
    reported = scooter["last_reported_at"]
    is_heard = reported is not None and reported > task["done_at"]
    if kind == "low_battery":
        before, now = task["battery_pct"] or 0.0, scooter["battery_pct"]
        return is_heard and now is not None and now >= before + parameters.charge_rise_pct
    if kind == "not_reporting":
        return is_heard
    return _has_moved(task, scooter, parameters)


def _has_moved(task: Row, scooter: Row, parameters: LifecycleParameters) -> bool:
    if scooter["state"] in {"in_van", "on_trip"}:
        return bool(scooter["since_at"] > task["opened_at"])
    if scooter["x_m"] is None or scooter["y_m"] is None:
        return False
    distance_m = hypot(scooter["x_m"] - task["x_m"], scooter["y_m"] - task["y_m"])
    return distance_m >= parameters.moved_m
