"""What the raw tables hold, for the tests to compare."""

from __future__ import annotations

from typing import Any

from extract.schemas import RAW_TABLES
from warehouse.connection import Warehouse


def count(warehouse: Warehouse, relation: str) -> int:
    return int(warehouse.fetch(f"select count(*) as rows from {relation}")[0]["rows"])


def contents(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all raw tables, the time of loading left out."""
    found = {}
    for table in RAW_TABLES:
        columns = [c for c in table.columns if c not in ("rejected_at", "loaded_at")]
        rows = f"select {', '.join(columns)} from {table.relation} order by {', '.join(table.key)}"
        found[table.relation] = warehouse.fetch(rows)
    return found


def reasons(warehouse: Warehouse, table: str) -> dict[str, str]:
    rows = warehouse.fetch(f"select row_key, reason from {table}_rejected")
    return {row["row_key"]: row["reason"] for row in rows}


def pings_in(warehouse: Warehouse) -> list[dict[str, Any]]:
    """Return the pings by scooter and time, whatever way they came."""
    return warehouse.fetch(
        "select scooter_code, city, reported_at, received_at, latitude, longitude, x_m, y_m, hdop,"
        " speed_kmh, battery_pct, is_locked, firmware from raw_telemetry.pings order by 1, 3"
    )
