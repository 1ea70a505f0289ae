"""Planning sheets into the warehouse: versions kept, last good ones in force, names that fit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

import extract.planning.google
from extract.planning.load import PlanningLoad, load_planning
from extract.schemas import create_raw_tables
from geography.crs import project
from tests.extract.raw import contents, count
from tests.extract.sheets_server import KEY, Sheets, sheets_running
from tests.extract.sources import SHEETS, UNTIL, write_sheets
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
Row = dict[str, Any]


class Planner:
    """Writes sheets and loads them, an hour later each time."""

    def __init__(self, settings: Settings, warehouse: Warehouse) -> None:
        self.settings, self.warehouse, self.now = settings, warehouse, UNTIL
        create_raw_tables(warehouse)

    def load(self, **changed: list[Row]) -> PlanningLoad:
        """Write the sheets with some of them changed, and load."""
        write_sheets(self.settings.planning, {**SHEETS, **changed})
        self.now += HOUR
        return load_planning(self.settings, self.warehouse, self.now)

    def versions(self, worksheet: str) -> list[Row]:
        """Return the kept versions of a worksheet, the oldest first."""
        return self.warehouse.fetch(
            "select * from raw_planning.worksheet_versions where worksheet = %(worksheet)s"
            " order by loaded_at",
            {"worksheet": worksheet},
        )

    def values(self, worksheet: str, column: str) -> list[Any]:
        """Return what stands in a column in force."""
        rows = self.warehouse.fetch(
            f"select {column} as value from raw_planning.{worksheet} order by 1"
        )
        return [row["value"] for row in rows]


@pytest.fixture
def planner(settings: Settings, warehouse: Warehouse) -> Planner:
    return Planner(settings, warehouse)


def test_every_version_is_kept_with_its_time(planner: Planner) -> None:
    """Good, bad and good again: each version is there with its cells; a rerun adds none."""
    vehicle = SHEETS["vehicles"][0]
    planner.load()
    planner.load(vehicles=[{**vehicle, "battery_stock": 44}])
    planner.load(vehicles=[{**vehicle, "battery_stock": "many"}])
    assert planner.values("vehicles", "battery_stock") == [44]
    assert count(planner.warehouse, "raw_planning.cells_rejected") == 1
    planner.load()
    assert planner.load().counts == {}
    kept = planner.versions("vehicles")
    assert [row["is_taken"] for row in kept] == [True, True, False, True]
    assert [row["problem_count"] for row in kept] == [0, 0, 1, 0]
    assert [row["loaded_at"] for row in kept] == [UNTIL + n * HOUR for n in (1, 2, 3, 4)]
    assert kept[0]["version"] == kept[3]["version"] != kept[1]["version"]
    stocks = [json.loads(row["content"])[1][3] for row in kept]
    assert stocks == ["30", "44", "many", "30"]
    assert planner.values("vehicles", "battery_stock") == [30]
    assert count(planner.warehouse, "raw_planning.cells_rejected") == 0
    assert len(planner.versions("cities")) == 1


def test_a_city_keeps_its_coordinate_system(planner: Planner) -> None:
    """Rows were loaded in one: a sheet that names another one is not taken, and says which it is.

    That holds for a city that the sheet did not list before as well.
    """
    (city, *others) = SHEETS["cities"]
    planner.load(cities=[city, *others])
    at = {"lat": 40.63, "lon": 22.94}
    (x_m,), (y_m,) = project([at["lat"]], [at["lon"]], "EPSG:2100")
    for number, slug in enumerate((city["city"], "elsewhere")):
        planner.warehouse.execute(
            "insert into raw_operational.parkings (id, city, latitude, longitude, x_m, y_m)"
            " values (%(id)s, %(city)s, %(lat)s, %(lon)s, %(x_m)s, %(y_m)s)",
            {"id": number, "city": slug, **at, "x_m": float(x_m), "y_m": float(y_m)},
        )
    for rows in (
        [{**city, "crs": "EPSG:32634"}, *others],
        [city, *others, {**city, "city": "elsewhere", "crs": "EPSG:32634"}],
    ):
        (problem,) = planner.load(cities=rows).problems
        assert "column crs: 'EPSG:32634' is not what the city's rows were loaded with" in problem
        assert "allowed: EPSG:2100. The sheet keeps its last good version" in problem
        assert set(planner.values("cities", "crs")) == {"EPSG:2100"}
    more = [city, *others, {**city, "city": "elsewhere"}]
    assert planner.load(cities=more).problems == []
    assert "elsewhere" in planner.values("cities", "city")


def test_a_worker_who_leaves_takes_their_shift_along(planner: Planner) -> None:
    """Worker, vehicle and shift that are gone from the sheets are gone from the tables."""
    worker, vehicle, shift = (SHEETS[name][0] for name in ("workers", "vehicles", "shifts"))
    second = {"worker": "thessaloniki-2"}
    van = {"vehicle": "thessaloniki-van-2"}
    planner.load(
        workers=[worker, {**worker, **second}],
        vehicles=[vehicle, {**vehicle, **van}],
        shifts=[shift, {**shift, **second, **van}],
    )
    assert planner.values("shifts", "worker") == ["thessaloniki-1", "thessaloniki-2"]
    assert planner.load().problems == []
    for table, column in (("workers", "worker"), ("vehicles", "vehicle"), ("shifts", "worker")):
        assert len(planner.values(table, column)) == 1, table


def test_a_worker_whose_shift_stays_stays_too(planner: Planner) -> None:
    """While a bad cell keeps the old shifts in force, the worker they name is not taken away."""
    worker, shift = SHEETS["workers"][0], SHEETS["shifts"][0]
    planner.load()
    new = {"worker": "thessaloniki-9"}
    loaded = planner.load(
        workers=[{**worker, **new}], shifts=[{**shift, **new, "start_local": "seven"}]
    )
    assert planner.values("workers", "worker") == ["thessaloniki-1"]
    assert any("sheet shifts, row 2, column start_local" in note for note in loaded.problems)
    assert any(
        "sheet workers, row 1, column worker: 'thessaloniki-1' is gone, but shifts keeps its last "
        "good version" in note
        for note in loaded.problems
    )
    mended = planner.load(workers=[{**worker, **new}], shifts=[{**shift, **new}])
    assert mended.problems == []
    assert planner.values("workers", "worker") == ["thessaloniki-9"]
    assert [row["is_taken"] for row in planner.versions("workers")] == [True, False, True]


def test_what_a_bad_sheet_would_have_added_cannot_be_named_yet(planner: Planner) -> None:
    """With a bad cell in cities a new city is not in force, so its workers are not either."""
    city, worker = SHEETS["cities"][0], SHEETS["workers"][0]
    planner.load()
    loaded = planner.load(
        cities=[city, {**city, "city": "volos", "idle_hours": -1}],
        workers=[worker, {**worker, "worker": "volos-1", "city": "volos"}],
        vehicles=[{**SHEETS["vehicles"][0], "battery_stock": 99}],
    )
    assert any(
        "sheet workers, row 3, column city: 'volos' is not in the last good version of cities"
        in note
        for note in loaded.problems
    )
    assert planner.values("workers", "worker") == ["thessaloniki-1"]
    assert planner.values("vehicles", "battery_stock") == [99]


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sheets]:
    monkeypatch.setattr(extract.planning.google, "sleep", lambda _seconds: None)
    with sheets_running(monkeypatch) as running:
        for name, rows in SHEETS.items():
            running.put(name, [list(rows[0]), *(list(row.values()) for row in rows)])
        yield running


def test_the_spreadsheet_loads_what_the_folder_loads(
    planner: Planner, settings: Settings, sheets: Sheets
) -> None:
    """From either place the tables are the same; switching between them loads nothing anew."""
    planner.load()
    expected = contents(planner.warehouse)
    there = load_settings(
        home=settings.home,
        planning_sheet=KEY,
        google_credentials=sheets.credentials(),
        _env_file=None,
    )
    assert load_planning(there, planner.warehouse, planner.now + HOUR).counts == {}
    planner.warehouse.execute("drop schema raw_planning cascade; create schema raw_planning")
    create_raw_tables(planner.warehouse)
    load_planning(there, planner.warehouse, planner.now + HOUR)
    found = contents(planner.warehouse)
    for row in [*found["raw_planning.worksheet_versions"]]:
        row["place"] = str(settings.planning)
    assert found == expected


def test_a_spreadsheet_that_is_away_leaves_the_planning_in_force(
    planner: Planner, settings: Settings, sheets: Sheets
) -> None:
    """A run goes on with what was loaded: a refusal is to mend, an outage passes; else it stops."""
    there = load_settings(
        home=settings.home,
        planning_sheet=KEY,
        google_credentials=sheets.credentials(),
        _env_file=None,
    )
    sheets.editors.clear()
    with pytest.raises(SourceError, match="share it with that address"):
        load_planning(there, planner.warehouse, UNTIL)
    planner.load()
    before = contents(planner.warehouse)
    loaded = load_planning(there, planner.warehouse, planner.now + HOUR)
    assert loaded.counts == {}
    (problem,) = loaded.problems
    assert problem.endswith("; the planning in force stays")
    sheets.faults = [(503, 0)] * 9
    loaded = load_planning(there, planner.warehouse, planner.now + HOUR)
    assert (loaded.counts, loaded.problems) == ({}, [])
    assert "try again later; the planning in force stays" in loaded.notes[0]
    assert contents(planner.warehouse) == before


def test_a_renamed_worksheet_keeps_its_last_good_version(
    planner: Planner, settings: Settings, sheets: Sheets
) -> None:
    """Its rows stay; the other worksheets that changed are taken."""
    there = load_settings(
        home=settings.home,
        planning_sheet=KEY,
        google_credentials=sheets.credentials(),
        _env_file=None,
    )
    load_planning(there, planner.warehouse, UNTIL)
    sheets.tabs["vans"] = sheets.tabs.pop("vehicles")
    sheets.tabs["priorities"].cells[1][2] = 2.5
    loaded = load_planning(there, planner.warehouse, UNTIL + HOUR)
    assert loaded.counts["raw_planning.priorities"] == 1
    assert (
        "planning sheet vehicles is missing in the spreadsheet 'Planning' (vans is there)"
        in (loaded.problems[0])
    )
    assert planner.values("vehicles", "vehicle") == ["thessaloniki-van-1"]
    assert planner.values("priorities", "weight") == [2.5]
