"""What real feeds write and the standard does not say: each dialect read as what it means."""

from __future__ import annotations

import gzip
import json
from datetime import timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract.gbfs.current import Current
from extract.gbfs.documents import Document, read_documents
from extract.gbfs.shapes import polygon_parts
from extract.gbfs.values import flag, moment, text
from extract.gbfs.vehicles import ORIGINAL, vehicle_frame
from extract.rejections import REASON
from tests.extract.gbfs_feed import LATITUDE, LONGITUDE, START, document, vehicle

pytestmark = pytest.mark.unit
UTM = "EPSG:32634"


def one(value: Any, name: str = "feed.json") -> Document:
    """Read what holds one document."""
    documents, faults = read_documents(json.dumps(value).encode(), name)
    assert faults == []
    assert len(documents) == 1
    return documents[0]


def vehicles(*rows: Any, **stations: tuple[float, float]) -> pl.DataFrame:
    return vehicle_frame(Document("vehicle_status", START, None, list(rows)), "x", START, stations)


def only(*rows: Any) -> dict[str, Any]:
    frame = vehicles(*rows)
    assert frame[REASON].to_list() == [None] * len(rows)
    return frame.to_dicts()[0]


@pytest.mark.parametrize(
    ("written", "meant"),
    [(True, True), (0, False), (1, True), ("1", True), ("false", False), (None, None), (2, None)],
)
def test_flags(written: Any, meant: bool | None) -> None:
    """A flag may be a boolean, 0 or 1, or their texts; anything else is not known."""
    assert flag(written) is meant


@pytest.mark.parametrize(
    "written",
    [1780293600, "1780293600", 1780293600000, "2026-06-01T06:00:00Z", "2026-06-01T09:00:00+03:00"],
)
def test_times(written: Any) -> None:
    """A time may be in seconds, milliseconds or RFC 3339; 0 and the year 2999 are none."""
    assert moment(written) == START
    assert moment(0) is None
    assert moment("2999-01-01T00:00:00Z") is None


def test_texts_of_several_languages() -> None:
    """Of texts in several languages the English one is taken, else the first."""
    greek, english = {"text": "Λιμάνι", "language": "el"}, {"text": "Port", "language": "en"}
    assert text([greek, english]) == "Port"
    assert text([greek]) == "Λιμάνι"
    assert text("Port\x00") == "Port"


@pytest.mark.parametrize(
    "value",
    [
        {"last_updated": START.timestamp(), "data": {"bikes": [{"bike_id": "b"}]}},
        {"last_updated": START.isoformat(), "version": "3.0", "data": {"vehicles": [{}]}},
        {"data": [{"vehicle_id": "b", "last_reported": START.timestamp()}]},
        {"bikes": [{"bike_id": "b", "last_reported": START.timestamp()}]},
        [{"bike_id": "b", "last_reported": START.timestamp()}],
        {
            "type": "FeatureCollection",
            "features": [{"properties": {"bike_id": "b", "last_reported": START.timestamp()}}],
        },
    ],
)
def test_envelopes(value: Any) -> None:
    """With envelope, without it, a bare list or GeoJSON: the feed and its time are recognised."""
    read = one(value)
    assert (read.feed, read.observed_at, len(read.rows)) == ("vehicle_status", START, 1)


def test_a_time_in_the_name_of_the_file() -> None:
    """A document that says no time has that of its file's name."""
    assert one([vehicle("a")], "free_bike_status_20260601T060000Z.json").observed_at == START
    assert one([vehicle("a")], "snap-1780293600.json").observed_at == START
    assert one([vehicle("a")], "snap.json").observed_at is None


def test_two_documents_in_a_file() -> None:
    """Both are read; a second copy of the same one adds nothing."""
    both = [document([vehicle("a")], 0), document([vehicle("a")], 1)]
    raw = "".join(json.dumps(part) for part in both).encode()
    documents, faults = read_documents(raw, "x.json")
    assert [d.observed_at for d in documents] == [START, START + timedelta(minutes=1)]
    assert faults == []
    twice = json.dumps(both[0]).encode() * 2
    copy = read_documents(gzip.compress(twice), "x.json.gz")[0][0]
    assert vehicle_frame(copy, "x", START, {}).height == 1


def test_stations_are_told_from_their_status() -> None:
    """By its rows a list of stations is information or status, whatever the file is called."""
    status = {"data": {"stations": [{"station_id": "s", "num_bikes_available": 1}]}}
    assert one(status).feed == "station_status"
    assert one({"data": {"stations": [{"station_id": "s", "lat": 1}]}}).feed == (
        "station_information"
    )


def test_feeds_that_nothing_needs_are_no_fault() -> None:
    """Alerts, regions and gbfs.json itself are passed over without a word."""
    for name, data in [
        ("system_alerts.json", {"alerts": []}),
        ("gbfs.json", {"en": {"feeds": []}}),
        ("x.json", {"feeds": []}),
    ]:
        assert read_documents(json.dumps({"data": data}).encode(), name) == ([], [])


@pytest.mark.parametrize(
    ("field", "value", "percent"),
    [
        ("current_fuel_percent", 0.85, 85.0),
        ("current_fuel_percent", 1, 100.0),
        ("current_fuel_percent", 85, 85.0),
        ("battery_level", 85, 85.0),
        ("battery", "85 %", 85.0),
        ("pct", 1, 1.0),
        ("battery_level", 0.85, 85.0),
    ],
)
def test_batteries(field: str, value: Any, percent: float) -> None:
    """The standard's share and the vendors' percent both become 0-100."""
    assert only(vehicle("a", **{field: value}))["battery_pct"] == pytest.approx(percent)


def test_a_share_is_told_by_the_whole_snapshot() -> None:
    """A vendor's field with a value above 1 anywhere is in percent everywhere."""
    frame = vehicles(vehicle("a", battery_level=0.5), vehicle("b", battery_level=60))
    assert frame["battery_pct"].to_list() == [0.5, 60.0]


def test_names_of_fields() -> None:
    """``type`` for the vehicle's type, ``lng`` for the longitude, ``bike_id`` for the id."""
    row = {"bike_id": 7, "lat": "40.63", "lng": "22.94", "is_reserved": 0, "type": "scooter"}
    read = only(row)
    assert (read["vehicle_id"], read["vehicle_type_id"]) == ("7", "scooter")
    assert (read["latitude"], read["longitude"]) == (40.63, 22.94)
    assert read["is_reserved"] is False
    assert read["is_disabled"] is None


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"lat": 1.0, "lon": 1.0}, "no vehicle id"),
        (vehicle("v", lat=None), "half a position"),
        (vehicle("v", lat=None, lon=None), "no position and no station"),
        (vehicle("v", lat=0, lon=0), "the position is no place on earth"),
        (vehicle("v", lat=91), "the position is no place on earth"),
        (vehicle("v", lat=LONGITUDE, lon=LATITUDE), "latitude and longitude are swapped"),
        (vehicle("v", battery_level=101), "the battery is beyond 0-100 %"),
        (vehicle("a"), None),
        (vehicle("a", lat=LATITUDE + 0.1), "the id is there twice in one snapshot"),
        ("no object", "no vehicle id"),
    ],
)
def test_what_cannot_be_true(row: Any, reason: str | None) -> None:
    """A vehicle that cannot be is rejected with its reason and what it said."""
    frame = vehicles(vehicle("a"), vehicle("b"), row)
    bad = frame.filter(pl.col(REASON).is_not_null())
    assert bad[REASON].to_list() == ([] if reason is None else [reason])
    assert frame.height == (2 if reason is None else 3)


def test_a_vehicle_in_a_dock_stands_at_its_station() -> None:
    """A vehicle without a position has that of its station, if that is known."""
    docked = vehicle("v", lat=None, lon=None, station_id="s")
    assert vehicles(docked, s=(40.0, 22.0))["latitude"].to_list() == [40.0]
    assert vehicles(docked)[REASON].to_list() == [None]


def test_half_a_character() -> None:
    """A text with half a character, or a zero byte, is read with a sign in its place."""
    raw = rb'{"version": "3\ud83d", "data": {"bikes": ['
    raw += rb'{"bike_id": "a\ud83d", "lat": 40.63, "lon": 22.94, "type": "x\u0000\udc00"},'
    raw += rb'{"lat": 1, "note": "\ud83d"}]}}'
    (read,), faults = read_documents(raw, "free_bike_status.json")
    assert (read.version, faults) == ("3?", [])
    good, bad = vehicle_frame(read, "x", START, {}).to_dicts()
    assert (good["vehicle_id"], good["vehicle_type_id"]) == ("a?", "x?")
    assert bad[ORIGINAL] == '{"lat": 1, "note": "?"}'
    geometry = {"type": "Polygon", "coordinates": [square(22.94, 40.63, 0.01)]}
    rules = [{"vehicle_type_ids": ["a\ud83d", 7], "note": "\ud83d"}]
    current = Current(UTM)
    zone = {"geometry": geometry, "properties": {"name": "\ud83d", "rules": rules}}
    current.add(Document("geofencing_zones", START, None, [zone, {"geometry": "\ud83d"}]))
    (row,) = current.rows["geofencing_zones"]
    assert (row["name"], row["vehicle_type_ids"]) == ("?", "a?,7")
    assert pl.DataFrame([row], infer_schema_length=None).height == 1
    assert pl.DataFrame(current.rejected, orient="row").height == 1


#: Also halves of characters, which JSON can name.
TEXT = st.text(st.characters(), max_size=8)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["vehicle_id", "lat", "lon", "data", "bikes", "properties", "battery"])
            | TEXT,
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=5), st.binary(max_size=40))
def test_the_parser_never_raises(rows: list[Any], rubbish: bytes) -> None:
    """Whatever rows come, each is an observation, a rejection or a copy of one before."""
    content = json.dumps({"data": {"vehicles": rows}}).encode() + rubbish
    documents, faults = read_documents(content, "x.json")
    assert documents or faults
    for read in documents:
        if read.feed == "vehicle_status":
            frame = vehicle_frame(read, "x", START, {})
            copies = sum(row in read.rows[:n] for n, row in enumerate(read.rows))
            assert frame.height >= len(read.rows) - copies
        assert isinstance(faults, list)


def square(west: float, south: float, size: float) -> list[list[float]]:
    east, north = west + size, south + size
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def test_zones_become_simple_polygons() -> None:
    """Parts come apart, the greatest first; a hole is cut open and stays outside."""
    outer, hole = square(22.94, 40.63, 0.01), square(22.943, 40.633, 0.002)
    areas = [[outer, hole], [square(22.96, 40.63, 0.001)]]
    parts = polygon_parts({"type": "MultiPolygon", "coordinates": areas}, UTM)
    assert len(parts) == 3
    assert all(len(json.loads(part["zone_geojson"])["coordinates"]) == 1 for part in parts)
    whole = polygon_parts({"type": "Polygon", "coordinates": [outer]}, UTM)[0]["area_m2"]
    inner = polygon_parts({"type": "Polygon", "coordinates": [hole]}, UTM)[0]["area_m2"]
    assert parts[0]["area_m2"] + parts[1]["area_m2"] == pytest.approx(whole - inner, rel=1e-4)
    crossing = [[22.94, 40.63], [22.95, 40.64], [22.95, 40.63], [22.94, 40.64], [22.94, 40.63]]
    assert len(polygon_parts({"type": "Polygon", "coordinates": [crossing]}, UTM)) == 2
    with pytest.raises(ValueError, match="a Polygon or MultiPolygon is needed"):
        polygon_parts({"type": "Point", "coordinates": [22.9, 40.6]}, UTM)


def test_rules_of_both_versions() -> None:
    """``ride_allowed`` of 2.x means both ends; 3.0 says them apart; an unnamed zone gets a name."""
    geometry = {"type": "Polygon", "coordinates": [square(22.94, 40.63, 0.01)]}
    rows = [
        {"geometry": geometry, "properties": {"rules": [{"ride_allowed": 0}]}},
        {
            "geometry": geometry,
            "properties": {
                "name": [{"text": "Port", "language": "en"}],
                "rules": [{"ride_start_allowed": True, "ride_end_allowed": False,
                           "maximum_speed_kph": 6, "vehicle_type_ids": ["a", "b"]}],
            },
        },
        {"geometry": None, "properties": {}},
    ]  # fmt: skip
    current = Current(UTM)
    current.add(Document("geofencing_zones", START, None, rows))
    old, new = current.rows["geofencing_zones"]
    assert (old["is_ride_start_allowed"], old["is_ride_end_allowed"]) == (False, False)
    assert (new["is_ride_start_allowed"], new["is_ride_end_allowed"]) == (True, False)
    assert (new["maximum_speed_kmh"], new["vehicle_type_ids"]) == (6.0, "a,b")
    assert (old["zone_id"], new["zone_id"]) == ("zone-0", "Port")
    assert [reason for _, _, reason, _ in current.rejected] == ["the outline cannot be read"]
