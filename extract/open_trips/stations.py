"""Stations of a trip file's city: docks as small zones, with their capacity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from extract.open_trips.files import ORIGINAL, read_stations
from extract.open_trips.tables import STATIONS
from extract.rejections import REASON
from geography.zones import ZoneError, circle_zone, parse_zone

RADIUS_M = 12.0


def read_checked_stations(path: Path, city: str, crs: str) -> pl.DataFrame:
    """Read a station file and make a zone of 12 m around each station.

    Returns
    -------
    polars.DataFrame
        The columns of ``raw_open_trips.stations``, ``row_key``, the original row, and the reason
        why a station cannot be used, else null.

    Raises
    ------
    SourceError
        When the file does not exist, is no CSV or lacks columns.
    """
    seen: set[str] = set()
    rows = []
    for number, row in enumerate(read_stations(path).iter_rows(named=True), start=2):
        station = _station(row, city, crs, seen)
        rows.append({**station, "row_key": f"{path.name}:{number}", ORIGINAL: row[ORIGINAL]})
    schema = {
        **STATIONS.polars_schema,
        **{name: pl.String() for name in (REASON, "row_key", ORIGINAL)},
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _station(row: dict[str, Any], city: str, crs: str, seen: set[str]) -> dict[str, Any]:
    basis = {"station_id": row["station_id"], "city": city, "name": row["name"]}
    if row["station_id"] is None:
        return {**basis, REASON: "no id"}
    if row["station_id"] in seen:
        return {**basis, REASON: "duplicate of an earlier row"}
    latitude, longitude = _number(row["latitude"]), _number(row["longitude"])
    if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
        return {**basis, REASON: "position is missing or no place"}
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):
        return {**basis, REASON: "position is missing or no place"}
    capacity = _number(row["capacity"])
    if row["capacity"] is not None and (capacity is None or not 0 <= capacity <= 10_000):
        return {**basis, REASON: f"capacity {row['capacity']!r} is no count"}
    try:
        zone = parse_zone(circle_zone(latitude, longitude, RADIUS_M, crs), crs)
    except ZoneError as error:
        return {**basis, REASON: f"{error} in {crs}"}
    seen.add(row["station_id"])
    return {
        **basis,
        **{"latitude": latitude, "longitude": longitude, "x_m": zone.x_m, "y_m": zone.y_m},
        "capacity": None if capacity is None else int(capacity),
        "zone_geojson": zone.geojson,
        "zone_polygon_m": zone.polygon_m,
        "area_m2": zone.area_m2,
        REASON: None,
    }


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None
