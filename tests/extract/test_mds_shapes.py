"""MDS records of shapes that nobody foresaw: each a row or a rejection, and the others loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from extract.mds import zones
from extract.mds.rows import READERS
from extract.mds.rules import ORIGINAL, ROW_KEY, checked, frame_of
from extract.mds.status import newest_of
from extract.mds.tables import (
    EVENTS,
    GEOGRAPHIES,
    POLICIES,
    STOPS,
    TELEMETRY,
    TRIPS,
    VEHICLE_STATUS,
    VEHICLES,
)
from extract.mds.values import original
from extract.projection import Place, with_metres
from extract.raw_tables import RawTable
from extract.rejections import LONGEST_ID, REASON, accepted
from tests.extract.fuzzed import LONG, WRONG, changed, nested, paths
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
    vehicle,
)
from tests.extract.mds_server import gps, ms
from tests.extract.mds_world import HOUR, UNTIL, load, settings_for, small_provider
from tests.extract.raw import count
from warehouse.connection import Warehouse
from warehouse.settings import Settings

Record = dict[str, Any]
CRS = "EPSG:2100"


def policy(number: int, **changes: Any) -> Record:
    rules = [{"rule_type": "count", "maximum": 0, "geographies": [name("geography", 1)]}]
    times = {"start_date": ms(START), "end_date": ms(UNTIL), "published_date": ms(START)}
    basis = {"policy_id": name("policy", number), "name": "No parking", "rules": rules, **times}
    return {**basis, "provider_ids": ["p"], "prev_policies": ["q"], "currency": "EUR", **changes}


def area(number: int) -> Record:
    part = {"type": "Polygon", "coordinates": square(LATITUDE, LONGITUDE)}
    shape = {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": part}]}
    return geography(number, shape, effective_date=ms(START), retire_date=ms(UNTIL))


def status(number: int) -> Record:
    inner = {"last_event": event(number, START), "last_telemetry": point(number, START)}
    return {"device_id": name("device", number), "provider_id": "p", **inner}


#: Of each kind the table, and a record by its number with all that is read.
KINDS: dict[str, tuple[RawTable, Callable[[int], Record]]] = {
    "vehicles": (VEHICLES, vehicle),
    "trips": (TRIPS, lambda n: trip(n, START + HOUR, standard_cost=300)),
    "events": (
        EVENTS,
        lambda n: event(n, START, publication_time=ms(START), trip_ids=["t"], stop_id="s"),
    ),
    "telemetry": (TELEMETRY, lambda n: point(n, START + timedelta(seconds=n), tipped_over=False)),
    "stops": (STOPS, lambda n: stop(n % 50, stop_id=name("stop", n), devices=["a"])),
    "policies": (POLICIES, policy),
    "vehicle_status": (VEHICLE_STATUS, status),
}


def mutants(make: Callable[[int], Record], value: Any) -> list[Record]:
    """Return records of numbers from 1 on, each with the value at another place."""
    return [
        changed(make(number), path, value) for number, path in enumerate(paths(make(0)), start=1)
    ]


def judged(table: RawTable, records: list[Record]) -> pl.DataFrame:
    """Read and check records as a load does."""
    if table is VEHICLE_STATUS:
        return frame_of(table, "volos", records)
    points = {"start_": "start_", "end_": "end_"} if table is TRIPS else {"": ""}
    frame = frame_of(table, "volos", records)
    if table in (TRIPS, EVENTS, TELEMETRY):
        frame = with_metres(frame, {"volos": Place(CRS)}, points)
    marked = checked(table, frame, UNTIL)
    return (
        zones.with_zones(marked, pl.DataFrame(schema=GEOGRAPHIES.polars_schema), CRS)
        if table is STOPS
        else marked
    )


@pytest.mark.unit
@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("kind", KINDS)
def test_any_wrong_value_costs_its_record_at_most(kind: str, value: Any) -> None:
    """Whatever stands in a field, its record is a row or rejected as it came; others are rows."""
    table, make = KINDS[kind]
    bad = mutants(make, value)
    good = make(900)
    frame = judged(table, [*bad, good])
    rows = {row[ORIGINAL]: row for row in frame.iter_rows(named=True)}
    assert set(rows) == {original(record) for record in [*bad, good]}
    assert rows[original(good)][REASON] is None
    kept = table.conform(accepted(frame))
    if table is not VEHICLE_STATUS:
        assert not kept.select(table.key).null_count().sum_horizontal().sum()
        assert not (kept.select(pl.col(table.key[1]).str.len_chars()) > LONGEST_ID).sum().item()
    assert frame[ROW_KEY].str.len_chars().max() <= 300  # type: ignore[operator]


@pytest.mark.unit
@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
def test_any_wrong_value_costs_its_geography_at_most(value: Any) -> None:
    """A geography with anything wrong in it is drawn or rejected; the one beside it is drawn."""
    bad = mutants(area, value)
    frame = zones.geographies("volos", [*bad, area(900)], CRS)
    assert frame.height == len(bad) + 1
    assert frame.row(-1, named=True)[REASON] is None
    GEOGRAPHIES.conform(accepted(frame))
    assert frame[ROW_KEY].str.len_chars().max() <= 300  # type: ignore[operator]
    middle = zones.middle_of([*bad, area(900)])
    assert middle == pytest.approx((LATITUDE, LONGITUDE), abs=0.01)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("kind", "field", "value", "reason"),
    [
        ("trips", "end_time", "soon", "the end_time cannot be read"),
        ("trips", "end_time", 1e30, "the end_time cannot be read"),
        ("trips", "distance", [950], "the distance cannot be read"),
        ("trips", "duration", "long", "the duration cannot be read"),
        ("trips", "duration", 86_401, "longer than 24 hours"),
        ("trips", "duration", 86_400, None),
        ("trips", "actual_cost", 1e30, "the actual_cost cannot be read"),
        ("trips", "actual_cost", "", None),
        ("trips", "end_location", [], "no end position"),
        ("trips", "trip_id", None, "no trip_id"),
        ("trips", "device_id", "d" * LONGEST_ID, None),
        ("trips", "device_id", "d" * (LONGEST_ID + 1), "the device_id is longer than 200"),
        ("events", "location", "here", "the location cannot be read"),
        ("events", "location", gps("x", "y"), "the location cannot be read"),
        ("events", "location", {"lat": 39.3}, "the location cannot be read"),
        ("events", "location", {"lat": None, "lng": None}, None),
        ("events", "battery_percent", "full", "the battery_percent cannot be read"),
        ("events", "battery_percent", "80", None),
        ("telemetry", "battery_percent", {}, "the battery_percent cannot be read"),
        ("telemetry", "timestamp", 1e30, "time cannot be read"),
        ("policies", "end_date", "never", "the end_date cannot be read"),
        ("policies", "rules", {}, "no rules"),
        ("vehicles", "vehicle_attributes", ["Segway"], None),
    ],
)
def test_what_cannot_be_read_is_told(kind: str, field: str, value: Any, reason: str | None) -> None:
    """A number or time that a figure needs rejects its record; null and empty say nothing."""
    table, make = KINDS[kind]
    record = {**make(1), field: value}
    (row,) = judged(table, [record]).to_dicts()
    assert (row[REASON] or "").startswith(reason or "")
    assert (row[REASON] is None) == (reason is None)
    assert row[ORIGINAL] == original(record)


@pytest.mark.unit
def test_an_error_that_nobody_foresaw_costs_one_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader that fails on one record rejects it with the kind of error; the others are read."""
    read = READERS["vehicles"]

    def failing(record: Record) -> Record:
        if record["vehicle_id"] == "VOL-0002":
            raise ZeroDivisionError("half a scooter")
        return read(record)

    monkeypatch.setitem(READERS, "vehicles", failing)
    records = [vehicle(number) for number in (1, 2, 3)]
    frame = judged(VEHICLES, records)
    assert frame[REASON].to_list() == [None, "it cannot be read (ZeroDivisionError)", None]
    assert json.loads(frame[ORIGINAL][1]) == records[1]
    monkeypatch.setattr(zones, "shapes_of", lambda _: [("Polygon", object())])
    areas = zones.geographies("volos", [area(1)], CRS)
    assert areas[REASON].to_list() == ["it cannot be read (TypeError)"]


@pytest.mark.unit
def test_what_is_nested_deeply() -> None:
    """A part beyond the reach of the writer is left out of the text with a word, and no more."""
    record = vehicle(1, model=nested(2000))
    (row,) = judged(VEHICLES, [record]).to_dicts()
    assert json.loads(row[ORIGINAL]) == {**record, "model": "(nested too deeply)"}
    deep = geography(1, {"type": "FeatureCollection", "features": nested(2000)})
    areas = zones.geographies("volos", [deep, area(2)], CRS)
    assert areas[REASON].is_null().to_list() == [False, True]


@pytest.mark.unit
def test_statuses_of_another_shape() -> None:
    """What is no status, or names no event or telemetry object, is rejected as what it was."""
    records = [
        {"value": "no object"},
        {"device_id": "d", "last_event": ["an event"], "last_telemetry": 7},
        {"device_id": "d", "last_event": {}, "last_telemetry": None},
    ]
    events, points = newest_of(records)
    named = {"device_id": "d", "provider_id": None}
    assert events == [records[0], {**named, "value": ["an event"]}]
    assert points == [{**named, "value": 7}]
    assert judged(EVENTS, events)[REASON].to_list() == ["no event_id", "no event_id"]
    assert judged(TELEMETRY, points)[REASON].to_list() == ["time cannot be read"]


def write(folder: Path, endpoint: str, records: list[Any]) -> None:
    path = folder / f"{endpoint}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": "2.0.0", endpoint.split("/")[0]: records}))


@pytest.mark.db
def test_a_feed_of_wrong_records_loads(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """One load of all that is wrong: no problem, nothing lost, and the good record of each kind."""
    wrong = [value for value in WRONG.values() if value != 10**400]
    made: dict[str, list[Record]] = {}
    for kind, (_, make) in {**KINDS, "geographies": (GEOGRAPHIES, area)}.items():
        bad = [record for value in wrong for record in mutants(make, value)]
        made[kind] = [make(900), *bad]
    for kind in ("vehicles", "stops", "policies", "geographies"):
        write(tmp_path, kind, made[kind])
    hour = f"{START:%Y-%m-%dT%H}"
    write(tmp_path, f"trips/{hour}", made["trips"])
    write(tmp_path, f"telemetry/{hour}", made["telemetry"])
    write(tmp_path, f"events/historical/{hour}", made["events"])
    write(tmp_path, "vehicles/status", made["vehicle_status"])
    where = settings_for(settings, small_provider(), mds_feeds=f"volos={tmp_path}")
    assert load(where, warehouse, UNTIL).problems == []
    for kind in ("vehicles", "trips", "events", "telemetry", "stops", "policies", "geographies"):
        table, make = {**KINDS, "geographies": (GEOGRAPHIES, area)}[kind]
        key = table.key[1]
        there = f"select 1 from raw_mds.{kind} where {key} = %(id)s"
        assert warehouse.fetch(there, {"id": make(900)[key]})
        assert count(warehouse, f"raw_mds.{kind}_rejected") >= 8
    assert warehouse.fetch("select currency from raw_mds.cities") == [{"currency": "EUR"}]
    kept = "select 1 from raw_mds.trips_rejected where strpos(original, %(long)s) > 0"
    assert warehouse.fetch(kept, {"long": LONG})
    before = count(warehouse, "raw_mds.trips_rejected")
    assert load(where, warehouse, UNTIL).problems == []
    assert count(warehouse, "raw_mds.trips_rejected") == before


@pytest.mark.db
def test_telemetry_of_an_absurd_time_is_kept(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A point of 2099 in an hour that is over is rejected; what is just later than now waits."""
    hour = f"{START:%Y-%m-%dT%H}"
    absurd = point(1, START, timestamp=4_070_908_800_000)
    write(tmp_path, f"telemetry/{hour}", [absurd, point(2, START)])
    write(tmp_path, "vehicles/status", [{**status(3), "last_telemetry": point(3, UNTIL + HOUR)}])
    where = settings_for(settings, small_provider(), mds_feeds=f"volos={tmp_path}")
    load(where, warehouse, UNTIL)
    rows = warehouse.fetch("select reason, original::json as said from raw_mds.telemetry_rejected")
    assert rows == [{"reason": "time in the far future", "said": absurd}]
    assert count(warehouse, "raw_mds.telemetry") == 1
