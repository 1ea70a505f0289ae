"""SQLite lets a word stand where a number belongs: the row is rejected, the run goes on."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from extract.operational.unreadable import UNREADABLE, column_of, mark_unreadable
from extract.run import extract_all
from tests.extract.raw import count, reasons
from tests.extract.sources import UNTIL, Operational, naive, ride
from warehouse.connection import Warehouse
from warehouse.settings import Settings

HOUR = timedelta(hours=1)


def _put(operational: Operational, table: str, number: int, **cells: Any) -> None:
    with operational.engine.begin() as connection:
        for column, value in cells.items():
            statement = f"update {table} set {column} = ? where id = {number}"
            connection.exec_driver_sql(statement, (value,))


@pytest.mark.db
def test_a_word_among_numbers_is_one_rejected_row(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Reason and original name the column with what stood there; all other rows arrive."""
    _put(operational, "rides", 1, distance_m="weit")
    _put(operational, "rides", 2, started_at="2026-99-99")
    _put(operational, "rides", 3, price="free", end_hdop="bad")
    _put(operational, "rides", 4, scooter_id="SKG-1")
    _put(operational, "rides", 5, distance_m="1200", price="2.50")
    _put(operational, "rides", 6, distance_m="")
    _put(operational, "rides", 7, updated_at="yesterday")
    _put(operational, "rides", 8, updated_at=1780000000)
    _put(operational, "scooters", 2, battery_wh="full")
    _put(operational, "parkings", 1, is_active="ja")
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert reasons(warehouse, "raw_operational.rides") == {
        "1": "distance_m is 'weit', which is no number",
        "2": "started_at is '2026-99-99', which is no time",
        "3": "end_hdop is 'bad', which is no number",
        "4": "scooter_id is 'SKG-1', which is no number",
        "7": "updated_at is 'yesterday', which is no time",
        "8": "updated_at is '1780000000', which is no time",
    }
    assert count(warehouse, "raw_operational.rides") == 14
    good = "select id, distance_m from raw_operational.rides where id in (5, 6) order by id"
    assert [row["distance_m"] for row in warehouse.fetch(good)] == [1200.0, None]
    rows = warehouse.fetch("select row_key, original from raw_operational.rides_rejected")
    originals = {row["row_key"]: json.loads(row["original"]) for row in rows}
    assert originals["1"]["distance_m"] == "weit"
    assert originals["1"]["id"] == 1
    assert originals["2"]["started_at"] == "2026-99-99"
    assert (originals["3"]["price"], originals["3"]["end_hdop"]) == ("free", "bad")
    assert len(originals["1"]["user_id"]) == 64  # no user id is kept as it is
    assert reasons(warehouse, "raw_operational.scooters") == {
        "2": "battery_wh is 'full', which is no number"
    }
    assert reasons(warehouse, "raw_operational.parkings") == {
        "1": "is_active is 'ja', which is neither 0 nor 1"
    }
    again = extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert again.rejected == {}
    operational.put("rides", ride(1, updated_at=naive(UNTIL + HOUR)))
    extract_all(settings, warehouse, cities=None, until=UNTIL + 2 * HOUR)
    assert "1" not in reasons(warehouse, "raw_operational.rides")
    assert count(warehouse, "raw_operational.rides") == 15


@pytest.mark.db
def test_a_good_row_that_becomes_unreadable_moves(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """The newest version decides: the old one does not stay beside the rejected one."""
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    _put(operational, "rides", 1, distance_m="weit", updated_at="2026-06-01 12:30:00.000000")
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert count(warehouse, "raw_operational.rides") == 19
    assert list(reasons(warehouse, "raw_operational.rides")) == ["1"]


@pytest.mark.unit
def test_only_what_is_lost_is_marked() -> None:
    """A column of good values keeps its type; null and empty text are no loss, a word is."""
    assert column_of("a", pl.Float64(), (1, 2.5, None)).dtype == pl.Float64
    wire = pl.DataFrame([column_of("a", pl.Float64(), (1, "two", None, "3", ""))])
    typed = wire.select(pl.col("a").cast(pl.Float64, strict=False))
    marked = mark_unreadable(wire, typed)
    assert marked["a"].to_list() == [1.0, None, None, 3.0, None]
    assert marked[UNREADABLE].to_list() == [None, '{"a": "two"}', None, None, None]
    assert mark_unreadable(wire.clear(), typed.clear()).is_empty()
