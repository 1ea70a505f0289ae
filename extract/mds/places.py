"""Where a feed's city is: the planning sheet says so, else what its feed showed first."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.mds.tables import CITIES
from extract.projection import Place, crs_of, with_metres
from extract.rejections import outside_world
from geography.crs import check_crs
from warehouse.errors import SourceError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse


@dataclass
class CityPlace:
    """The metric coordinates of one city, the same for good.

    Parameters
    ----------
    warehouse
        Knows the planning sheet and what earlier runs settled.
    city
        Its slug.

    Raises
    ------
    SourceError
        When the sheet names another coordinate system than the city's rows have.
    """

    warehouse: Warehouse
    city: str
    crs: str | None = field(init=False, default=None)
    centre: tuple[float, float] | None = field(init=False, default=None)
    known: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        values = {"city": self.city}
        stored = self.warehouse.fetch("select * from raw_mds.cities where city = %(city)s", values)
        planned = self.warehouse.fetch(
            "select crs, timezone from raw_planning.cities where city = %(city)s", values
        )
        sheet = check_crs(planned[0]["crs"]) if planned and planned[0]["crs"] else None
        self.is_planned = bool(planned)
        self.crs = sheet
        if not stored:
            return
        self.known = stored[0]
        self.crs = self.known["crs"]
        self.centre = (self.known["centre_latitude"], self.known["centre_longitude"])
        if sheet is not None and sheet != self.crs:
            raise SourceError(
                f"the MDS feed of {self.city} was loaded with the coordinate system {self.crs}, "
                f"and now the planning sheet says {sheet}; put {self.crs} there, or give the "
                "city another name in MOOW_MDS_FEEDS and in the sheet"
            )

    def settle(self, frames: list[pl.DataFrame], middle: tuple[float, float] | None) -> None:
        """Take the middle of what is seen first, and the coordinate system from it.

        Parameters
        ----------
        frames
            With ``latitude`` and ``longitude``.
        middle
            Of the geographies, which are taken where nothing else has a position.
        """
        if self.centre is not None:
            return
        seen = pl.concat([frame.select("latitude", "longitude") for frame in frames])
        good = seen.filter(~outside_world("latitude", "longitude"))
        if not good.is_empty():
            latitude, longitude = good["latitude"].median(), good["longitude"].median()
            middle = (float(latitude), float(longitude))  # type: ignore[arg-type]
        if middle is not None:
            self.centre = middle
            self.crs = self.crs or crs_of(*middle)

    @property
    def places(self) -> dict[str, Place]:
        """The city as `extract.projection` takes it."""
        return {self.city: Place(self.crs, self.centre)}

    def row(
        self, *, provider_id: str | None, version: str | None, currency: str | None, until: datetime
    ) -> pl.DataFrame:
        """Return the city's row, empty while nobody knows where it is, or when nothing changed."""
        if self.centre is None:
            return pl.DataFrame(schema=CITIES.polars_schema)
        row = {
            "city": self.city,
            "provider_id": self.known.get("provider_id") or provider_id,
            "version": version or self.known.get("version"),
            "crs": self.crs,
            "currency": self.known.get("currency") or currency,
            "centre_latitude": self.centre[0],
            "centre_longitude": self.centre[1],
            "read_until": max(until, self.known.get("read_until") or until),
        }
        frame = with_metres(pl.DataFrame([row]), self.places, {"centre_": "centre_"})
        return frame.clear() if {**self.known, **row} == self.known else CITIES.conform(frame)
