"""Taps of workers: checked, applied once, answered the same each time they arrive."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from psycopg import Connection

from worker_app.credentials import Worker
from worker_app.database import Database, Row, query
from worker_app.progress import finish_routes, finish_successors, move_stop, move_tasks

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
        problem = ": ".join(part for part in (action.reason, action.note) if part)
        move_stop(connection, stop, status, action.happened_at, problem)
        if action.kind == "done" and stop["route_status"] == "superseded":
            finish_successors(connection, worker, stop, action.happened_at)
        move_tasks(connection, worker, action.kind, stop["task_ids"], action.happened_at)
        finish_routes(connection, worker)
    return {
        "action_id": str(action.action_id),
        "stop_id": action.stop_id,
        "status": status,
        "is_superseded": stop["route_status"] == "superseded",
    }
