"""From GeoJSON areas to simple polygons, in degrees and in metres: parts apart, holes cut open."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import MultiPolygon, Polygon, box, mapping, shape
from shapely.geometry.base import BaseGeometry

from geography.crs import project

#: Splinters left where an outline crosses itself.
_LEAST_M2 = 1.0


def polygon_parts(geometry: Any, crs: str) -> list[dict[str, Any]]:
    """Return the simple polygons of a GeoJSON area, the greatest first.

    An outline that crosses itself is taken apart where it does; a polygon with holes is cut
    through them, so that the parts together cover what it covers.

    Parameters
    ----------
    geometry
        A GeoJSON ``Polygon`` or ``MultiPolygon``, longitude first.
    crs
        The city's metric coordinate system.

    Returns
    -------
    list of dict
        ``x_m``, ``y_m`` (the centroid), ``zone_geojson``, ``zone_polygon_m`` (a Postgres
        ``polygon``) and ``area_m2``; empty for an area without extent.

    Raises
    ------
    ValueError
        When it is no such area, or lies nowhere on earth; the message is the reason.
    """
    try:
        area = shapely.force_2d(shape(geometry))
    except (ShapelyError, TypeError, ValueError, AttributeError, IndexError, KeyError) as error:
        raise ValueError("the outline cannot be read") from error
    if not isinstance(area, Polygon | MultiPolygon):
        raise ValueError(f"a Polygon or MultiPolygon is needed, not {area.geom_type}")
    if not np.isfinite(area.bounds).all():
        raise ValueError("the outline is empty")
    west, south, east, north = area.bounds
    if not (west >= -180 and east <= 180 and south >= -90 and north <= 90):
        raise ValueError("a corner is no place on earth")
    valid = area if area.is_valid else shapely.make_valid(area)
    parts = [_metric(part, crs) for whole in _polygons(valid) for part in _without_holes(whole)]
    good = [part for part in parts if part["area_m2"] >= _LEAST_M2]
    return sorted(good, key=lambda part: (-part["area_m2"], part["zone_geojson"]))


def _polygons(area: BaseGeometry) -> Iterator[Polygon]:
    if isinstance(area, Polygon):
        yield area
    for part in getattr(area, "geoms", ()):
        yield from _polygons(part)


def _without_holes(polygon: Polygon) -> Iterator[Polygon]:
    """Cut straight through the first hole until none is left."""
    if not polygon.interiors:
        yield polygon
        return
    middle = Polygon(polygon.interiors[0]).centroid.x
    west, south, east, north = polygon.bounds
    for half in (box(west, south, middle, north), box(middle, south, east, north)):
        for part in _polygons(polygon.intersection(half)):
            if part.area > 0:
                yield from _without_holes(part)


def _metric(polygon: Polygon, crs: str) -> dict[str, Any]:
    ring = np.asarray(polygon.exterior.coords)
    x, y = project(ring[:, 1], ring[:, 0], crs)
    metric = Polygon(np.column_stack([x, y]))
    corners = ",".join(f"({px:.3f},{py:.3f})" for px, py in zip(x[:-1], y[:-1], strict=True))
    return {
        "x_m": float(metric.centroid.x),
        "y_m": float(metric.centroid.y),
        "zone_geojson": json.dumps(mapping(polygon)),
        "zone_polygon_m": f"({corners})",
        "area_m2": float(metric.area),
    }
