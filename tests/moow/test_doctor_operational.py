"""The doctor on the times of an operational database: local ones are seen before a load."""

from datetime import UTC, datetime, timedelta

import pytest

from extract.operational.local_times import times_ahead
from extract.operational.shapes import source_columns
from extract.operational.tables import RIDES, SCOOTERS
from moow.doctor.finding import Home
from moow.doctor.sources import look_at_operational
from tests.extract.operator import load, settings_for
from tests.extract.sources import Operational, naive, ride, scooter
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def now(mariadb_url: str) -> datetime:
    """Fill a MariaDB with what happened up to now, in UTC; the time of now."""
    made = Operational(mariadb_url)
    made.fill()
    now = datetime.now(UTC)
    write(made, now, now)
    return now


def write(maria: Operational, rides_at: datetime, scooters_at: datetime) -> None:
    began = {"started_at": naive(rides_at - 20 * MINUTE), "ended_at": naive(rides_at - 10 * MINUTE)}
    maria.put("rides", ride(1, **began, updated_at=naive(rides_at)))
    maria.put("scooters", scooter(1, updated_at=naive(scooters_at)))


@pytest.mark.parametrize(
    ("rides_h", "scooters_h", "table"), [(3, 0, "rides"), (0, 2, "scooters"), (0.2, 0, "rides")]
)
def test_local_times_are_to_be_mended(
    settings: Settings,
    mariadb_url: str,
    now: datetime,
    rides_h: float,
    scooters_h: float,
    table: str,
) -> None:
    """A newest change ahead of the server's clock is one sentence with the cure."""
    there = Home(settings_for(settings, mariadb_url))
    found = look_at_operational(there)
    assert found.is_good, found.sentence
    hour = timedelta(hours=1)
    write(Operational(mariadb_url), now + rides_h * hour, now + scooters_h * hour)
    found = look_at_operational(there)
    assert not found.is_good
    for part in (f"newest updated_at of table '{table}'", "convert_tz", "docs/sources.md"):
        assert part in found.sentence


def test_the_view_of_the_handbook_mends_it(
    settings: Settings, warehouse: Warehouse, mariadb_url: str, now: datetime
) -> None:
    """With views that convert the times nothing is found, and rides have the hour that they had."""
    maria = Operational(mariadb_url)
    maria.fill()
    local = now + timedelta(hours=3)
    write(maria, local, local)
    for table in (RIDES, SCOOTERS):
        columns = [
            f"convert_tz({name}, '+03:00', '+00:00') as {name}" if kind == "timestamp" else name
            for name, kind in source_columns(table).items()
        ]
        name = table.name
        with maria.engine.begin() as connection:
            connection.exec_driver_sql(f"alter table {name} rename to local_{name}")
            connection.exec_driver_sql(
                f"create view {name} as select {', '.join(columns)} from local_{name}"
            )
    there = settings_for(settings, mariadb_url)
    assert times_ahead(there.operational) == []
    assert look_at_operational(Home(there)).is_good
    load(there, warehouse, now + MINUTE)
    (first,) = warehouse.fetch("select started_at from raw_operational.rides where id = 1")
    assert abs(first["started_at"] - (now - 20 * MINUTE)) < timedelta(seconds=1)
