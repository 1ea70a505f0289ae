"""Raw tables of the GBFS feeds.

Everything but `INFERRED_RIDES` holds what a feed said. The city is the one named in
``MOOW_GBFS_FEEDS``; a vehicle's id is the feed's, which may change after each trip.
"""

from __future__ import annotations

from extract.raw_tables import RawTable, columns, rejected_table

GBFS = "raw_gbfs"

#: One row a city: its system, its metric coordinates and the middle of what was seen there.
#: ``timezone`` and ``currency`` are null where the feed does not say.
SYSTEMS = RawTable(
    GBFS,
    "systems",
    columns(
        "city text, system_id text, name text, operator text, timezone text, language text,"
        "currency text, opening_hours text, version text, global_rules_json text, crs text,"
        "centre_latitude double, centre_longitude double, centre_x_m double, centre_y_m double,"
        "observed_at timestamp"
    ),
    ("city",),
)
#: One row a snapshot of a feed that was read, empty ones too: without it, an outage of the feed
#: and a street without scooters look the same. ``said_at`` is the time in the document: where that
#: stands still while the content (``digest``) changes, ``observed_at`` is when it was fetched.
SNAPSHOTS = RawTable(
    GBFS,
    "snapshots",
    columns(
        "city text, feed text, observed_at timestamp, version text, row_count bigint,"
        "rejected_count bigint, source text, said_at timestamp, digest text"
    ),
    ("city", "feed", "observed_at"),
)
VEHICLE_TYPES = RawTable(
    GBFS,
    "vehicle_types",
    columns(
        "city text, vehicle_type_id text, name text, form_factor text, propulsion_type text,"
        "max_range_m double, return_constraint text, default_pricing_plan_id text,"
        "observed_at timestamp"
    ),
    ("city", "vehicle_type_id"),
)
#: One row a vehicle and snapshot. ``battery_pct`` is 0-100, whatever the feed writes.
VEHICLE_OBSERVATIONS = RawTable(
    GBFS,
    "vehicle_observations",
    columns(
        "city text, vehicle_id text, observed_at timestamp, last_reported_at timestamp,"
        "latitude double, longitude double, x_m double, y_m double, is_reserved boolean,"
        "is_disabled boolean, battery_pct double, range_m double, vehicle_type_id text,"
        "station_id text, pricing_plan_id text"
    ),
    ("city", "vehicle_id", "observed_at"),
)
#: The zone is the greatest part of ``station_area``, or a circle where the feed draws none
#: (``is_area_drawn`` says which); `STATION_ZONES` has every part.
STATIONS = RawTable(
    GBFS,
    "stations",
    columns(
        "city text, station_id text, name text, short_name text, address text, region_id text,"
        "parking_type text, latitude double, longitude double, x_m double, y_m double,"
        "capacity bigint, is_virtual boolean, is_charging boolean, is_area_drawn boolean,"
        "zone_geojson text, zone_polygon_m text, area_m2 double, observed_at timestamp"
    ),
    ("city", "station_id"),
)
STATION_ZONES = RawTable(
    GBFS,
    "station_zones",
    columns(
        "city text, station_id text, part bigint, x_m double, y_m double, zone_geojson text,"
        "zone_polygon_m text, area_m2 double, observed_at timestamp"
    ),
    ("city", "station_id", "part"),
)
STATION_OBSERVATIONS = RawTable(
    GBFS,
    "station_observations",
    columns(
        "city text, station_id text, observed_at timestamp, last_reported_at timestamp,"
        "available_count bigint, disabled_count bigint, docks_available_count bigint,"
        "docks_disabled_count bigint, is_installed boolean, is_renting boolean,"
        "is_returning boolean"
    ),
    ("city", "station_id", "observed_at"),
)
#: One row a simple polygon. The flags are those of the zone's first rule (null: not said), which
#: applies to ``vehicle_type_ids`` (comma-separated; null is all); ``rules_json`` has all rules.
GEOFENCING_ZONES = RawTable(
    GBFS,
    "geofencing_zones",
    columns(
        "city text, zone_id text, part bigint, name text, starts_at timestamp, ends_at timestamp,"
        "is_ride_start_allowed boolean, is_ride_end_allowed boolean,"
        "is_ride_through_allowed boolean, is_station_parking boolean, maximum_speed_kmh double,"
        "vehicle_type_ids text, rules_json text, x_m double, y_m double, zone_geojson text,"
        "zone_polygon_m text, area_m2 double, observed_at timestamp"
    ),
    ("city", "zone_id", "part"),
)
#: ``per_minute_price`` and ``per_km_price`` are those of the first step, a minute and a kilometre.
PRICING_PLANS = RawTable(
    GBFS,
    "pricing_plans",
    columns(
        "city text, plan_id text, name text, currency text, price money, is_taxable boolean,"
        "description text, per_minute_price double, per_km_price double, per_min_pricing_json text,"
        "per_km_pricing_json text, observed_at timestamp"
    ),
    ("city", "plan_id"),
)
#: Not seen but concluded: a vehicle was there at ``gap_started_at`` and again at ``gap_ended_at``,
#: and not in between, or in use. ``confidence`` (0-1) is how far this is a ride, ``reason`` why.
#: ``kind``: ride, service (its battery rose) or unclear. Never to be counted as reported rides.
INFERRED_RIDES = RawTable(
    GBFS,
    "inferred_rides",
    columns(
        "city text, ride_key text, vehicle_id text, gap_started_at timestamp,"
        "gap_ended_at timestamp, start_latitude double, start_longitude double,"
        "end_latitude double, end_longitude double, start_x_m double, start_y_m double,"
        "end_x_m double, end_y_m double, distance_m double, start_battery_pct double,"
        "end_battery_pct double, battery_change_pct double, range_change_m double,"
        "missed_count bigint, kind text, confidence double, reason text"
    ),
    ("city", "ride_key"),
)

#: Tables of which the newest snapshot says all: rows that are gone from it are removed.
CURRENT = (VEHICLE_TYPES, STATIONS, STATION_ZONES, GEOFENCING_ZONES, PRICING_PLANS)
OBSERVED = (VEHICLE_OBSERVATIONS, STATION_OBSERVATIONS)
#: By the name of the table; those of ``snapshots`` are files and documents that cannot be read.
REJECTED = {
    table.name: rejected_table(GBFS, table.name)
    for table in (SNAPSHOTS, VEHICLE_TYPES, STATIONS, GEOFENCING_ZONES, PRICING_PLANS, *OBSERVED)
}
TABLES = (SYSTEMS, SNAPSHOTS, *CURRENT, *OBSERVED, INFERRED_RIDES, *REJECTED.values())
