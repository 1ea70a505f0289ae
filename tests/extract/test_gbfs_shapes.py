"""GBFS rows of shapes that nobody foresaw: each seen or rejected, and the others loaded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.gbfs.current import Current
from extract.gbfs.documents import Document
from extract.gbfs.tables import STATION_OBSERVATIONS, VEHICLE_OBSERVATIONS
from extract.gbfs.values import as_text
from extract.gbfs.vehicles import (
    ORIGINAL,
    ROW_KEY,
    station_frame,
    station_position,
    vehicle_frame,
)
from extract.rejections import LONGEST_ID, REASON, accepted
from tests.extract.fuzzed import WRONG, changed, nested, paths
from tests.extract.gbfs_feed import LATITUDE, LONGITUDE, START, document, vehicle, write
from tests.extract.raw import count, reasons
from tests.extract.test_gbfs_load import load
from warehouse.connection import Warehouse
from warehouse.settings import Settings

Row = dict[str, Any]
CRS = "EPSG:2100"


def outline(side: float = 0.001) -> Row:
    east, north = LONGITUDE + side, LATITUDE + side
    ring = [[LONGITUDE, LATITUDE], [east, LATITUDE], [east, north], [LONGITUDE, north]]
    return {"type": "MultiPolygon", "coordinates": [[[*ring, ring[0]]]]}


def old_bike(name: str) -> Row:
    """A vehicle of 2.x with all that is read."""
    place = {"lat": LATITUDE, "lon": LONGITUDE, "station_id": "s", "pricing_plan_id": "p"}
    flags = {"is_reserved": 0, "is_disabled": 0, "last_reported": 1780293600}
    fuel = {"current_range_meters": 9000.5, "current_fuel_percent": 0.5, "vehicle_type_id": "t"}
    return {"bike_id": name, **place, **flags, **fuel}


def new_vehicle(name: str) -> Row:
    """One of 3.0 as GeoJSON, which some feeds write."""
    point = {"type": "Point", "coordinates": [LONGITUDE, LATITUDE]}
    said = {"vehicle_id": name, "last_reported": START.isoformat(), "battery": 50}
    return {"type": "Feature", "geometry": point, "properties": said}


def old_status(name: str) -> Row:
    counts = {"num_bikes_available": 3, "num_bikes_disabled": 0, "num_docks_available": 5}
    flags = {"is_installed": 1, "is_renting": 1, "is_returning": 1, "last_reported": 1780293600}
    return {"station_id": name, **counts, **flags}


def new_status(name: str) -> Row:
    counts = {"num_vehicles_available": 3, "num_vehicles_disabled": 0, "num_docks_available": 5}
    types = [{"vehicle_type_id": "t", "count": 3}]
    flags = {"is_installed": True, "is_renting": True, "is_returning": True}
    return {"station_id": name, **counts, **flags, "vehicle_types_available": types}


def old_station(name: str) -> Row:
    place = {"lat": LATITUDE, "lon": LONGITUDE, "station_area": outline()}
    return {"station_id": name, "name": "Station", **place, "capacity": 8}


def new_station(name: str) -> Row:
    return {**old_station(name), "name": [{"text": "Station", "language": "en"}]}


def zone(name: str) -> Row:
    rule = {"vehicle_type_ids": ["t"], "ride_end_allowed": False, "maximum_speed_kph": 6}
    named = {"name": [{"text": "Park", "language": "en"}], "start": START.isoformat()}
    properties = {**named, "zone_id": name, "rules": [rule]}
    return {"type": "Feature", "geometry": outline(), "properties": properties}


def plan(name: str) -> Row:
    steps = [{"start": 0, "rate": 0.2, "interval": 1}]
    said = {"name": "Plan", "currency": "EUR", "price": 1, "is_taxable": False}
    return {"plan_id": name, **said, "description": "All", "per_min_pricing": steps}


def kind(name: str) -> Row:
    said = {"form_factor": "scooter", "propulsion_type": "electric", "max_range_meters": 9000.5}
    return {"vehicle_type_id": name, "name": "Type", **said}


def system(name: str) -> Row:
    said = {"timezone": "Europe/Athens", "languages": ["el"], "operator": "Operator"}
    return {"system_id": name, "name": [{"text": "System", "language": "en"}], **said}


OBSERVED: dict[str, tuple[str, Callable[[str], Row]]] = {
    "bikes of 2.x": ("vehicle_status", old_bike),
    "vehicles of 3.0": ("vehicle_status", vehicle),
    "vehicles as GeoJSON": ("vehicle_status", new_vehicle),
    "station status of 2.x": ("station_status", old_status),
    "station status of 3.0": ("station_status", new_status),
}
CURRENT: dict[str, tuple[str, Callable[[str], Row]]] = {
    "stations of 2.x": ("station_information", old_station),
    "stations of 3.0": ("station_information", new_station),
    "zones": ("geofencing_zones", zone),
    "plans": ("system_pricing_plans", plan),
    "types": ("vehicle_types", kind),
    "system": ("system_information", system),
}


def mutants(make: Callable[[str], Row], value: Any) -> list[Row]:
    """Return rows of names of their own, each with the value at another place."""
    return [changed(make(f"n{n}"), path, value) for n, path in enumerate(paths(make("x")))]


@pytest.mark.unit
@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("feed", OBSERVED)
def test_any_wrong_value_costs_its_row_at_most(feed: str, value: Any) -> None:
    """Whatever stands in a field, its row is seen or rejected as it came; others are seen."""
    name, make = OBSERVED[feed]
    bad = mutants(make, value)
    told = Document(name, START, None, [*bad, make("good")])
    if name == "vehicle_status":
        table, frame = VEHICLE_OBSERVATIONS, vehicle_frame(told, "x", START, {"s": (1.0, 2.0)})
    else:
        table, frame = STATION_OBSERVATIONS, station_frame(told, "x", START)
    copies = sum(row in told.rows[:place] for place, row in enumerate(told.rows))
    assert len(told.rows) - copies <= frame.height <= len(told.rows)
    good = table.conform(accepted(frame))
    assert "good" in good[table.key[1]].to_list()
    assert not good.select(table.key).null_count().sum_horizontal().sum()
    assert good[table.key[1]].is_unique().all()
    assert max(map(len, good[table.key[1]])) <= LONGEST_ID
    refused = frame.filter(frame[REASON].is_not_null())
    assert refused[ORIGINAL].null_count() == refused[ROW_KEY].null_count() == 0


@pytest.mark.unit
@pytest.mark.parametrize("value", WRONG.values(), ids=WRONG)
@pytest.mark.parametrize("feed", CURRENT)
def test_any_wrong_value_costs_what_it_belongs_to_at_most(feed: str, value: Any) -> None:
    """A station, zone, plan, type or system is read or rejected; the one beside it is read."""
    name, make = CURRENT[feed]
    bad = mutants(make, value)
    current = Current(CRS)
    current.add(Document(name, START, None, [*bad, make("good")]))
    rows = next(rows for table, rows in current.rows.items() if table != "station_zones")
    key = next(iter(rows[-1]))
    assert rows[-1][key] == "good"
    assert max(len(row[key]) for row in rows) <= LONGEST_ID
    assert len(rows) + len(current.rejected) >= len(bad) - 1
    assert all(original and reason for _, _, reason, original in current.rejected)
    for row in bad:
        station_position(row)


@pytest.mark.unit
def test_an_error_that_nobody_foresaw_costs_one_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading that fails rejects its row with the kind of error; the others are read."""

    def failing(value: Any) -> float | None:
        if value == "fails":
            raise ZeroDivisionError("half a scooter")
        return None if value is None else float(value)

    monkeypatch.setattr("extract.gbfs.vehicles.moment", failing)
    odd = [vehicle("a"), vehicle("b", last_reported="fails"), vehicle("c")]
    frame = vehicle_frame(Document("vehicle_status", START, None, odd), "x", START, {})
    assert frame[REASON].to_list() == [None, "it cannot be read (ZeroDivisionError)", None]
    assert json.loads(frame[ORIGINAL][1]) == odd[1]
    counts = [old_status(name) for name in "abc"]
    for row in counts:
        row["last_reported"] = "fails" if row["station_id"] == "b" else None
    frame = station_frame(Document("station_status", START, None, counts), "x", START)
    assert frame[REASON].is_null().to_list() == [True, False, True]


@pytest.mark.unit
def test_what_is_nested_deeply() -> None:
    """A row nested beyond Python's reach is rejected, what can be written of it is kept."""
    deep: Any = "id"
    for _ in range(2000):
        deep = {"en": deep}
    rows = [{"vehicle_id": deep, "lat": 1.0}, {**vehicle("a"), "note": nested(2000)}]
    told = Document("vehicle_status", START, None, rows)
    frame = vehicle_frame(told, "x", START, {})
    assert frame[REASON].to_list() == ["it cannot be read (RecursionError)", None]
    assert json.loads(as_text(rows[0])) == {"vehicle_id": "(nested too deeply)", "lat": 1.0}
    assert station_position({"station_id": deep}) is None


@pytest.mark.unit
def test_a_bad_row_takes_no_good_one_with_it() -> None:
    """A second row of an id is read where the first was rejected; a copy adds nothing."""
    rows = [vehicle("a", battery=101), vehicle("a", battery=99), vehicle("a", battery=98)]
    frame = vehicle_frame(Document("vehicle_status", START, None, rows), "x", START, {})
    assert [reason or "" for reason in frame[REASON]] == [
        "the battery is beyond 0-100 %",
        "",
        "the id is there twice in one snapshot",
    ]
    counts = [{"station_id": "s"}, old_status("s"), old_status("s")]
    frame = station_frame(Document("station_status", START, None, counts), "x", START)
    assert frame[REASON].to_list() == ["no count of available vehicles", None]


@pytest.mark.db
def test_a_feed_of_wrong_rows_loads(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """One load of all that is wrong: nothing is refused as a whole, and each good row arrives."""
    folder = tmp_path / "feed"
    wrong = [value for value in WRONG.values() if value != 10**400]
    for n, (feed, make) in enumerate([*OBSERVED.values(), *CURRENT.values()]):
        keys = {"system_pricing_plans": "plans", "vehicle_types": "vehicle_types"}
        keys |= {"vehicle_status": "vehicles", "geofencing_zones": "geofencing_zones"}
        bad = [row for value in wrong for row in mutants(make, value)]
        rows: Any = [make("good"), *bad]
        if feed == "geofencing_zones":
            rows = {"type": "FeatureCollection", "features": rows}
        data: Any = {keys.get(feed, "stations"): rows}
        if feed == "system_information":
            data = make("good")
        at = START + timedelta(minutes=n)
        body = {"last_updated": at.isoformat(), "version": "3.0", "data": data}
        write(folder, f"{feed}_{n}.json", body)
    assert load(settings, warehouse, folder) == []
    assert not reasons(warehouse, "raw_gbfs.snapshots")
    seen = "select count(*) as times from raw_gbfs.vehicle_observations where vehicle_id = 'good'"
    assert warehouse.fetch(seen) == [{"times": 3}]
    for table, key in (
        ("station_observations", "station_id"),
        ("stations", "station_id"),
        ("geofencing_zones", "zone_id"),
        ("pricing_plans", "plan_id"),
        ("vehicle_types", "vehicle_type_id"),
        ("systems", "system_id"),
    ):
        assert warehouse.fetch(f"select 1 from raw_gbfs.{table} where {key} = 'good'"), table
    assert count(warehouse, "raw_gbfs.vehicle_observations_rejected") > 50
    reason = f"the vehicle id is longer than {LONGEST_ID} characters"
    assert reason in reasons(warehouse, "raw_gbfs.vehicle_observations").values()


@pytest.mark.db
def test_a_time_zone_that_is_none(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """It is rejected with the system that names it, and the one known before stays."""
    folder = tmp_path / "feed"
    write(folder, "vehicles.json", document([vehicle("a")]))
    for minute, timezone in enumerate(("Europe/Athens", "Athens time")):
        at = (START + timedelta(minutes=minute)).isoformat()
        body = {"last_updated": at, "data": {"system_id": "s", "timezone": timezone}}
        write(folder, f"system_information_{minute}.json", body)
        load(settings, warehouse, folder)
    assert warehouse.fetch("select timezone from raw_gbfs.systems") == [
        {"timezone": "Europe/Athens"}
    ]
    (reason,) = reasons(warehouse, "raw_gbfs.snapshots").values()
    assert reason.startswith("'Athens time' is no time zone")
