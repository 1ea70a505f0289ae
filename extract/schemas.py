"""Every raw table of the warehouse; dlt, Postgres and polars types follow from one declaration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.gbfs import tables as gbfs
from extract.mds import tables as mds
from extract.open_trips import tables as open_trips
from extract.operational import tables as operational
from extract.planning import tables as planning
from extract.raw_tables import POSTGRES_TYPES, RawTable
from extract.telemetry import tables as telemetry
from extract.weather import tables as weather

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

RAW_TABLES: tuple[RawTable, ...] = (
    *operational.TABLES,
    *telemetry.TABLES,
    *planning.TABLES,
    *weather.TABLES,
    *open_trips.TABLES,
    *gbfs.TABLES,
    *mds.TABLES,
)
SCHEMAS = tuple(dict.fromkeys(table.schema for table in RAW_TABLES))


def create_raw_tables(warehouse: Warehouse) -> None:
    """Make every raw schema, table and column that does not exist yet, empty.

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
    statements.append(
        "create index if not exists telemetry_reported_at on raw_mds.telemetry"
        " using brin (reported_at)"
    )
    statements.append(
        "create index if not exists vehicle_observations_observed_at"
        " on raw_gbfs.vehicle_observations using brin (observed_at)"
    )
    warehouse.execute(";\n".join(statements))
    _add_columns(warehouse)


def _add_columns(warehouse: Warehouse) -> None:
    """Give tables of an earlier version the columns that have been declared since."""
    rows = warehouse.fetch(
        "select table_schema || '.' || table_name as relation, column_name"
        " from information_schema.columns where table_schema = any(%(schemas)s)",
        {"schemas": list(SCHEMAS)},
    )
    there = {(row["relation"], row["column_name"]) for row in rows}
    statements = [
        f"alter table {table.relation} add column if not exists {name} {POSTGRES_TYPES[kind]}"
        for table in RAW_TABLES
        for name, kind in table.columns.items()
        if (table.relation, name) not in there
    ]
    if statements:
        warehouse.execute(";\n".join(statements))
