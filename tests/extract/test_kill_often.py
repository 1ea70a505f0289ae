"""The load of all sources dies at twenty moments, spread over all that it does and waits for."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.run import extract_all
from extract.schemas import RAW_TABLES
from tests.extract import gbfs_feed, mds_server, mds_world
from tests.extract.forked import Loads
from tests.extract.mds_records import trip
from tests.extract.operator import settings_for, source_ids
from tests.extract.sources import (
    SHEETS,
    START,
    UNTIL,
    Operational,
    message,
    naive,
    ride,
    scooter,
    write_pings,
    write_sheets,
    write_weather,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)
#: Of the kills, so many fall into the first load, into empty tables.
KILLS, FIRST = 20, 6
#: A load that ends before its kill is one hour more.
MOST_HOURS = 40
PINGS_AN_HOUR = 200


class World:
    """All sources of an operator who works on from hour to hour."""

    def __init__(self, folder: Path, url: str, provider: mds_server.Provider) -> None:
        self.folder, self.provider = folder, provider
        self.maria = Operational(url)
        self.maria.fill(rides=500)
        self.choose = random.Random(3)
        self.weather: list[str] = []
        hours = int((self.clock(MOST_HOURS) - mds_world.START) / HOUR)
        provider.lists["trips"] = [
            trip(hour, mds_world.START + hour * HOUR + HOUR / 2) for hour in range(hours)
        ]
        self.settings: dict[str, Any] = {
            "user_hash_key": "so that all of them hash alike",
            **{f"{kind}_folder": str(folder / kind) for kind in ("ping", "planning", "weather")},
            "gbfs_feeds": f"trikala={folder / 'gbfs'}",
            "mds_feeds": f"volos={provider.address}",
            "mds_token": mds_server.TOKEN,
            "mds_since": mds_world.START.isoformat(),
        }
        self.go_on(0)

    @staticmethod
    def clock(step: int) -> datetime:
        """Return the time after so many hours."""
        return UNTIL + step * HOUR

    def go_on(self, step: int) -> None:
        """Let an hour pass: in every source something comes, changes or goes."""
        self.provider.now = until = self.clock(step)
        self._fleet(step, {"updated_at": naive(until)})
        before = until - HOUR
        pings = [message(1, before + timedelta(seconds=n)) for n in range(PINGS_AN_HOUR)]
        write_pings(self.folder / "ping", before, [*pings, "{bad"])
        payload = json.dumps(message(2, before))
        late = {"id": step + 1, "received_at": naive(before), "payload": payload}
        self.maria.put("telemetry_messages", late)
        vehicles = [gbfs_feed.vehicle(f"v{step % 3}"), gbfs_feed.vehicle(f"s{step % 5}")]
        minute = int((before - START).total_seconds() // 60)
        snapshot = gbfs_feed.document(vehicles, minute)
        gbfs_feed.write(self.folder / "gbfs", f"{step:03}.json", snapshot)
        weight = {**SHEETS["priorities"][0], "weight": 1 + step}
        write_sheets(self.folder / "planning", {**SHEETS, "priorities": [weight]})
        self.weather.append(f"{before:%Y-%m-%dT%H:00:00Z},observed,,20.5,0,5,50,1")
        write_weather(self.folder / "weather", self.weather)

    def _fleet(self, step: int, changed: dict[str, Any]) -> None:
        first = 1_000 + 100 * step
        self.maria.put("rides", *(ride(first + number, **changed) for number in range(40)))
        self.maria.put("rides", ride(first + 50, distance_m=-1.0, **changed))
        self.maria.put("scooters", scooter(10 + step, **changed))
        known = source_ids(self.maria, "rides")
        some = self.choose.sample(known, 3)
        self.maria.put("rides", *(ride(number, price=9.0, **changed) for number in some))
        with self.maria.engine.begin() as connection:
            gone = self.choose.choice(known)
            connection.exec_driver_sql(f"delete from rides where id = {gone}")


@pytest.fixture
def world(tmp_path: Path, mariadb_url: str) -> Iterator[World]:
    """Give all sources, the MDS feed over HTTP."""
    (tmp_path / "sources").mkdir()
    with mds_server.serving(mds_world.small_provider()) as provider:
        yield World(tmp_path / "sources", mariadb_url, provider)


def contents(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    """Return what is in force: no rows that are marked as deleted, no history of sheets.

    When a row was loaded, or a system of GBFS was last seen to change, is another time each time.
    """
    found = {}
    for table in RAW_TABLES:
        if table.relation != "raw_planning.worksheet_versions":
            there = " where deleted_at is null" if "deleted_at" in table.columns else ""
            ours = {"rejected_at", "loaded_at"}
            if table.relation == "raw_gbfs.systems":
                ours.add("observed_at")
            columns = [name for name in table.columns if name not in ours]
            rows = f"select {', '.join(columns)} from {table.relation}{there}"
            found[table.relation] = warehouse.fetch(f"{rows} order by {', '.join(table.key)}")
    return found


def empty(warehouse: Warehouse) -> None:
    for schema in {table.schema for table in RAW_TABLES}:
        warehouse.execute(f"drop schema if exists {schema} cascade; create schema {schema}")


def kill_twenty_times(world: World, loads: Loads, warehouse: Warehouse) -> int:
    """Kill loads at moments spread over the time that an undisturbed one takes; the next hour."""
    _, whole_s = loads.run(warehouse, world.clock(0))
    empty(warehouse)
    step = kills = 0
    while kills < KILLS:
        step += 1
        assert step < MOST_HOURS
        if step == FIRST + 1:
            _, whole_s = loads.run(warehouse, world.clock(step - 1))
        world.go_on(step)
        # Each in its own part of the load.
        share = (step * 7 % KILLS + world.choose.random()) / KILLS
        code, took_s = loads.run(warehouse, world.clock(step), share * whole_s)
        if code == 0:
            whole_s = took_s
        else:
            assert code == -signal.SIGKILL
            kills += 1
    return step + 1


def test_killed_at_twenty_moments(
    settings: Settings, warehouse: Warehouse, world: World, mariadb_url: str
) -> None:
    """However often it died, a clean load leaves what a first load into nothing gives."""
    there = settings_for(settings, mariadb_url, **world.settings)
    own = {"home": str(settings.home), "operational_url": mariadb_url, **world.settings}
    loads = Loads(own)
    try:
        step = kill_twenty_times(world, loads, warehouse)
    finally:
        loads.close()
    last = world.clock(step)
    world.go_on(step)
    extract_all(there, warehouse, cities=None, until=last)
    killed = contents(warehouse)
    empty(warehouse)
    extract_all(there, warehouse, cities=None, until=last)
    fresh = contents(warehouse)
    assert [relation for relation in fresh if fresh[relation] != killed[relation]] == []
    counts = {relation: len(rows) for relation, rows in killed.items()}
    rides = counts["raw_operational.rides"] + counts["raw_operational.rides_rejected"]
    assert rides == len(source_ids(world.maria, "rides"))
    hours = step + 1
    assert counts["raw_telemetry.pings"] == hours * (PINGS_AN_HOUR + 1)
    assert counts["raw_telemetry.pings_rejected"] == hours
    assert counts["raw_gbfs.snapshots"] == hours
    assert counts["raw_weather.hourly"] == hours
    assert counts["raw_mds.trips"] == int((last - mds_world.START) / HOUR)
