"""The marts that planning reads, as plain tables with a small city in them."""

from datetime import datetime, timedelta
from typing import Any

from geography.crs import project
from warehouse.connection import Warehouse

CITY = "trikala"
CRS = "EPSG:2100"
DEPOT = (39.5500, 21.7600)

_DDL = """
create schema if not exists marts;
create table marts.dim_cities (city_id text, timezone text, crs text, low_battery_pct float8,
    depot_latitude float8, depot_longitude float8, depot_x_m float8, depot_y_m float8,
    is_stale boolean, stale_reason text);
create table marts.fct_scooter_states (scooter_id text, city_id text, scooter_code text, state text,
    since_at timestamptz, parking_id text, latitude float8, longitude float8, x_m float8,
    y_m float8, battery_pct float8, last_reported_at timestamptz);
create table marts.dim_parkings (parking_id text, city_id text, name text, latitude float8,
    longitude float8, x_m float8, y_m float8, zone_geojson text);
create table marts.dim_shifts (shift_id text, worker_id text, vehicle_id text, city_id text,
    weekdays text, start_local text, end_local text);
create table marts.dim_workers (worker_id text, city_id text, skills text);
create table marts.dim_vehicles (vehicle_id text, city_id text, capacity_scooters bigint,
    battery_stock bigint);
create table marts.fct_task_candidates (candidate_id text, city_id text, task_kind text,
    scooter_id text, scooter_code text, parking_id text, latitude float8, longitude float8,
    x_m float8, y_m float8, scooter_count integer, battery_pct float8, priority float8,
    expected_value numeric(14, 2), reason_en text, reason_el text, as_of_at timestamptz);
"""


def seed_city(warehouse: Warehouse, as_of: datetime, *, with_crew: bool = True) -> None:
    """Make the marts with one city: a depot, four parkings, and one worker from 06:00 to 14:00."""
    warehouse.execute(_DDL)
    x_m, y_m = project([DEPOT[0]], [DEPOT[1]], CRS)
    _insert(
        warehouse,
        "marts.dim_cities",
        {
            **{"city_id": CITY, "timezone": "Europe/Athens", "crs": CRS, "low_battery_pct": 20},
            **{"depot_latitude": DEPOT[0], "depot_longitude": DEPOT[1]},
            **{"depot_x_m": float(x_m[0]), "depot_y_m": float(y_m[0])},
            **{"is_stale": False, "stale_reason": None},
        },
    )
    for number in range(4):
        spot = _spot(39.553 + 0.004 * number, 21.765 + 0.003 * number)
        parking = {"parking_id": f"p{number}", "city_id": CITY, "name": f"Square {number}"}
        _insert(warehouse, "marts.dim_parkings", parking | spot | {"zone_geojson": "{}"})
    if with_crew:
        crew = {"worker_id": "trikala-1", "city_id": CITY}
        _insert(warehouse, "marts.dim_workers", crew | {"skills": "swap;move"})
        van = {"vehicle_id": "trikala-van-1", "city_id": CITY}
        _insert(warehouse, "marts.dim_vehicles", van | {"capacity_scooters": 6, "battery_stock": 9})
        hours = {"weekdays": "daily", "start_local": "06:00", "end_local": "14:00"}
        _insert(warehouse, "marts.dim_shifts", {"shift_id": "s", **crew, **van, **hours})
    for number in range(8):
        add_scooter(warehouse, number, as_of)


def add_scooter(warehouse: Warehouse, number: int, as_of: datetime) -> None:
    """A scooter with little charge at parking 0 (even numbers) or 1, idle for five hours."""
    row = {
        **{"scooter_id": f"s{number}", "city_id": CITY, "scooter_code": f"TRI-{number:04d}"},
        **{"state": "available", "since_at": as_of - timedelta(hours=5)},
        **{"battery_pct": 10.0 + number, "last_reported_at": as_of},
        **_spot(39.553 + 0.004 * (number % 2), 21.765 + 0.003 * (number % 2)),
    }
    _insert(warehouse, "marts.fct_scooter_states", row | {"parking_id": f"p{number % 2}"})


def add_candidate(warehouse: Warehouse, kind: str, subject: str, **changes: Any) -> None:
    """A candidate about scooter `subject` or parking `subject`."""
    is_parking = subject.startswith("p")
    source = "dim_parkings" if is_parking else "fct_scooter_states"
    key = "parking_id" if is_parking else "scooter_id"
    (place,) = warehouse.fetch(
        f"select * from marts.{source} where {key} = %(subject)s", {"subject": subject}
    )
    row = {
        **{"candidate_id": f"{CITY}|{kind}|{subject}", "city_id": CITY, "task_kind": kind},
        **{"scooter_id": place.get("scooter_id"), "scooter_code": place.get("scooter_code")},
        **{name: place[name] for name in ("parking_id", "latitude", "longitude", "x_m", "y_m")},
        **{"scooter_count": 1, "battery_pct": place.get("battery_pct"), "priority": 5.0},
        **{"expected_value": 4.0, "reason_en": f"{kind} en", "reason_el": f"{kind} el"},
    }
    _insert(warehouse, "marts.fct_task_candidates", row | changes)


def drop_candidates(warehouse: Warehouse, kind: str = "%") -> None:
    """Candidates vanish."""
    warehouse.execute(
        "delete from marts.fct_task_candidates where task_kind like %(kind)s", {"kind": kind}
    )


def _spot(latitude: float, longitude: float) -> dict[str, float]:
    x_m, y_m = project([latitude], [longitude], CRS)
    return {
        **{"latitude": latitude, "longitude": longitude},
        **{"x_m": float(x_m[0]), "y_m": float(y_m[0])},
    }


def _insert(warehouse: Warehouse, table: str, row: dict[str, Any]) -> None:
    values = ", ".join(f"%({name})s" for name in row)
    warehouse.execute(f"insert into {table} ({', '.join(row)}) values ({values})", row)
