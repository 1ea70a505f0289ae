"""A watched feed beside hourly runs: each run reads what is new, and only that."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import extract.gbfs.city
from extract.gbfs.documents import read_documents
from extract.gbfs.inferred_rides import NEEDED
from extract.gbfs.observations import vehicles_between, whole_vehicles
from extract.gbfs.source import GbfsSource
from extract.gbfs.tables import GBFS
from extract.loading import RawPipeline
from extract.schemas import create_raw_tables
from tests.extract.gbfs_feed import LATITUDE, START, document, vehicle, write
from tests.extract.raw import contents, count
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)
EVERY = 5


def put(folder: Path, minute: int) -> None:
    """Write a snapshot as the watch does, at its time; the vehicle is away every second hour."""
    at = START + timedelta(minutes=minute)
    there = [vehicle("stays")]
    if minute % 120 < 100:
        there.append(vehicle("a", lat=LATITUDE + 0.01 * (minute // 120)))
    path = write(folder, f"vehicle_status_{at:%Y%m%dT%H%M%S}Z.json", document(there, minute))
    os.utime(path, (at.timestamp(), at.timestamp()))


class Runs:
    """Hourly runs; `read` has the files that the last one read, `since` what it inferred from."""

    def __init__(self, settings: Settings, warehouse: Warehouse, folder: Path) -> None:
        self.settings = load_settings(
            home=settings.home, gbfs_feeds=f"town={folder}", _env_file=None
        )
        self.warehouse = warehouse
        self.read: list[str] = []
        self.since: list[datetime] = []

    def run(self, until: datetime) -> list[str]:
        """Load and infer; gives the notes."""
        create_raw_tables(self.warehouse)
        self.read.clear()
        pipeline = RawPipeline(self.settings, self.warehouse, GBFS)
        source = GbfsSource(self.settings, self.warehouse, pipeline.state, None, until)
        pipeline.load(source.observed())
        self.since = [datetime.fromisoformat(pipeline.state["town"]["inferred_until"])]
        pipeline.load(source.inferred())
        return source.notes


@pytest.fixture
def runs(
    settings: Settings, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Runs:
    made = Runs(settings, warehouse, tmp_path / "feed")

    def counted(content: bytes, name: str) -> Any:
        made.read.append(name)
        return read_documents(content, name)

    monkeypatch.setattr(extract.gbfs.city, "read_documents", counted)
    return made


def test_each_run_reads_what_is_new(runs: Runs, tmp_path: Path) -> None:
    """The watch is always ahead of the clock: a run reads the last hour, however many there were.

    What is later than the clock is loaded by the run that reaches it, and rides are inferred from
    the last one on; the tables are those of one load in the end.
    """
    folder = tmp_path / "feed"
    for hour in range(1, 6):
        for minute in range(60 * (hour - 1), 60 * hour + 15, EVERY):
            put(folder, minute)
        notes = runs.run(START + hour * HOUR)
        assert "2 documents are later than the run's clock" in notes[0]
        assert len(runs.read) == 15, f"run {hour}"
        assert runs.since == [START + 2 * ((hour - 1) // 2) * HOUR]  # a ride every second hour
    assert runs.run(START + 5 * HOUR) == []
    assert runs.read == []
    runs.run(START + 5 * HOUR + timedelta(minutes=EVERY))  # what waited is due
    assert len(runs.read) == 3
    assert count(runs.warehouse, "raw_gbfs.snapshots") == 62
    assert count(runs.warehouse, "raw_gbfs.inferred_rides") == 2
    by_hour = contents(runs.warehouse)
    runs.warehouse.execute("drop schema raw_gbfs cascade")
    runs.run(START + 5 * HOUR + timedelta(minutes=EVERY))
    at_once = contents(runs.warehouse)
    for name in ("vehicle_observations", "inferred_rides", "snapshots"):
        assert at_once[f"raw_gbfs.{name}"] == by_hour[f"raw_gbfs.{name}"]


def test_days_without_rides_are_inferred_once(runs: Runs, tmp_path: Path) -> None:
    """The mark of the inference moves on though there is nothing to load with it."""
    folder = tmp_path / "feed"
    first = START.replace(hour=0)
    for day in range(1, 6):
        for hour in range(0, 24, 4):
            at = first + timedelta(days=day, hours=hour)
            read = document([vehicle("a")], (at - START) // timedelta(minutes=1))
            path = write(folder, f"{at:%Y%m%dT%H%M%S}Z.json", read)
            os.utime(path, (at.timestamp(), at.timestamp()))
        clock = first + timedelta(days=day, hours=23)
        runs.run(clock)
        # Less than a day is not worth a load of its own, so a run may begin where the last one did.
        assert clock - runs.since[0] < timedelta(hours=52)


def test_a_time_in_the_far_future_costs_nothing(runs: Runs, tmp_path: Path) -> None:
    """A document of the year 2099 waits for its clock; its neighbours are not read again."""
    folder = tmp_path / "feed"
    put(folder, 0)
    late = document([vehicle("a")], last_updated="2099-01-01T00:00:00Z")
    os.utime(write(folder, "late.json", late), (START.timestamp(), START.timestamp()))
    assert len(runs.run(START + HOUR)) == 1
    assert len(runs.read) == 2
    put(folder, 60)
    for days in (0, 1, 5):  # its hour becomes a day
        put(folder, 61 + days * 1440)
        runs.run(START + days * 24 * HOUR + 2 * HOUR)
        assert not any("20260601T06" in name or "late" in name for name in runs.read)


def test_observations_come_in_parts(warehouse: Warehouse) -> None:
    """A day is streamed, each vehicle whole, in frames that do not grow with the day."""
    create_raw_tables(warehouse)
    warehouse.execute(
        "insert into raw_gbfs.vehicle_observations (city, vehicle_id, observed_at, x_m, y_m)"
        " select 'town', 'scooter-' || name, timestamptz '2026-06-01 00:00Z'"
        " + minute * interval '1 minute', 0, 0"
        " from generate_series(1, 150) as name, generate_series(0, 999) as minute"
    )
    end = START.replace(hour=0) + timedelta(minutes=900)
    parts = list(vehicles_between(warehouse, "town", START.replace(hour=0), end))
    assert sum(part.height for part in parts) == 150 * 900
    assert max(part.height for part in parts) < 40_000
    assert all(part.columns == list(NEEDED) for part in parts)
    names = [name for part in parts for name in part["vehicle_id"].unique()]
    assert len(names) == len(set(names)) == 150
    assert list(vehicles_between(warehouse, "elsewhere", START, end)) == []


@pytest.mark.parametrize("size", [1, 2, 3, 7, 20])
def test_a_vehicle_is_never_cut(size: int) -> None:
    """However the rows are cut, each vehicle comes whole, and no row is lost."""
    frame = pl.DataFrame({"vehicle_id": list("aaabbbbbbbcddd"), "n": range(14)})
    parts = list(whole_vehicles(frame.iter_slices(size)))
    assert pl.concat(parts).equals(frame)
    names = [name for part in parts for name in part["vehicle_id"].unique()]
    assert sorted(names) == list("abcd")
