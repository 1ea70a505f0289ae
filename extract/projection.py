"""From latitude and longitude to the metres of each city's own coordinate system."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from geography.crs import check_crs, project

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

GREEK_CRS = "EPSG:2100"
#: A position this near (degrees) to its city once its numbers are swapped was swapped.
_SWAP_TOLERANCE_DEG = 1.0


@dataclass(frozen=True)
class Place:
    """Where a city is; None is not known.

    Attributes
    ----------
    crs
        Its coordinate system.
    depot
        In degrees: what lies far from it cannot be of this city.
    middle
        Of its parkings, in degrees. Parkings are not held against it: one alone, at a wrong place,
        would keep all others out, and its own correction.
    """

    crs: str | None = None
    depot: tuple[float, float] | None = None
    middle: tuple[float, float] | None = None

    @property
    def near(self) -> tuple[float, float] | None:
        """The depot, else the middle of the parkings."""
        return self.depot or self.middle


def crs_of(latitude: float, longitude: float) -> str:
    """Return a metric coordinate system for a place (degrees) that names none.

    The Greek grid within Greece, else the UTM zone of the longitude.
    """
    if 34.0 <= latitude <= 42.0 and 19.3 <= longitude <= 29.7:
        return GREEK_CRS
    zone = min(60, max(1, math.floor((longitude + 180.0) / 6.0) + 1))
    return f"EPSG:{326 if latitude >= 0 else 327}{zone:02d}"


def read_places(warehouse: Warehouse) -> dict[str, Place]:
    """Return where each city is, as the warehouse knows it.

    The planning sheet says so; a city that it does not list, or lists without a depot, lies where
    its parkings lie.
    """
    rows = warehouse.fetch(
        "select city, crs, depot_latitude, depot_longitude from raw_planning.cities"
    )
    places = {}
    for row in rows:
        depot = (row["depot_latitude"], row["depot_longitude"])
        places[row["city"]] = Place(
            crs=check_crs(row["crs"]) if row["crs"] else None,
            depot=None if None in depot else depot,
        )
    for row in warehouse.fetch(
        "select city, avg(latitude) as latitude, avg(longitude) as longitude"
        " from raw_operational.parkings where city is not null group by city"
    ):
        place = places.get(row["city"], Place())
        middle = (row["latitude"], row["longitude"])
        places[row["city"]] = replace(place, crs=place.crs or crs_of(*middle), middle=middle)
    return places


def is_swapped(latitude: str, longitude: str, places: Mapping[str, Place]) -> pl.Expr:
    """Return whether a position far from its city is near to it with its numbers swapped.

    Parameters
    ----------
    latitude, longitude
        The columns of the position, beside ``city``.
    places
        The cities; of one that is missing, or has no place, nothing can be told.
    """
    centres = {city: place.near for city, place in places.items() if place.near is not None}
    if not centres:
        return pl.lit(False)
    north, east = (
        pl.col("city").replace_strict(
            list(centres),
            [centre[axis] for centre in centres.values()],
            default=None,
            return_dtype=pl.Float64,
        )
        for axis in (0, 1)
    )
    lat, lon = pl.col(latitude), pl.col(longitude)
    return (_is_near(lon, north) & _is_near(lat, east)) & ~(
        _is_near(lat, north) & _is_near(lon, east)
    )


def _is_near(degrees: pl.Expr, there: pl.Expr) -> pl.Expr:
    return (degrees - there).abs() <= _SWAP_TOLERANCE_DEG


def with_metres(
    frame: pl.DataFrame, places: Mapping[str, Place], points: Mapping[str, str]
) -> pl.DataFrame:
    """Add metric coordinates.

    Parameters
    ----------
    frame
        With ``city`` and the columns named by `points`.
    places
        The cities; one that is missing, or has no coordinate system, gets `crs_of` its median
        position.
    points
        Prefix of the degrees to prefix of the metres: ``{"start_": "start_"}`` reads
        ``start_latitude``, ``start_longitude`` and adds ``start_x_m``, ``start_y_m``.

    Returns
    -------
    polars.DataFrame
        The same rows in the same order; null where a position is null.
    """
    if frame.is_empty():
        return frame.with_columns(
            pl.lit(None, pl.Float64).alias(f"{to}{axis}_m")
            for to in points.values()
            for axis in ("x", "y")
        )
    city = frame["city"].fill_null("")
    metres: dict[str, pl.Series] = {}
    for source, target in points.items():
        latitude = frame[f"{source}latitude"].cast(pl.Float64).to_numpy()
        longitude = frame[f"{source}longitude"].cast(pl.Float64).to_numpy()
        x_m = np.full(frame.height, np.nan)
        y_m = np.full(frame.height, np.nan)
        for name in city.unique().to_list():
            rows = (city == name).to_numpy() & np.isfinite(latitude) & np.isfinite(longitude)
            if not rows.any():
                continue
            crs = places.get(name, Place()).crs or crs_of(
                float(np.median(latitude[rows])), float(np.median(longitude[rows]))
            )
            x_m[rows], y_m[rows] = project(latitude[rows], longitude[rows], crs)
        metres[f"{target}x_m"] = pl.Series(x_m, nan_to_null=True)
        metres[f"{target}y_m"] = pl.Series(y_m, nan_to_null=True)
    return frame.with_columns(series.alias(name) for name, series in metres.items())
