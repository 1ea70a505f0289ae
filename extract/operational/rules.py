"""What rows of the operational database must fulfil, and what is computed from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

import polars as pl

from extract.operational.paths import path_lengths
from extract.projection import Place, crs_of, is_swapped, with_metres
from extract.rejections import REASON, outside_world, with_reason
from geography.zones import SWAPPED_NUMBERS, Zone, ZoneError, parse_zone

MAXIMUM_SPEED_KMH = 60.0
MAXIMUM_RIDE_H = 24.0
#: A ride shorter than this cannot tell its speed.
_LEAST_HOURS = 1.0 / 3600.0
_ANY_CRS = "EPSG:3857"
#: So many zones of a city tell where it is: of two nobody knows which is the wrong one.
_LEAST_ZONES = 3


@dataclass
class Known:
    """What earlier tables of the same run say: city ids to slugs, scooter ids."""

    cities: dict[int, str]
    places: Mapping[str, Place]
    scooters: set[int] = field(default_factory=set)

    def scooter_is_unknown(self) -> pl.Expr:
        """Return whether ``scooter_id`` is none of the scooters."""
        ids = pl.Series(sorted(self.scooters), dtype=pl.Int64)
        return ~pl.col("scooter_id").is_in(ids.implode()).fill_null(False)


_UNKNOWN_CITY = ("unknown city", pl.col("city").is_null())


def check_scooters(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Mark scooters of an unknown city or without a code; add the others to `known`."""
    checked = with_reason(frame, [_UNKNOWN_CITY, ("no code", pl.col("code").fill_null("") == "")])
    known.scooters.update(checked.filter(pl.col(REASON).is_null())["id"].to_list())
    return checked


def check_rides(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Mark rides that cannot be true; add metres and the length of the path."""
    hours = (pl.col("ended_at") - pl.col("started_at")).dt.total_microseconds() / 3.6e9
    # A ride under way may tell its length so far: how long it took is not known yet.
    ridden_h = pl.when(hours.is_not_null()).then(pl.max_horizontal(hours, pl.lit(_LEAST_HOURS)))
    speed_kmh = pl.col("distance_m") / 1000.0 / ridden_h
    has_end = pl.col("end_latitude").is_not_null() & pl.col("end_longitude").is_not_null()
    is_done = pl.col("status") == "completed"
    checked = with_reason(
        frame,
        [
            _UNKNOWN_CITY,
            ("unknown scooter", known.scooter_is_unknown()),
            ("no start time", pl.col("started_at").is_null()),
            ("completed without an end time", is_done & pl.col("ended_at").is_null()),
            ("ends before it starts", pl.col("ended_at") < pl.col("started_at")),
            ("longer than 24 hours", hours > MAXIMUM_RIDE_H),
            ("negative distance", pl.col("distance_m") < 0),
            ("faster than 60 km/h on average", speed_kmh > MAXIMUM_SPEED_KMH),
            (
                "no start position",
                pl.col("start_latitude").is_null() | pl.col("start_longitude").is_null(),
            ),
            ("no end position", is_done & ~has_end),
            *(
                (
                    f"{SWAPPED_NUMBERS} at its {which}",
                    is_swapped(f"{which}_latitude", f"{which}_longitude", known.places),
                )
                for which in ("start", "end")
            ),
            ("start position is no place", outside_world("start_latitude", "start_longitude")),
            (
                "end position is no place",
                has_end & outside_world("end_latitude", "end_longitude"),
            ),
        ],
    )
    metres = with_metres(checked, known.places, {"start_": "start_", "end_": "end_"})
    return metres.with_columns(path_lengths(metres["polyline"]).alias("path_length_m"))


def check_service_events(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Mark events that cannot be placed; a position may be missing, but not impossible."""
    checked = with_reason(
        frame,
        [
            _UNKNOWN_CITY,
            ("unknown scooter", known.scooter_is_unknown()),
            ("no time", pl.col("occurred_at").is_null()),
            ("no kind", pl.col("kind").fill_null("") == ""),
            (SWAPPED_NUMBERS, is_swapped("latitude", "longitude", known.places)),
            (
                "position is no place",
                pl.col("latitude").is_not_null() & outside_world("latitude", "longitude"),
            ),
        ],
    )
    return with_metres(checked, known.places, {"": ""})


def check_app_searches(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Mark searches without a place or a time."""
    position = pl.col("latitude").is_null() | pl.col("longitude").is_null()
    checked = with_reason(
        frame,
        [
            _UNKNOWN_CITY,
            ("no time", pl.col("searched_at").is_null()),
            ("no position", position),
            (SWAPPED_NUMBERS, is_swapped("latitude", "longitude", known.places)),
            ("position is no place", outside_world("latitude", "longitude")),
            ("negative count", pl.col("available_count") < 0),
        ],
    )
    return with_metres(checked, known.places, {"": ""})


def check_parkings(frame: pl.DataFrame, known: Known) -> pl.DataFrame:
    """Mark parkings whose zone cannot be used; add its centre, area and metric outline."""
    places = {**known.places, **_guessed_places(frame, known)}
    rows = [_located(row, places) for row in frame.iter_rows(named=True)]
    schema: dict[str, Any] = {
        **frame.schema,
        "latitude": pl.Float64,
        "longitude": pl.Float64,
        "x_m": pl.Float64,
        "y_m": pl.Float64,
        "area_m2": pl.Float64,
        "zone_polygon_m": pl.String,
        REASON: pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def _guessed_places(frame: pl.DataFrame, known: Known) -> dict[str, Place]:
    """Return the median place of the zones of cities of which nothing is known.

    One zone at a swapped place would choose the coordinate system of the wrong land.
    """
    centres: dict[str, list[tuple[float, float]]] = {}
    for city, text in frame.select("city", "zone_geojson").drop_nulls().iter_rows():
        if known.places.get(city, Place()) != Place():
            continue
        try:
            zone = parse_zone(text, _ANY_CRS)
        except ZoneError:
            continue
        centres.setdefault(city, []).append((zone.latitude, zone.longitude))
    return {
        city: Place(depot=(median(lat for lat, _ in there), median(lon for _, lon in there)))
        for city, there in centres.items()
        if len(there) >= _LEAST_ZONES
    }


def _located(row: dict[str, object], places: Mapping[str, Place]) -> dict[str, object]:
    if row["city"] is None:
        return {**row, REASON: "unknown city"}
    capacity = row["capacity"]
    if isinstance(capacity, int) and capacity < 0:
        return {**row, REASON: f"capacity {capacity} is negative"}
    try:
        zone = _zone(str(row["zone_geojson"] or ""), places.get(str(row["city"]), Place()))
    except ZoneError as error:
        return {**row, REASON: f"zone: {error}"}
    return {
        **row,
        "latitude": zone.latitude,
        "longitude": zone.longitude,
        "x_m": zone.x_m,
        "y_m": zone.y_m,
        "area_m2": zone.area_m2,
        "zone_polygon_m": zone.polygon_m,
        REASON: None,
    }


def _zone(text: str, place: Place) -> Zone:
    if place.crs is not None:
        return parse_zone(text, place.crs, near=place.depot)
    # Any coordinate system finds the centroid; it then names the right one.
    centre = parse_zone(text, _ANY_CRS, near=place.depot)
    return parse_zone(text, crs_of(centre.latitude, centre.longitude), near=place.depot)
