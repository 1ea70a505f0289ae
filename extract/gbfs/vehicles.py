"""Vehicles and stations as one snapshot shows them, to rows of the observation tables."""

from __future__ import annotations

import logging
import statistics
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import polars as pl

from extract.gbfs.documents import Document
from extract.gbfs.tables import STATION_OBSERVATIONS, VEHICLE_OBSERVATIONS
from extract.gbfs.values import as_text, count, first, flag, moment, number, text
from extract.rejections import LONGEST_ID, REASON, TOO_LONG, unforeseen

logger = logging.getLogger(__name__)

#: Latitude and longitude in degrees.
Position = tuple[float, float]
ORIGINAL = "_original"
ROW_KEY = "_row_key"
#: The standard's field is a share of 0-1; vendors write 0-100 under their own names.
_SHARE = "current_fuel_percent"
_PERCENTS = ("battery_level", "battery_pct", "battery_percent", "battery", "pct", "soc")
_FAR_DEGREES = 1.0
_TWICE = "the id is there twice in one snapshot"


def vehicle_frame(
    document: Document, city: str, observed_at: datetime, stations: Mapping[str, Position]
) -> pl.DataFrame:
    """Read a snapshot of vehicles.

    Parameters
    ----------
    document
        Of ``vehicle_status`` or ``free_bike_status``.
    stations
        Where stations are: a vehicle in a dock may have no position of its own.

    Returns
    -------
    polars.DataFrame
        The columns of ``vehicle_observations`` without metres; `REASON` (null: fine), and what
        the row is called and how it came when it is rejected.
    """
    flat = [_flat(row) for row in document.rows]
    scale = _battery_scale(flat)
    middle = _middle(flat)

    def read(row: Any) -> tuple[dict[str, Any], str | None]:
        found = _vehicle(row, scale, stations)
        return found, _reason(found, middle)

    rows = _guarded(flat, read, "vehicle_id", city, observed_at)
    return _framed(rows, VEHICLE_OBSERVATIONS.polars_schema, city, observed_at)


def station_frame(document: Document, city: str, observed_at: datetime) -> pl.DataFrame:
    """Read a snapshot of ``station_status``; as `vehicle_frame`, for ``station_observations``."""

    def read(row: Any) -> tuple[dict[str, Any], str | None]:
        found = _station(row)
        return found, _station_reason(found)

    flat = [_flat(row) for row in document.rows]
    rows = _guarded(flat, read, "station_id", city, observed_at)
    return _framed(rows, STATION_OBSERVATIONS.polars_schema, city, observed_at)


def _guarded(
    flat: Sequence[Any],
    read: Callable[[Any], tuple[dict[str, Any], str | None]],
    key: str,
    city: str,
    observed_at: datetime,
) -> list[dict[str, Any]]:
    """Read each row by itself: one that cannot be read, or repeats a key, stops no other."""
    seen: set[Any] = set()
    rows: list[dict[str, Any]] = []
    for place, row in enumerate(flat):
        found: dict[str, Any] = {}
        try:
            found, reason = read(row)
            if reason is None and found[key] in seen:
                if row in flat[:place]:
                    continue
                reason = _TWICE
        except Exception as error:  # whatever a row holds: it must not stop the others
            reason = _unforeseen(error, city)
        if reason is None:
            seen.add(found[key])
        rows.append({**found, **_mark(reason, row, city, observed_at, place)})
    return rows


def station_position(row: Any) -> tuple[str, Position] | None:
    """Return a station's id and position, None where it has none or cannot be read."""
    try:
        name = text(row.get("station_id"))
        latitude, longitude = _position(row)
    except Exception:  # it is rejected as a station
        return None
    return (
        None
        if name is None or latitude is None or longitude is None
        else (name, (latitude, longitude))
    )


def _station(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "station_id": text(row.get("station_id")),
        "last_reported_at": moment(row.get("last_reported")),
        "available_count": count(first(row, "num_vehicles_available", "num_bikes_available")),
        "disabled_count": count(first(row, "num_vehicles_disabled", "num_bikes_disabled")),
        "docks_available_count": count(row.get("num_docks_available")),
        "docks_disabled_count": count(row.get("num_docks_disabled")),
        **{name: flag(row.get(name)) for name in ("is_installed", "is_renting", "is_returning")},
    }


def _station_reason(read: dict[str, Any]) -> str | None:
    if read["station_id"] is None:
        return "no station id"
    if len(read["station_id"]) > LONGEST_ID:
        return f"the station id {TOO_LONG}"
    return "no count of available vehicles" if read["available_count"] is None else None


def _vehicle(
    row: dict[str, Any], scale: Mapping[str, float], stations: Mapping[str, Position]
) -> dict[str, Any]:
    station = text(row.get("station_id"))
    latitude, longitude = _position(row)
    if latitude is None and longitude is None and station is not None and station in stations:
        latitude, longitude = stations[station]
    battery = next(
        (value * scale[name] for name in scale if (value := number(row.get(name))) is not None),
        None,
    )
    return {
        "vehicle_id": text(first(row, "vehicle_id", "bike_id", "id")),
        "last_reported_at": moment(row.get("last_reported")),
        "latitude": latitude,
        "longitude": longitude,
        "is_reserved": flag(first(row, "is_reserved", "reserved")),
        "is_disabled": flag(first(row, "is_disabled", "disabled")),
        "battery_pct": None if battery is None else round(battery, 6),
        "range_m": number(first(row, "current_range_meters", "range_meters", "range_m")),
        "vehicle_type_id": text(first(row, "vehicle_type_id", "vehicle_type", "type")),
        "station_id": station,
        "pricing_plan_id": text(row.get("pricing_plan_id")),
    }


def _reason(read: dict[str, Any], middle: Position | None) -> str | None:
    if read["vehicle_id"] is None:
        return "no vehicle id"
    if len(read["vehicle_id"]) > LONGEST_ID:
        return f"the vehicle id {TOO_LONG}"
    latitude, longitude = read["latitude"], read["longitude"]
    if (latitude is None) != (longitude is None):
        return "half a position"
    if latitude is None:
        return None if read["station_id"] is not None else "no position and no station"
    if (latitude, longitude) == (0.0, 0.0) or abs(latitude) > 90 or abs(longitude) > 180:
        return "the position is no place on earth"
    if middle is not None and (
        _apart((latitude, longitude), middle)
        > _FAR_DEGREES
        >= _apart((longitude, latitude), middle)
    ):
        return "latitude and longitude are swapped"
    battery = read["battery_pct"]
    if battery is not None and not 0 <= battery <= 100:
        return "the battery is beyond 0-100 %"
    if read["range_m"] is not None and read["range_m"] < 0:
        return "the range is negative"
    return None


def _flat(row: Any) -> dict[str, Any]:
    """Return a row as one dict; of a GeoJSON feature its properties and its point."""
    if not isinstance(row, dict):
        return {"value": row}
    properties = row.get("properties")
    if not isinstance(properties, dict):
        return row
    geometry = row.get("geometry")
    point = geometry.get("coordinates") if isinstance(geometry, dict) else None
    flat = {**properties}
    if isinstance(point, list) and len(point) >= 2:
        flat["lon"], flat["lat"] = point[0], point[1]
    return flat


def _position(row: dict[str, Any]) -> tuple[float | None, float | None]:
    return number(first(row, "lat", "latitude")), number(first(row, "lon", "lng", "longitude"))


def _battery_scale(rows: list[dict[str, Any]]) -> dict[str, float]:
    """Return by what each battery field is multiplied to be 0-100.

    Feeds mix the two up: a field none of whose values is above 1 in the whole snapshot is a
    share, whatever its name says, if it has any value between; the standard's field is one when
    all are 0 or 1 too.
    """
    scale = {}
    for name in (_SHARE, *_PERCENTS):
        values = [value for row in rows if (value := number(row.get(name))) is not None]
        if values:
            fractions = max(values) <= 1.0 and (name == _SHARE or any(0 < v < 1 for v in values))
            scale[name] = 100.0 if fractions else 1.0
    return scale


def _middle(rows: list[dict[str, Any]]) -> Position | None:
    points = [_position(row) for row in rows]
    latitudes = [latitude for latitude, longitude in points if latitude is not None]
    longitudes = [longitude for latitude, longitude in points if longitude is not None]
    if not latitudes or not longitudes:
        return None
    return statistics.median(latitudes), statistics.median(longitudes)


def _apart(one: Position, other: Position) -> float:
    return max(abs(one[0] - other[0]), abs(one[1] - other[1]))


def _unforeseen(error: Exception, city: str) -> str:
    logger.warning("GBFS of %s: a row cannot be read", city, exc_info=True)
    return unforeseen(error)


def _mark(
    reason: str | None, row: dict[str, Any], city: str, observed_at: datetime, place: int
) -> dict[str, Any]:
    if reason is None:
        return {REASON: None, ROW_KEY: None, ORIGINAL: None}
    key = f"{city}:{observed_at.isoformat()}:{place}"
    return {REASON: reason, ROW_KEY: key, ORIGINAL: as_text(row)}


def _framed(
    rows: list[dict[str, Any]], schema: dict[str, Any], city: str, observed_at: datetime
) -> pl.DataFrame:
    marks = {name: pl.String() for name in (REASON, ROW_KEY, ORIGINAL)}
    frame = pl.DataFrame(rows, schema={**schema, **marks}, orient="row", strict=False)
    return frame.with_columns(
        city=pl.lit(city), observed_at=pl.lit(observed_at, pl.Datetime("us", "UTC"))
    )
