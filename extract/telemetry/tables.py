"""Raw tables of the telemetry."""

from __future__ import annotations

from extract.raw_tables import RawTable, columns, rejected_table

TELEMETRY = "raw_telemetry"

PINGS = RawTable(
    TELEMETRY,
    "pings",
    columns(
        "scooter_code text, city text, reported_at timestamp, received_at timestamp,"
        "latitude double, longitude double, x_m double, y_m double, hdop double,"
        "speed_kmh double, battery_pct double, is_locked boolean, firmware text, source text"
    ),
    # Pings come in the order of time, and so the index grows at its end: half the time to load.
    ("reported_at", "scooter_code"),
)
PING_FILES = RawTable(
    TELEMETRY,
    "ping_files",
    columns(
        "path text, size_bytes bigint, modified_ns bigint, row_count bigint,"
        "rejected_count bigint, loaded_at timestamp"
    ),
    ("path",),
)
#: What `moow telemetry ingest` has written into which VictoriaMetrics.
INGESTED = RawTable(
    TELEMETRY,
    "ingested",
    columns(
        "store text, path text, size_bytes bigint, modified_ns bigint, row_count bigint,"
        "rejected_count bigint, until_at timestamp,"
        "server_started_at bigint, is_settled boolean, ingested_at timestamp"
    ),
    ("store", "path"),
)
#: How far back each ingest has written, until the warehouse has read it.
STORE_WRITES = RawTable(
    TELEMETRY,
    "store_writes",
    columns("store text, ingest text, first_reported_at timestamp, ended_at timestamp"),
    ("store", "ingest"),
)

PINGS_REJECTED = rejected_table(TELEMETRY, "pings")
TABLES = (PINGS, PINGS_REJECTED, PING_FILES, INGESTED, STORE_WRITES)
