"""Operators without a database: an MDS feed and a GBFS feed, from their address to routes."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.extract.mds_server import TOKEN, Provider, serving
from tests.flows.mds_fleet import STOPS, Fleet
from tests.parsed_project import ParsedProject
from warehouse.connection import open_warehouse
from warehouse.settings import load_settings

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")
#: The day of the GBFS feed's snapshots ends here.
AS_OF = datetime(2025, 6, 1, 23, 55, tzinfo=UTC)
DAYS = 16


def moow(home: Path, feeds: dict[str, str], *arguments: str) -> str:
    """Run a command with these feeds alone."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    result = subprocess.run(
        [MOOW, *arguments],
        env={**kept, "MOOW_HOME": str(home), **feeds},
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def fleet() -> Fleet:
    start = AS_OF.replace(hour=0, minute=0) - timedelta(days=DAYS - 1)
    return Fleet(start, DAYS, scooters=14)


@pytest.fixture(scope="module")
def home(
    fleet: Fleet,
    shared_data: Path,
    parsed_project: ParsedProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Path]:
    """Home of one run of two cities that are known from feeds alone."""
    folder = tmp_path_factory.mktemp("feeds") / "moow"
    parsed_project.hand_to_command(folder)
    snapshots = shared_data / "bamberg_scooter_feed" / "snapshots_2025-06-01.zip"
    with serving(Provider(now=AS_OF, lists=fleet.lists)) as provider:
        feeds = {
            "MOOW_MDS_FEEDS": f"volos={provider.address}",
            "MOOW_MDS_TOKEN": TOKEN,
            "MOOW_GBFS_FEEDS": f"bamberg={snapshots}",
        }
        moow(folder, feeds, "run", "--as-of", AS_OF.isoformat())
        yield folder


def rows(home: Path, query: str) -> list[dict[str, Any]]:
    with open_warehouse(load_settings(home=home, _env_file=None)) as warehouse:
        return warehouse.fetch(query)


def test_an_mds_feed_runs_through_to_routes(home: Path, fleet: Fleet) -> None:
    """Each layer of the MDS city has rows, and the marts hold the fleet's truth."""
    relations = ("marts.fct_parking_hours", "ml.demand_forecasts", "ml.parking_targets")
    counts = " union all ".join(
        f"select '{name}' as name, count(*) as rows from {name} where city_id = 'volos'"
        for name in (*relations, "ops.tasks", "ops.routes")
    )
    found = {row["name"]: row["rows"] for row in rows(home, counts)}
    assert min(found.values()) > 0, found
    (told,) = rows(
        home,
        "select count(*) as rides, count(price) as prices, bool_or(is_inferred) as is_inferred,"
        " count(*) filter (where start_parking_id is null or end_parking_id is null) as outside"
        " from marts.fct_rides where city_id = 'volos'",
    )
    assert told == {
        "rides": fleet.rides,
        "prices": fleet.rides,
        "is_inferred": False,
        "outside": 0,
    }
    assert fleet.crew_trips > 0
    (standing,) = rows(
        home,
        "select count(*) as scooters, count(distinct parking_id) as parkings,"
        " bool_and(state in ('available', 'low_battery')) as is_standing"
        " from marts.fct_scooter_states where city_id = 'volos'",
    )
    assert standing["scooters"] == 14
    assert standing["is_standing"]
    assert 1 < standing["parkings"] <= len(STOPS)
    (city,) = rows(
        home, "select stale_reason, timezone, crs from marts.dim_cities where city_id = 'volos'"
    )
    assert city == {"stale_reason": None, "timezone": "Europe/Athens", "crs": "EPSG:2100"}


def test_swaps_and_carried_scooters_come_from_events(home: Path, fleet: Fleet) -> None:
    """Charged batteries are swaps, crews' pick-ups minutes in a van, of the length they had."""
    charged = sum(e["event_types"] == ["battery_charged"] for e in fleet.lists["events"])
    (told,) = rows(
        home,
        "select sum(swap_count) as swaps, sum(in_van_min) as in_van_min"
        " from marts.fct_scooter_days where city_id = 'volos'",
    )
    assert told["swaps"] == charged > 0
    assert told["in_van_min"] == pytest.approx(8.0 * fleet.crew_trips)


def test_a_gbfs_feed_gives_a_fleet_and_inferred_rides(home: Path) -> None:
    """The GBFS city has the fleet of its newest snapshot; its rides say that they are inferred."""
    (told,) = rows(
        home,
        "select count(*) as rides, bool_and(is_inferred) as is_inferred, count(price) as prices,"
        " min(confidence) as least from marts.fct_rides where city_id = 'bamberg'",
    )
    assert told["rides"] > 0
    assert (told["is_inferred"], told["prices"]) == (True, 0)
    assert told["least"] >= 0.5
    fleets = rows(
        home,
        "select (select count(*) from marts.fct_scooter_states where city_id = 'bamberg') as now,"
        " (select count(*) from raw_gbfs.vehicle_observations where city = 'bamberg'"
        " and observed_at = (select max(observed_at) from raw_gbfs.snapshots"
        " where feed = 'vehicle_status')) as seen",
    )
    assert fleets[0]["now"] == fleets[0]["seen"] > 200
    days = rows(
        home,
        "select city_id, sum(ride_count) as rides, sum(inferred_ride_count) as inferred"
        " from marts.rpt_city_days group by city_id",
    )
    parts = {row["city_id"]: (row["rides"], row["inferred"]) for row in days}
    assert parts["bamberg"][0] == parts["bamberg"][1] == told["rides"]
    assert parts["volos"][1] == 0
