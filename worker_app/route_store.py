"""A worker's route as the phone gets it; knows nothing of pages."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from geography.polylines import decode
from routing.navigation import navigation_links
from worker_app.credentials import Worker
from worker_app.database import Database, Row

Json = dict[str, Any]

# The clock is the city's (that of the marts), so that a city whose data ends in the past still
# shows the route planned for it. A route stays visible for some hours after its shift.
_ROUTE = """
with clock as (
    select coalesce(
        (select as_of_at from ops.city_clocks where city_id = %(city_id)s), %(now)s
    ) as as_of_at
)
select routes.*
from ops.routes as routes, clock
where
    routes.worker_id = %(worker_id)s
    and routes.status in ('published', 'finished')
    and routes.shift_ends_at > clock.as_of_at - interval '12 hours'
order by
    routes.shift_ends_at > clock.as_of_at desc,
    case when routes.shift_ends_at > clock.as_of_at then routes.shift_starts_at end,
    routes.shift_ends_at desc,
    routes.version desc
limit 1
"""

# A stop whose tasks were all done from a version that its route superseded counts as done as well;
# one whose tasks another worker did, or another stop of this version, does not.
_STOPS = """
select
    stops.*,
    stops.status in ('planned', 'begun') and cardinality(stops.task_ids) > 0 and exists (
        select 1 from ops.route_stops as older_stops
        inner join ops.routes as older on older_stops.route_id = older.route_id
        where
            older.worker_id = routes.worker_id
            and older.shift_starts_at = routes.shift_starts_at
            and older.version < routes.version
            and older_stops.status = 'done'
            and stops.task_ids <@ older_stops.task_ids
    ) and not exists (
        select 1 from ops.tasks as tasks
        where tasks.task_id = any(stops.task_ids) and tasks.status not in ('done', 'verified')
    ) as is_done_elsewhere
from ops.route_stops as stops
inner join ops.routes as routes on stops.route_id = routes.route_id
where stops.route_id = %(route_id)s
order by stops.stop_sequence
"""

_ZONES = """
select name, zone_geojson
from marts.dim_parkings
where
    city_id = %(city_id)s and is_active
    and latitude between %(south)s and %(north)s and longitude between %(west)s and %(east)s
order by parking_id
limit 250
"""

#: How far beyond the stops zones are still drawn, degrees (about a kilometre).
_MARGIN = 0.012


class RouteStore:
    """Reads routes, their city and the zones around them, from Postgres each time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def snapshot(self, worker: Worker, now: datetime) -> Json:
        """Return all that the worker's page shows; ``route`` is None when none is planned."""
        city = self.city(worker.city_id, worker.language)
        found = self._database.row(
            _ROUTE, worker_id=worker.worker_id, city_id=worker.city_id, now=now
        )
        snapshot: Json = {
            "worker": worker_json(worker),
            "city": city,
            "read_at": now.astimezone(UTC).isoformat(),
            "route": None,
            "zones": [],
        }
        if found is not None:
            stops = self._database.rows(_STOPS, route_id=found["route_id"])
            snapshot["route"] = route_json(found, stops, worker.language, city["timezone"])
            snapshot["zones"] = self.zones(worker.city_id, stops)
        return snapshot

    def city(self, city_id: str, language: str) -> Json:
        """Return the city's name and time zone; UTC while the marts do not know it."""
        row = None
        if self._database.has_relation("marts.dim_cities"):
            row = self._database.row(
                "select name_en, name_el, timezone from marts.dim_cities "
                "where city_id = %(city_id)s",
                city_id=city_id,
            )
        if row is None:
            return {"city_id": city_id, "name": city_id.capitalize(), "timezone": "UTC"}
        name = row[f"name_{language}"] or row["name_en"]
        return {"city_id": city_id, "name": name, "timezone": row["timezone"]}

    def zones(self, city_id: str, stops: list[Row]) -> list[Json]:
        """Return the parking zones around the stops, as GeoJSON text with their names."""
        if not stops or not self._database.has_relation("marts.dim_parkings"):
            return []
        latitudes = [stop["latitude"] for stop in stops]
        longitudes = [stop["longitude"] for stop in stops]
        return self._database.rows(
            _ZONES,
            city_id=city_id,
            south=min(latitudes) - _MARGIN,
            north=max(latitudes) + _MARGIN,
            west=min(longitudes) - _MARGIN,
            east=max(longitudes) + _MARGIN,
        )


def worker_json(worker: Worker) -> Json:
    """Return what the page may know of the worker."""
    return {
        "worker_id": worker.worker_id,
        "city_id": worker.city_id,
        "role": worker.role,
        "language": worker.language,
    }


def route_json(route: Row, stops: list[Row], language: str, timezone: str) -> Json:
    """Return a route in the worker's language, its times on the city's wall clock."""
    shown = [_stop_json(stop, language, timezone) for stop in stops]
    return {
        "route_id": route["route_id"],
        "version": route["version"],
        "vehicle_id": route["vehicle_id"],
        "capacity": route["vehicle_capacity_count"],
        "battery_count": route["start_battery_count"],
        "service_date": route["service_date"].isoformat(),
        "starts_local": _clock_time(route["shift_starts_at"], timezone),
        "ends_local": _clock_time(route["shift_ends_at"], timezone),
        "distance_km": round(route["distance_m"] / 1000, 1),
        "start": [route["start_latitude"], route["start_longitude"]],
        "line": _line(route["polyline"]),
        "stops": shown,
    }


def _stop_json(stop: Row, language: str, timezone: str) -> Json:
    title = stop[f"title_{language}"] or stop["title_en"]
    return {
        "stop_id": stop["stop_id"],
        "sequence": stop["stop_sequence"],
        "action": stop["action"],
        "status": "done" if stop["is_done_elsewhere"] else stop["status"],
        "problem": stop["problem"],
        "title": title,
        "reason": stop[f"reason_{language}"] or stop["reason_en"],
        "place": stop["parking_name"],
        "scooter_codes": stop["scooter_codes"],
        "scooter_count": stop["scooter_count"],
        "battery_pct": stop["battery_pct"],
        "latitude": stop["latitude"],
        "longitude": stop["longitude"],
        "zone_geojson": stop["zone_geojson"],
        "arrives_local": _clock_time(stop["arrives_at"], timezone),
        "departs_local": _clock_time(stop["departs_at"], timezone),
        "load_before": stop["load_before_count"],
        "load_after": stop["load_after_count"],
        "links": asdict(navigation_links(stop["latitude"], stop["longitude"], title)),
    }


def _clock_time(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).strftime("%H:%M")


def _line(polyline: str) -> list[list[float]]:
    try:
        return [[float(latitude), float(longitude)] for latitude, longitude in decode(polyline)]
    except ValueError:
        return []  # the page then joins the stops by straight lines
