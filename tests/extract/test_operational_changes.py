"""Changes of the operator's rows that their times do not tell, and clocks that are ahead."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from extract.operational.load import OperationalLoad
from extract.operational.reader import OperationalReader
from tests.extract.operator import change, ids, load, settings_for
from tests.extract.sources import UNTIL, Operational, naive, ride, scooter
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
PRICE = "select price::float as price from raw_operational.rides where id = 1"


def load_at(
    settings: Settings, warehouse: Warehouse, until: datetime, now: datetime
) -> OperationalLoad:
    """Load up to a time, while it is another time in the source."""

    class Reader(OperationalReader):
        def now(self) -> datetime:
            return now

    return load(settings, warehouse, until, reader=Reader)


@pytest.mark.parametrize("overlap_minutes", [0, 60])
def test_two_changes_within_a_second(
    settings: Settings,
    warehouse: Warehouse,
    maria: Operational,
    mariadb_url: str,
    overlap_minutes: int,
) -> None:
    """In a column of whole seconds, a change after the load bears the time of the one before."""
    there = settings_for(settings, mariadb_url, operational_overlap_minutes=overlap_minutes)
    change(maria, "alter table rides modify updated_at datetime(0)")
    maria.put("rides", ride(1, updated_at=naive(UNTIL), price=3.0))
    maria.put("rides", ride(2, updated_at=naive(UNTIL)))
    half_past = UNTIL + timedelta(milliseconds=500)
    load(there, warehouse, half_past)
    maria.put("rides", ride(1, updated_at=naive(UNTIL), price=4.0))
    maria.put("rides", ride(2, updated_at=naive(UNTIL), distance_m=-1.0))
    load(there, warehouse, half_past + HOUR)
    assert warehouse.fetch(PRICE) == [{"price": 4.0}]
    assert 2 not in ids(warehouse, "rides")
    assert load(there, warehouse, half_past + HOUR).rows == {}


def test_an_overlap_of_unchanged_rows_loads_nothing(
    settings: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """Every table is read again as a whole, and no row of it is taken for another."""
    there = settings_for(settings, mariadb_url, operational_overlap_minutes=10_080)
    maria.put("rides", ride(30, scooter_id=99), ride(31, distance_m=-1.0))
    load(there, warehouse)
    assert load(there, warehouse, UNTIL + HOUR).rows == {}


@pytest.mark.parametrize("overlap_minutes", [0, 60])
def test_a_clock_that_is_ahead_skips_nothing(
    settings: Settings,
    warehouse: Warehouse,
    maria: Operational,
    mariadb_url: str,
    overlap_minutes: int,
) -> None:
    """After a run for a day ahead, the next reads on where the source's own time stood."""
    there = settings_for(settings, mariadb_url, operational_overlap_minutes=overlap_minutes)
    load_at(there, warehouse, UNTIL + 20 * HOUR, UNTIL)
    maria.put("rides", ride(1, updated_at=naive(UNTIL + 5 * MINUTE), price=7.0))
    load_at(there, warehouse, UNTIL + 3 * HOUR, UNTIL + 3 * HOUR)
    assert warehouse.fetch(PRICE) == [{"price": 7.0}]
    maria.put("rides", ride(1, updated_at=naive(UNTIL + 4 * HOUR), price=8.0))
    load_at(there, warehouse, UNTIL + 24 * HOUR, UNTIL + 24 * HOUR)
    assert warehouse.fetch(PRICE) == [{"price": 8.0}]


def test_the_source_says_when_a_row_was_deleted(
    settings: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """Marked without another ``updated_at``, a row bears the source's time, not the run's."""
    there = settings_for(settings, mariadb_url, operational_overlap_minutes=0)
    change(maria, "alter table rides add deleted_at datetime(3)")
    maria.put("scooters", scooter(3))
    load(there, warehouse)
    deleted = UNTIL + 10 * MINUTE
    change(
        maria,
        f"update rides set deleted_at = '{naive(deleted)}' where id in (2, 4)",
        "delete from rides where id = 3",
    )
    load(there, warehouse, UNTIL + HOUR)
    marked = "select id, deleted_at from raw_operational.rides where deleted_at is not null"
    assert [tuple(row.values()) for row in warehouse.fetch(f"{marked} order by id")] == [
        (2, deleted),
        (3, UNTIL + HOUR),
        (4, deleted),
    ]
    assert load(there, warehouse, UNTIL + 2 * HOUR).rows == {}
