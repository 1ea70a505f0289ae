"""Routes put in force: one transaction, old versions superseded, begun stops never taken away."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import sql

from geography.polylines import encode
from routing.checker import check_stops
from routing.crew import CrewShift
from routing.errors import RoutingError
from warehouse.connection import Connection

Row = dict[str, Any]

_STARTED = frozenset({"begun", "done", "problem"})

_STOP_COLUMNS = (
    *("stop_id", "route_id", "stop_sequence", "task_ids", "action", "title_en", "title_el"),
    *("reason_en", "reason_el", "scooter_codes", "scooter_count", "parking_id", "parking_name"),
    *("latitude", "longitude", "zone_geojson", "arrives_at", "departs_at", "load_before_count"),
    *("load_after_count", "battery_pct", "status", "begun_at", "done_at", "problem"),
)
_ROUTE_COLUMNS = (
    *("route_id", "city_id", "worker_id", "vehicle_id", "service_date", "shift_starts_at"),
    *("shift_ends_at", "version", "status", "published_at", "start_latitude", "start_longitude"),
    *("vehicle_capacity_count", "start_load_count", "start_battery_count", "stop_count"),
    *("distance_m", "duration_s", "priority_served", "polyline"),
)
#: What may differ between two versions that tell the worker the same.
_INCIDENTAL = frozenset({"route_id", "version", "status", "published_at"})


def shift_key(shift: CrewShift) -> str:
    """Name of a worker's shift, the start of its route and stop ids."""
    return f"{shift.worker_id}|{shift.starts_at:%Y%m%dT%H%MZ}"


def route_in_force(connection: Connection, shift: CrewShift) -> tuple[Row | None, list[Row]]:
    """Latest route of a worker and shift with its stops in order, locked; None and no stops."""
    names = {"worker_id": shift.worker_id, "starts_at": shift.starts_at}
    route = connection.execute(
        "select *, (select min(published_at) from ops.routes where worker_id = %(worker_id)s "
        "and shift_starts_at = %(starts_at)s) as first_published_at "
        "from ops.routes where worker_id = %(worker_id)s "
        "and shift_starts_at = %(starts_at)s and status in ('published', 'finished') "
        "order by version desc limit 1 for update",
        names,
    ).fetchone()
    if route is None:
        return None, []
    stops = connection.execute(
        "select * from ops.route_stops where route_id = %(route_id)s "
        "order by stop_sequence for update",
        {"route_id": route["route_id"]},
    ).fetchall()
    return route, stops


def started_stops(stops: Sequence[Row]) -> list[Row]:
    """Stops that were begun, done or reported as a problem, in their order."""
    return [stop for stop in stops if stop["status"] in _STARTED]


def started_ids(connection: Connection, shift: CrewShift) -> list[str]:
    """Ids of all stops of a worker and shift that were ever started, on whatever version."""
    rows = connection.execute(
        "select stops.stop_id from ops.route_stops as stops "
        "inner join ops.routes as routes on stops.route_id = routes.route_id "
        "where routes.worker_id = %(worker_id)s and routes.shift_starts_at = %(starts_at)s "
        "and stops.status <> 'planned'",
        {"worker_id": shift.worker_id, "starts_at": shift.starts_at},
    ).fetchall()
    return [str(row["stop_id"]) for row in rows]


def publish_route(
    connection: Connection, shift: CrewShift, route: Row, stops: Sequence[Row], as_of: datetime
) -> bool:
    """Put a route in force within the caller's transaction; whether anything changed.

    Parameters
    ----------
    route
        Columns of ``ops.routes`` but for id, version, status, time and what the stops tell.
    stops
        The new stops, numbered on after those that were started.
    as_of
        The clock, which becomes ``published_at``.

    Raises
    ------
    RoutingError
        When a started stop appeared since the plan was made, or the stops break a rule.
    """
    before, old_stops = route_in_force(connection, shift)
    kept = started_stops(old_stops)
    numbered = [{**stop, "stop_sequence": n} for n, stop in enumerate(kept, start=1)]
    everything = numbered + list(stops)
    violations = check_stops(shift.capacity, kept, everything)
    if violations:
        raise RoutingError(
            f"the new route of {shift.worker_id} breaks a rule ({violations[0]}); the route in "
            "force stays; run again"
        )
    version = 1 if before is None else before["version"] + 1
    row = {
        **route,
        "route_id": f"{shift_key(shift)}|v{version}",
        "version": version,
        "status": "published",
        "published_at": as_of,
        "stop_count": len(everything),
    }
    if before is None and not everything:
        return False
    if before is not None and _tells_the_same(before, old_stops, row, everything):
        return False
    if before is not None:
        connection.execute(
            "update ops.routes set status = 'superseded' where route_id = %(route_id)s",
            {"route_id": before["route_id"]},
        )
    _insert(connection, "ops.routes", _ROUTE_COLUMNS, row)
    for stop in everything:
        _upsert_stop(connection, {**stop, "route_id": row["route_id"]})
    return True


def settle_tasks(connection: Connection, city_id: str, as_of: datetime) -> None:
    """End the routes of past shifts; tasks on a route in force are assigned, the others open."""
    names = {"city_id": city_id, "as_of": as_of}
    connection.execute(
        "update ops.routes set status = 'finished' where city_id = %(city_id)s "
        "and status = 'published' and shift_ends_at <= %(as_of)s",
        names,
    )
    connection.execute(
        """
        with on_route as (
            select distinct unnest(stops.task_ids) as task_id
            from ops.route_stops as stops
            inner join ops.routes as routes on stops.route_id = routes.route_id
            where routes.city_id = %(city_id)s and routes.status = 'published'
                and stops.status in ('planned', 'begun')
        ),
        wanted as (
            select tasks.task_id,
                case when on_route.task_id is null then 'open' else 'assigned' end as status
            from ops.tasks as tasks
            left join on_route on tasks.task_id = on_route.task_id
            where tasks.city_id = %(city_id)s and tasks.status in ('open', 'assigned')
        )
        update ops.tasks as tasks set status = wanted.status
        from wanted
        where tasks.task_id = wanted.task_id and tasks.status <> wanted.status
        """,
        names,
    )


def path_of(start: tuple[float, float], stops: Sequence[Row], end: tuple[float, float]) -> str:
    """Encoded polyline from the start through the stops to the end."""
    points = [start, *((stop["latitude"], stop["longitude"]) for stop in stops), end]
    return encode([point[0] for point in points], [point[1] for point in points])


def _tells_the_same(before: Row, old: Sequence[Row], after: Row, new: Sequence[Row]) -> bool:
    def content(row: Row, columns: Sequence[str]) -> list[Any]:
        return [row[name] for name in columns if name not in _INCIDENTAL]

    statuses = [stop["status"] for stop in old] == [stop["status"] for stop in new]
    return (
        statuses
        and content(before, _ROUTE_COLUMNS) == content(after, _ROUTE_COLUMNS)
        and [content(s, _STOP_COLUMNS) for s in old] == [content(s, _STOP_COLUMNS) for s in new]
    )


def _insert(
    connection: Connection, table: str, columns: Sequence[str], row: Mapping[str, Any]
) -> None:
    connection.execute(_insert_statement(table, columns), {name: row[name] for name in columns})


def _insert_statement(table: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("insert into {} ({}) values ({})").format(
        sql.Identifier(*table.split(".")),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(", ").join(map(sql.Placeholder, columns)),
    )


def _upsert_stop(connection: Connection, stop: Row) -> None:
    """A stop moves to the newest version that has it; what a worker did with it stays."""
    kept = {"stop_id", "status", "begun_at", "done_at", "problem"}
    updates = sql.SQL(", ").join(
        sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name))
        for name in _STOP_COLUMNS
        if name not in kept
    )
    statement = sql.SQL("{} on conflict (stop_id) do update set {}").format(
        _insert_statement("ops.route_stops", _STOP_COLUMNS), updates
    )
    connection.execute(statement, {name: stop[name] for name in _STOP_COLUMNS})
