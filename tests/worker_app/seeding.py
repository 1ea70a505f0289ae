"""A day of one van crew in Thessaloniki, as routing publishes it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from geography.polylines import encode
from geography.zones import circle_zone
from warehouse.connection import Warehouse
from worker_app.credentials import set_pin

#: The clock of the tests: 08:40 in Thessaloniki.
NOW = datetime(2026, 6, 1, 5, 40, tzinfo=UTC)
WORKER, DISPATCHER, PIN = "thessaloniki-1", "thessaloniki-dispatch", "482913"
DEPOT = (40.6447, 22.9260)

#: action, place, latitude, longitude, scooters
_DAY = (
    ("pick_up", "Port Gate A", 40.6359, 22.9342, 4),
    ("swap", "Ladadika", 40.6357, 22.9369, 3),
    ("drop_off", "Aristotelous Square", 40.6325, 22.9405, 3),
    ("swap", "Agias Sofias", 40.6316, 22.9447, 2),
    ("check", "Navarinou Square", 40.6318, 22.9492, 1),
    ("pick_up", "Kamara", 40.6321, 22.9518, 5),
    ("drop_off", "University Campus North", 40.6325, 22.9580, 4),
    ("swap", "International Fair", 40.6278, 22.9543, 4),
    ("swap", "White Tower", 40.6264, 22.9484, 1),
    ("drop_off", "Concert Hall", 40.5990, 22.9484, 2),
    ("pick_up", "Nea Paralia", 40.6120, 22.9520, 6),
    ("swap", "Faliro", 40.6166, 22.9537, 3),
    ("drop_off", "Papafi", 40.6178, 22.9640, 3),
    ("check", "Vardari Square", 40.6413, 22.9350, 1),
)
_WORDS = {
    "pick_up": ("{n} more than the target of 6", "{n} πάνω από τον στόχο των 6"),
    "drop_off": (
        "{n} below the target of 8, busy from 09:00",
        "{n} κάτω από τον στόχο των 8, αιχμή από 09:00",
    ),
    "swap": (
        "Battery at 12%, below the limit of 20%",
        "Μπαταρία στο 12%, κάτω από το όριο του 20%",
    ),
    "check": ("Silent for 31 hours", "Χωρίς σήμα εδώ και 31 ώρες"),
}


def seed_day(
    warehouse: Warehouse, *, worker_id: str = WORKER, first: int = 1, stop_count: int = 14
) -> str:
    """Publish a route of the stops `first` to `stop_count` of the day; return its id."""
    route_id = f"{worker_id}-r1"
    with warehouse.transaction() as connection:
        connection.execute(
            "insert into ops.city_clocks values ('thessaloniki', %s) on conflict do nothing", [NOW]
        )
        connection.cursor().executemany(
            """
            insert into ops.tasks (task_id, city_id, task_kind, subject_id, latitude, longitude,
                x_m, y_m, priority, reason_en, reason_el, status, opened_at, last_seen_at)
            values (%(task_id)s, 'thessaloniki', 'low_battery', %(task_id)s, 40.6, 22.9, 0, 0, 1,
                'why', 'γιατί', 'assigned', %(now)s, %(now)s)
            """,
            [
                {"task_id": f"{worker_id}-t{number}", "now": NOW}
                for number in range(1, stop_count + 1)
            ],
        )
    publish(warehouse, route_id, worker_id=worker_id, first=first, stop_count=stop_count)
    return route_id


def publish(
    warehouse: Warehouse,
    route_id: str,
    *,
    worker_id: str = WORKER,
    version: int = 1,
    first: int = 1,
    stop_count: int = 14,
) -> None:
    """Put a route in force, with the stops from number `first` on; supersede the one before."""
    places = _DAY[first - 1 : stop_count]
    latitudes = [DEPOT[0], *(place[2] for place in places)]
    longitudes = [DEPOT[1], *(place[3] for place in places)]
    with warehouse.transaction() as connection:
        connection.execute(
            "update ops.routes set status = 'superseded' "
            "where worker_id = %s and status = 'published'",
            [worker_id],
        )
        connection.execute(
            """
            insert into ops.routes values (%(route_id)s, 'thessaloniki', %(worker_id)s,
                'thessaloniki-van-1', '2026-06-01', '2026-06-01 05:00Z', '2026-06-01 13:00Z',
                %(version)s, 'published', '2026-06-01 05:00Z', %(latitude)s, %(longitude)s,
                20, 2, 30, %(stop_count)s, 18400, 21000, 900, %(polyline)s)
            """,
            {
                "route_id": route_id,
                "worker_id": worker_id,
                "version": version,
                "latitude": DEPOT[0],
                "longitude": DEPOT[1],
                "stop_count": len(places),
                "polyline": encode(latitudes, longitudes),
            },
        )
        load = 2
        for number, place in enumerate(places, start=first):
            stop = _stop(route_id, worker_id, number, place, load)
            load = stop["load_after"]
            connection.execute(_INSERT_STOP, stop)


_INSERT_STOP = """
insert into ops.route_stops (stop_id, route_id, stop_sequence, task_ids, action, title_en, title_el,
    reason_en, reason_el, scooter_codes, scooter_count, parking_id, parking_name, latitude,
    longitude, zone_geojson, arrives_at, departs_at, load_before_count, load_after_count,
    battery_pct)
values (%(stop_id)s, %(route_id)s, %(sequence)s, %(task_ids)s, %(action)s, %(title)s, %(title)s,
    %(reason_en)s, %(reason_el)s, %(codes)s, %(count)s, null, %(place)s, %(latitude)s,
    %(longitude)s, %(zone)s, %(arrives_at)s, %(departs_at)s, %(load)s, %(load_after)s,
    %(battery_pct)s)
"""
_LOAD_CHANGE = {"pick_up": 1, "drop_off": -1}


def _stop(
    route_id: str, worker_id: str, number: int, place: tuple[str, str, float, float, int], load: int
) -> dict[str, Any]:
    action, name, latitude, longitude, count = place
    arrives_at = datetime(2026, 6, 1, 5, 12, tzinfo=UTC) + timedelta(minutes=23 * (number - 1))
    english, greek = _WORDS[action]
    codes = [f"SKG-{number * 17 + scooter:04d}" for scooter in range(count)]
    return {
        "stop_id": f"{route_id}-s{number}",
        "route_id": route_id,
        "sequence": number,
        "task_ids": [f"{worker_id}-t{number}"],
        "action": action,
        "title": f"{action} at {name}",
        "reason_en": english.format(n=count),
        "reason_el": greek.format(n=count),
        "codes": [] if action == "drop_off" else codes,
        "count": count,
        "place": name,
        "latitude": latitude,
        "longitude": longitude,
        "zone": circle_zone(latitude, longitude, 45, "EPSG:2100"),
        "arrives_at": arrives_at,
        "departs_at": arrives_at + timedelta(minutes=9),
        "load": load,
        "load_after": max(0, load + _LOAD_CHANGE.get(action, 0) * count),
        "battery_pct": 12.0 if action == "swap" else None,
    }


def seed_people(warehouse: Warehouse) -> None:
    """Give a worker and a dispatcher their PIN."""
    set_pin(warehouse, WORKER, PIN, city_id="thessaloniki")
    set_pin(warehouse, DISPATCHER, PIN, city_id="thessaloniki", role="dispatcher")


def seed_marts(warehouse: Warehouse) -> None:
    """Make the two marts that the app reads where they are present."""
    zones = [
        {"id": f"p{number}", "name": place[1], "latitude": place[2] + north, "longitude": place[3]}
        for number, place in enumerate(_DAY)
        for north in (0.0, 0.0035, -0.0021)
    ]
    with warehouse.transaction() as connection:
        connection.execute("create schema if not exists marts")
        connection.execute(
            "create table marts.dim_cities (city_id text, name_en text, name_el text, "
            "timezone text)"
        )
        connection.execute(
            "insert into marts.dim_cities values "
            "('thessaloniki', 'Thessaloniki', 'Θεσσαλονίκη', 'Europe/Athens')"
        )
        connection.execute(
            "create table marts.dim_parkings (parking_id text, city_id text, name text, "
            "latitude double precision, longitude double precision, zone_geojson text, "
            "is_active boolean)"
        )
        for zone in zones:
            circle = circle_zone(zone["latitude"], zone["longitude"], 45, "EPSG:2100")
            json.loads(circle)
            connection.execute(
                "insert into marts.dim_parkings values "
                "(%(id)s, 'thessaloniki', %(name)s, %(latitude)s, %(longitude)s, %(zone)s, true)",
                {**zone, "zone": circle},
            )
