"""Every raw table of the warehouse, declared once; dlt, Postgres and polars types follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.tables import RawTable, Type, rejected_table

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

OPERATIONAL = "raw_operational"
TELEMETRY = "raw_telemetry"
PLANNING = "raw_planning"
WEATHER = "raw_weather"
OPEN_TRIPS = "raw_open_trips"
SCHEMAS = (OPERATIONAL, TELEMETRY, PLANNING, WEATHER, OPEN_TRIPS)


def _columns(declaration: str) -> dict[str, Type]:
    """Read ``name type`` pairs, one a comma: a table is easier to read as a list."""
    columns: dict[str, Type] = {}
    for item in declaration.split(","):
        name, kind = item.split()
        columns[name] = kind  # type: ignore[assignment]
    return columns


CITIES = RawTable(
    OPERATIONAL,
    "cities",
    _columns(
        "id bigint, slug text, name text, timezone text, currency text, updated_at timestamp,"
        "city text"
    ),
    ("id",),
)
PARKINGS = RawTable(
    OPERATIONAL,
    "parkings",
    _columns(
        "id bigint, city_id bigint, code text, name text, zone_geojson text, capacity bigint,"
        "is_active boolean, created_at timestamp, updated_at timestamp, city text,"
        "latitude double, longitude double, x_m double, y_m double, area_m2 double,"
        "zone_polygon_m text"
    ),
    ("id",),
)
SCOOTERS = RawTable(
    OPERATIONAL,
    "scooters",
    _columns(
        "id bigint, city_id bigint, code text, model text, battery_wh double, status text,"
        "commissioned_at timestamp, retired_at timestamp, updated_at timestamp, city text"
    ),
    ("id",),
)
RIDES = RawTable(
    OPERATIONAL,
    "rides",
    _columns(
        "id bigint, city_id bigint, scooter_id bigint, user_id text, status text,"
        "started_at timestamp, ended_at timestamp,"
        "start_latitude double, start_longitude double, start_hdop double,"
        "end_latitude double, end_longitude double, end_hdop double,"
        "start_battery_pct double, end_battery_pct double, distance_m double, polyline text,"
        "price money, updated_at timestamp, city text,"
        "start_x_m double, start_y_m double, end_x_m double, end_y_m double, path_length_m double"
    ),
    ("id",),
)
SERVICE_EVENTS = RawTable(
    OPERATIONAL,
    "service_events",
    _columns(
        "id bigint, city_id bigint, scooter_id bigint, worker text, kind text,"
        "occurred_at timestamp, latitude double, longitude double, battery_pct double,"
        "parking_id bigint, updated_at timestamp, city text, x_m double, y_m double"
    ),
    ("id",),
)
APP_SEARCHES = RawTable(
    OPERATIONAL,
    "app_searches",
    _columns(
        "id bigint, city_id bigint, user_id text, searched_at timestamp, latitude double,"
        "longitude double, available_count bigint, created_at timestamp, city text,"
        "x_m double, y_m double"
    ),
    ("id",),
)
PINGS = RawTable(
    TELEMETRY,
    "pings",
    _columns(
        "scooter_code text, city text, reported_at timestamp, received_at timestamp,"
        "latitude double, longitude double, x_m double, y_m double, hdop double,"
        "speed_kmh double, battery_pct double, is_locked boolean, firmware text, source text"
    ),
    ("scooter_code", "reported_at"),
)
PING_FILES = RawTable(
    TELEMETRY,
    "ping_files",
    _columns(
        "path text, size_bytes bigint, modified_ns bigint, row_count bigint,"
        "rejected_count bigint, loaded_at timestamp"
    ),
    ("path",),
)
PLANNING_CITIES = RawTable(
    PLANNING,
    "cities",
    _columns(
        "city text, name_en text, name_el text, timezone text, crs text, currency text,"
        "gps_tolerance_m double, low_battery_pct double, idle_hours double, silent_hours double,"
        "stale_hours double, search_radius_m double, ride_value double, move_cost double,"
        "depot_latitude double, depot_longitude double, service_start_hour bigint,"
        "service_end_hour bigint, depot_x_m double, depot_y_m double, loaded_at timestamp"
    ),
    ("city",),
)
PLANNING_PARKINGS = RawTable(
    PLANNING,
    "parkings",
    _columns(
        "city text, parking_code text, day_part text, minimum_count bigint, target_count bigint,"
        "maximum_count bigint, loaded_at timestamp"
    ),
    ("city", "parking_code", "day_part"),
)
PRIORITIES = RawTable(
    PLANNING,
    "priorities",
    _columns(
        "city text, task_kind text, weight double, value_per_task double, loaded_at timestamp"
    ),
    ("city", "task_kind"),
)
WORKERS = RawTable(
    PLANNING,
    "workers",
    _columns("worker text, city text, role text, language text, skills text, loaded_at timestamp"),
    ("worker",),
)
VEHICLES = RawTable(
    PLANNING,
    "vehicles",
    _columns(
        "vehicle text, city text, capacity_scooters bigint, battery_stock bigint,"
        "loaded_at timestamp"
    ),
    ("vehicle",),
)
SHIFTS = RawTable(
    PLANNING,
    "shifts",
    _columns(
        "worker text, vehicle text, city text, weekdays text, start_local text, end_local text,"
        "loaded_at timestamp"
    ),
    ("worker", "weekdays", "start_local"),
)
CELLS_REJECTED = RawTable(
    PLANNING,
    "cells_rejected",
    _columns(
        "worksheet text, row_number bigint, column_name text, value text, allowed text,"
        "reason text, rejected_at timestamp"
    ),
    ("worksheet", "row_number", "column_name"),
)
HOURLY = RawTable(
    WEATHER,
    "hourly",
    _columns(
        "city text, hour_at timestamp, kind text, issued_at timestamp, temperature_c double,"
        "precipitation_mm double, wind_kmh double, humidity_pct double, condition_code bigint"
    ),
    ("city", "hour_at", "kind", "issued_at"),
)
TRIP_CITIES = RawTable(
    OPEN_TRIPS,
    "cities",
    _columns(
        "city text, name text, timezone text, crs text, currency text, loaded_at timestamp,"
        "depot_latitude double, depot_longitude double, depot_x_m double, depot_y_m double"
    ),
    ("city",),
)
TRIPS = RawTable(
    OPEN_TRIPS,
    "trips",
    _columns(
        "trip_id text, city text, vehicle_id text, is_vehicle_inferred boolean,"
        "started_at timestamp, ended_at timestamp, start_latitude double, start_longitude double,"
        "start_x_m double, start_y_m double, end_latitude double, end_longitude double,"
        "end_x_m double, end_y_m double, distance_m double, user_type text,"
        "start_station_id text, end_station_id text, source_file text"
    ),
    ("city", "trip_id"),
)
STATIONS = RawTable(
    OPEN_TRIPS,
    "stations",
    _columns(
        "station_id text, city text, name text, latitude double, longitude double, x_m double,"
        "y_m double, capacity bigint, zone_geojson text, zone_polygon_m text, area_m2 double"
    ),
    ("city", "station_id"),
)

WORKSHEETS = (PLANNING_CITIES, PLANNING_PARKINGS, PRIORITIES, WORKERS, VEHICLES, SHIFTS)
OPERATIONAL_TABLES = (CITIES, PARKINGS, SCOOTERS, RIDES, SERVICE_EVENTS, APP_SEARCHES)
PINGS_REJECTED = rejected_table(TELEMETRY, "pings")
HOURLY_REJECTED = rejected_table(WEATHER, "hourly")
TRIPS_REJECTED = rejected_table(OPEN_TRIPS, "trips")
STATIONS_REJECTED = rejected_table(OPEN_TRIPS, "stations")
OPERATIONAL_REJECTED = {
    table.name: rejected_table(OPERATIONAL, table.name) for table in OPERATIONAL_TABLES[1:]
}
RAW_TABLES: tuple[RawTable, ...] = (
    *OPERATIONAL_TABLES,
    *OPERATIONAL_REJECTED.values(),
    PINGS,
    PINGS_REJECTED,
    PING_FILES,
    *WORKSHEETS,
    CELLS_REJECTED,
    HOURLY,
    HOURLY_REJECTED,
    TRIP_CITIES,
    TRIPS,
    TRIPS_REJECTED,
    STATIONS,
    STATIONS_REJECTED,
)


def create_raw_tables(warehouse: Warehouse) -> None:
    """Make every raw schema and table that does not exist yet, empty.

    dbt builds on an empty source then, and dlt finds the destination with the declared types.
    """
    # One at a time: two processes making the same table would fail on each other.
    statements = ["select pg_advisory_xact_lock(hashtextextended('create_raw_tables', 0))"]
    statements += [f"create schema if not exists {schema}" for schema in SCHEMAS]
    statements += [table.ddl() for table in RAW_TABLES]
    # Pings arrive in the order of time: a few pages of index find a day among years.
    statements.append(
        "create index if not exists pings_reported_at on raw_telemetry.pings"
        " using brin (reported_at)"
    )
    warehouse.execute(";\n".join(statements))
