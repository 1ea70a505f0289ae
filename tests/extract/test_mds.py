"""MDS feeds over real HTTP: hours, pages, late publication, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from extract.run import extract_all
from tests.extract.mds_records import (
    LATITUDE,
    LONGITUDE,
    START,
    event,
    geography,
    name,
    point,
    square,
    stop,
    trip,
)
from tests.extract.mds_server import Provider, gps, ms, serving
from tests.extract.mds_world import HOUR, UNTIL, load, settings_for, small_provider
from tests.extract.raw import contents, count, reasons
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Serve three scooters, and what happened to them in six hours."""
    with serving(small_provider()) as made:
        yield made


def test_a_feed_arrives(settings: Settings, warehouse: Warehouse, provider: Provider) -> None:
    """Each endpoint fills its table: UTC, metres, km/h, major units; and a second run adds none."""
    where = settings_for(settings, provider)
    report = extract_all(where, warehouse, cities=None, until=UNTIL)
    assert report.rows["raw_mds.trips"] == 6
    assert report.rows["raw_mds.telemetry"] == 36
    assert report.rows["raw_mds.events"] == 2
    assert report.rows["raw_mds.vehicles"] == 3
    assert not report.rejected
    first = warehouse.fetch("select * from raw_mds.trips order by ended_at limit 1")[0]
    assert first["ended_at"] == START + HOUR / 2
    assert first["start_x_m"] == pytest.approx(409_207, abs=500)
    assert str(first["actual_cost"]) == "2.50"
    assert first["trip_type"] == "rider"
    ping = warehouse.fetch("select * from raw_mds.telemetry order by reported_at limit 1")[0]
    assert ping["speed_kmh"] == 18.0
    city = warehouse.fetch("select * from raw_mds.cities")[0]
    assert (city["crs"], city["currency"], city["read_until"]) == ("EPSG:2100", "EUR", UNTIL)
    before = contents(warehouse)
    assert extract_all(where, warehouse, cities=None, until=UNTIL).rows == {}
    assert contents(warehouse) == before


def test_pages_are_followed_to_the_end(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """An hour of several pages is read whole, and a last page that links to itself ends it."""
    provider.lists["telemetry"] = [point(n, START + n * timedelta(seconds=9)) for n in range(25)]
    provider.page_size = 10
    report = load(settings_for(settings, provider), warehouse, UNTIL)
    assert report.counts["raw_mds.telemetry"] == 25  # type: ignore[attr-defined]
    asked = [path for path in provider.requests if "telemetry_time=2026-06-01T00" in path]
    assert len(asked) == 3
    asked = [path for path in provider.requests if "telemetry_time=2026-06-01T01" in path]
    assert len(asked) == 1


def test_a_next_page_elsewhere_gets_no_token(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A link to another host is refused with a sentence: it would be given the token."""
    provider.page_size = 10
    provider.next_host = "https://elsewhere.example.org/mds"
    with pytest.raises(SourceError, match=r"another host \(https://elsewhere.example.org\)"):
        load(settings_for(settings, provider), warehouse, UNTIL)


def test_late_trips_come_within_the_overlap(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A trip published after its hour was read is found while the hour is within the overlap."""
    where = settings_for(settings, provider)
    provider.lists["trips"] += [
        trip(10, START + 4 * HOUR + HOUR / 3, _visible_from=UNTIL + HOUR),
        trip(11, START + 1 * HOUR + HOUR / 3, _visible_from=UNTIL + HOUR),
    ]
    load(where, warehouse, UNTIL)
    provider.now = UNTIL + HOUR
    load(where, warehouse, UNTIL + HOUR)
    there = {row["trip_id"] for row in warehouse.fetch("select trip_id from raw_mds.trips")}
    assert name("trip", 10) in there
    assert name("trip", 11) not in there
    load(where, warehouse, UNTIL + HOUR, since=START)
    assert warehouse.fetch(
        "select 1 from raw_mds.trips where trip_id = %(id)s", {"id": name("trip", 11)}
    )


def test_hours_that_are_not_there_are_asked_for_again(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A 202 or 404 hour is read when it comes, though far behind the cursor; at last given up."""
    where = settings_for(settings, provider, mds_overlap_hours=0)
    provider.not_ready = {START + HOUR, START + 2 * HOUR}
    provider.operating_from = START + HOUR
    load(where, warehouse, UNTIL)
    assert count(warehouse, "raw_mds.trips") == 3
    provider.not_ready = {START + 2 * HOUR}
    provider.now = UNTIL + 24 * HOUR
    load(where, warehouse, UNTIL + 24 * HOUR)
    assert count(warehouse, "raw_mds.trips") == 4
    provider.now = UNTIL + 96 * HOUR
    notes = load(where, warehouse, UNTIL + 96 * HOUR).notes
    assert any("/trips never gave 1 hours that it promised" in note for note in notes)
    assert any("the planning sheet has no row of it" in note for note in notes)
    provider.requests.clear()
    notes = load(where, warehouse, UNTIL + 96 * HOUR).notes
    assert not any("promised" in note for note in notes)
    assert not any("2026-06-01T02" in path for path in provider.requests)


def test_corrections_move_a_row_in_and_out_of_the_rejected(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """The newest version of a trip decides where it lives: in the table or in the rejected one."""
    where = settings_for(settings, provider)
    ended = START + 5 * HOUR + HOUR / 2
    provider.lists["trips"] = [trip(5, ended, distance=-1), trip(6, ended)]
    load(where, warehouse, UNTIL)
    assert reasons(warehouse, "raw_mds.trips") == {f"volos:{name('trip', 5)}": "negative distance"}
    provider.lists["trips"] = [trip(5, ended), trip(6, ended, end_time=ms(ended - HOUR / 3))]
    load(where, warehouse, UNTIL)
    trips = warehouse.fetch("select trip_id from raw_mds.trips")
    assert [row["trip_id"] for row in trips] == [name("trip", 5)]
    kept = reasons(warehouse, "raw_mds.trips")
    assert kept == {f"volos:{name('trip', 6)}": "ends before it starts"}


def test_the_current_hour_comes_from_status_and_recent_events(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """Before an hour is over its newest points and events are known, but none after the clock."""
    until = UNTIL + HOUR / 2
    provider.now = until
    late = event(8, until + HOUR / 6)
    provider.lists["events"] += [event(7, until - HOUR / 6), late]
    provider.lists["vehicles_status"] = [
        {
            "device_id": name("device", 1),
            "last_event": event(9, until - HOUR / 12),
            "last_telemetry": point(99, until - HOUR / 20, battery_percent=41),
        },
        {"device_id": name("device", 2), "last_event": late, "last_telemetry": {}},
    ]
    load(settings_for(settings, provider), warehouse, until)
    events = {row["event_id"] for row in warehouse.fetch("select event_id from raw_mds.events")}
    assert events == {name("event", number) for number in (1, 2, 7, 9)}
    newest = warehouse.fetch("select battery_pct from raw_mds.telemetry order by reported_at desc")
    assert newest[0]["battery_pct"] == 41
    states = warehouse.fetch("select device_id, battery_pct from raw_mds.vehicle_status")
    assert states == [{"device_id": name("device", 1), "battery_pct": 41.0}]


def test_stops_take_the_zone_of_their_geography(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A stop's zone is the greatest part of its geography, else a circle; gone stops go."""
    parts = [square(LATITUDE, LONGITUDE, 0.0002), square(LATITUDE, LONGITUDE + 0.01)]
    provider.lists["geographies"] = [
        geography(1, {"type": "MultiPolygon", "coordinates": parts}),
    ]
    provider.lists["stops"] = [
        stop(1, geography_id=name("geography", 1)),
        stop(2, geography_id="one that nobody knows", capacity=None, num_places_available=4),
        stop(3, location=None),
    ]
    where = settings_for(settings, provider)
    load(where, warehouse, UNTIL)
    stops = warehouse.fetch("select * from raw_mds.stops order by name")
    assert [row["is_zone_drawn"] for row in stops] == [True, False]
    assert [row["capacity"] for row in stops] == [10, 8]
    assert stops[0]["area_m2"] == pytest.approx(2390, rel=0.02)
    assert stops[1]["area_m2"] == pytest.approx(441, rel=0.02)
    assert count(warehouse, "raw_mds.geographies") == 2
    reason = "no position, and no geography that could be its zone"
    assert list(reasons(warehouse, "raw_mds.stops").values()) == [reason]
    provider.lists["stops"] = [stop(2)]
    load(where, warehouse, UNTIL)
    assert count(warehouse, "raw_mds.stops") == 1


def test_what_has_no_position_waits_for_none(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """An event may name geographies in place of a position; it is loaded without one."""
    provider.lists["events"] = [event(1, START, location=None, event_geographies=["g", "h"])]
    load(settings_for(settings, provider), warehouse, UNTIL)
    row = warehouse.fetch("select latitude, x_m, geography_ids from raw_mds.events")[0]
    assert row == {"latitude": None, "x_m": None, "geography_ids": "g,h"}


def test_another_coordinate_system_is_refused(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A sheet that changes a city's coordinate system gets a sentence; metres would not agree."""
    where = settings_for(settings, provider)
    load(where, warehouse, UNTIL)
    warehouse.execute(
        "insert into raw_planning.cities (city, crs, loaded_at)"
        " values ('volos', 'EPSG:32634', now())"
    )
    problems = load(where, warehouse, UNTIL).problems
    assert len(problems) == 1
    assert "EPSG:2100, and now the planning sheet says EPSG:32634" in problems[0]


def test_a_swapped_or_missing_position_is_rejected(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """Telemetry without a position, with one that is none, or from 2099 is kept with the reason."""
    provider.lists["telemetry"] = [
        point(1, START),
        point(2, START + HOUR, location={}),
        point(3, START + 2 * HOUR, location=gps(91.0, 22.9)),
        point(4, START + 3 * HOUR, location=gps(float("nan"), 22.9)),
        point(5, START + 4 * HOUR, battery_percent=101),
        point(6, START + 5 * HOUR, timestamp=ms(START + 5 * HOUR), device_id=None),
    ]
    provider.bodies["events/historical"] = (
        b'{"version":"2.0.0","events":[{"event_id":"e","device_id":"d","vehicle_state":"available",'
        b'"event_types":["located"],"timestamp":4070908800000},"no object"]}'
    )
    load(settings_for(settings, provider), warehouse, UNTIL)
    kept = sorted(reasons(warehouse, "raw_mds.telemetry").values())
    assert kept == [
        "battery is not within 0 to 100",
        "no device_id",
        "no position",
        "no position",
        "position is no place",
    ]
    assert sorted(reasons(warehouse, "raw_mds.events").values()) == [
        "no event_id",
        "time in the far future",
    ]
    assert count(warehouse, "raw_mds.telemetry") == 1
