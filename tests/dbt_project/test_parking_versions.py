"""The history of a parking that was missed for a run, and came back as it was."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from extract.run import extract_all
from flows.dbt import MODELS_ONLY, run
from tests.dbt_project.test_build import prepare
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    START,
    Operational,
    city,
    naive,
    parking,
    ride,
    scooter,
    write_sheets,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db

#: The runs: all is there, the parking is missed, it is back, rides have gone to it.
FIRST, MISSED, BACK, LAST = (START + timedelta(minutes=minutes) for minutes in (60, 65, 70, 90))


def _ride(number: int, scooter_id: int, minutes: int) -> dict[str, Any]:
    """A ride of a minute that ends at the parking so many minutes after the start."""
    ended = naive(START + timedelta(minutes=minutes))
    times = {"started_at": ended - timedelta(minutes=1), "ended_at": ended, "updated_at": ended}
    there = {"end_latitude": LATITUDE, "end_longitude": LONGITUDE, "distance_m": 100.0}
    return ride(number, scooter_id=scooter_id, **times, **there)


def _step(settings: Settings, warehouse: Warehouse, at: datetime, *selected: str) -> None:
    extract_all(settings, warehouse, cities=None, until=at)
    warehouse.execute(
        "insert into ops.city_clocks values ('thessaloniki', %(at)s)"
        " on conflict (city_id) do update set as_of_at = excluded.as_of_at",
        {"at": at},
    )
    run(settings, warehouse.url, "build", *MODELS_ONLY, "--select", *selected)


@pytest.fixture(scope="module")
def built(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Four runs; the parking's row bears the same time before and after it was missed."""
    settings = load_settings(home=tmp_path_factory.mktemp("town"), _env_file=None)
    settings.sources_folder.mkdir(parents=True, exist_ok=True)
    write_sheets(settings.planning)
    operational = Operational(settings.operational)
    operational.put("cities", city(1, "thessaloniki"))
    operational.put("parkings", parking(1))
    operational.put("scooters", scooter(1), scooter(2))
    operational.put("rides", _ride(1, 1, 30))
    prepare(module_warehouse)
    _step(settings, module_warehouse, FIRST, "+snap_parkings")
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("delete from parkings where id = 1")
    _step(settings, module_warehouse, MISSED, "snap_parkings")
    operational.put("parkings", parking(1))
    _step(settings, module_warehouse, BACK, "snap_parkings")
    operational.put("rides", _ride(2, 2, 66), _ride(3, 1, 75), _ride(4, 2, 76))
    marts = ("fct_rides", "fct_parking_hours", "fct_task_candidates")
    _step(settings, module_warehouse, LAST, *(f"+{mart}" for mart in marts))
    return module_warehouse


def test_it_was_closed_between_the_runs_only(built: Warehouse) -> None:
    """The version that came back begins with the run that saw it, not with its old time."""
    versions = built.fetch(
        "select is_active, nullif(valid_from_at, '-infinity') as valid_from_at"
        " from intermediate.int_parking_versions"
        " where parking_id = '1' order by int_parking_versions.valid_from_at"
    )
    assert [tuple(row.values()) for row in versions] == [
        (True, None),
        (False, MISSED),
        (True, BACK),
    ]


def test_rides_are_located_in_it_again(built: Warehouse) -> None:
    """A ride that ended there while it was missed ended outside; those before and after did not."""
    rides = built.fetch("select ride_id, end_parking_id from marts.fct_rides order by ride_id")
    assert [row["end_parking_id"] for row in rides] == ["1", None, "1", "1"]


def test_what_stands_there_is_counted_again(built: Warehouse) -> None:
    """Both scooters stand in it, which is its minimum: nobody is sent to fill it."""
    standing = built.fetch("select distinct parking_id from marts.fct_scooter_states")
    assert standing == [{"parking_id": "1"}]
    assert built.fetch("select * from marts.fct_task_candidates where parking_id = '1'") == []
