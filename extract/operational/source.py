"""The operator's database -> raw_operational: cities, parkings, scooters, rides, events, searches.

Each table is read from where its cursor stands, less an overlap, up to one bound that is the same
for all tables, and merged by id. Parents come before their children; a scooter or city that was
added between the two is fetched when its first ride shows up. Rows that are gone, and rows that
were committed later than the overlap, are found by `extract.operational.sweep`. Not loaded:
columns that may say who a person is, columns of types that are no text, number or time, and tables
that no model reads. User ids are hashed here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from extract.ahead import ahead
from extract.cells import check_timezone
from extract.loading import Batch, Mode
from extract.operational.places import place_by_rides
from extract.operational.reader import OperationalReader, literal
from extract.operational.rows import RowChecker
from extract.operational.shapes import Shape
from extract.operational.tables import CITIES, OPERATIONAL_REJECTED

logger = logging.getLogger(__name__)

#: So many rows whose scooter or city was unknown are looked at again in each run.
_MAXIMUM_AGAIN = 10_000
_ALL = "1 = 1"
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass
class OperationalSource:
    """What one run reads from the operational database by its cursors.

    Parameters
    ----------
    reader, checker
        From where, and what becomes of the rows.
    shapes
        The tables that can be read, by name.
    state
        The cursors by table and city slug, kept with the data; advanced while reading.
    cities
        Slugs to read; None reads all.
    until
        Rows of things that began later, and changed later, are left for the next run.
    overlap
        A row may become visible later than its ``updated_at`` says: so much is read again.

    Attributes
    ----------
    begun_at
        What time it was in the source before it was read; no cursor is past it.
    problems
        A sentence for each city that is not loaded.
    """

    reader: OperationalReader
    checker: RowChecker
    shapes: dict[str, Shape]
    state: dict[str, Any]
    cities: Sequence[str] | None
    until: datetime
    overlap: timedelta
    begun_at: datetime = field(init=False)
    problems: list[str] = field(default_factory=list, init=False)
    _asked_for: dict[str, set[int]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # The run's clock may be ahead: what changes until then is yet to be read.
        self.begun_at = self.reader.now()

    def batches(self) -> Iterator[Batch]:
        """Give the changed rows of all tables, those that others refer to first."""
        for name, shape in self.shapes.items():
            if name == CITIES.name:
                yield from self._new_cities(shape)
            else:
                yield from self._changed(shape)
            self._remember_columns(shape)

    @property
    def wanted(self) -> dict[int, str]:
        """The cities to read, ids to slugs."""
        return {
            key: slug
            for key, slug in self.checker.known.cities.items()
            if self.cities is None or slug in self.cities
        }

    def _new_cities(self, shape: Shape, where: str = _ALL) -> Iterator[Batch]:
        """Read all cities, as they are few; those that are gone stay known for their rides."""
        frames = list(self.reader.read(CITIES.name, shape.schema, where))
        cities = pl.concat(frames) if frames else pl.DataFrame(schema=shape.schema)
        cities = cities.drop_nulls(["id", "slug"])  # without them nothing can refer to one
        # A view may say the same twice.
        cities = cities.unique(subset="id", keep="last", maintain_order=True)
        ids = cities["id"].to_list()
        cities = self._in_countable_zones(cities)
        rows = shape.with_deletions(cities, self.until).with_columns(pl.col("slug").alias("city"))
        self.checker.known.cities.update(rows.select("id", "slug").iter_rows())
        if where == _ALL and not rows.is_empty():
            rows = pl.concat([shape.table.conform(rows), self._gone_cities(shape, ids)])
        new = self.checker.unchanged_left_out(shape.table, rows, rows["id"].to_list())
        if not new.is_empty():
            mode: Mode = "add" if self.checker.is_first(shape.table) else "merge"
            yield Batch(shape.table, new, mode)

    def _in_countable_zones(self, cities: pl.DataFrame) -> pl.DataFrame:
        """Leave out cities whose days nobody could count: one of them would stop all."""
        refused = set()
        for slug, zone in cities.select("slug", "timezone").drop_nulls().iter_rows():
            try:
                check_timezone(zone)
            except ValueError as error:
                refused.add(slug)
                problem = f"city {slug!r} of the operational database is not loaded: {error}"
                if problem not in self.problems:
                    self.problems.append(problem)
        return cities.filter(~pl.col("slug").is_in(refused))

    def _gone_cities(self, shape: Shape, there: Sequence[int]) -> pl.DataFrame:
        ids = set(self.checker.known.cities) - set(there)
        since = pl.coalesce("deleted_at", pl.lit(self.until, pl.Datetime("us", "UTC")))
        rows = self.checker.rows_there(shape.table, sorted(ids))
        return rows.with_columns(since.alias("deleted_at"))

    def _changed(self, shape: Shape) -> Iterator[Batch]:
        cursors = self.state.setdefault("cursors", {}).setdefault(shape.table.name, {})
        is_widened = self._is_widened(shape)
        where = self._condition(shape, {} if is_widened else cursors)
        again = self._again(shape)
        if again:
            where = f"({where}) or id in ({', '.join(again)})"
        is_whole = is_widened or not cursors
        for frame in ahead(self._rows(shape, where, is_whole)):
            yield from self._parents(frame)
            if shape.table.name == "parkings":
                self._place(frame)
            yield from self.checker.batches(shape, frame, is_reread=is_widened)
        for slug in [*self.wanted.values(), *([""] if self.cities is None else [])]:
            read_to = max(_moment(cursors.get(slug)), self.until)
            cursors[slug] = min(read_to, self.begun_at).isoformat()

    def _place(self, parkings: pl.DataFrame) -> None:
        if "rides" in self.shapes:
            there = set(parkings["city_id"].unique())
            cities = {key: slug for key, slug in self.wanted.items() if key in there}
            place_by_rides(self.reader, self.checker.places, cities)

    def _rows(self, shape: Shape, where: str, is_whole: bool = False) -> Iterator[pl.DataFrame]:
        return self.reader.read(
            shape.table.name, shape.schema, where, marked=True, is_whole=is_whole
        )

    def _is_widened(self, shape: Shape) -> bool:
        """Return whether columns were added: then all rows are read again, to fill them."""
        known = self.state.get("extra_columns", {}).get(shape.table.name, {})
        lost = self.state.get("lost_columns", {}).get(shape.table.name, [])
        before = set(known) - set(lost)
        return not set(shape.extra) <= before and not self.checker.is_first(shape.table)

    def _remember_columns(self, shape: Shape) -> None:
        """Keep the types of the columns that were ever added, and which of them are gone."""
        known = self.state.setdefault("extra_columns", {})
        types = {**known.get(shape.table.name, {}), **shape.extra}
        if types:
            known[shape.table.name] = types
            lost = sorted(set(types) - set(shape.extra))
            self.state.setdefault("lost_columns", {})[shape.table.name] = lost

    def _condition(self, shape: Shape, cursors: dict[str, str]) -> str:
        """Return the SQL condition of rows to read: each city from its own cursor."""
        if self.cities is None and not cursors:
            return shape.until(self.until)
        parts = [
            f"(city_id = {key}{self._since(shape, cursors.get(slug))})"
            for key, slug in self.wanted.items()
        ]
        if self.cities is None:
            known = ", ".join(str(key) for key in self.wanted) or "-1"
            since = self._since(shape, cursors.get(""))
            parts.append(f"((city_id is null or city_id not in ({known})){since})")
        return f"{shape.until(self.until)} and ({' or '.join(parts) or '1 = 0'})"

    def _since(self, shape: Shape, cursor: str | None) -> str:
        if cursor is None:
            return ""
        since = min(_moment(cursor), self.until) - self.overlap
        # A column of whole seconds says of a later change what it said of an earlier one.
        since = since.replace(microsecond=0)
        return f" and ({shape.changed} >= {literal(since)} or {shape.no_change_time})"

    def _again(self, shape: Shape) -> list[str]:
        """Return the ids of rejected rows to look at again.

        A scooter or city known by now may mend them; a parking, which every run names until it is
        mended, may have been put back with the time of its last good change.
        """
        bad_table = OPERATIONAL_REJECTED[shape.table.name]
        if self.checker.is_first(bad_table):
            return []
        is_mendable = "starts_with(reason, 'unknown ')"
        if shape.table.name == "parkings":
            is_mendable = "true"
        keys = self.checker.column(
            f"select row_key from {bad_table.relation} where {is_mendable}"
            r" and row_key ~ '^\d{1,18}$' order by row_key::bigint desc"
            f" limit {_MAXIMUM_AGAIN}"
        )
        return sorted(keys, key=int)

    def _parents(self, frame: pl.DataFrame) -> Iterator[Batch]:
        """Fetch the cities and scooters that were added since those tables were read."""
        known = self.checker.known
        ids = self._missing(frame, "city_id", set(known.cities))
        if ids and CITIES.name in self.shapes and self.cities is None:
            yield from self._new_cities(self.shapes[CITIES.name], _among(ids))
        if "scooters" not in self.shapes or "scooter_id" not in frame.columns:
            return
        ids = self._missing(frame, "scooter_id", known.scooters)
        wanted = ", ".join(str(key) for key in self.wanted) or "-1"
        if ids:
            scooters = self.shapes["scooters"]
            where = f"{_among(ids)} and city_id in ({wanted})"
            for found in self._rows(scooters, where):
                for batch in self.checker.batches(scooters, found):
                    if batch.table.name == "scooters":
                        yield batch

    def _missing(self, frame: pl.DataFrame, column: str, known: set[int]) -> set[int]:
        """Return the ids that are not known, those that were asked for already left out."""
        asked = self._asked_for.setdefault(column, set())
        ids = set(frame[column].drop_nulls().unique().to_list()) - known - asked
        asked |= ids
        return ids


def _moment(cursor: str | None) -> datetime:
    return _EVER if cursor is None else datetime.fromisoformat(cursor)


def _among(ids: set[int]) -> str:
    return f"id in ({', '.join(map(str, sorted(ids)))})"
