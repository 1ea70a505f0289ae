"""Where the weather of a city is measured: its middle, and the stations that may stand for it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: A station farther away says little about the hour's rain.
RADIUS_M = 80_000.0
#: Temperature falls by about 6.5 K a kilometre: 300 m are 2 K.
ALTITUDE_M = 300.0
_CENTRES = """
    with seen as (
        select city, depot_latitude as latitude, depot_longitude as longitude, 1 as rank
        from raw_planning.cities
        union all
        select city, avg(latitude), avg(longitude), 2
        from raw_operational.parkings where city is not null group by city
        union all
        select city, centre_latitude, centre_longitude, 3 from raw_mds.cities
        union all
        select city, centre_latitude, centre_longitude, 4 from raw_gbfs.systems
    )
    select distinct on (city) city, latitude, longitude from seen
    where latitude is not null and longitude is not null
    order by city, rank
"""


@dataclass(frozen=True)
class Station:
    """A weather station: degrees, and metres above the sea (None: not known)."""

    station_id: str
    latitude: float
    longitude: float
    elevation_m: float | None


def read_centres(warehouse: Warehouse) -> dict[str, tuple[float, float]]:
    """Return the place (degrees) whose weather a city has.

    Its depot in the planning sheet, else the middle of its parkings, else of its GBFS feed.
    """
    rows = warehouse.fetch(_CENTRES)
    return {row["city"]: (float(row["latitude"]), float(row["longitude"])) for row in rows}


def at_similar_height(stations: Sequence[Station]) -> list[Station]:
    """Return the stations about as high as the nearest one, whose height stands for the city's.

    Parameters
    ----------
    stations
        The nearest first.

    Returns
    -------
    list of Station
        In the same order; a station of unknown height is kept.
    """
    known = [station.elevation_m for station in stations if station.elevation_m is not None]
    if not known:
        return list(stations)
    return [
        station
        for station in stations
        if station.elevation_m is None or math.fabs(station.elevation_m - known[0]) <= ALTITUDE_M
    ]
