"""The nightly step that forgets riders."""

from datetime import UTC, datetime, timedelta

import pytest

from extract.schemas import create_raw_tables
from flows.run import Run
from flows.steps import forget_riders
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db

CLOCK = datetime(2026, 6, 20, 9, tzinfo=UTC)


def _run(settings: Settings, warehouse: Warehouse, cities: list[str]) -> Run:
    """A run of two cities, each with a ride of 31 days ago and a ping of every day since."""
    create_raw_tables(warehouse)
    warehouse.execute("create schema marts")
    warehouse.execute("create table marts.dim_cities (city_id text, timezone text)")
    for number, city in enumerate(("kozani", "trikala"), start=1):
        values = {"city": city, "id": number, "clock": CLOCK}
        warehouse.execute("insert into ops.city_clocks values (%(city)s, %(clock)s)", values)
        warehouse.execute("insert into marts.dim_cities values (%(city)s, 'Europe/Athens')", values)
        warehouse.execute(
            "insert into raw_operational.rides (id, city, user_id, started_at)"
            " values (%(id)s, %(city)s, 'hash', %(clock)s::timestamptz - interval '31 days')",
            values,
        )
        warehouse.execute(
            "insert into raw_telemetry.pings (scooter_code, city, reported_at)"
            " select %(city)s, %(city)s, %(clock)s::timestamptz - days * interval '1 day'"
            " from generate_series(0, 31) as days",
            values,
        )
    return Run(settings, warehouse, "nightly", None, CLOCK, cities=cities)


def _left(warehouse: Warehouse) -> dict[str, tuple[int, int]]:
    """Riders and pings that are left of each city."""
    rows = warehouse.fetch(
        "select city, count(user_id) as riders, (select count(*) from raw_telemetry.pings"
        " where pings.city = rides.city) as pings from raw_operational.rides group by city"
    )
    return {row["city"]: (row["riders"], row["pings"]) for row in rows}


@pytest.mark.parametrize(("days", "riders"), [(30, 0), (31, 1)])
def test_a_night_forgets_by_the_settings(
    settings: Settings, warehouse: Warehouse, days: int, riders: int
) -> None:
    """The cities of the run forget what is older than the settings keep; pings stay by default."""
    wanted = settings.model_copy(update={"ride_retention_days": days})
    run = _run(wanted, warehouse, ["kozani"])
    forget_riders.fn(run)
    assert _left(warehouse) == {"kozani": (riders, 32), "trikala": (1, 32)}
    assert run.counts == ({} if riders else {"rides without rider": 1})


def test_a_night_deletes_pings_when_told_to(settings: Settings, warehouse: Warehouse) -> None:
    """Those of so many whole days stay, and the newest before them."""
    wanted = settings.model_copy(update={"ping_retention_days": 14})
    run = _run(wanted, warehouse, ["kozani", "trikala"])
    forget_riders.fn(run)
    # The running day, fourteen before it, and one more.
    assert _left(warehouse) == {"kozani": (1, 16), "trikala": (1, 16)}
    assert run.counts == {"old pings deleted": 2 * 16}
    assert [step.name for step in run.steps] == ["forgetting"]


def test_a_night_does_not_wait_for_a_load(settings: Settings, warehouse: Warehouse) -> None:
    """While somebody loads the sources nothing is forgotten, and the run says so and goes on."""
    run = _run(settings.model_copy(update={"ride_retention_days": 30}), warehouse, ["kozani"])
    with warehouse.lock("extract"):
        forget_riders.fn(run)
    assert _left(warehouse)["kozani"] == (1, 32)
    assert run.notes[0].startswith("kozani: old riders and pings wait for the next night: another")


def test_the_default_keeps_two_years(settings: Settings) -> None:
    """Riders are known for two years, so that a year can be held against the one before."""
    assert timedelta(days=settings.ride_retention_days) == timedelta(days=730)
    assert settings.ping_retention_days is None
