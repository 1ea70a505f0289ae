"""The doctor where no database is: trip files or feeds are all there is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extract.planning.template import write_template
from extract.schemas import create_raw_tables
from moow.doctor.examination import examine
from tests.app_process import free_port
from tests.extract.meteostat_mirror import Mirror, serving, write_stations
from tests.moow.findings import to_mend
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def empty(settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home with a warehouse and nothing else."""
    monkeypatch.setenv("MOOW_HOME", str(settings.home))
    monkeypatch.setenv("MOOW_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("MOOW_APP_PORT", str(free_port()))


@pytest.fixture
def trips(empty: None, warehouse: Warehouse) -> None:
    """A home into which trips of a file were loaded."""
    create_raw_tables(warehouse)
    warehouse.execute("insert into raw_open_trips.cities (city, name) values ('louisville', '')")


@pytest.fixture
def feeds(empty: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of an operator with an MDS and a GBFS feed, each in a folder."""
    folder = tmp_path / "volos"
    folder.mkdir()
    (folder / "vehicles.json").write_text(json.dumps({"version": "2.0.0", "vehicles": []}))
    monkeypatch.setenv("MOOW_MDS_FEEDS", f"volos={folder}")
    monkeypatch.setenv("MOOW_GBFS_FEEDS", f"bamberg={folder}")


def said(part: str) -> str:
    (sentence,) = (found.sentence for found in examine() if found.sentence.startswith(part))
    return sentence


def test_an_empty_home_lacks_four_sources(empty: None) -> None:
    """Before anything was loaded, a database, pings, sheets and weather are missed."""
    kinds = [sentence.split(":")[0] for sentence in to_mend()]
    assert kinds == ["Operational database", "Pings", "Planning", "Weather"]


def test_trip_files_alone_need_nothing_else(trips: None) -> None:
    """Once trips were loaded nothing is to be mended, and it is said why."""
    assert to_mend() == []
    assert "none is needed for trip files alone" in said("Operational")


def test_feeds_alone_need_nothing_else(feeds: None) -> None:
    """An operator with feeds alone has nothing to mend."""
    assert to_mend() == []
    assert "none is needed for feeds alone" in said("Operational")


@pytest.mark.parametrize("kind", ["trips", "feeds"])
@pytest.mark.parametrize("name", ["PING", "PLANNING", "WEATHER"])
def test_a_folder_that_was_set_is_looked_for(
    kind: str, name: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A run refuses it where it does not exist, so it is to be mended, alone or not."""
    request.getfixturevalue(kind)
    monkeypatch.setenv(f"MOOW_{name}_FOLDER", "/nowhere")
    (sentence,) = to_mend()
    assert f"there is no folder /nowhere; set MOOW_{name}_FOLDER" in sentence


def test_a_database_that_was_named_is_asked(feeds: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """With MOOW_OPERATIONAL_URL set, feeds are not all there is."""
    monkeypatch.setenv("MOOW_OPERATIONAL_URL", "sqlite:////nowhere/moow.db")
    assert "there is no /nowhere/moow.db" in to_mend()[0]


def test_who_has_feeds_need_not_plan_everything(
    feeds: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Some sheets are enough; none in the folder that was set, or a bad cell, are to be mended."""
    folder = tmp_path / "plans"
    folder.mkdir()
    monkeypatch.setenv("MOOW_PLANNING_FOLDER", str(folder))
    assert "lacks cities.csv" in to_mend()[0]
    write_template(folder)
    (folder / "shifts.csv").unlink()
    assert to_mend() == []
    assert "lacks shifts.csv, and runs do without" in said("Planning")
    workers = folder / "workers.csv"
    workers.write_text(workers.read_text().replace("dispatcher", "boss"))
    (sentence,) = to_mend()
    assert "sheet workers, row 3, column role" in sentence


def test_the_hours_of_a_station_are_asked_for(
    feeds: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A list of stations is not enough: a service in trouble and a lost mirror are found."""
    mirror = Mirror()
    near = write_stations(tmp_path / "stations.db", ("16622", 40.52, 22.97, 4))
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    first = max(now - timedelta(hours=6), now.replace(month=1, day=1, hour=0))
    mirror.put("16622", first, [20.0] * 7, "dwd_hourly")
    monkeypatch.setenv("MOOW_WEATHER", "meteostat")
    monkeypatch.setenv("MOOW_METEOSTAT_STATIONS", str(near))
    with serving(mirror) as address:
        endpoint = f"{address}/hourly/{{year}}/{{station}}.csv.gz"
        monkeypatch.setenv("MOOW_METEOSTAT_ENDPOINT", endpoint)
        assert to_mend() == []
        assert "(1 near Salonica) and hours can be read" in said("Weather")
        mirror.status = 500
        (sentence,) = to_mend()
        assert "hours cannot be read" in sentence
        assert "MOOW_METEOSTAT_ENDPOINT" in sentence
        mirror.status, mirror.files = 200, {}
        assert to_mend() == []
        assert "no hours of 1 of them" in said("Weather")
    lost = "file:///nowhere/hourly/{year}/{station}.csv.gz"
    monkeypatch.setenv("MOOW_METEOSTAT_ENDPOINT", lost)
    (sentence,) = to_mend()
    assert "there is no folder /nowhere/hourly; set MOOW_METEOSTAT_ENDPOINT" in sentence
