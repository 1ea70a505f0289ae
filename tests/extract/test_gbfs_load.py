"""GBFS into raw_gbfs: real feeds whole, folders by and by, addresses, faults."""

from __future__ import annotations

import gzip
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.gbfs.source import GbfsSource
from extract.gbfs.tables import GBFS
from extract.gbfs.vehicles import vehicle_frame
from extract.loading import RawPipeline
from extract.projection import with_metres
from extract.run import extract_all
from extract.schemas import create_raw_tables
from tests.extract.gbfs_feed import LATITUDE, START, Feed, document, serving, vehicle, write
from tests.extract.raw import contents, count, reasons
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db
CLOCK = START + timedelta(hours=3)


def load(
    settings: Settings,
    warehouse: Warehouse,
    place: Any,
    until: datetime = CLOCK,
    *,
    is_killed: bool = False,
) -> list[str]:
    """Load one city from a place as a run does, or until it is killed; gives the notes."""
    create_raw_tables(warehouse)
    made = load_settings(home=settings.home, gbfs_feeds=f"town={place}", _env_file=None)
    pipeline = RawPipeline(made, warehouse, GBFS)
    source = GbfsSource(made, warehouse, pipeline.state, None, until)
    pipeline.load(source.observed())
    if not is_killed:
        pipeline.load(source.inferred())
    return source.notes


def test_the_example_feed_loads_whole(
    settings: Settings, warehouse: Warehouse, shared_data: Path
) -> None:
    """Every vehicle, station, zone, plan and type of the 3.0 example arrives, none is rejected."""
    folder = shared_data / "gbfs_v3_example"
    assert load(settings, warehouse, folder) == []
    data = {path.stem: json.loads(path.read_text())["data"] for path in folder.glob("*.json")}
    zones = data["geofencing_zones"]["geofencing_zones"]["features"]
    assert count(warehouse, "raw_gbfs.vehicle_observations") == len(
        data["vehicle_status"]["vehicles"]
    )
    assert count(warehouse, "raw_gbfs.stations") == len(data["station_information"]["stations"])
    assert count(warehouse, "raw_gbfs.station_observations") == 1
    assert count(warehouse, "raw_gbfs.pricing_plans") == 2
    assert count(warehouse, "raw_gbfs.vehicle_types") == 1
    distinct = warehouse.fetch("select count(distinct zone_id) as n from raw_gbfs.geofencing_zones")
    assert distinct[0]["n"] == len(zones)
    assert not any(rows for name, rows in contents(warehouse).items() if name.endswith("_rejected"))
    system = warehouse.fetch("select * from raw_gbfs.systems")[0]
    assert system["timezone"] == "Europe/Amsterdam"
    assert (system["currency"], system["crs"], system["version"]) == ("EUR", "EPSG:32631", "3.0")
    price = warehouse.fetch("select per_minute_price from raw_gbfs.pricing_plans limit 1")
    assert price[0]["per_minute_price"] == 0.28
    inside = warehouse.fetch(
        "select count(*) as n from raw_gbfs.stations"
        " where not zone_polygon_m::polygon @> point(x_m, y_m) or not is_area_drawn"
    )
    assert inside[0]["n"] == 0


def test_a_day_of_a_real_feed(settings: Settings, warehouse: Warehouse, shared_data: Path) -> None:
    """Bamberg's day arrives once, and the run says why so few rides are inferred."""
    place = shared_data / "bamberg_scooter_feed"
    until = datetime(2025, 6, 2, tzinfo=UTC)
    notes = load(settings, warehouse, place, until)
    assert count(warehouse, "raw_gbfs.vehicle_observations") == 37_113
    assert count(warehouse, "raw_gbfs.snapshots") == 144
    assert notes == [
        "GBFS of town: none of 1,746 vehicles that vanished came back; ids change after each trip, "
        "so only rides seen in use are inferred"
    ]
    rides = warehouse.read("select * from raw_gbfs.inferred_rides")
    assert rides.height == 68
    assert rides["reason"].str.contains("seen in use").all()
    before = contents(warehouse)
    load(settings, warehouse, place, until + timedelta(hours=1))
    assert contents(warehouse) == before


def test_snapshots_one_by_one_equal_one_load(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """In parts, killed between two loads, and with one that comes late: as one load of all."""
    moved = {"lat": LATITUDE + 0.01, "current_fuel_percent": 0.4}
    other = vehicle("stays")
    snapshots = [
        document([vehicle("a", current_fuel_percent=0.5), other], 0),
        document([other], 10),
        document([vehicle("a", **moved), other], 20),
        document([other], 30),
        document([vehicle("a", **moved), other], 40),
    ]
    folder = tmp_path / "feed"
    for number in (0, 1, 2):
        write(folder, f"{number}.json", snapshots[number])
    load(settings, warehouse, folder)
    assert count(warehouse, "raw_gbfs.inferred_rides") == 1
    write(folder, "4.json", snapshots[4])
    load(settings, warehouse, folder, CLOCK + timedelta(hours=1), is_killed=True)
    write(folder, "3.json", snapshots[3])  # late: it splits what looked like standing still
    os.utime(folder / "3.json", (0, 0))
    load(settings, warehouse, folder, CLOCK + timedelta(hours=5))
    assert count(warehouse, "raw_gbfs.inferred_rides") == 2
    bit_by_bit = contents(warehouse)
    warehouse.execute("drop schema raw_gbfs cascade")
    load(settings, warehouse, folder, CLOCK + timedelta(hours=5))
    at_once = contents(warehouse)
    for name in ("vehicle_observations", "inferred_rides", "snapshots"):
        assert at_once[f"raw_gbfs.{name}"] == bit_by_bit[f"raw_gbfs.{name}"]


def test_later_snapshots_wait_for_their_run(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A snapshot at the clock is loaded, one a minute later is left for the run that reaches it."""
    folder = tmp_path / "feed"
    write(folder, "a.json", document([vehicle("a")], 0))
    write(folder, "b.json", document([vehicle("a")], 1))
    notes = load(settings, warehouse, folder, START)
    assert "1 documents are later than the run's clock" in notes[0]
    assert count(warehouse, "raw_gbfs.vehicle_observations") == 1
    assert load(settings, warehouse, folder, START + timedelta(minutes=1)) == []
    assert count(warehouse, "raw_gbfs.vehicle_observations") == 2


def test_what_cannot_be_read_is_kept_with_its_reason(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """Half a file, a truncated gzip, an unknown feed and impossible rows are kept apart."""
    folder = tmp_path / "feed"
    swapped = vehicle("swapped", lat=22.94, lon=40.63)
    write(folder, "status.json", document([vehicle(f"v{n}") for n in range(5)] + [swapped]))
    (folder / "half.json").write_text('{"last_updated": 1780293600, "data": {"vehicles": [{"veh')
    (folder / "cut.json.gz").write_bytes(gzip.compress(b'{"data": {}}' * 100)[:-9])
    write(folder, "other.json", {"data": {"horses": [1]}})
    write(
        folder,
        "vehicle_types.json",
        {
            "last_updated": START.timestamp(),
            "data": {"vehicle_types": [{"form_factor": "scooter"}]},
        },
    )
    load(settings, warehouse, folder)
    assert count(warehouse, "raw_gbfs.vehicle_observations") == 5
    said = reasons(warehouse, "raw_gbfs.vehicle_observations")
    assert list(said.values()) == ["latitude and longitude are swapped"]
    assert list(reasons(warehouse, "raw_gbfs.vehicle_types").values()) == ["no id"]
    files = sorted(reasons(warehouse, "raw_gbfs.snapshots").values())
    assert [text.split(":")[0] for text in files] == ["cut.json.gz", "half.json", "other.json"]
    assert "no feed of GBFS is recognised" in files[2]


def discovery(base: str, *names: str) -> dict[str, Any]:
    """gbfs.json of 2.x, in two languages."""
    feeds = [{"name": name, "url": f"{base}/{name}.json"} for name in names]
    return {"last_updated": 0, "data": {"de": {"feeds": []}, "en": {"feeds": feeds}}}


def test_an_address_is_discovered_and_read(settings: Settings, warehouse: Warehouse) -> None:
    """From gbfs.json of 2.x to its feeds: docked bikes stand at their station, types get names."""
    feed = Feed()
    seconds = int(START.timestamp())
    stations = [{"station_id": "s", "name": "Port", "lat": LATITUDE, "lon": 22.94, "capacity": 9}]
    bikes = [{"bike_id": "b", "station_id": "s", "is_reserved": 0, "is_disabled": 1}]
    status = [{"station_id": "s", "num_bikes_available": 1, "is_renting": 1, "is_returning": 0}]
    feed.answers = {
        "/free_bike_status.json": {"last_updated": seconds, "data": {"bikes": bikes}},
        "/station_information.json": {"last_updated": seconds, "data": {"stations": stations}},
        "/station_status.json": {"last_updated": seconds, "data": {"stations": status}},
    }
    with serving(feed) as base:
        names = ("free_bike_status", "station_information", "station_status", "vehicle_types")
        feed.answers["/gbfs.json"] = discovery(base, *names)
        notes = load(settings, warehouse, f"{base}/gbfs.json")
    assert notes == [
        f"GBFS of town: {base}/vehicle_types.json: it answered 404; "
        "check the address and the key in it"
    ]
    bike = warehouse.fetch("select * from raw_gbfs.vehicle_observations")[0]
    assert (bike["vehicle_id"], bike["latitude"], bike["is_reserved"]) == ("b", LATITUDE, False)
    assert bike["observed_at"] == START
    assert bike["is_disabled"] is True
    station = warehouse.fetch("select * from raw_gbfs.stations")[0]
    assert (station["capacity"], station["is_area_drawn"]) == (9, False)
    assert station["area_m2"] == pytest.approx(441, abs=2)  # 16 corners at 12 m
    seen = warehouse.fetch("select * from raw_gbfs.station_observations")[0]
    assert (seen["available_count"], seen["is_renting"], seen["is_returning"]) == (1, True, False)


@pytest.mark.parametrize("fault", ["refused", "garbage", "missing folder"])
def test_a_feed_that_is_away_leaves_a_note(
    settings: Settings,
    warehouse: Warehouse,
    tmp_path: Path,
    fault: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is raised and nothing changes; the note names the place, never its key."""
    monkeypatch.setattr("extract.gbfs.web.BACK_OFF_S", (0.0,))
    folder = tmp_path / "feed"
    write(folder, "a.json", document([vehicle("a")]))
    load(settings, warehouse, folder)
    before = contents(warehouse)
    feed = Feed()
    feed.answers["/gbfs.json?key=hush"] = b"<html>"
    with serving(feed) as base:
        place = {
            "refused": "http://127.0.0.1:9/gbfs.json?key=hush",
            "garbage": f"{base}/gbfs.json?key=hush",
            "missing folder": tmp_path / "nowhere",
        }[fault]
        notes = load(settings, warehouse, place)
    assert len(notes) == 1
    assert "hush" not in notes[0]
    expected = {"refused": "does not answer", "garbage": "no JSON", "missing folder": "not exist"}
    assert expected[fault] in notes[0]
    assert contents(warehouse) == before


def test_addresses_that_are_none(settings: Settings, warehouse: Warehouse) -> None:
    """A feed whose gbfs.json names addresses that are none leaves a note."""
    feed = Feed()
    with serving(feed) as base:
        for address, said in (("http://[::", "has an address that is none"), ("\ud83d:x", "404")):
            feeds = [{"name": "vehicle_status", "url": address}]
            feed.answers["/gbfs.json"] = {"data": {"feeds": feeds}}
            (note,) = load(settings, warehouse, f"{base}/gbfs.json")
            assert said in note


def test_what_is_gone_from_a_feed_is_removed(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A plan that the newest snapshot lacks goes, an older snapshot brings nothing back."""
    folder = tmp_path / "feed"

    def plans(minute: int, *names: str) -> dict[str, Any]:
        rows = [{"plan_id": name, "price": "1.50", "currency": "EUR"} for name in names]
        at = (START + timedelta(minutes=minute)).isoformat()
        return {"last_updated": at, "data": {"plans": rows}}

    write(folder, "vehicles.json", document([vehicle("a")]))
    write(folder, "system_pricing_plans_1.json", plans(1, "old", "stays"))
    load(settings, warehouse, folder)
    write(folder, "system_pricing_plans_2.json", plans(2, "stays", "new"))
    load(settings, warehouse, folder)
    write(folder, "system_pricing_plans_0.json", plans(0, "older"))
    load(settings, warehouse, folder)
    there = warehouse.read("select plan_id, price from raw_gbfs.pricing_plans order by plan_id")
    assert there["plan_id"].to_list() == ["new", "stays"]
    assert there["price"].to_list() == [1.5, 1.5]


def test_what_nobody_foresaw_stops_no_other_city(
    settings: Settings, warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A city whose feed fails leaves a note and is read again; a file that fails is set aside."""

    def failing(frame: Any, places: Any, points: Any) -> Any:
        if "bad" in places:
            raise ZeroDivisionError("half a scooter")
        return with_metres(frame, places, points)

    def failing_document(document: Any, city: str, *others: Any) -> Any:
        if len(document.rows) == 2:
            raise ZeroDivisionError("two scooters")
        return vehicle_frame(document, city, *others)

    for city in ("bad", "good"):
        write(tmp_path / city, "1.json", document([vehicle("a")], 0))
        write(tmp_path / city, "2.json", document([vehicle("a"), vehicle("b")], 1))
    create_raw_tables(warehouse)
    feeds = f"bad={tmp_path / 'bad'},good={tmp_path / 'good'}"
    made = load_settings(home=settings.home, gbfs_feeds=feeds, _env_file=None)

    def run() -> list[str]:
        pipeline = RawPipeline(made, warehouse, GBFS)
        source = GbfsSource(made, warehouse, pipeline.state, None, CLOCK)
        pipeline.load(source.observed())
        pipeline.load(source.inferred())
        return source.notes

    monkeypatch.setattr("extract.gbfs.city.vehicle_frame", failing_document)
    with monkeypatch.context() as patched:
        patched.setattr("extract.gbfs.city.with_metres", failing)
        assert run() == [
            "GBFS of bad: it was not read to its end (ZeroDivisionError: half a scooter), and is "
            "read again by the next run; the log says where"
        ]
    seen = "select city, vehicle_id from raw_gbfs.vehicle_observations order by 1"
    assert warehouse.fetch(seen) == [{"city": "good", "vehicle_id": "a"}]
    assert run() == []
    assert [row["city"] for row in warehouse.fetch(seen)] == ["bad", "good"]
    assert set(reasons(warehouse, "raw_gbfs.snapshots").values()) == {
        "2.json: it cannot be read (ZeroDivisionError)"
    }


def test_feeds_alone_make_a_run(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """Without an operational database the whole extraction runs on the feeds."""
    folder = tmp_path / "feed"
    write(folder, "a.json", document([vehicle("a"), vehicle("b", lat=LATITUDE + 0.001)]))
    made = load_settings(home=settings.home, gbfs_feeds=f"town={folder}", _env_file=None)
    report = extract_all(made, warehouse, cities=None, until=CLOCK)
    assert report.rows["raw_gbfs.vehicle_observations"] == 2
    assert report.rows["raw_gbfs.systems"] == 1
    frame = warehouse.read("select x_m, y_m from raw_gbfs.vehicle_observations")
    assert frame.null_count().sum_horizontal().item() == 0
    assert frame["y_m"].max() - frame["y_m"].min() == pytest.approx(111, abs=1)  # type: ignore[operator]
