"""The loads of MDS, GBFS and the weather are killed at random moments of the clock on the wall."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.extract.feed_loads import FeedLoads
from tests.extract.gbfs_feed import document, vehicle, write
from tests.extract.mds_records import LATITUDE, LONGITUDE, START, event, point, stop, trip
from tests.extract.mds_records import vehicle as mds_vehicle
from tests.extract.mds_server import TOKEN, Provider, serving
from tests.extract.meteostat_mirror import Mirror, write_stations
from tests.extract.meteostat_mirror import serving as serving_weather
from tests.extract.raw import contents
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
CLOCKS = [START + n * HOUR for n in (6, 8)]
KILLS = 8


def provider() -> Provider:
    """Return ten hours of thirty scooters; some of what they say cannot be true."""
    made = Provider(now=CLOCKS[-1])
    made.lists = {
        "vehicles": [mds_vehicle(number) for number in range(30)],
        "trips": [trip(n, START + n * HOUR / 40, n % 30) for n in range(400)],
        "events": [event(n, START + n * HOUR / 30, n % 30) for n in range(300)],
        "telemetry": [point(n, START + n * HOUR / 90, n % 30) for n in range(900)],
        "stops": [stop(n) for n in range(20)],
        "policies": [],
        "geographies": [],
    }
    made.lists["trips"][7]["distance"] = -5
    made.lists["events"][9]["location"] = {"lat": 91, "lng": 0}
    return made


def write_snapshots(folder: Path) -> None:
    """Write ten hours of a watched feed, one file cut off, one that says an earlier time."""
    for minute in range(0, 570, 10):
        at = START + minute * MINUTE
        names = [name for name in range(40) if (minute // 10 + name) % 17]
        there = [vehicle(f"v{n}", lat=40.6 + 0.001 * ((minute + 10 * n) // 170)) for n in names]
        said = START if minute == 300 else at
        path = write(
            folder,
            f"vehicle_status_{at:%Y%m%dT%H%M%S}Z.json",
            document(there, last_updated=said.isoformat()),
        )
        if minute == 410:
            path.write_bytes(path.read_bytes()[:-40])
        os.utime(path, (at.timestamp(), at.timestamp()))


def write_weather(mirror: Mirror) -> None:
    mirror.put("NEAR", START - 24 * HOUR, [10.0 + n % 7 for n in range(33)], "isd_lite")
    mirror.put("FAR", START + 6 * HOUR, [20.0] * 40, "dwd_mosmix")


@pytest.fixture
def loads(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> Iterator[tuple[FeedLoads, Provider]]:
    """Loads of an MDS provider, a folder of GBFS snapshots and a mirror of Meteostat."""
    write_snapshots(tmp_path / "snapshots")
    mirror = Mirror()
    write_weather(mirror)
    stations = write_stations(
        tmp_path / "stations.db",
        ("NEAR", LATITUDE, LONGITUDE, 10),
        ("FAR", LATITUDE + 0.2, LONGITUDE, 20),
    )
    with serving(provider()) as made, serving_weather(mirror) as weather:
        environment = {
            "MOOW_MDS_FEEDS": f"volos={made.address}",
            "MOOW_MDS_TOKEN": TOKEN,
            "MOOW_MDS_SINCE": START.isoformat(),
            "MOOW_MDS_OVERLAP_HOURS": "2",
            "MOOW_GBFS_FEEDS": f"town={tmp_path / 'snapshots'}",
            "MOOW_WEATHER": "meteostat",
            "MOOW_METEOSTAT_ENDPOINT": f"{weather}/hourly/{{year}}/{{station}}.csv.gz",
            "MOOW_METEOSTAT_STATIONS": str(stations),
            "MOOW_WEATHER_HISTORY_DAYS": "1",
        }
        running = FeedLoads(settings.home, warehouse.url, environment)
        try:
            yield running, made
        finally:
            running.close()


def test_killed_at_random_moments(loads: tuple[FeedLoads, Provider], warehouse: Warehouse) -> None:
    """Killed four times before each clean run, the tables are those of runs left in peace."""
    running, made = loads
    choose = random.Random(5)

    def in_peace() -> None:
        for clock in CLOCKS:
            made.now = clock
            assert running.run(clock)[0] == 0

    def drop() -> None:
        for schema in ("raw_mds", "raw_gbfs", "raw_weather"):
            warehouse.execute(f"drop schema {schema} cascade")

    took_s = running.run(CLOCKS[0])[1]
    drop()
    codes = []
    for step, clock in enumerate(CLOCKS):
        made.now = clock
        for half in range(KILLS // len(CLOCKS)):
            # The moments are spread over the load, each in its own part.
            share = ((step * KILLS // len(CLOCKS) + half) * 3 % KILLS + choose.random()) / KILLS
            codes.append(running.run(clock, 0.9 * share * took_s)[0])
        code, took_s = running.run(clock)
        assert code == 0
    assert set(codes) <= {0, -signal.SIGKILL}
    assert codes.count(-signal.SIGKILL) >= KILLS // 2
    killed = contents(warehouse)
    drop()
    in_peace()
    assert contents(warehouse) == killed
    for table in ("mds.trips", "mds.trips_rejected", "gbfs.inferred_rides", "weather.hourly"):
        assert killed[f"raw_{table}"]
    assert {row["kind"] for row in killed["raw_weather.hourly"]} == {"observed", "forecast"}
