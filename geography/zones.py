"""Parking zones: checked GeoJSON polygons and their metric form."""

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from shapely.geometry import Polygon
from shapely.validation import explain_validity

from geography.crs import area_of_use, project, unproject

#: A parking zone larger than this is taken for a mistake.
MAXIMUM_AREA_M2 = 5_000_000.0
SWAPPED_NUMBERS = "latitude and longitude are swapped"
_SWAPPED = f"{SWAPPED_NUMBERS}; GeoJSON wants longitude first"
#: So far beyond its area a coordinate system is still taken: Kastellorizo, by the Greek grid.
_MARGIN_DEGREES = 1.5


class ZoneError(ValueError):
    """A zone that cannot be used; the message is the reason, in one clause."""


@dataclass(frozen=True)
class Zone:
    """A simple polygon, closed and without holes.

    Attributes
    ----------
    geojson
        The polygon as GeoJSON text, WGS84, longitude first.
    polygon_m
        The same in metres of the city's coordinate system, as a Postgres ``polygon`` literal.
    latitude, longitude, x_m, y_m
        The centroid, in degrees and in metres.
    area_m2
        The area in square metres.
    """

    geojson: str
    polygon_m: str
    latitude: float
    longitude: float
    x_m: float
    y_m: float
    area_m2: float


def parse_zone(
    geojson: str,
    crs: str,
    *,
    near: tuple[float, float] | None = None,
    largest_m2: float = MAXIMUM_AREA_M2,
) -> Zone:
    """Check a GeoJSON polygon and compute its metric form.

    Parameters
    ----------
    geojson
        Text of a GeoJSON ``Polygon``, or of a ``Feature`` that holds one.
    crs
        The city's metric coordinate system.
    near
        Latitude and longitude of the city; a zone more than 100 km away is refused, and tried
        with latitude and longitude swapped to name that mistake. Without it the same is done
        with the area that `crs` is meant for.
    largest_m2
        The largest area taken; an area that is no parking may be larger.

    Raises
    ------
    ZoneError
        No JSON, no polygon, a hole, an open ring, a self-crossing, too few corners, swapped or
        impossible coordinates, no area or more than `largest_m2`.
    """
    ring = _ring(geojson)
    _check_position(ring, near, crs)
    x, y = project(ring[:, 1], ring[:, 0], crs)
    polygon = Polygon(np.column_stack([x, y]))
    if not polygon.is_valid:
        raise ZoneError(f"the outline crosses itself ({explain_validity(polygon).split('[')[0]})")
    if not 0 < polygon.area <= largest_m2:
        raise ZoneError(f"the area is {polygon.area:.0f} m2; allowed is up to {largest_m2:,.0f} m2")
    latitude, longitude = unproject([polygon.centroid.x], [polygon.centroid.y], crs)
    corners = ",".join(f"({px:.3f},{py:.3f})" for px, py in zip(x[:-1], y[:-1], strict=True))
    return Zone(
        geojson=json.dumps({"type": "Polygon", "coordinates": [ring.tolist()]}),
        polygon_m=f"({corners})",
        latitude=float(latitude[0]),
        longitude=float(longitude[0]),
        x_m=float(polygon.centroid.x),
        y_m=float(polygon.centroid.y),
        area_m2=float(polygon.area),
    )


def _ring(geojson: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        shape = json.loads(geojson)
    except (TypeError, ValueError) as error:
        raise ZoneError("the text is no JSON") from error
    if isinstance(shape, dict) and shape.get("type") == "Feature":
        shape = shape.get("geometry")
    if not isinstance(shape, dict) or shape.get("type") != "Polygon":
        kind = shape.get("type") if isinstance(shape, dict) else type(shape).__name__
        raise ZoneError(f"a Polygon is needed, not {kind}")
    rings = shape.get("coordinates")
    if not isinstance(rings, list) or not rings:
        raise ZoneError("the polygon has no coordinates")
    if len(rings) > 1:
        raise ZoneError("the polygon has a hole; give one outline a row")
    return _corners(rings[0])


def _corners(outline: object) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        ring = np.asarray([[float(c[0]), float(c[1])] for c in outline], dtype=np.float64)  # type: ignore[attr-defined]
    except (TypeError, ValueError, OverflowError, IndexError, KeyError) as error:
        raise ZoneError("a corner is not a pair of numbers") from error
    if len(ring) < 4:
        raise ZoneError(f"the outline has {len(ring)} points; at least 4 with the closing one")
    if not np.isfinite(ring).all():
        raise ZoneError("a corner is not a finite number")
    if not np.array_equal(ring[0], ring[-1]):
        raise ZoneError("the outline is open: its last point must repeat the first")
    return ring


def _check_position(
    ring: np.ndarray[Any, np.dtype[np.float64]], near: tuple[float, float] | None, crs: str
) -> None:
    longitude, latitude = float(ring[:, 0].mean()), float(ring[:, 1].mean())
    if abs(latitude) > 90 or abs(longitude) > 180:
        if abs(longitude) <= 90 and abs(latitude) <= 180:
            raise ZoneError(_SWAPPED)
        raise ZoneError(f"({latitude:.4f}, {longitude:.4f}) is no place on earth")
    if near is None:
        _check_area(latitude, longitude, crs)
        return
    if _degrees_apart(latitude, longitude, near) < 1.0:
        return
    if _degrees_apart(longitude, latitude, near) < 1.0:
        raise ZoneError(_SWAPPED)
    raise ZoneError(
        f"({latitude:.4f}, {longitude:.4f}) is far from the city at ({near[0]:.2f}, {near[1]:.2f})"
    )


def _check_area(latitude: float, longitude: float, crs: str) -> None:
    found = misplaced(latitude, longitude, crs)
    if found is not None:
        raise ZoneError(_SWAPPED if found == SWAPPED_NUMBERS else found)


def misplaced(latitude: float, longitude: float, crs: str) -> str | None:
    """What is wrong with a place, degrees, that is far from where `crs` is used; None near it."""
    if _degrees_outside(latitude, longitude, crs) <= _MARGIN_DEGREES:
        return None
    if _degrees_outside(longitude, latitude, crs) == 0:
        return SWAPPED_NUMBERS
    return f"({latitude:.4f}, {longitude:.4f}) is far from where {crs} is used"


def _degrees_outside(latitude: float, longitude: float, crs: str) -> float:
    area = area_of_use(crs)
    if area is None:
        return 0.0
    west, south, east, north = area
    sides = west - longitude, longitude - east
    # An area across the antimeridian is within both bounds when it is within one.
    across = min(sides) if west > east else max(sides)
    return max(0.0, across, south - latitude, latitude - north)


def _degrees_apart(latitude: float, longitude: float, place: tuple[float, float]) -> float:
    east = (longitude - place[1]) * math.cos(math.radians(place[0]))
    return math.hypot(latitude - place[0], east)


def circle_zone(
    latitude: float, longitude: float, radius_m: float, crs: str, corners: int = 16
) -> str:
    """GeoJSON text of a regular polygon around a point; `radius_m` in metres to its corners."""
    x, y = project([latitude], [longitude], crs)
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    ring_latitude, ring_longitude = unproject(
        x[0] + radius_m * np.cos(angles), y[0] + radius_m * np.sin(angles), crs
    )
    ring = np.column_stack([ring_longitude, ring_latitude]).round(7).tolist()
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
