"""Types of MariaDB that cannot hold what a column means, and those that only look so."""

from __future__ import annotations

from datetime import timedelta

import pytest

from extract.operational.address import Address
from extract.operational.shapes import source_columns, wrong_shapes
from extract.operational.tables import RIDES
from tests.extract.operator import change, ids, load
from tests.extract.sources import START, UNTIL, Operational, naive, scooter
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("table", "column", "words", "needed"),
    [
        ("rides", "polyline", "point", "a text"),
        ("rides", "start_latitude", "point", "a number with decimals"),
        ("rides", "end_longitude", "int", "a number with decimals"),
        ("rides", "user_id", "blob", "a text"),
        ("rides", "started_at", "date", "a datetime"),
        ("rides", "updated_at", "date", "a datetime"),
        ("rides", "ended_at", "time", "a datetime"),
        ("service_events", "occurred_at", "date", "a datetime"),
        ("app_searches", "searched_at", "date", "a datetime"),
        ("app_searches", "created_at", "date", "a datetime"),
    ],
)
def test_a_type_that_loses_the_meaning_stops_its_table_alone(
    there: Settings,
    warehouse: Warehouse,
    maria: Operational,
    table: str,
    column: str,
    words: str,
    needed: str,
) -> None:
    """No reading of a point, or of a day where an hour is meant, is tried; others are loaded."""
    load(there, warehouse)
    before = warehouse.fetch(f"select * from raw_operational.{table} order by id")
    change(
        maria,
        f"alter table {table} drop {column}",
        f"alter table {table} add {column} {words}",
    )
    maria.put("scooters", scooter(3, updated_at=naive(UNTIL + HOUR)))
    (problem,) = load(there, warehouse, UNTIL + HOUR).problems
    sentence = f"column {column} of table '{table}' of the operational database is {words}"
    assert problem.startswith(f"{sentence}, and {needed} is needed; change it back, or make a view")
    assert f"raw_operational.{table} stays as it was" in problem
    assert wrong_shapes(there.operational) == [problem.split("; until then")[0]]
    assert warehouse.fetch(f"select * from raw_operational.{table} order by id") == before
    assert ids(warehouse, "scooters") == [1, 2, 3]


def test_days_where_days_are_meant(
    there: Settings, warehouse: Warehouse, maria: Operational
) -> None:
    """When a scooter began, or a parking was made, may be said to the day."""
    change(
        maria,
        "alter table scooters modify commissioned_at date, modify retired_at date",
        "alter table parkings modify created_at date",
    )
    assert load(there, warehouse).problems == []
    (first,) = warehouse.fetch("select commissioned_at from raw_operational.scooters where id = 1")
    assert first["commissioned_at"] == START.replace(hour=0)


@pytest.mark.parametrize("client", ["connectorx", "pymysql"])
def test_a_view_may_lack_what_is_not_known(
    there: Settings,
    warehouse: Warehouse,
    maria: Operational,
    monkeypatch: pytest.MonkeyPatch,
    client: str,
) -> None:
    """``null as ...`` stands for a column of any kind that the operator does not have."""
    monkeypatch.setattr(Address, "fits_connectorx", client == "connectorx")
    lacking = ["user_id", "start_hdop", "distance_m", "price", "polyline"]
    change(maria, "alter table rides rename to trips")
    kept = [name for name in source_columns(RIDES) if name not in lacking]
    nulls = [f"null as {name}" for name in lacking]
    change(maria, f"create view rides as select {', '.join([*kept, *nulls])} from trips")
    change(
        maria,
        "alter table scooters rename to vehicles",
        "create view scooters as select id, city_id, code, null as model, null as battery_wh,"
        " status, null as commissioned_at, null as retired_at, updated_at from vehicles",
    )
    assert load(there, warehouse).problems == []
    rows = warehouse.fetch(f"select distinct {', '.join(lacking)} from raw_operational.rides")
    assert rows == [dict.fromkeys(lacking)]
    assert len(ids(warehouse, "rides")) == 20
    assert ids(warehouse, "scooters") == [1, 2]
