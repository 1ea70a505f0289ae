"""Raw tables of the planning sheets."""

from __future__ import annotations

from extract.raw_tables import RawTable, columns

PLANNING = "raw_planning"

PLANNING_CITIES = RawTable(
    PLANNING,
    "cities",
    columns(
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
    columns(
        "city text, parking_code text, day_part text, minimum_count bigint, target_count bigint,"
        "maximum_count bigint, loaded_at timestamp"
    ),
    ("city", "parking_code", "day_part"),
)
PRIORITIES = RawTable(
    PLANNING,
    "priorities",
    columns("city text, task_kind text, weight double, value_per_task double, loaded_at timestamp"),
    ("city", "task_kind"),
)
WORKERS = RawTable(
    PLANNING,
    "workers",
    columns("worker text, city text, role text, language text, skills text, loaded_at timestamp"),
    ("worker",),
)
VEHICLES = RawTable(
    PLANNING,
    "vehicles",
    columns(
        "vehicle text, city text, capacity_scooters bigint, battery_stock bigint,"
        "loaded_at timestamp"
    ),
    ("vehicle",),
)
SHIFTS = RawTable(
    PLANNING,
    "shifts",
    columns(
        "worker text, vehicle text, city text, weekdays text, start_local text, end_local text,"
        "loaded_at timestamp"
    ),
    ("worker", "weekdays", "start_local"),
)
CELLS_REJECTED = RawTable(
    PLANNING,
    "cells_rejected",
    columns(
        "worksheet text, row_number bigint, column_name text, value text, allowed text,"
        "reason text, rejected_at timestamp"
    ),
    ("worksheet", "row_number", "column_name"),
)
#: Every version of every worksheet that a run has seen, bad ones with the number of their problems.
WORKSHEET_VERSIONS = RawTable(
    PLANNING,
    "worksheet_versions",
    columns(
        "worksheet text, version text, loaded_at timestamp, place text, row_count bigint,"
        "problem_count bigint, is_taken boolean, content text"
    ),
    ("worksheet", "version", "loaded_at"),
)

WORKSHEET_TABLES = (PLANNING_CITIES, PLANNING_PARKINGS, PRIORITIES, WORKERS, VEHICLES, SHIFTS)
TABLES = (*WORKSHEET_TABLES, CELLS_REJECTED, WORKSHEET_VERSIONS)
