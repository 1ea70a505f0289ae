"""Real trips of two cities, from a file to routes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parsed_project import ParsedProject
from warehouse.connection import open_warehouse
from warehouse.settings import load_settings

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")


def _moow(home: Path, *arguments: str) -> str:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    result = subprocess.run(
        [MOOW, *arguments],
        env={**kept, "MOOW_HOME": str(home)},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def _counts(home: Path, city: str) -> dict[str, int]:
    relations = {
        "trips": "select count(*) as rows from raw_open_trips.trips where city = %(city)s",
        "rejected": "select count(*) as rows from raw_open_trips.trips_rejected"
        " where city = %(city)s and reason <> ''",
        "rides": "select count(*) as rows from marts.fct_rides where city_id = %(city)s",
        "parkings": "select count(*) as rows from marts.dim_parkings where city_id = %(city)s",
        "forecasts": "select count(*) as rows from ml.demand_forecasts where city_id = %(city)s",
        "targets": "select count(*) as rows from ml.parking_targets where city_id = %(city)s",
        "tasks": "select count(*) as rows from ops.tasks where city_id = %(city)s",
        "stops": "select count(*) as rows from ops.route_stops join ops.routes using (route_id)"
        " where city_id = %(city)s",
    }
    with open_warehouse(load_settings(home=home, _env_file=None)) as warehouse:
        return {
            name: int(warehouse.fetch(query, {"city": city})[0]["rows"])
            for name, query in relations.items()
        }


@pytest.fixture
def home(parsed_project: ParsedProject, tmp_path: Path) -> Iterator[Path]:
    """A home that holds nothing, but for the dbt project if another test had it parsed."""
    folder = tmp_path / "moow"
    parsed_project.hand_to_command(folder)
    yield folder
    parsed_project.keep_of_command(folder)


def test_scooter_trips_of_a_city_without_parkings(shared_data: Path, home: Path) -> None:
    """Louisville: trips loaded and counted, parkings adopted from suggestions, routes made."""
    file = shared_data / "louisville_scooter_trips" / "trips_2019-01.csv"
    load = ["load-trips", str(file), "--city", "louisville", "--crs", "EPSG:32616"]
    load += ["--timezone", "America/Kentucky/Louisville"]
    said = _moow(home, *load)
    assert "rejected" in said
    again = _moow(home, *load)
    assert "louisville" in again
    _moow(home, "adopt-parkings", "--city", "louisville")
    again = _moow(home, "adopt-parkings", "--city", "louisville")
    assert "40 parkings of louisville are adopted already" in again
    _moow(home, "run", "--city", "louisville")
    counts = _counts(home, "louisville")
    assert counts["trips"] + counts["rejected"] == 7153
    assert counts["rides"] == counts["trips"]
    assert min(counts.values()) > 0, counts


def test_rentals_of_a_city_with_stations(shared_data: Path, home: Path) -> None:
    """Pittsburgh: a spring of rentals between given stations, routes made."""
    folder = shared_data / "pittsburgh_bike_trips"
    files = [str(folder / "rentals_2017_q2.csv.gz")]
    _moow(
        home,
        *("load-trips", *files, "--city", "pittsburgh", "--timezone", "America/New_York"),
        *("--crs", "EPSG:32617", "--stations", str(folder / "stations_2017.csv")),
    )
    _moow(home, "run", "--city", "pittsburgh")
    counts = _counts(home, "pittsburgh")
    assert counts["rides"] == counts["trips"]
    stations = (folder / "stations_2017.csv").read_text().strip().splitlines()[1:]
    assert counts["parkings"] == len(stations)
    assert min(counts.values()) > 0, counts
