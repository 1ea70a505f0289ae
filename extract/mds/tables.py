"""Raw tables of MDS 2.0 feeds.

The city is the one named in ``MOOW_MDS_FEEDS``. Times are UTC, speeds km/h, charges 0-100, costs in
major units, metres those of ``cities.crs``. MDS knows no riders.
"""

from __future__ import annotations

from extract.raw_tables import RawTable, columns, rejected_table

MDS = "raw_mds"

#: One row a city: its metric coordinates and the middle of what was seen first. All hours that
#: were over at ``read_until`` have been asked for.
CITIES = RawTable(
    MDS,
    "cities",
    columns(
        "city text, provider_id text, version text, crs text, currency text,"
        "centre_latitude double, centre_longitude double, centre_x_m double, centre_y_m double,"
        "read_until timestamp"
    ),
    ("city",),
)
VEHICLES = RawTable(
    MDS,
    "vehicles",
    columns(
        "city text, device_id text, provider_id text, vehicle_id text, vehicle_type text,"
        "propulsion_types text, make text, model text, model_year text, battery_mah double,"
        "maximum_speed_kmh double"
    ),
    ("city", "device_id"),
)
#: The newest event and telemetry of a vehicle, as the feed summed them up when it was last read.
VEHICLE_STATUS = RawTable(
    MDS,
    "vehicle_status",
    columns(
        "city text, device_id text, provider_id text, event_id text, vehicle_state text,"
        "event_types text, occurred_at timestamp, telemetry_id text, reported_at timestamp,"
        "latitude double, longitude double, x_m double, y_m double, battery_pct double"
    ),
    ("city", "device_id"),
)
#: ``trip_type`` holds all types of a trip, separated by commas.
TRIPS = RawTable(
    MDS,
    "trips",
    columns(
        "city text, trip_id text, provider_id text, device_id text, journey_id text,"
        "trip_type text, started_at timestamp, ended_at timestamp, published_at timestamp,"
        "start_latitude double, start_longitude double, start_x_m double, start_y_m double,"
        "start_accuracy_m double, end_latitude double, end_longitude double, end_x_m double,"
        "end_y_m double, end_accuracy_m double, duration_s double, distance_m double,"
        "parking_category text, standard_cost money, actual_cost money, currency text"
    ),
    ("city", "trip_id"),
)
#: A point is known by its device and time: ``telemetry_id`` differs where a feed repeats one.
TELEMETRY = RawTable(
    MDS,
    "telemetry",
    columns(
        "city text, device_id text, reported_at timestamp, telemetry_id text, provider_id text,"
        "trip_ids text, stop_id text, latitude double, longitude double, x_m double, y_m double,"
        "accuracy_m double, speed_kmh double, location_type text, battery_pct double,"
        "is_tipped_over boolean"
    ),
    ("city", "device_id", "reported_at"),
)
#: ``event_types`` are in the order of the feed, separated by commas.
EVENTS = RawTable(
    MDS,
    "events",
    columns(
        "city text, event_id text, provider_id text, device_id text, vehicle_state text,"
        "event_types text, occurred_at timestamp, published_at timestamp, latitude double,"
        "longitude double, x_m double, y_m double, accuracy_m double, battery_pct double,"
        "trip_ids text, stop_id text, geography_ids text"
    ),
    ("city", "event_id"),
)
#: The zone is the greatest part of the stop's geography, or a circle where it has none.
STOPS = RawTable(
    MDS,
    "stops",
    columns(
        "city text, stop_id text, provider_id text, name text, short_name text, geography_id text,"
        "latitude double, longitude double, x_m double, y_m double, capacity bigint,"
        "vehicle_count bigint, is_installed boolean, is_renting boolean, is_returning boolean,"
        "is_zone_drawn boolean, zone_geojson text, zone_polygon_m text, area_m2 double,"
        "updated_at timestamp"
    ),
    ("city", "stop_id"),
)
#: One row a simple polygon, or a circle around a point (``is_zone_drawn`` is false then).
GEOGRAPHIES = RawTable(
    MDS,
    "geographies",
    columns(
        "city text, geography_id text, part bigint, geography_type text, name text,"
        "published_at timestamp, effective_at timestamp, retired_at timestamp,"
        "latitude double, longitude double, x_m double, y_m double, is_zone_drawn boolean,"
        "zone_geojson text, zone_polygon_m text, area_m2 double"
    ),
    ("city", "geography_id", "part"),
)
POLICIES = RawTable(
    MDS,
    "policies",
    columns(
        "city text, policy_id text, mode_id text, name text, description text, currency text,"
        "provider_ids text, starts_at timestamp, ends_at timestamp, published_at timestamp,"
        "previous_policy_ids text, rules_json text"
    ),
    ("city", "policy_id"),
)

#: By the name of the table. What `VEHICLE_STATUS` rejects is rejected as telemetry or event.
REJECTED = {
    table.name: rejected_table(MDS, table.name)
    for table in (VEHICLES, TRIPS, TELEMETRY, EVENTS, STOPS, GEOGRAPHIES, POLICIES)
}
TABLES = (
    *(CITIES, VEHICLES, VEHICLE_STATUS, TRIPS, TELEMETRY, EVENTS, STOPS, GEOGRAPHIES, POLICIES),
    *REJECTED.values(),
)
