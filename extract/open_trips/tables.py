"""Raw tables of trip files."""

from __future__ import annotations

from extract.raw_tables import RawTable, columns, rejected_table

OPEN_TRIPS = "raw_open_trips"

TRIP_CITIES = RawTable(
    OPEN_TRIPS,
    "cities",
    columns(
        "city text, name text, timezone text, crs text, currency text, loaded_at timestamp,"
        "depot_latitude double, depot_longitude double, depot_x_m double, depot_y_m double"
    ),
    ("city",),
)
TRIPS = RawTable(
    OPEN_TRIPS,
    "trips",
    columns(
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
    columns(
        "station_id text, city text, name text, latitude double, longitude double, x_m double,"
        "y_m double, capacity bigint, zone_geojson text, zone_polygon_m text, area_m2 double"
    ),
    ("city", "station_id"),
)

TRIPS_REJECTED = rejected_table(OPEN_TRIPS, "trips")
STATIONS_REJECTED = rejected_table(OPEN_TRIPS, "stations")
TABLES = (TRIP_CITIES, TRIPS, TRIPS_REJECTED, STATIONS, STATIONS_REJECTED)
