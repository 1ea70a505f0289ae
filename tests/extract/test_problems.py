"""What a person must mend: told in every run, while the run goes on with what is good."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from extract.planning.load import load_planning
from extract.readiness import check_folders
from extract.run import extract_all
from extract.schemas import create_raw_tables
from geography.zones import circle_zone
from tests.extract.raw import contents, count
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    SHEETS,
    UNTIL,
    Operational,
    naive,
    parking,
    write_sheets,
)
from warehouse.connection import Warehouse
from warehouse.errors import MoowError, SettingsError
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


def test_a_bad_cell_on_the_first_load_says_that_there_is_nothing_yet(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Without a good version the sentence does not promise one; with one it does."""
    many = {**SHEETS["vehicles"][0], "capacity_scooters": "viele"}
    write_sheets(settings.planning, {**SHEETS, "vehicles": [many], "shifts": SHEETS["shifts"]})
    create_raw_tables(warehouse)
    (first,) = load_planning(settings, warehouse, UNTIL).problems
    assert "sheet vehicles, row 2, column capacity_scooters: 'viele' is not a whole" in first
    assert first.endswith("No good version of it was ever loaded, so the run goes on without it")
    assert count(warehouse, "raw_planning.shifts") == 1
    write_sheets(settings.planning)
    assert load_planning(settings, warehouse, UNTIL + HOUR).problems == []
    write_sheets(settings.planning, {**SHEETS, "vehicles": [many]})
    for hours in (2, 3):
        (later,) = load_planning(settings, warehouse, UNTIL + hours * HOUR).problems
        assert later.endswith("The sheet keeps its last good version")


@pytest.mark.parametrize("garbage", [b"\x00\xff\xfe garbage", b"Lorem ipsum\ndolor\n"])
def test_an_unreadable_sheet_condemns_no_other(
    settings: Settings, warehouse: Warehouse, operational: Operational, garbage: bytes
) -> None:
    """Garbage in cities.csv is one problem: rows that name cities are held against what was there.

    On the first load there is nothing to hold them against; later a name that is new is refused.
    """
    create_raw_tables(warehouse)
    cities = settings.planning / "cities.csv"
    cities.write_bytes(garbage)
    (problem,) = load_planning(settings, warehouse, UNTIL).problems
    assert "planning sheet cities, row 1" in problem
    assert count(warehouse, "raw_planning.workers") == 1
    write_sheets(settings.planning)
    assert load_planning(settings, warehouse, UNTIL + HOUR).problems == []
    worker = SHEETS["workers"][0]
    new = {**worker, "worker": "thessaloniki-2", "city": "thessaloniki"}
    write_sheets(settings.planning, {**SHEETS, "workers": [worker, new]})
    cities.write_bytes(garbage)
    (problem,) = load_planning(settings, warehouse, UNTIL + 2 * HOUR).problems
    assert problem.endswith("The sheet keeps its last good version")
    assert count(warehouse, "raw_planning.workers") == 2
    write_sheets(settings.planning, {**SHEETS, "workers": [{**new, "city": "volos"}]})
    cities.write_bytes(garbage)
    load = load_planning(settings, warehouse, UNTIL + 3 * HOUR)
    assert any("'volos' is not in the last good version of cities" in p for p in load.problems)
    assert count(warehouse, "raw_planning.workers") == 2


def test_a_worksheet_that_was_never_there_is_a_note(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Not everybody plans everything; one that vanishes is to be mended."""
    create_raw_tables(warehouse)
    (settings.planning / "shifts.csv").unlink()
    loaded = load_planning(settings, warehouse, UNTIL)
    assert loaded.problems == []
    assert "planning sheet shifts is missing" in loaded.notes[0]
    write_sheets(settings.planning)
    load_planning(settings, warehouse, UNTIL + HOUR)
    (settings.planning / "shifts.csv").unlink()
    loaded = load_planning(settings, warehouse, UNTIL + 2 * HOUR)
    assert loaded.notes == []
    assert loaded.problems[0].endswith("its last good version stays")


def test_bad_zones_are_told_in_every_run(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Each bad parking is named with city, reason and cure until it is mended, at most ten."""
    ring = json.loads(circle_zone(LATITUDE, LONGITUDE, 15.0, "EPSG:2100"))["coordinates"][0]
    outlines = [ring[:-1], [ring[0], ring[8], ring[4], ring[12], ring[0]]]
    outlines.append([[latitude, longitude] for longitude, latitude in ring])
    shapes = [json.dumps({"type": "Polygon", "coordinates": [corners]}) for corners in outlines]
    zones = dict(enumerate([*shapes, "no json"], start=11))
    operational.put("parkings", *(parking(n, zone_geojson=z) for n, z in zones.items()))
    for hours in (0, 1):
        report = extract_all(settings, warehouse, cities=None, until=UNTIL + hours * HOUR)
        assert len(report.problems) == 4
        for number, words in zip(zones, ("open", "crosses", "swapped", "no JSON"), strict=True):
            (problem,) = [p for p in report.problems if f"(id {number})" in p]
            assert problem.startswith(f"parking P{number} of thessaloniki")
            assert words in problem
            assert "mend its zone_geojson in table parkings" in problem
    assert extract_all(settings, warehouse, cities=["kozani"], until=UNTIL).problems == []
    changed = naive(UNTIL + HOUR)
    bad = [parking(n, zone_geojson="no", updated_at=changed) for n in range(11, 23)]
    operational.put("parkings", *bad)
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + 2 * HOUR)
    assert len(report.problems) == 11
    assert report.problems[-1].startswith("2 more parkings are left out")
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("delete from parkings where id = 22")
    mended = naive(UNTIL + 2 * HOUR)
    operational.put("parkings", *(parking(n, updated_at=mended) for n in range(11, 22)))
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + 3 * HOUR)
    assert report.problems == []


def test_a_parking_keeps_its_last_good_zone(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A slip in a known parking's zone is told, and the zone it had stays until it is mended."""
    of_it = "select zone_geojson, deleted_at from raw_operational.parkings where id = 11"
    bad = "select reason from raw_operational.parkings_rejected"
    operational.put("parkings", parking(11))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    before = warehouse.fetch(of_it)
    operational.put("parkings", parking(11, zone_geojson="no", updated_at=naive(UNTIL)))
    for hours in (1, 2):
        until = UNTIL + hours * HOUR
        (problem,) = extract_all(settings, warehouse, cities=None, until=until).problems
        assert "(id 11) keeps its last good version, zone" in problem
        assert warehouse.fetch(of_it) == before
        assert len(warehouse.fetch(bad)) == 1
    operational.put("parkings", parking(11, updated_at=naive(UNTIL + 2 * HOUR)))
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + 3 * HOUR)
    assert (report.problems, warehouse.fetch(bad)) == ([], [])
    operational.put("parkings", parking(11, zone_geojson="no", updated_at=naive(UNTIL + 3 * HOUR)))
    extract_all(settings, warehouse, cities=None, until=UNTIL + 4 * HOUR)
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("delete from parkings where id = 11")
    extract_all(settings, warehouse, cities=None, until=UNTIL + 5 * HOUR)
    assert [row["deleted_at"] is None for row in warehouse.fetch(of_it)] == [False]
    assert warehouse.fetch(bad) == []


def test_a_parking_put_back_as_it_was_is_mended(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A restored row says when it was last good, which no cursor sees: it is looked at again."""
    operational.put("parkings", parking(11))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    operational.put("parkings", parking(11, zone_geojson="no", updated_at=naive(UNTIL)))
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert len(report.problems) == 1
    operational.put("parkings", parking(11))
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + 9 * HOUR)
    assert report.problems == []
    assert count(warehouse, "raw_operational.parkings_rejected") == 0


def test_a_folder_that_was_set_must_be_there(
    settings: Settings, warehouse: Warehouse, operational: Operational, tmp_path: Path
) -> None:
    """A misspelt folder is named with its setting, and nothing is loaded from the others."""
    create_raw_tables(warehouse)
    file = tmp_path / "file"
    file.write_text("no folder")
    for name in ("ping_folder", "planning_folder", "weather_folder"):
        for path in (tmp_path / "mispelt", file):
            wrong = load_settings(home=settings.home, **{name: path}, _env_file=None)
            with pytest.raises(SettingsError, match=f"MOOW_{name.upper()} is {path}, which"):
                extract_all(wrong, warehouse, cities=None, until=UNTIL)
        check_folders(load_settings(home=settings.home, **{name: tmp_path}, _env_file=None))
    assert not any(contents(warehouse).values())
    check_folders(settings)  # those of the simulator may be absent


@pytest.mark.parametrize("missing", ["database", "table"])
def test_a_source_that_is_away_is_found_before_the_first_row(
    settings: Settings, warehouse: Warehouse, operational: Operational, missing: str
) -> None:
    """Without the operational database, or one of its tables, the planning is not loaded either."""
    create_raw_tables(warehouse)
    url = settings.operational
    if missing == "database":
        url = "mysql+pymysql://reader:secret@127.0.0.1:9/moow"
    else:
        with operational.engine.begin() as connection:
            connection.exec_driver_sql("drop table app_searches")
    there = load_settings(home=settings.home, operational_url=url, _env_file=None)
    with pytest.raises(MoowError, match="operational database"):
        extract_all(there, warehouse, cities=None, until=UNTIL)
    assert not any(contents(warehouse).values())
