"""The operator's database -> raw_operational: cities, parkings, scooters, rides, events, searches.

Each table is read from where its cursor stands, less an overlap, up to one bound that is the same
for all tables, and merged by id. A row lives either in its table or in the rejected one: the
newest version decides, and takes the older one away. Not loaded: columns the contract does not
name, and rows that the operator deleted (they stay). User ids are hashed here.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.loading import REMOVED, Batch
from extract.operational import rules
from extract.operational.reader import OperationalReader, literal
from extract.operational.tables import CITIES, OPERATIONAL_REJECTED, OPERATIONAL_TABLES
from extract.operational.unreadable import UNREADABLE, as_original, reject_unreadable, row_key
from extract.operational.user_ids import hashed_users
from extract.projection import Place, crs_of
from extract.raw_tables import RawTable
from extract.rejections import REASON, accepted, outside_world, rejected

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

logger = logging.getLogger(__name__)

#: A row may become visible later than its ``updated_at`` says: so much is read again.
OVERLAP = timedelta(hours=1)
#: Things that exist at the bound are read although they changed later: the rides of a scooter
#: that went to the workshop since would be those of an unknown one. A ride under way at the bound
#: changes when it ends; a warehouse that has seen that must not know more rides than a fresh one.
_EXISTS_FROM = {
    "parkings": "created_at",
    "scooters": "commissioned_at",
    "rides": "started_at",
    "service_events": "occurred_at",
}
#: So many rows whose scooter or city was unknown are looked at again in each run.
_MAXIMUM_AGAIN = 10_000
_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
_CHECKS: dict[str, Callable[[pl.DataFrame, rules.Known], pl.DataFrame]] = {
    "parkings": rules.check_parkings,
    "scooters": rules.check_scooters,
    "rides": rules.check_rides,
    "service_events": rules.check_service_events,
    "app_searches": rules.check_app_searches,
}


@dataclass
class OperationalSource:
    """What one run reads from the operational database.

    Parameters
    ----------
    reader, warehouse
        From where, and against what rows the new ones are held.
    state
        The cursors by table and city slug, kept with the data; advanced while reading.
    cities
        Slugs to read; None reads all.
    until
        Rows of things that began later, and changed later, are left for the next run.
    places
        Where the cities are; those without a coordinate system get one from their parkings.
    hash_key
        Of the user hashes: no user id is loaded as it is.
    """

    reader: OperationalReader
    warehouse: Warehouse
    state: dict[str, Any]
    cities: Sequence[str] | None
    until: datetime
    places: dict[str, Place]
    hash_key: str

    def batches(self) -> Iterator[Batch]:
        """Give the changed rows of all tables, those that others refer to first."""
        cities = self._read_cities()
        yield from self._unchanged_left_out(CITIES, cities)
        known = rules.Known(
            cities=dict(cities.select("id", "slug").iter_rows()),
            places=self.places,
            scooters=set(self._column("select id from raw_operational.scooters")),
        )
        for table in OPERATIONAL_TABLES[1:]:
            yield from self._changed(table, known)

    def _read_cities(self) -> pl.DataFrame:
        schema = source_schema(CITIES)
        self.reader.require("cities", list(schema))
        frames = list(self.reader.read("cities", schema, "1 = 1"))
        cities = pl.concat(frames) if frames else pl.DataFrame(schema=schema)
        return cities.with_columns(pl.col("slug").alias("city"))

    def _unchanged_left_out(self, table: RawTable, frame: pl.DataFrame) -> Iterator[Batch]:
        there = self.warehouse.read(f"select {', '.join(table.columns)} from {table.relation}")
        new = table.conform(frame).join(
            table.conform(there), on=list(table.columns), how="anti", nulls_equal=True
        )
        if not new.is_empty():
            yield Batch(table, new)

    def _changed(self, table: RawTable, known: rules.Known) -> Iterator[Batch]:
        schema = source_schema(table)
        self.reader.require(table.name, list(schema))
        wanted = {
            key: slug
            for key, slug in known.cities.items()
            if self.cities is None or slug in self.cities
        }
        cursors = self.state.setdefault("cursors", {}).setdefault(table.name, {})
        bad_table = OPERATIONAL_REJECTED[table.name]
        bad_before = self.warehouse.read(
            f"select row_key, reason, original from {bad_table.relation}"
        )
        where = self._condition(table, wanted, cursors)
        again = _unknown(bad_before)
        if again:
            where = f"({where}) or id in ({', '.join(again)})"
        for frame in self.reader.read(table.name, schema, where, marked=True):
            new = hashed_users(self._new_versions(table, frame), self.hash_key)
            if not new.is_empty():
                yield from self._checked(table, new, known, bad_before)
        for slug in [*wanted.values(), *([""] if self.cities is None else [])]:
            cursors[slug] = max(cursors.get(slug, ""), self.until.isoformat())

    def _condition(self, table: RawTable, wanted: dict[int, str], cursors: dict[str, str]) -> str:
        """Return the SQL condition of rows to read: each city from its own cursor."""
        changed = _changed_column(table)
        bound = f"{changed} <= {literal(self.until)}"
        if table.name in _EXISTS_FROM:
            bound = f"({bound} or {_EXISTS_FROM[table.name]} <= {literal(self.until)})"
        parts = [
            f"(city_id = {key} and {changed} >= {literal(self._from(cursors.get(slug)))})"
            for key, slug in wanted.items()
        ]
        if self.cities is None:
            known = ", ".join(str(key) for key in wanted) or "-1"
            since = literal(self._from(cursors.get("")))
            parts.append(
                f"((city_id is null or city_id not in ({known})) and {changed} >= {since})"
            )
        return (
            f"{self.reader.is_no_time(changed)} or ({bound} and ({' or '.join(parts) or '1 = 0'}))"
        )

    def _from(self, cursor: str | None) -> datetime:
        if cursor is None:
            return _BEGINNING
        return min(datetime.fromisoformat(cursor), self.until) - OVERLAP

    def _new_versions(self, table: RawTable, frame: pl.DataFrame) -> pl.DataFrame:
        """Leave out the rows of the overlap that the warehouse holds in the same version."""
        changed = _changed_column(table)
        ids = frame["id"]
        there = self.warehouse.read(
            f"select id, {changed} from {table.relation}"
            " where id between %(first)s and %(last)s and "
            f"{changed} between %(since)s and %(until)s",
            {
                "first": ids.min(),
                "last": ids.max(),
                "since": frame[changed].min(),
                "until": frame[changed].max(),
            },
        )
        if not there.is_empty():
            frame = frame.join(there, on=["id", changed], how="anti")
        return frame.unique(subset=["id", UNREADABLE], keep="last", maintain_order=True)

    def _checked(
        self,
        table: RawTable,
        frame: pl.DataFrame,
        known: rules.Known,
        bad_before: pl.DataFrame,
    ) -> Iterator[Batch]:
        slugs = pl.col("city_id").replace_strict(
            list(known.cities), list(known.cities.values()), default=None, return_dtype=pl.String
        )
        cells = [name for name in frame.columns if name != UNREADABLE]
        placed = frame.with_columns(slugs.alias("city"))
        readable = placed.filter(pl.col(UNREADABLE).is_null()).drop(UNREADABLE)
        unreadable = reject_unreadable(placed, source_schema(table))
        if table.name == "parkings":
            self._place_by_rides(readable)
        checked = _CHECKS[table.name](readable, known)
        checked = pl.concat([checked, unreadable], how="diagonal")
        if table.name == "parkings":
            self._place_cities(checked)
        bad_table = OPERATIONAL_REJECTED[table.name]
        good = accepted(checked)
        bad = rejected(checked, row_key(), as_original(cells), self.until)
        gone = self._there(table, checked.filter(pl.col(REASON).is_not_null())["id"].to_list())
        bad = bad.join(bad_before, on=["row_key", "reason", "original"], how="anti")
        keys = good.select(pl.col("id").cast(pl.String).alias("row_key"))
        mended = keys.join(bad_before, on="row_key", how="semi")["row_key"]
        yield from _with_removals(table, good, pl.Series("id", gone, pl.Int64))
        yield from _with_removals(bad_table, bad, mended)

    def _place_by_rides(self, parkings: pl.DataFrame) -> None:
        """Let rides say where a city is of which nothing else is known: zones may be swapped."""
        schema = {"start_latitude": pl.Float64(), "start_longitude": pl.Float64()}
        for key, slug in parkings.select("city_id", "city").drop_nulls().unique().iter_rows():
            if self.places.get(slug, Place()) != Place():
                continue
            starts = next(self.reader.read("rides", schema, f"city_id = {key}"), None)
            if starts is None:
                continue
            there = starts.filter(~outside_world(*schema)).median()
            if there.row(0) != (None, None):
                self.places[slug] = Place(depot=there.row(0))

    def _place_cities(self, parkings: pl.DataFrame) -> None:
        centres = accepted(parkings).group_by("city").agg(pl.mean("latitude", "longitude"))
        for city, latitude, longitude in centres.iter_rows():
            place = self.places.get(city, Place())
            if place.crs is None:
                self.places[city] = Place(crs_of(latitude, longitude), place.depot)

    def _there(self, table: RawTable, ids: list[int]) -> list[int]:
        if not ids:
            return []
        return self._column(
            f"select id from {table.relation} where id = any(%(ids)s)",
            {"ids": ids},
        )

    def _column(self, statement: str, parameters: dict[str, Any] | None = None) -> list[Any]:
        return self.warehouse.read(statement, parameters).to_series().to_list()


def source_schema(table: RawTable) -> dict[str, Any]:
    """Return the columns that come from the source: those before ``city``, which we add."""
    names = list(table.columns)
    return {name: table.polars_schema[name] for name in names[: names.index("city")]}


def _unknown(bad: pl.DataFrame) -> list[str]:
    """Return the ids of rejected rows that a scooter or city known by now may mend."""
    unknown = bad.filter(pl.col("reason").str.starts_with("unknown "))
    ids = unknown["row_key"].filter(unknown["row_key"].str.contains(r"^\d+$"))
    return ids.sort().tail(_MAXIMUM_AGAIN).to_list()


def _changed_column(table: RawTable) -> str:
    return "updated_at" if "updated_at" in table.columns else "created_at"


def _with_removals(table: RawTable, frame: pl.DataFrame, keys: pl.Series) -> Iterator[Batch]:
    rows = table.conform(frame).with_columns(pl.lit(False).alias(REMOVED))
    if len(keys):
        removals = table.conform(keys.to_frame()).with_columns(pl.lit(True).alias(REMOVED))
        rows = pl.concat([rows, removals])
    if not rows.is_empty():
        yield Batch(table, rows)
