"""A city keeps its coordinate system: rows of two of them would lie kilometres apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.planning.sheets import Planning
from extract.planning.tables import PLANNING_CITIES
from extract.projection import crs_of
from geography.crs import check_crs, project

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

_NEAR_M = 1.0
_LOADED = """
select city, latitude, longitude, x_m, y_m from (
    select city, latitude, longitude, x_m, y_m from raw_operational.parkings
    union all
    select city, centre_latitude, centre_longitude, centre_x_m, centre_y_m from raw_gbfs.systems
) as loaded
where x_m is not null
"""


def keep_projections(planning: Planning, warehouse: Warehouse) -> None:
    """Reject a coordinate system other than the one that the rows of its city were loaded with.

    Parameters
    ----------
    planning
        As checked; problems are added to the sheet of cities.
    warehouse
        With what was loaded.
    """
    sheet = next((it for it in planning.sheets if it.name == PLANNING_CITIES.name), None)
    if sheet is None or sheet.problems:
        return
    loaded = {row["city"]: row for row in warehouse.fetch(_LOADED)}
    for number, line in sheet.lines:
        there, crs = loaded.get(line["city"].strip()), line["crs"].strip()
        if there is None or _fits(crs, **there):
            continue
        own = crs_of(there["latitude"], there["longitude"])
        allowed = own if _fits(own, **there) else "the one that stood here before"
        reason = f"{crs!r} is not what the city's rows were loaded with"
        sheet.reject(number, "crs", crs, allowed, reason)


def _fits(
    crs: str, *, latitude: float, longitude: float, x_m: float, y_m: float, **_: object
) -> bool:
    (east,), (north,) = project([latitude], [longitude], check_crs(crs))
    return bool(abs(east - x_m) <= _NEAR_M and abs(north - y_m) <= _NEAR_M)
