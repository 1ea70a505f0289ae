"""What a tap changes: the stop, its tasks, the stops in its place, the route."""

from datetime import datetime

from psycopg import Connection

from worker_app.credentials import Worker
from worker_app.database import Row, query


def move_stop(
    connection: Connection[Row], stop: Row, status: str, happened_at: datetime, problem: str
) -> None:
    """Give a stop its next status; when it was begun first stays."""
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
        happened_at=happened_at,
        problem=problem,
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


def move_tasks(
    connection: Connection[Row],
    worker: Worker,
    kind: str,
    task_ids: list[str],
    happened_at: datetime,
) -> None:
    """Claim, end or give back the tasks of a stop: `kind` is that of the tap."""
    # Two vans that do the last stops of a task at once: the second one sees what the first did.
    query(
        connection,
        "select task_id from ops.tasks where task_id = any(%(task_ids)s) "
        "order by task_id for update",
        task_ids=task_ids,
    )
    query(
        connection,
        _TASKS[kind],
        task_ids=task_ids,
        happened_at=happened_at,
        worker_id=worker.worker_id,
    )


def finish_successors(
    connection: Connection[Row], worker: Worker, stop: Row, happened_at: datetime
) -> None:
    """End the same work on a newer version of this shift's route, no more scooters than done."""
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
        happened_at=happened_at,
    )


def finish_routes(connection: Connection[Row], worker: Worker) -> None:
    """End the routes of a worker on which nothing is left to do."""
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
