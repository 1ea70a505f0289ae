"""Raw tables of the weather."""

from __future__ import annotations

from extract.raw_tables import RawTable, columns, rejected_table

WEATHER = "raw_weather"

#: ``station_id``, ``source`` and ``is_filled`` are null where the weather comes from a file.
#: ``is_filled``: at least one element was not measured at a station but modelled or interpolated.
HOURLY = RawTable(
    WEATHER,
    "hourly",
    columns(
        "city text, hour_at timestamp, kind text, issued_at timestamp, temperature_c double,"
        "precipitation_mm double, wind_kmh double, humidity_pct double, condition_code bigint,"
        "station_id text, source text, is_filled boolean"
    ),
    ("city", "hour_at", "kind", "issued_at"),
)

HOURLY_REJECTED = rejected_table(WEATHER, "hourly")
TABLES = (HOURLY, HOURLY_REJECTED)
