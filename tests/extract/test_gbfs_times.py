"""Feeds whose last_updated stands still: what changed is seen when it was fetched."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.extract.gbfs_feed import LATITUDE, START, Feed, document, serving, vehicle, write
from tests.extract.raw import contents, reasons
from tests.extract.test_gbfs_load import load
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db
MINUTE = timedelta(minutes=1)
CLOCK = START + timedelta(hours=3)


def state(*names: str) -> dict[str, Any]:
    """What a feed says that was last updated at `START`, whatever it shows."""
    return document([vehicle(name) for name in names])


def put(folder: Path, minute: int, *names: str) -> None:
    at = START + minute * MINUTE
    path = write(folder, f"vehicle_status_{at:%Y%m%dT%H%M%S}Z.json", state(*names))
    os.utime(path, (at.timestamp(), at.timestamp()))


def seen(warehouse: Warehouse) -> list[tuple[int, str]]:
    """Return minute and vehicle of each observation."""
    rows = warehouse.fetch(
        "select observed_at, vehicle_id from raw_gbfs.vehicle_observations order by 1, 2"
    )
    return [((row["observed_at"] - START) // MINUTE, row["vehicle_id"]) for row in rows]


def test_changes_count_when_they_were_fetched(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """Each new state is a snapshot of its file's time, one that returns too, and a note says so."""
    folder = tmp_path / "feed"
    put(folder, 1, "a", "stays")
    put(folder, 11, "stays")
    put(folder, 21, "stays")  # nothing changed: the same snapshot
    put(folder, 31, "stays", "a")
    (note,) = load(settings, warehouse, folder)
    assert note == (
        "GBFS of town: vehicle_status changed while its last_updated stood still: 2 documents "
        "count as of when they were fetched; ask the operator to mend it"
    )
    expected = [(0, "a"), (0, "stays"), (11, "stays"), (31, "a"), (31, "stays")]
    assert seen(warehouse) == expected
    rides = warehouse.fetch("select missed_count from raw_gbfs.inferred_rides")
    assert rides == [{"missed_count": 1}]
    said = warehouse.fetch("select distinct said_at from raw_gbfs.snapshots")
    assert said == [{"said_at": START}]


def test_a_part_at_a_time_equals_one_load(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """What earlier runs saw is remembered: by and by, read again, or killed, it ends the same."""
    folder = tmp_path / "feed"
    states = {1: ("a", "b"), 2: ("b",), 3: ("b",), 61: ("a", "b"), 62: ("a",), 125: ("a", "b")}
    for minute, names in states.items():
        put(folder, minute, *names)
        load(settings, warehouse, folder, START + minute * MINUTE, is_killed=minute % 2 == 0)
    load(settings, warehouse, folder)
    by_and_by = contents(warehouse)
    assert [minute for minute, _ in seen(warehouse)] == [0, 0, 2, 61, 61, 62, 125, 125]
    warehouse.execute("drop schema raw_gbfs cascade")
    load(settings, warehouse, folder)
    at_once = contents(warehouse)
    for name in ("vehicle_observations", "inferred_rides", "snapshots"):
        assert at_once[f"raw_gbfs.{name}"] == by_and_by[f"raw_gbfs.{name}"]


def test_a_live_feed_that_stands_still(settings: Settings, warehouse: Warehouse) -> None:
    """Of an address the run's clock counts, from the second state on."""
    feed = Feed()
    with serving(feed) as base:
        for minute, name in [(60, "a"), (120, "a"), (180, "b")]:
            feed.answers["/vehicle_status.json"] = state(name)
            notes = load(
                settings, warehouse, f"{base}/vehicle_status.json", START + minute * MINUTE
            )
    assert seen(warehouse) == [(0, "a"), (180, "b")]
    assert "1 documents count as of when they were fetched" in notes[0]


@pytest.mark.parametrize(
    ("later", "is_taken"), [(timedelta(hours=1), True), (timedelta(days=2), False)]
)
def test_a_file_without_a_time_of_its_own(
    settings: Settings,
    warehouse: Warehouse,
    tmp_path: Path,
    later: timedelta,
    is_taken: bool,
) -> None:
    """When it was written counts on the same day; a file copied later is rejected, and told."""
    folder = tmp_path / "feed"
    for name, vehicles in (("1.json", ("a",)), ("2.json", ("b",)), ("3.json", ("a",))):
        path = write(folder, name, state(*vehicles))
        at = (START + later).timestamp() + int(name[0])
        os.utime(path, (at, at))
    clock = START + timedelta(days=3)
    note = load(settings, warehouse, folder, clock)[0]
    if is_taken:
        assert [name for _, name in seen(warehouse)] == ["a", "b", "a"]
        assert "2 documents count as of when they were fetched" in note
    else:
        assert seen(warehouse) == [(0, "a")]
        assert "1 documents of vehicle_status say the time of another one" in note
        (reason,) = reasons(warehouse, "raw_gbfs.snapshots").values()
        assert reason == "2.json: vehicle_status of this time was something else before"


def test_a_static_feed_that_changes(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A list of plans with the time of yesterday's is today's list."""
    folder = tmp_path / "feed"

    def plans(minute: int, *names: str) -> None:
        at = START + minute * MINUTE
        rows = [{"plan_id": name, "price": 1, "currency": "EUR"} for name in names]
        body = {"last_updated": START.isoformat(), "data": {"plans": rows}}
        write(folder, f"system_pricing_plans_{at:%Y%m%dT%H%M%S}Z.json", body)

    write(folder, "vehicles.json", document([vehicle("a", lat=LATITUDE)]))
    plans(1, "old", "stays")
    load(settings, warehouse, folder, CLOCK)
    plans(60, "stays", "new")
    load(settings, warehouse, folder, CLOCK + timedelta(hours=1))
    there = warehouse.fetch("select plan_id from raw_gbfs.pricing_plans order by plan_id")
    assert [row["plan_id"] for row in there] == ["new", "stays"]


def test_the_clock_of_a_feed_that_is_ahead(settings: Settings, warehouse: Warehouse) -> None:
    """A live feed a minute ahead of the clock counts as of the clock, and once."""
    feed = Feed()
    feed.answers["/vehicle_status.json"] = document([vehicle("a")], 1)
    with serving(feed) as base:
        for clock in (START, START + MINUTE / 2, START + 5 * MINUTE):
            assert load(settings, warehouse, f"{base}/vehicle_status.json", clock) == []
    assert seen(warehouse) == [(0, "a")]


def test_times_are_utc(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """What a document says in another zone is kept as the same moment."""
    said = (START + timedelta(hours=3)).isoformat().replace("+00:00", "+03:00")
    write(tmp_path / "feed", "a.json", document([vehicle("a")], last_updated=said))
    load(settings, warehouse, tmp_path / "feed")
    (row,) = warehouse.fetch("select said_at, observed_at from raw_gbfs.snapshots")
    assert (row["said_at"], row["observed_at"]) == (START, START)
    assert isinstance(row["said_at"], datetime)
