"""Latitude and longitude swapped, in a city that only its parkings, or its depot, place."""

from __future__ import annotations

from datetime import datetime, timedelta

import polars as pl
import pytest

from extract.projection import Place, is_swapped
from extract.run import extract_all
from geography.zones import circle_zone
from tests.extract.raw import reasons
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    START,
    UNTIL,
    Operational,
    app_search,
    message,
    naive,
    parking,
    ride,
    scooter,
    service_event,
    write_pings,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings

HOUR = timedelta(hours=1)
SWAPPED = "latitude and longitude are swapped"
THERE = {"latitude": LONGITUDE, "longitude": LATITUDE}
START_THERE = {"start_latitude": LONGITUDE, "start_longitude": LATITUDE}
END_THERE = {"end_latitude": LONGITUDE, "end_longitude": LATITUDE}


def put(operational: Operational, city_id: int, updated_at: datetime) -> None:
    """Put a good and a swapped one of each kind into a city."""
    of = {"city_id": city_id, "scooter_id": 20}
    changed = {**of, "updated_at": updated_at}
    operational.put("scooters", scooter(20, city_id=city_id))
    operational.put(
        "rides",
        ride(30, **changed),
        ride(31, **changed, **START_THERE),
        ride(32, **changed, **END_THERE),
    )
    events = service_event(30, **changed), service_event(31, **changed, **THERE)
    operational.put("service_events", *events)
    searches = {"city_id": city_id, "created_at": updated_at}
    operational.put("app_searches", app_search(30, **searches), app_search(31, **searches, **THERE))


@pytest.mark.db
@pytest.mark.parametrize("city_id", [1, 2])
@pytest.mark.parametrize("hours", [0, 1])
def test_swapped_rows_and_pings_are_rejected(
    settings: Settings, warehouse: Warehouse, operational: Operational, city_id: int, hours: int
) -> None:
    """With a depot, and in a city without a planning row, by the first load and by later ones."""
    operational.put("parkings", parking(20, city_id=city_id))
    if hours:
        extract_all(settings, warehouse, cities=None, until=UNTIL)
    put(operational, city_id, naive(UNTIL + (hours - 1) * HOUR))
    lines = [message(20, START), message(20, START + HOUR / 60, lat=LONGITUDE, lon=LATITUDE)]
    write_pings(settings.pings, START, lines, ("thessaloniki", "kozani")[city_id - 1])
    extract_all(settings, warehouse, cities=None, until=UNTIL + hours * HOUR)
    assert reasons(warehouse, "raw_operational.rides") == {
        "31": f"{SWAPPED} at its start",
        "32": f"{SWAPPED} at its end",
    }
    assert reasons(warehouse, "raw_operational.service_events") == {"31": SWAPPED}
    assert reasons(warehouse, "raw_operational.app_searches") == {"31": SWAPPED}
    assert list(reasons(warehouse, "raw_telemetry.pings").values()) == [SWAPPED]
    assert warehouse.fetch("select id from raw_operational.rides where id >= 30") == [{"id": 30}]
    assert warehouse.fetch("select count(*) as pings from raw_telemetry.pings") == [{"pings": 1}]


@pytest.mark.db
def test_parkings_place_a_city_without_rides(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Of a city that is loaded for the first time, the parkings of the same run tell enough."""
    operational.put("parkings", parking(20, city_id=2))
    put(operational, 2, naive(START))
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("delete from rides where city_id = 2")
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert reasons(warehouse, "raw_operational.service_events") == {"31": SWAPPED}
    assert reasons(warehouse, "raw_operational.app_searches") == {"31": SWAPPED}


@pytest.mark.db
def test_a_parking_alone_at_a_wrong_place_can_be_mended(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Its own place does not keep it from being put where the city is."""
    wrong = circle_zone(LATITUDE - 3, LONGITUDE + 2, 15.0, "EPSG:2100")
    operational.put("parkings", parking(20, city_id=2, zone_geojson=wrong))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    operational.put("parkings", parking(20, city_id=2, updated_at=naive(UNTIL + HOUR)))
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    there = warehouse.fetch("select latitude from raw_operational.parkings where id = 20")
    assert there == [{"latitude": pytest.approx(LATITUDE, abs=1e-3)}]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("place", "latitude", "longitude", "expected"),
    [
        (Place(depot=(40.6, 22.9)), 23.8, 39.7, True),
        (Place(depot=(40.6, 22.9)), 24.0, 40.6, False),
        (Place(depot=(40.6, 22.9)), 22.9, 41.7, False),
        (Place(middle=(40.6, 22.9)), 22.9, 40.6, True),
        (Place(depot=(38.0, 23.7), middle=(40.6, 22.9)), 22.9, 41.4, False),
        (Place("EPSG:2100"), 22.9, 40.6, False),
        (Place(depot=(12.5, 12.1)), 12.1, 12.5, False),
        (Place(depot=(40.6, 22.9)), None, 40.6, False),
    ],
)
def test_what_is_swapped(
    place: Place, latitude: float | None, longitude: float, expected: bool
) -> None:
    """Far from its city, and within a degree of it once swapped; the depot comes first.

    Where both numbers of a city are alike, or nobody knows its place, nothing is told.
    """
    values = {"city": ["a", "b", None], "lat": [latitude] * 3, "lon": [longitude] * 3}
    frame = pl.DataFrame(values, schema_overrides={"lat": pl.Float64})
    found = frame.with_columns(found=is_swapped("lat", "lon", {"a": place}).fill_null(False))
    assert found["found"].to_list() == [expected, False, False]
