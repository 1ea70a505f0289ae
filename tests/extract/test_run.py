"""All sources into the raw schemas: increments, reruns, late pings, rejected rows."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

import extract.loading
from extract.run import extract_all
from extract.schemas import RAW_TABLES, create_raw_tables
from geography.zones import circle_zone
from tests.extract.raw import contents, count, reasons
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    SHEETS,
    START,
    UNTIL,
    Operational,
    naive,
    parking,
    ride,
    scooter,
    write_sheets,
    write_weather,
)
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


def test_all_sources_arrive(
    settings: Settings, warehouse: Warehouse, operational: Operational, ping_file: Path
) -> None:
    """Each source fills its tables, with times in UTC and places in metres."""
    write_weather(settings.weather_files, ["2026-06-01T06:00:00Z,observed,,20.5,0,5,50,1"])
    report = extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert report.rows["raw_operational.rides"] == 20
    assert report.rows["raw_telemetry.pings"] == 2
    assert report.rows["raw_weather.hourly"] == 1
    assert report.rows["raw_planning.shifts"] == 1
    assert not report.rejected
    first = warehouse.fetch("select * from raw_operational.rides where id = 1")[0]
    assert first["started_at"] == START + timedelta(seconds=1)
    assert first["city"] == "thessaloniki"
    assert first["start_x_m"] == pytest.approx(410204.74, abs=0.1)
    assert str(first["price"]) == "2.50"


def test_a_rerun_adds_nothing(
    settings: Settings, warehouse: Warehouse, operational: Operational, ping_file: Path
) -> None:
    """The same run twice leaves the same tables, and a later one with nothing new too."""
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    before = contents(warehouse)
    assert extract_all(settings, warehouse, cities=None, until=UNTIL).rows == {}
    assert extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR).rows == {}
    assert contents(warehouse) == before


def test_increments_equal_one_load(
    settings: Settings, warehouse: Warehouse, operational: Operational, tmp_path: Path
) -> None:
    """Hour after hour gives what one run at the end gives; rides that start later wait."""
    begin = {n: {"started_at": naive(START + n * HOUR), "ended_at": None} for n in range(1, 6)}
    rides = (
        ride(n, status="ongoing", updated_at=naive(START + n * HOUR), **begin[n]) for n in begin
    )
    operational.put("rides", *rides)
    for hour in range(8):
        extract_all(settings, warehouse, cities=None, until=START + hour * HOUR)
        late = warehouse.fetch("select max(started_at) as last from raw_operational.rides")
        assert late[0]["last"] is None or late[0]["last"] <= START + hour * HOUR
    hourly = contents(warehouse)
    for schema in {table.schema for table in RAW_TABLES}:
        warehouse.execute(f"drop schema {schema} cascade; create schema {schema}")
    extract_all(settings, warehouse, cities=None, until=START + 7 * HOUR)
    assert contents(warehouse) == hourly


def test_a_row_that_shows_up_late_is_found(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A row committed after the run with an earlier change time is read within the overlap."""
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    operational.put("rides", ride(90, updated_at=naive(UNTIL - timedelta(minutes=50))))
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert warehouse.fetch("select id from raw_operational.rides where id = 90")


def test_a_city_at_a_time(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Reading one city does not move the cursor of the others."""
    operational.put("rides", ride(50, city_id=2))
    extract_all(settings, warehouse, cities=["kozani"], until=UNTIL)
    assert count(warehouse, "raw_operational.rides") == 0  # its scooter is of the other city
    extract_all(settings, warehouse, cities=["thessaloniki"], until=UNTIL)
    assert count(warehouse, "raw_operational.rides") == 21


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"ended_at": naive(START - HOUR)}, "ends before it starts"),
        ({"distance_m": -1.0}, "negative distance"),
        ({"distance_m": 20_000.0}, "faster than 60 km/h on average"),
        ({"ended_at": naive(START + 25 * HOUR)}, "longer than 24 hours"),
        ({"scooter_id": 99}, "unknown scooter"),
        ({"city_id": 99}, "unknown city"),
        ({"start_latitude": None}, "no start position"),
        ({"end_latitude": 0.0, "end_longitude": 0.0}, "end position is no place"),
    ],
)
def test_rides_that_cannot_be_true(
    settings: Settings,
    warehouse: Warehouse,
    operational: Operational,
    changes: dict[str, Any],
    reason: str,
) -> None:
    """Such a ride lands among the rejected, and comes back when its operator mends it."""
    operational.put("rides", ride(3, **changes))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert reasons(warehouse, "raw_operational.rides") == {"3": reason}
    assert count(warehouse, "raw_operational.rides") == 19
    operational.put("rides", ride(3, updated_at=naive(UNTIL + HOUR)))
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert reasons(warehouse, "raw_operational.rides") == {}
    assert count(warehouse, "raw_operational.rides") == 20


@pytest.mark.parametrize("distance_m", [None, 9_000.0])
def test_a_ride_under_way_needs_no_end(
    settings: Settings, warehouse: Warehouse, operational: Operational, distance_m: float | None
) -> None:
    """An ongoing ride has no end; where it tells its length so far, no speed follows from that."""
    nothing: dict[str, Any] = dict.fromkeys(("ended_at", "end_latitude", "end_longitude", "price"))
    nothing["distance_m"] = distance_m
    operational.put("rides", ride(3, status="ongoing", **nothing))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_operational.rides") == 20


def test_bad_zones_are_told_apart(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """An open ring, an outline that crosses itself and swapped coordinates each get a reason."""
    ring = json.loads(circle_zone(LATITUDE, LONGITUDE, 15.0, "EPSG:2100"))["coordinates"][0]
    shapes = {
        11: ring[:-1],
        12: [ring[0], ring[8], ring[4], ring[12], ring[0]],
        13: [[latitude, longitude] for longitude, latitude in ring],
    }
    for number, corners in shapes.items():
        zone = json.dumps({"type": "Polygon", "coordinates": [corners]})
        operational.put("parkings", parking(number, zone_geojson=zone))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    found = reasons(warehouse, "raw_operational.parkings")
    assert "open" in found["11"]
    assert "crosses itself" in found["12"]
    assert "swapped" in found["13"]
    assert count(warehouse, "raw_operational.parkings") == 1


def test_a_scooter_that_changed_after_the_bound_is_known(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A run for an earlier time knows the scooters of then, whatever befell them since."""
    operational.put("scooters", scooter(1, updated_at=naive(UNTIL + HOUR)))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_operational.rides_rejected") == 0


def test_a_sheet_with_a_bad_cell_keeps_its_last_good_version(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """The bad cell is named with what is allowed; the other sheets go on."""
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    bad = {**SHEETS["parkings"][0], "target_count": "many"}
    fine = {**SHEETS["vehicles"][0], "battery_stock": 44}
    write_sheets(settings.planning, {**SHEETS, "parkings": [bad], "vehicles": [fine]})
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    (note,) = report.problems
    assert "sheet parkings, row 2, column target_count: 'many'" in note
    assert "a whole number from 0 to 100000" in note
    assert count(warehouse, "raw_planning.cells_rejected") == 1
    assert count(warehouse, "raw_planning.parkings") == 1
    assert warehouse.fetch("select battery_stock as n from raw_planning.vehicles") == [{"n": 44}]
    write_sheets(settings.planning)
    extract_all(settings, warehouse, cities=None, until=UNTIL + 2 * HOUR)
    assert count(warehouse, "raw_planning.cells_rejected") == 0


def test_views_on_raw_tables_survive(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """No load drops a table: dbt's staging views hang on them."""
    create_raw_tables(warehouse)
    for table in RAW_TABLES:
        warehouse.execute(
            f"create view v_{table.relation.replace('.', '_')} as table {table.relation}"
        )
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    operational.put("scooters", scooter(3, updated_at=naive(UNTIL)))
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert count(warehouse, "v_raw_operational_scooters") == 3


def test_one_extraction_at_a_time(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A second extraction says that another is at work."""
    with (
        warehouse.lock("extract"),
        pytest.raises(MoowError, match="another extract is at work"),
    ):
        extract_all(settings, warehouse, cities=None, until=UNTIL)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("sqlite:////nowhere/at/all.db", "does not exist; make one with `moow demo`"),
        ("mysql+pymysql://a:secretword@127.0.0.1:9/x", "check that it runs, and the user"),
    ],
)
def test_a_database_that_is_not_there(
    settings: Settings, warehouse: Warehouse, url: str, words: str
) -> None:
    """The sentence names the database and the setting, never the password."""
    there = load_settings(home=settings.home, operational_url=url, _env_file=None)
    with pytest.raises(MoowError) as raised:
        extract_all(there, warehouse, cities=None, until=UNTIL)
    assert words in str(raised.value)
    assert "MOOW_OPERATIONAL_URL" in str(raised.value)
    assert "secretword" not in str(raised.value)
    assert "((" not in str(raised.value)  # a driver's numbers are not for people


@pytest.mark.services
def test_mariadb_gives_what_sqlite_gives(
    settings: Settings, warehouse: Warehouse, operational: Operational, mariadb_url: str
) -> None:
    """The same rows arrive from either database; a wrong password is said in a sentence."""
    operational.put("rides", ride(3, distance_m=-1.0))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    expected = contents(warehouse)
    for schema in {table.schema for table in RAW_TABLES}:
        warehouse.execute(f"drop schema {schema} cascade; create schema {schema}")
    other = Operational(mariadb_url)
    other.fill()
    other.put("rides", ride(3, distance_m=-1.0))
    there = load_settings(home=settings.home, operational_url=mariadb_url, _env_file=None)
    extract_all(there, warehouse, cities=None, until=UNTIL)
    assert contents(warehouse) == expected
    wrong = mariadb_url.replace(":secret@", ":wrong@")
    there = load_settings(home=settings.home, operational_url=wrong, _env_file=None)
    with pytest.raises(MoowError, match="Access denied"):
        extract_all(there, warehouse, cities=None, until=UNTIL)


def test_dlt_sends_no_statistics(settings: Settings, warehouse: Warehouse) -> None:
    """Loading never tells anybody about itself."""
    from dlt.common.runtime import anon_tracker

    extract.loading.RawPipeline(settings, warehouse, "raw_weather")
    assert anon_tracker._ANON_TRACKER_ENDPOINT is None
