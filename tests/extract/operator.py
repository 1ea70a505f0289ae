"""A load of the operator's database alone, for the tests: fast, and with what it said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from extract.operational.load import OperationalLoad
from extract.operational.reader import OperationalReader
from extract.schemas import create_raw_tables
from tests.extract.sources import UNTIL, Operational
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

TABLES = ("cities", "parkings", "scooters", "rides", "service_events", "app_searches")


def settings_for(settings: Settings, url: str, **others: Any) -> Settings:
    """Return the settings with another operational database."""
    return load_settings(home=settings.home, operational_url=url, _env_file=None, **others)


def load(
    settings: Settings,
    warehouse: Warehouse,
    until: datetime = UNTIL,
    *,
    is_complete: bool = False,
    reader: Callable[[str], OperationalReader] = OperationalReader,
) -> OperationalLoad:
    """Load the operational database; what was done, with ``rows``.

    The clock of the source is the run's, whatever time it is here.
    """
    create_raw_tables(warehouse)
    opened = reader(settings.operational)
    if reader is OperationalReader:
        opened.now = lambda: until  # type: ignore[method-assign]
    try:
        made = OperationalLoad(settings, warehouse, opened, None, until, is_complete)
        made.rows = made.run()  # type: ignore[attr-defined]
    finally:
        opened.close()
    return made


def change(maria: Operational, *statements: str) -> None:
    """Run statements on MariaDB as a client that takes what it is given, in UTC."""
    with maria.engine.begin() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        connection.exec_driver_sql("set time_zone = '+00:00'")
        for statement in statements:
            connection.exec_driver_sql(statement)


def ids(warehouse: Warehouse, table: str, where: str = "deleted_at is null") -> list[int]:
    rows = warehouse.fetch(f"select id from raw_operational.{table} where {where} order by id")
    return [row["id"] for row in rows]


def source_ids(operational: Operational, table: str) -> list[int]:
    with operational.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"select id from {table} order by id")
        return [row[0] for row in rows]


def assert_equal(operational: Operational, warehouse: Warehouse) -> None:
    """Check that the warehouse holds the rows of the source, each once, in their last version."""
    for table in TABLES:
        changed = "created_at" if table == "app_searches" else "updated_at"
        statement = f"select id, {changed} from {{}} order by id"
        with operational.engine.connect() as connection:
            there = connection.exec_driver_sql(statement.format(table)).all()
        rows = warehouse.fetch(statement.format(f"raw_operational.{table}"))
        ours = [(row["id"], row[changed].replace(tzinfo=None)) for row in rows]
        assert ours == [tuple(row) for row in there], table
