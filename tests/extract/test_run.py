"""All sources into the raw schemas: increments, reruns, late pings, rejected rows."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.run import extract_all
from extract.schemas import RAW_TABLES, create_raw_tables
from geography.zones import circle_zone
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    SHEETS,
    START,
    UNTIL,
    Operational,
    message,
    naive,
    parking,
    ride,
    scooter,
    write_pings,
    write_sheets,
    write_weather,
)
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


def count(warehouse: Warehouse, relation: str) -> int:
    return int(warehouse.fetch(f"select count(*) as rows from {relation}")[0]["rows"])


def contents(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """Return all rows of all raw tables, the time of loading left out."""
    found = {}
    for table in RAW_TABLES:
        columns = [c for c in table.columns if c not in ("rejected_at", "loaded_at")]
        rows = f"select {', '.join(columns)} from {table.relation} order by {', '.join(table.key)}"
        found[table.relation] = warehouse.fetch(rows)
    return found


def reasons(warehouse: Warehouse, table: str) -> dict[str, str]:
    rows = warehouse.fetch(f"select row_key, reason from {table}_rejected")
    return {row["row_key"]: row["reason"] for row in rows}


def test_all_sources_arrive(
    settings: Settings, warehouse: Warehouse, operational: Operational, ping_file: Path
) -> None:
    """Each source fills its tables, with times in UTC and places in metres."""
    write_weather(settings.weather, ["2026-06-01T06:00:00Z,observed,,20.5,0,5,50,1"])
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
    """Hour after hour gives what one run at the end gives; rows changed later wait."""
    operational.put("rides", *(ride(n, updated_at=naive(START + n * HOUR)) for n in range(1, 6)))
    for hour in range(8):
        extract_all(settings, warehouse, cities=None, until=START + hour * HOUR)
        late = warehouse.fetch("select max(updated_at) as last from raw_operational.rides")
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


def test_a_ride_under_way_needs_no_end(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """An ongoing ride has neither end nor distance, and is fine."""
    nothing = dict.fromkeys(("ended_at", "end_latitude", "end_longitude", "distance_m", "price"))
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


def test_bad_pings_are_kept_with_reasons(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Each ping that cannot be true lands among the rejected with its text; the rest arrive."""
    lines = [
        message(1, START),
        message(1, START + timedelta(minutes=1), lat=0.0, lon=0.0),
        message(1, START + timedelta(minutes=2), lat=LONGITUDE, lon=LATITUDE),
        message(1, UNTIL + 2 * HOUR),
        message(1, START - timedelta(days=365 * 12)),
        message(9, START),
        {**message(1, START + timedelta(minutes=3)), "battery": {"pct": 101}},
        message(1, START + timedelta(minutes=4), lat=None),
        "{",
    ]
    write_pings(settings.pings, START, lines)
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    found = reasons(warehouse, "raw_telemetry.pings")
    assert {key.split(":")[1]: reason for key, reason in found.items()} == {
        "2": "position is no place",
        "3": "latitude and longitude are swapped",
        "4": "time in the far future",
        "5": "time before 2015",
        "6": "unknown scooter",
        "7": "battery is not within 0 to 100",
        "8": "no position",
        "9": "not JSON",
    }
    assert count(warehouse, "raw_telemetry.pings") == 1


def test_late_and_repeated_pings(
    settings: Settings, warehouse: Warehouse, operational: Operational, ping_file: Path
) -> None:
    """A late file is read when it comes, a ping twice sent counts once, files read are not read."""
    operational.put(
        "telemetry_messages",
        {"id": 1, "received_at": naive(START), "payload": json.dumps(message(1, START))},
    )
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 2
    late = [message(1, START), message(1, START - timedelta(minutes=30))]
    write_pings(settings.pings, START - HOUR, late)
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert report.rows == {"raw_telemetry.pings": 1}
    assert count(warehouse, "raw_telemetry.ping_files") == 2


def test_a_file_cut_off_keeps_its_whole_lines(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """The lines before the cut arrive, and the file is noted; made whole, it is read again."""
    lines = [message(1, START + timedelta(seconds=n)) for n in range(2000)]
    path = write_pings(settings.pings, START, lines)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    kept = count(warehouse, "raw_telemetry.pings")
    assert 0 < kept < 2000
    assert list(reasons(warehouse, "raw_telemetry.pings").values()) == ["the gzip file is cut off"]
    path.write_bytes(gzip.compress(gzip.decompress(whole)))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 2000


def test_a_scooter_that_is_registered_late(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """What was rejected for an unknown scooter arrives once the scooter is known."""
    operational.put("rides", ride(60, scooter_id=3))
    write_pings(settings.pings, START, [{"messages": [message(3, START), message(4, START)]}])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert reasons(warehouse, "raw_operational.rides") == {"60": "unknown scooter"}
    assert count(warehouse, "raw_telemetry.pings_rejected") == 2
    late = naive(UNTIL + 30 * HOUR)
    operational.put("scooters", scooter(3, updated_at=late, commissioned_at=late))
    extract_all(settings, warehouse, cities=None, until=UNTIL + 31 * HOUR)
    assert reasons(warehouse, "raw_operational.rides") == {}
    assert list(reasons(warehouse, "raw_telemetry.pings").values()) == ["unknown scooter"]
    assert count(warehouse, "raw_telemetry.pings") == 1


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
    (note,) = [note for note in report.notes if note.startswith("planning sheet")]
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
