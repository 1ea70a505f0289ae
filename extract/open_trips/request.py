"""A request to load trips from files, and the report of what it did."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from extract.cells import SLUG, check_currency, check_timezone
from extract.open_trips.tables import TRIPS
from geography.crs import check_crs
from warehouse.errors import SettingsError


@dataclass(frozen=True)
class LoadTrips:
    """What to load, and how to read it.

    Parameters
    ----------
    path
        A CSV file, plain or gzipped, or several.
    city
        Slug of the city: small letters, digits, ``-`` and ``_``.
    timezone
        IANA name; the clock of times that carry no offset.
    crs
        Metric coordinate system of the city, such as ``EPSG:32616``.
    columns
        Our column names to the file's, where the file's names do not tell.
    stations
        CSV file of stations, needed when trips name stations in place of coordinates.
    max_distance_km
        A trip that starts or ends farther than this from the median start is rejected.
    currency
        Of the city.
    name
        For people; by default the slug with a capital letter.
    loaded_at
        The time of the load; now, unless given.

    Raises
    ------
    SettingsError
        Naming the value and what is allowed.
    """

    path: str | Path | Sequence[str | Path]
    city: str
    timezone: str
    crs: str
    columns: Mapping[str, str] = field(default_factory=dict)
    stations: str | Path | None = None
    max_distance_km: float = 30.0
    currency: str = "EUR"
    name: str | None = None
    loaded_at: datetime | None = None

    def __post_init__(self) -> None:
        if not SLUG.match(self.city):
            raise SettingsError(
                f"the city {self.city!r} is no short name; use small letters, digits, - and _, "
                "for instance louisville"
            )
        try:
            check_timezone(self.timezone)
            check_crs(self.crs)
            check_currency(self.currency)
        except ValueError as error:
            raise SettingsError(str(error)) from error
        if not self.max_distance_km > 0:
            raise SettingsError(f"max_distance_km is {self.max_distance_km}; it must be above 0")
        if not self.paths:
            raise SettingsError("no trip file was given; name at least one CSV file")

    @property
    def paths(self) -> tuple[Path, ...]:
        """The trip files."""
        if isinstance(self.path, (str, Path)):
            return (Path(self.path),)
        return tuple(Path(path) for path in self.path)


@dataclass(frozen=True)
class LoadReport:
    """What a load of trips did.

    Attributes
    ----------
    read
        Trips in the files.
    rows
        Rows that were new, by ``schema.table``.
    rejected
        Trips and stations in the files that cannot be true, by reason.
    known
        Trips that the warehouse held already.
    vehicles
        Vehicles of the trips loaded.
    notes
        Sentences a person should read.
    """

    read: int
    rows: dict[str, int]
    rejected: dict[str, int]
    known: int
    vehicles: int
    notes: list[str]

    def __str__(self) -> str:
        """Return the summary: every trip of the files is in one of its figures."""
        new = self.rows.get(TRIPS.relation, 0)
        lines = [f"{self.read:,} trips read, {new:,} new, {self.known:,} known already"]
        lines.append(f"{sum(self.rejected.values()):,} rejected, {self.vehicles:,} vehicles")
        by_count = sorted(self.rejected.items(), key=lambda item: -item[1])
        lines += [f"  {count:,} {reason}" for reason, count in by_count]
        return "\n".join([*lines, *self.notes])
