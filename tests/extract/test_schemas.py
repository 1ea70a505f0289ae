"""The raw tables of an earlier version get what was declared since."""

from __future__ import annotations

import pytest

from extract.schemas import create_raw_tables
from warehouse.connection import Warehouse

pytestmark = pytest.mark.db


def test_a_column_declared_since_is_added(warehouse: Warehouse) -> None:
    """A table made before a column was declared keeps its rows and gets the column, empty."""
    create_raw_tables(warehouse)
    warehouse.execute("alter table raw_weather.hourly drop column is_filled")
    warehouse.execute(
        "insert into raw_weather.hourly (city, hour_at, kind, issued_at)"
        " values ('town', '2026-01-01Z', 'observed', '2026-01-01Z')"
    )
    create_raw_tables(warehouse)
    rows = warehouse.fetch("select city, is_filled from raw_weather.hourly")
    assert rows == [{"city": "town", "is_filled": None}]
