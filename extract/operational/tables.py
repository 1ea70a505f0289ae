"""Raw tables of the operational database.

``deleted_at`` is when the operator deleted the row, or when it was missed; null while it is there.
"""

from __future__ import annotations

from extract.raw_tables import RawTable, columns, rejected_table

OPERATIONAL = "raw_operational"

CITIES = RawTable(
    OPERATIONAL,
    "cities",
    columns(
        "id bigint, slug text, name text, timezone text, currency text, updated_at timestamp,"
        "city text, deleted_at timestamp"
    ),
    ("id",),
)
PARKINGS = RawTable(
    OPERATIONAL,
    "parkings",
    columns(
        "id bigint, city_id bigint, code text, name text, zone_geojson text, capacity bigint,"
        "is_active boolean, created_at timestamp, updated_at timestamp, city text,"
        "latitude double, longitude double, x_m double, y_m double, area_m2 double,"
        "zone_polygon_m text, deleted_at timestamp"
    ),
    ("id",),
)
SCOOTERS = RawTable(
    OPERATIONAL,
    "scooters",
    columns(
        "id bigint, city_id bigint, code text, model text, battery_wh double, status text,"
        "commissioned_at timestamp, retired_at timestamp, updated_at timestamp, city text,"
        "deleted_at timestamp"
    ),
    ("id",),
)
RIDES = RawTable(
    OPERATIONAL,
    "rides",
    columns(
        "id bigint, city_id bigint, scooter_id bigint, user_id text, status text,"
        "started_at timestamp, ended_at timestamp,"
        "start_latitude double, start_longitude double, start_hdop double,"
        "end_latitude double, end_longitude double, end_hdop double,"
        "start_battery_pct double, end_battery_pct double, distance_m double, polyline text,"
        "price money, updated_at timestamp, city text,"
        "start_x_m double, start_y_m double, end_x_m double, end_y_m double, path_length_m double,"
        "deleted_at timestamp"
    ),
    ("id",),
)
SERVICE_EVENTS = RawTable(
    OPERATIONAL,
    "service_events",
    columns(
        "id bigint, city_id bigint, scooter_id bigint, worker text, kind text,"
        "occurred_at timestamp, latitude double, longitude double, battery_pct double,"
        "parking_id bigint, updated_at timestamp, city text, x_m double, y_m double,"
        "deleted_at timestamp"
    ),
    ("id",),
)
APP_SEARCHES = RawTable(
    OPERATIONAL,
    "app_searches",
    columns(
        "id bigint, city_id bigint, user_id text, searched_at timestamp, latitude double,"
        "longitude double, available_count bigint, created_at timestamp, city text,"
        "x_m double, y_m double, deleted_at timestamp"
    ),
    ("id",),
)

OPERATIONAL_TABLES = (CITIES, PARKINGS, SCOOTERS, RIDES, SERVICE_EVENTS, APP_SEARCHES)
OPERATIONAL_REJECTED = {
    table.name: rejected_table(OPERATIONAL, table.name) for table in OPERATIONAL_TABLES[1:]
}
TABLES = (*OPERATIONAL_TABLES, *OPERATIONAL_REJECTED.values())
