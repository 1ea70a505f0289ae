"""A city's routes and crew as a dispatcher sees them; where workers are."""

from datetime import UTC, datetime, timedelta
from typing import Any

from worker_app.credentials import Worker
from worker_app.database import Database, Row
from worker_app.route_store import Json, RouteStore, route_json, worker_json

# For each worker the route in force, or the newest finished one while its shift goes on.
_ROUTES = """
with clock as (
    select coalesce(
        (select as_of_at from ops.city_clocks where city_id = %(city_id)s), %(now)s
    ) as as_of_at
)
select distinct on (routes.worker_id) routes.*
from ops.routes as routes, clock
where
    routes.city_id = %(city_id)s
    and routes.status in ('published', 'finished')
    and routes.shift_ends_at > clock.as_of_at - interval '2 hours'
order by routes.worker_id, routes.status desc, routes.shift_starts_at, routes.version desc
"""

_STOPS = """
select stops.*, false as is_done_elsewhere
from ops.route_stops as stops
where stops.route_id = any(%(route_ids)s)
order by stops.route_id, stops.stop_sequence
"""

_POSITIONS = """
select distinct on (worker_id) worker_id, happened_at, latitude, longitude, accuracy_m
from ops.worker_positions
where worker_id = any(%(worker_ids)s) and happened_at > %(since)s
order by worker_id, happened_at desc
"""

_OPEN = """
select
    count(*) filter (where status = 'open') as open_count,
    count(*) filter (where status = 'assigned') as assigned_count,
    count(*) filter (where status in ('done', 'verified')) as done_count
from ops.tasks
where city_id = %(city_id)s
"""

_POSITION_LIFE = timedelta(hours=24)


class DispatchStore:
    """Reads a whole city's routes, progress and positions from Postgres each time."""

    def __init__(self, database: Database, routes: RouteStore) -> None:
        self._database = database
        self._routes = routes

    def snapshot(self, dispatcher: Worker, now: datetime) -> Json:
        """Return all that the dispatcher's page shows."""
        city = self._routes.city(dispatcher.city_id, dispatcher.language)
        found = self._database.rows(_ROUTES, city_id=dispatcher.city_id, now=now)
        stops = self._database.rows(_STOPS, route_ids=[route["route_id"] for route in found])
        positions = self._database.rows(
            _POSITIONS,
            worker_ids=[route["worker_id"] for route in found],
            since=now - _POSITION_LIFE,
        )
        latest = {row["worker_id"]: row for row in positions}
        tasks = self._database.row(_OPEN, city_id=dispatcher.city_id)
        return {
            "worker": worker_json(dispatcher),
            "city": city,
            "read_at": now.astimezone(UTC).isoformat(),
            "tasks": tasks,
            "routes": [
                _crew_json(
                    route,
                    [stop for stop in stops if stop["route_id"] == route["route_id"]],
                    latest.get(route["worker_id"]),
                    dispatcher.language,
                    city["timezone"],
                    now,
                )
                for route in found
            ],
            "zones": self._routes.zones(dispatcher.city_id, stops),
        }


def _crew_json(
    route: Row, stops: list[Row], position: Row | None, language: str, timezone: str, now: datetime
) -> Json:
    shown = route_json(route, stops, language, timezone)
    return {
        **shown,
        "worker_id": route["worker_id"],
        "status": route["status"],
        "done_count": sum(stop["status"] == "done" for stop in stops),
        "problem_count": sum(stop["status"] == "problem" for stop in stops),
        "position": None if position is None else _position_json(position, now),
    }


def _position_json(position: Row, now: datetime) -> Json:
    return {
        "latitude": position["latitude"],
        "longitude": position["longitude"],
        "accuracy_m": position["accuracy_m"],
        "age_min": max(0, int((now - position["happened_at"]).total_seconds() // 60)),
    }


def save_position(database: Database, worker: Worker, position: dict[str, Any]) -> None:
    """Keep where a worker was; the same moment again changes nothing."""
    database.rows(
        """
        insert into ops.worker_positions (worker_id, happened_at, latitude, longitude, accuracy_m)
        values (%(worker_id)s, %(happened_at)s, %(latitude)s, %(longitude)s, %(accuracy_m)s)
        on conflict do nothing
        """,
        worker_id=worker.worker_id,
        **position,
    )
