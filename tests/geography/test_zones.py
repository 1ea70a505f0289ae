"""Parking zones."""

import json
from typing import Any

import pytest

from geography.zones import ZoneError, circle_zone, parse_zone

pytestmark = pytest.mark.unit

LAT, LON = 40.64, 22.94
SQUARE = [
    [LON, LAT],
    [LON + 1e-4, LAT],
    [LON + 1e-4, LAT + 1e-4],
    [LON, LAT + 1e-4],
    [LON, LAT],
]


def _text(*rings: list[list[float]], kind: str = "Polygon") -> str:
    return json.dumps({"type": kind, "coordinates": list(rings)})


def test_a_square_gets_its_area_and_centre() -> None:
    """A square of a ten-thousandth of a degree has the area of its two sides."""
    zone = parse_zone(_text(SQUARE), "EPSG:2100", near=(LAT, LON))
    assert zone.area_m2 == pytest.approx(8.45 * 11.1, rel=0.02)
    assert (zone.latitude, zone.longitude) == pytest.approx((LAT + 5e-5, LON + 5e-5), abs=1e-7)
    assert zone.polygon_m.startswith("((")
    assert zone.polygon_m.count("(") == 1 + 4


def test_a_circle_is_a_valid_zone() -> None:
    """The circle around a point is a zone with that centre and nearly a circle's area."""
    zone = parse_zone(circle_zone(LAT, LON, 12, "EPSG:2100"), "EPSG:2100")
    assert zone.area_m2 == pytest.approx(3.14159 * 144, rel=0.03)
    assert (zone.latitude, zone.longitude) == pytest.approx((LAT, LON), abs=1e-6)


SWAPPED = [[y, x] for x, y in SQUARE]
BOW_TIE = [SQUARE[0], SQUARE[2], SQUARE[1], SQUARE[3], SQUARE[0]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no json", "no JSON"),
        (_text(SQUARE, kind="MultiPolygon"), "Polygon is needed"),
        (_text(), "no coordinates"),
        (_text(SQUARE[:-1]), "open"),
        (_text(SQUARE[:2]), "2 points"),
        (_text(BOW_TIE), "crosses itself"),
        (_text(SQUARE, SQUARE), "hole"),
        (_text(SWAPPED), "swapped"),
        (_text([[x + 90, y] for x, y in SQUARE]), "far from the city"),
        (_text([["a", 1], [1, 2], [2, 3], ["a", 1]]), "not a pair of numbers"),  # type: ignore[list-item]
        (_text([[LON, LAT]] * 4), "area|crosses"),
    ],
)
def test_a_bad_zone_is_refused_with_its_reason(text: str, reason: str) -> None:
    """Each way a zone can be wrong has a reason of its own."""
    with pytest.raises(ZoneError, match=reason):
        parse_zone(text, "EPSG:2100", near=(LAT, LON))


@pytest.mark.parametrize("text", [None, 3, "[]", '{"type": "Polygon", "coordinates": 7}'])
def test_what_is_no_zone_at_all_is_refused(text: Any) -> None:
    """Nothing but a ZoneError comes out, whatever goes in."""
    with pytest.raises(ZoneError):
        parse_zone(text, "EPSG:2100")


@pytest.mark.parametrize(
    ("ring", "crs", "reason"),
    [
        (SWAPPED, "EPSG:2100", "swapped"),
        ([[x + 90, y] for x, y in SQUARE], "EPSG:2100", "far from where EPSG:2100 is used"),
        (SQUARE, "EPSG:2193", "far from where EPSG:2193 is used"),
    ],
)
def test_the_coordinate_system_tells_where_a_zone_can_be(
    ring: list[list[float]], crs: str, reason: str
) -> None:
    """Without a place of the city, the area of its coordinate system finds the mistake."""
    with pytest.raises(ZoneError, match=reason):
        parse_zone(_text(ring), crs)


@pytest.mark.parametrize(
    ("latitude", "longitude", "crs"),
    [(36.15, 29.59, "EPSG:2100"), (-36.85, 174.76, "EPSG:2193"), (LAT, LON, "EPSG:3857")],
)
def test_zones_within_or_near_the_area_pass(latitude: float, longitude: float, crs: str) -> None:
    """Kastellorizo, Auckland (across the antimeridian) and a system of the whole world."""
    zone = parse_zone(circle_zone(latitude, longitude, 12, crs), crs)
    assert (zone.latitude, zone.longitude) == pytest.approx((latitude, longitude), abs=1e-5)
