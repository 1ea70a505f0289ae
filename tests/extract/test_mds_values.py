"""Values of MDS as JSON may hold them, and the geographies of the specification's examples."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.mds import zones
from extract.mds.rows import READERS, stop, trip
from extract.mds.rules import ORIGINAL, checked, frame_of
from extract.mds.tables import EVENTS, POLICIES, TELEMETRY, TRIPS, VEHICLES
from extract.mds.values import count, flag, moment, money, number, position, texts
from extract.rejections import REASON
from tests.extract.mds_records import START, square

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("value", "currency", "expected"),
    [
        (250, "EUR", "2.50"),
        (250, None, "2.50"),
        (250, "JPY", "250.00"),
        (2500, "KWD", "2.50"),
        ("250", "EUR", "2.50"),
        (0, "EUR", "0.00"),
        (1e11, "EUR", None),
        (None, "EUR", None),
        ("free", "EUR", None),
    ],
)
def test_costs_are_given_in_the_smallest_unit(
    value: Any, currency: str | None, expected: str | None
) -> None:
    """A cost is an integer of the currency's smallest unit, US cents without a currency."""
    assert money(value, currency) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rider", "rider"),
        (["rider"], "rider"),
        (["rebalance", "maintenance"], "rebalance,maintenance"),
        ([], None),
        (None, None),
        ([None, "rider", {}], "rider"),
    ],
)
def test_a_trip_type_is_one_value_or_several(value: Any, expected: str | None) -> None:
    """The specification's text has one value, its OpenAPI file an array: both are read."""
    assert texts(value) == expected
    assert trip({"trip_type": value})["trip_type"] == expected


def test_times_are_milliseconds() -> None:
    """Milliseconds since 1970, also as text; what is no time is None."""
    at = datetime(2026, 6, 1, 5, 30, 0, 250_000, UTC)
    assert moment(1780291800250) == at
    assert moment("1780291800250") == at
    for bad in (None, "soon", -1, 1e18, True, float("nan"), [1780291800250]):
        assert moment(bad) is None


def test_positions_of_both_versions() -> None:
    """A GPS object with its speed in m/s, or a GeoJSON point of MDS 1."""
    place = position({"lat": "39.3", "lng": 22.9, "speed": 2.5, "horizontal_accuracy": 4})
    expected = {"latitude": 39.3, "longitude": 22.9, "accuracy_m": 4.0, "speed_kmh": 9.0}
    assert place == expected
    geojson = {"type": "Feature", "geometry": {"type": "Point", "coordinates": [22.9, 39.3]}}
    assert position(geojson)["latitude"] == 39.3
    assert position(None)["latitude"] is None


def test_counts_flags_and_numbers() -> None:
    """Counts by vehicle type are summed; flags may be 0 and 1; infinities are no numbers."""
    assert count({"scooter_standing": 3, "bicycle": 2}) == 5
    assert count(7) == 7
    assert count({}) is None
    assert (flag(0), flag(True), flag("yes")) == (False, True, None)
    assert number(float("inf")) is None
    assert number("1e3") == 1000


def test_the_capacity_of_a_stop() -> None:
    """The capacity is the feed's; without one, the places that are free, broken or taken."""
    assert stop({"capacity": {"scooter_standing": 8}, "num_places_available": 1})["capacity"] == 8
    told = {"num_places_available": {"scooter_standing": 4}, "num_places_disabled": 1}
    assert stop({**told, "num_vehicles_available": 2})["capacity"] == 7
    assert stop({**told, "devices": ["a", "b", "c"]})["capacity"] == 8
    assert stop({"num_vehicles_available": 2})["capacity"] is None


#: Also halves of characters, which JSON can name.
TEXT = st.text(st.characters(), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner),
    max_leaves=8,
)
FIELDS = ["device_id", "event_id", "trip_id", "timestamp", "start_time", "end_time", "location"]
FIELDS += ["start_location", "distance", "event_types", "battery_percent", "currency", "lat"]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from(FIELDS), JSON), max_size=4))
def test_every_record_is_a_row_or_a_rejection(records: list[dict[str, Any]]) -> None:
    """Whatever a record holds, it is read without an error, and rejected when it cannot be true."""
    for table in (VEHICLES, EVENTS, TELEMETRY, TRIPS):
        frame = checked(table, frame_of(table, "volos", records), START)
        assert frame.height <= len(records)
        assert frame.is_empty() == (not records)
        good = table.conform(frame.filter(pl.col(REASON).is_null()))
        assert not good.select(table.key).null_count().sum_horizontal().sum()
    assert set(READERS) >= {"vehicles", "events", "telemetry", "trips"}


def test_half_a_character() -> None:
    """A record with half a character, or a zero byte, is read with a sign in its place."""
    half = json.loads(r'{"device_id": "d\ud83d", "vehicle_id": "\u0000", "model": "\udc00"}')
    frame = frame_of(VEHICLES, "volos", [half, {"vehicle_id": "\ud83d"}])
    assert frame["device_id"].to_list() == ["d?", None]
    assert frame["vehicle_id"].to_list() == ["\ufffd", "?"]
    assert frame[ORIGINAL][1] == '{"vehicle_id": "?"}'
    assert checked(VEHICLES, frame, START)[REASON].to_list() == [None, "no device_id"]
    policies = frame_of(POLICIES, "volos", [{"policy_id": "p", "rules": ["\ud83d"]}])
    assert policies["rules_json"].to_list() == ['["?"]']
    drawn = {"geography_id": "a", "geography_json": {"type": "\ud83d"}}
    areas = zones.geographies("volos", [drawn], "EPSG:2100")
    assert areas[REASON].to_list() == ["zone: a Polygon is needed, not ?"]


def test_the_specifications_geographies(shared_data: Path) -> None:
    """Polygons become rows a part, points circles; a hole and a repeated id are rejected."""
    records = json.loads((shared_data / "mds_v2_example" / "geographies.json").read_text())
    areas = zones.geographies("louisville", records["geographies"], "EPSG:32616")
    good = areas.filter(pl.col(REASON).is_null())
    by_type = dict(good.group_by("geography_type").len().iter_rows())
    # The no-ride zones carry the id of the municipal boundary; one slow zone has a hole.
    assert by_type == {
        "municipal_boundary": 1,
        "operating_area": 1,
        "distribution_zone": 1,
        "slow_ride_zone": 6,
        "stop": 9,
    }
    reasons = areas.filter(pl.col(REASON).is_not_null())[REASON].to_list()
    assert sorted(reasons) == [
        "the id of another geography",
        "zone: the polygon has a hole; give one outline a row",
    ]
    stops = good.filter(pl.col("geography_type") == "stop")
    assert not stops["is_zone_drawn"].any()
    assert stops["area_m2"].to_list() == pytest.approx([441.0] * 9, rel=0.01)
    assert good.filter(pl.col("geography_type") == "operating_area")["area_m2"][0] > 1e8


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ({"type": "LineString", "coordinates": []}, "zone: a Polygon is needed, not LineString"),
        ({"type": "Point", "coordinates": [200, 10]}, "zone: a point is not a pair of numbers"),
        ({"type": "Polygon", "coordinates": square(22.9, 39.3)}, "zone: latitude and longitude"),
        (None, "zone: a Polygon is needed, not nothing"),
        ({"type": "FeatureCollection", "features": 3}, "zone: a Polygon is needed"),
    ],
)
def test_a_shape_that_is_no_zone(shape: Any, reason: str) -> None:
    """What cannot be a zone is rejected with what is wrong."""
    record = {"geography_id": "a", "geography_type": "stop", "geography_json": shape}
    kept = zones.geographies("volos", [record], "EPSG:2100")[REASON].to_list()
    assert len(kept) == 1
    assert kept[0].startswith(reason)
