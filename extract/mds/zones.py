"""Geographies and stops as zones: simple polygons, or circles where a feed gives a point."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from statistics import median
from typing import Any

import polars as pl

from extract.mds.misreadings import misread
from extract.mds.rows import Record
from extract.mds.rules import ORIGINAL, ROW_KEY
from extract.mds.tables import GEOGRAPHIES
from extract.mds.values import clean, moment, original, text
from extract.rejections import LONGEST_ID, REASON, TOO_LONG, unforeseen
from geography.zones import MAXIMUM_AREA_M2, Zone, ZoneError, circle_zone, parse_zone

logger = logging.getLogger(__name__)

#: A stop without an outline reaches so far, as the stations of trip files do.
RADIUS_M = 12.0
#: Areas that are no parkings: a whole county at most.
LARGEST_AREA_M2 = 1e11
Shape = tuple[str, Any]


def geographies(city: str, records: Sequence[Record], crs: str) -> pl.DataFrame:
    """Read geographies, a row a simple polygon.

    Parameters
    ----------
    city
        Its slug.
    records
        Of the feed; each may hold its geography one level below ``geography``, as files do.
    crs
        The city's metric coordinate system.

    Returns
    -------
    polars.DataFrame
        The columns of ``raw_mds.geographies``, the row's name, its original, and the reason why
        it cannot be used, else null.
    """
    seen: set[str | None] = set()
    rows = []
    for number, record in enumerate(records, start=1):
        geography = _inner(record)
        basis: dict[str, Any] = {"city": city}
        try:
            basis = _basis(city, geography)
            name = basis["geography_id"]
            reason = _reason(name, seen) or misread(GEOGRAPHIES.name, geography, basis)
            parts = [] if reason else list(_parts(basis, geography, crs))
        except Exception as error:  # whatever a record holds: it must not stop the others
            logger.warning("MDS %s: a geography cannot be read", city, exc_info=True)
            name, reason, parts = None, unforeseen(error), []
        if reason is None:
            seen.add(name)
            rows += parts
            continue
        row_key = f"{city}:{(name or 'geography')[:LONGEST_ID]}#{number}"
        rows.append({**basis, REASON: reason, ROW_KEY: row_key, ORIGINAL: original(geography)})
    schema = {
        **GEOGRAPHIES.polars_schema,
        **{column: pl.String() for column in (ROW_KEY, ORIGINAL, REASON)},
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _inner(record: Record) -> Record:
    inner = record.get("geography")
    return inner if isinstance(inner, dict) else record


def _reason(name: str | None, seen: set[str | None]) -> str | None:
    if name is None:
        return "no geography_id"
    if len(name) > LONGEST_ID:
        return f"the geography_id {TOO_LONG}"
    return "the id of another geography" if name in seen else None


def _basis(city: str, geography: Record) -> dict[str, Any]:
    return {
        "city": city,
        "geography_id": text(geography.get("geography_id")),
        "geography_type": text(geography.get("geography_type")),
        "name": text(geography.get("name")),
        "published_at": moment(geography.get("published_date")),
        "effective_at": moment(geography.get("effective_date")),
        "retired_at": moment(geography.get("retire_date")),
    }


def _parts(basis: dict[str, Any], geography: Record, crs: str) -> Iterator[dict[str, Any]]:
    shapes = list(shapes_of(geography.get("geography_json"))) or [("nothing", None)]
    for part, (kind, corners) in enumerate(shapes, start=1):
        row = {
            **basis,
            "part": part,
            ROW_KEY: f"{basis['city']}:{basis['geography_id']}:{part}",
            "is_zone_drawn": kind != "Point",
        }
        try:
            zone = zone_of(kind, corners, crs)
        except ZoneError as error:
            shape = {"type": kind, "coordinates": corners}
            yield {**row, REASON: f"zone: {error}", ORIGINAL: original(shape)}
        else:
            yield {**row, **columns_of(zone), REASON: None}


def shapes_of(shape: Any) -> Iterator[Shape]:
    """Take GeoJSON apart into single shapes, as pairs of type and coordinates."""
    if not isinstance(shape, dict):
        return
    kind = shape.get("type")
    below = {"FeatureCollection": "features", "GeometryCollection": "geometries"}.get(str(kind))
    if below is not None:
        members = shape.get(below)
        for member in members if isinstance(members, list) else []:
            yield from shapes_of(member)
    elif kind == "Feature":
        yield from shapes_of(shape.get("geometry"))
    elif kind in ("MultiPolygon", "MultiPoint") and isinstance(shape.get("coordinates"), list):
        for part in shape["coordinates"]:
            yield kind.removeprefix("Multi"), part
    else:
        yield clean(str(kind)), shape.get("coordinates")


def zone_of(kind: str, corners: Any, crs: str) -> Zone:
    """Return the zone of a polygon, or a circle around a point.

    Raises
    ------
    ZoneError
        When it cannot be one; the message is the reason.
    """
    if kind != "Point":
        shape = json.dumps({"type": kind, "coordinates": corners})
        return parse_zone(shape, crs, largest_m2=LARGEST_AREA_M2)
    place = point_of(corners)
    if place is None:
        raise ZoneError("a point is not a pair of numbers on earth")
    return parse_zone(circle_zone(*place, RADIUS_M, crs), crs)


def point_of(corner: Any) -> tuple[float, float] | None:
    """Return latitude and longitude of a GeoJSON corner on earth, or of a polygon's first."""
    try:
        while isinstance(corner[0], list):
            corner = corner[0]
        longitude, latitude = float(corner[0]), float(corner[1])
    except (TypeError, ValueError, OverflowError, IndexError, KeyError):
        return None
    on_earth = abs(latitude) <= 90 and abs(longitude) <= 180 and (latitude, longitude) != (0, 0)
    return (latitude, longitude) if on_earth else None


def middle_of(records: Sequence[Record]) -> tuple[float, float] | None:
    """Return the median corner of geographies, degrees; None when they have none."""
    places = []
    for record in records:
        try:
            shapes = list(shapes_of(_inner(record).get("geography_json")))
        except RecursionError:
            continue  # it is rejected as a geography
        places += [point_of(corners) for _, corners in shapes]
    known = [place for place in places if place is not None]
    if not known:
        return None
    return median(place[0] for place in known), median(place[1] for place in known)


def columns_of(zone: Zone) -> dict[str, Any]:
    """Return a zone as columns of a raw table."""
    return {
        **{"latitude": zone.latitude, "longitude": zone.longitude},
        **{"x_m": zone.x_m, "y_m": zone.y_m, "zone_geojson": zone.geojson},
        **{"zone_polygon_m": zone.polygon_m, "area_m2": zone.area_m2},
    }


def with_zones(stops: pl.DataFrame, drawn: pl.DataFrame, crs: str) -> pl.DataFrame:
    """Give checked stops their zones: the greatest part of their geography, else a circle.

    Parameters
    ----------
    stops
        Rows of ``raw_mds.stops`` with `REASON`.
    drawn
        The geographies that can be used.
    crs
        The city's metric coordinate system.
    """
    outlines = drawn.filter(pl.col("is_zone_drawn") & (pl.col("area_m2") <= MAXIMUM_AREA_M2))
    greatest: Mapping[str, dict[str, Any]] = {
        row["geography_id"]: row for row in outlines.sort("area_m2", "part").iter_rows(named=True)
    }
    rows = [_with_zone(row, greatest, crs) for row in stops.iter_rows(named=True)]
    return pl.DataFrame(rows, schema=stops.schema, orient="row")


def _with_zone(
    row: dict[str, Any], greatest: Mapping[str, dict[str, Any]], crs: str
) -> dict[str, Any]:
    if row[REASON] is not None:
        return row
    outline = greatest.get(row["geography_id"] or "")
    if outline is not None:
        names = ("latitude", "longitude", "x_m", "y_m", "zone_geojson", "zone_polygon_m", "area_m2")
        return {**row, **{name: outline[name] for name in names}, "is_zone_drawn": True}
    if row["latitude"] is None or row["longitude"] is None:
        return {**row, REASON: "no position, and no geography that could be its zone"}
    try:
        zone = zone_of("Point", (row["longitude"], row["latitude"]), crs)
    except ZoneError as error:
        return {**row, REASON: f"zone: {error}"}
    return {**row, **columns_of(zone), "is_zone_drawn": False}
