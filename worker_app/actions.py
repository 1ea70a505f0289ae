"""Taps of workers: checked, applied once, answered the same each time they arrive."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from worker_app.credentials import Worker
from worker_app.database import Database, Row, query

Kind = Literal["begin", "done", "problem"]
#: Why a stop could not be done, as the phone offers them; texts.py has the words.
PROBLEMS = ("not_found", "no_access", "damaged", "no_room", "no_batteries", "other")
#: A phone may have been off for a holiday, and its clock may run ahead a little.
OLDEST = timedelta(days=14)
_CLOCK_ERROR = timedelta(minutes=10)

_NEXT_STATUS = {"begin": "begun", "done": "done", "problem": "problem"}


@dataclass(frozen=True)
class Action:
    """One tap.

    Attributes
    ----------
    action_id
        Made on the phone; the same id is the same tap, however often it arrives.
    kind
        ``begin``, ``done`` or ``problem``.
    stop_id
        The stop it is about.
    happened_at
        When the worker tapped, by the phone's clock.
    reason
        One of `PROBLEMS`; None unless the kind is ``problem``.
    note
        Free text of the worker.
    """

    action_id: UUID
    kind: Kind
    stop_id: str
    happened_at: datetime
    reason: str | None = None
    note: str = ""


class ActionRefusedError(Exception):
    """The tap cannot be applied; `code` is for the phone, the message for a person."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ActionStore:
    """Applies taps to ops.route_stops and ops.tasks, each in one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def apply(self, worker: Worker, action: Action, now: datetime) -> dict[str, Any]:
        """Record a tap and do what it says; the same tap again only gets the first answer.

        Raises
        ------
        ActionRefusedError
            When the time cannot be true, the stop is on none of the worker's routes, the id was
            used for another tap, or the stop is past such a tap.
        """
        _check_time(action.happened_at, now)
        with self._database.transaction() as connection:
            if not _claim(connection, worker, action, now):
                return _first_answer(connection, worker, action)
            stop = _locked_stop(connection, worker, action.stop_id)
            outcome = _outcome(connection, worker, action, stop)
            query(
                connection,
                "update ops.worker_actions set outcome = %(outcome)s::jsonb "
                "where action_id = %(action_id)s",
                outcome=json.dumps(outcome),
                action_id=action.action_id,
            )
            return outcome


def _check_time(happened_at: datetime, now: datetime) -> None:
    if happened_at > now + _CLOCK_ERROR:
        raise ActionRefusedError(
            422, "time", f"The phone's clock is ahead: {happened_at:%d %b %H:%M} has not come yet."
        )
    if happened_at < now - OLDEST:
        raise ActionRefusedError(
            422,
            "time",
            f"This was tapped on {happened_at:%d %b %Y}; that is too long ago to count.",
        )


def _claim(connection: Connection[Row], worker: Worker, action: Action, now: datetime) -> bool:
    # A second copy of the tap waits here for the first one's transaction, then finds its row.
    claimed = query(
        connection,
        """
        insert into ops.worker_actions
            (action_id, worker_id, kind, stop_id, happened_at, received_at, payload)
        values (%(action_id)s, %(worker_id)s, %(kind)s, %(stop_id)s, %(happened_at)s,
            %(received_at)s, %(payload)s::jsonb)
        on conflict (action_id) do nothing
        returning action_id
        """,
        action_id=action.action_id,
        worker_id=worker.worker_id,
        kind=action.kind,
        stop_id=action.stop_id,
        happened_at=action.happened_at,
        received_at=now,
        payload=json.dumps({"reason": action.reason, "note": action.note}),
    )
    return bool(claimed)


def _first_answer(connection: Connection[Row], worker: Worker, action: Action) -> dict[str, Any]:
    (first,) = query(
        connection,
        "select worker_id, kind, stop_id, outcome from ops.worker_actions "
        "where action_id = %(action_id)s",
        action_id=action.action_id,
    )
    same = (worker.worker_id, action.kind, action.stop_id)
    if (first["worker_id"], first["kind"], first["stop_id"]) != same:
        raise ActionRefusedError(409, "key", "This id was already used for another action.")
    outcome: dict[str, Any] = first["outcome"]
    return outcome


def _locked_stop(connection: Connection[Row], worker: Worker, stop_id: str) -> Row:
    # Routes before stops, as a re-plan locks them: neither can then wait for the other for ever.
    query(
        connection,
        """
        select route_id from ops.routes
        where worker_id = %(worker_id)s and status = 'published'
        order by route_id
        for update
        """,
        worker_id=worker.worker_id,
    )
    found = query(
        connection,
        """
        select stops.stop_id, stops.route_id, stops.task_ids, stops.status, stops.action,
            stops.scooter_count, routes.status as route_status, routes.shift_starts_at,
            routes.version
        from ops.route_stops as stops
        inner join ops.routes as routes on stops.route_id = routes.route_id
        where stops.stop_id = %(stop_id)s and routes.worker_id = %(worker_id)s
        for update of stops
        """,
        stop_id=stop_id,
        worker_id=worker.worker_id,
    )
    if not found:
        raise ActionRefusedError(404, "stop", f"Stop {stop_id} is not on your route.")
    return found[0]


def _outcome(
    connection: Connection[Row], worker: Worker, action: Action, stop: Row
) -> dict[str, Any]:
    status = stop["status"]
    if action.kind == "problem" and status == "done":
        raise ActionRefusedError(409, "done", "This stop is already done.")
    is_news = not (
        status == _NEXT_STATUS[action.kind]
        or (action.kind == "begin" and status in {"done", "problem"})
    )
    if is_news:
        status = _NEXT_STATUS[action.kind]
        _move_stop(connection, action, stop, status)
        if action.kind == "done" and stop["route_status"] == "superseded":
            _finish_successors(connection, worker, action, stop)
        _move_tasks(connection, worker, action, stop["task_ids"])
        _finish_routes(connection, worker)
    return {
        "action_id": str(action.action_id),
        "stop_id": action.stop_id,
        "status": status,
        "is_superseded": stop["route_status"] == "superseded",
    }


def _move_stop(connection: Connection[Row], action: Action, stop: Row, status: str) -> None:
    query(
        connection,
        """
        update ops.route_stops set
            status = %(status)s,
            begun_at = coalesce(begun_at, %(happened_at)s),
            done_at = case when %(status)s = 'done' then %(happened_at)s end,
            problem = case when %(status)s = 'problem' then %(problem)s end
        where stop_id = %(stop_id)s
        """,
        status=status,
        happened_at=action.happened_at,
        problem=": ".join(part for part in (action.reason, action.note) if part),
        stop_id=stop["stop_id"],
    )


# A task that telemetry has verified or closed meanwhile keeps that status. A task of several
# scooters may be on several stops and vans: the last of them to be done does the task.
_TASKS = {
    "begin": """
        update ops.tasks set claimed_at = coalesce(claimed_at, %(happened_at)s)
        where task_id = any(%(task_ids)s) and status in ('open', 'assigned')
    """,
    "done": """
        update ops.tasks as tasks set
            status = 'done', done_at = %(happened_at)s, done_by = %(worker_id)s
        where task_id = any(%(task_ids)s) and status in ('open', 'assigned') and not exists (
            select 1 from ops.route_stops as stops
            inner join ops.routes as routes on stops.route_id = routes.route_id
            where routes.status = 'published' and stops.status in ('planned', 'begun')
                and tasks.task_id = any(stops.task_ids)
        )
    """,
    "problem": """
        update ops.tasks set status = 'open', claimed_at = null
        where task_id = any(%(task_ids)s) and status in ('open', 'assigned')
    """,
}


def _move_tasks(
    connection: Connection[Row], worker: Worker, action: Action, task_ids: list[str]
) -> None:
    # Two vans that do the last stops of a task at once: the second one sees what the first did.
    query(
        connection,
        "select task_id from ops.tasks where task_id = any(%(task_ids)s) "
        "order by task_id for update",
        task_ids=task_ids,
    )
    query(
        connection,
        _TASKS[action.kind],
        task_ids=task_ids,
        happened_at=action.happened_at,
        worker_id=worker.worker_id,
    )


def _finish_successors(
    connection: Connection[Row], worker: Worker, action: Action, stop: Row
) -> None:
    # The same work on a newer version of this shift's route, and no more scooters than were done.
    query(
        connection,
        """
        with successors as (
            select stops.stop_id,
                sum(stops.scooter_count) over (order by stops.stop_sequence) as scooters_so_far
            from ops.route_stops as stops
            inner join ops.routes as routes on stops.route_id = routes.route_id
            where routes.worker_id = %(worker_id)s and routes.status = 'published'
                and routes.shift_starts_at = %(shift_starts_at)s and routes.version > %(version)s
                and stops.status in ('planned', 'begun') and stops.action = %(stop_action)s
                and stops.scooter_count <= %(scooter_count)s
                and cardinality(stops.task_ids) > 0 and stops.task_ids <@ %(task_ids)s::text[]
        )
        update ops.route_stops as stops set
            status = 'done', begun_at = coalesce(stops.begun_at, %(happened_at)s),
            done_at = %(happened_at)s
        from successors
        where stops.stop_id = successors.stop_id
            and successors.scooters_so_far <= %(scooter_count)s
        """,
        worker_id=worker.worker_id,
        shift_starts_at=stop["shift_starts_at"],
        version=stop["version"],
        stop_action=stop["action"],
        scooter_count=stop["scooter_count"],
        task_ids=stop["task_ids"],
        happened_at=action.happened_at,
    )


def _finish_routes(connection: Connection[Row], worker: Worker) -> None:
    query(
        connection,
        """
        update ops.routes as routes set status = 'finished'
        where routes.worker_id = %(worker_id)s and routes.status = 'published' and not exists (
            select 1 from ops.route_stops as stops
            where stops.route_id = routes.route_id and stops.status in ('planned', 'begun')
        )
        """,
        worker_id=worker.worker_id,
    )
