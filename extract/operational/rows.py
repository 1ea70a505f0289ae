"""Rows of the source -> batches: what is new, checked, hashed, rejected, taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.forgotten import Forgotten
from extract.loading import REMOVED, Batch, is_empty
from extract.operational import rules
from extract.operational.shapes import Shape
from extract.operational.tables import OPERATIONAL_REJECTED
from extract.operational.unreadable import (
    UNREADABLE,
    as_original,
    reject_unreadable,
    row_key,
)
from extract.operational.user_ids import UserHashes
from extract.projection import Place, crs_of
from extract.raw_tables import RawTable
from extract.rejections import REASON, accepted, rejected

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

_CHECKS: dict[str, Callable[[pl.DataFrame, rules.Known], pl.DataFrame]] = {
    "parkings": rules.check_parkings,
    "scooters": rules.check_scooters,
    "rides": rules.check_rides,
    "service_events": rules.check_service_events,
    "app_searches": rules.check_app_searches,
}
_REJECTED_KEYS = ("row_key", "reason", "original")


@dataclass
class RowChecker:
    """Turns frames of the source into batches of our tables.

    A row lives either in its table or in the rejected one: the newest version decides, and takes
    the older one away. Only of a parking does the last good version stay beside the bad one: a slip
    in a zone must not send a van for all scooters that stand there.

    Parameters
    ----------
    warehouse
        Against what rows the new ones are held.
    known, places
        The cities and scooters, and where the cities are; both grow on the way.
    users
        Hashes of the user ids: none is loaded as it is.
    until
        The time of the run.
    forgotten
        What is not loaded again of riders.
    """

    warehouse: Warehouse
    known: rules.Known
    places: dict[str, Place]
    users: UserHashes
    until: datetime
    forgotten: Forgotten = field(default_factory=Forgotten)
    _empty: dict[str, bool] = field(default_factory=dict)

    def is_first(self, table: RawTable) -> bool:
        """Return whether the table was empty when this run first looked at it."""
        if table.relation not in self._empty:
            self._empty[table.relation] = is_empty(self.warehouse, table)
        return self._empty[table.relation]

    def after_loading(self) -> RowChecker:
        """Return a checker that looks anew at which tables are empty."""
        return replace(self, _empty={})

    def batches(
        self, shape: Shape, frame: pl.DataFrame, *, is_reread: bool = False
    ) -> Iterator[Batch]:
        """Give what is new in rows of the source.

        Parameters
        ----------
        shape
            The table.
        frame
            Its rows, by `Shape.schema`.
        is_reread
            Whether rows that the warehouse holds just so are taken all the same.
        """
        rows = shape.with_deletions(frame, self.until)
        if rows["id"].n_unique() < rows.height:  # a view may say the same twice
            rows = rows.unique(subset=["id", UNREADABLE], keep="last", maintain_order=True)
        if not rows.is_empty():
            yield from self._checked(shape.table, self.users.instead(rows), is_reread)

    def _checked(self, table: RawTable, frame: pl.DataFrame, is_reread: bool) -> Iterator[Batch]:
        bad_table = OPERATIONAL_REJECTED[table.name]
        cells = [name for name in frame.columns if name != UNREADABLE]
        checked = self.forgotten.without_riders(table.name, self._judged(table, frame))
        if table.name == "parkings":
            self._place_cities(checked)
        good = accepted(checked)
        bad = rejected(checked, row_key(), as_original(cells), self.until)
        if self.is_first(table) and self.is_first(bad_table):
            yield from _added(table, good)
            yield from _added(bad_table, bad)
            return
        bad_before = self._rejected_before(bad_table, frame["id"])
        gone: list[int] = []
        if table.name != "parkings":
            gone = self._there(table, checked.filter(pl.col(REASON).is_not_null())["id"].to_list())
        bad = bad.join(bad_before, on=list(_REJECTED_KEYS), how="anti")
        keys = good.select(pl.col("id").cast(pl.String).alias("row_key"))
        mended = keys.join(bad_before, on="row_key", how="semi")["row_key"]
        if not is_reread:
            # By content: two changes within a second may bear the same time.
            good = self.unchanged_left_out(table, good, good["id"].to_list())
        yield from with_removals(table, good, pl.Series("id", gone, pl.Int64))
        yield from with_removals(bad_table, bad, mended)

    def _judged(self, table: RawTable, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the rows with what is computed from them, and the reason not to take them."""
        placed = frame.with_columns(self._slugs())
        if placed[UNREADABLE].null_count() == placed.height:
            return _CHECKS[table.name](placed, self.known)
        readable = placed.filter(pl.col(UNREADABLE).is_null())
        unreadable = reject_unreadable(placed, frame.schema)
        checked = _CHECKS[table.name](readable, self.known)
        return pl.concat([checked, unreadable], how="diagonal")

    def _slugs(self) -> pl.Expr:
        cities = self.known.cities
        return (
            pl.col("city_id")
            .replace_strict(
                list(cities), list(cities.values()), default=None, return_dtype=pl.String
            )
            .alias("city")
        )

    def _place_cities(self, parkings: pl.DataFrame) -> None:
        centres = accepted(parkings).group_by("city").agg(pl.mean("latitude", "longitude"))
        for city, latitude, longitude in centres.iter_rows():
            place = self.places.get(city, Place())
            if place.crs is None or place.near is None:
                middle = (latitude, longitude)
                self.places[city] = replace(
                    place, crs=place.crs or crs_of(*middle), middle=place.middle or middle
                )

    def unchanged_left_out(
        self, table: RawTable, frame: pl.DataFrame, ids: list[int]
    ) -> pl.DataFrame:
        """Return the rows that the warehouse does not hold just so.

        A column that the source lost is not compared: what it said stays.
        """
        compared = [name for name in table.columns if name in frame.columns]
        return table.conform(frame).join(
            self.rows_there(table, ids), on=compared, how="anti", nulls_equal=True
        )

    def rows_there(self, table: RawTable, ids: Sequence[int]) -> pl.DataFrame:
        """Return the rows that the warehouse holds of some ids."""
        columns = self._columns_there(table)
        there = self.warehouse.read(
            f"select {', '.join(columns)} from {table.relation} where id = any(%(ids)s)",
            {"ids": list(ids)},
        )
        return table.conform(there)

    def _columns_there(self, table: RawTable) -> list[str]:
        rows = self.warehouse.fetch(
            "select column_name as name from information_schema.columns"
            " where table_schema = %(schema)s and table_name = %(table)s",
            {"schema": table.schema, "table": table.name},
        )
        return [row["name"] for row in rows if row["name"] in table.columns]

    def _rejected_before(self, bad_table: RawTable, ids: pl.Series) -> pl.DataFrame:
        if self.is_first(bad_table):
            return pl.DataFrame(schema=dict.fromkeys(_REJECTED_KEYS, pl.String))
        return self.warehouse.read(
            f"select {', '.join(_REJECTED_KEYS)} from {bad_table.relation}"
            " where row_key = any(%(keys)s)",
            {"keys": ids.cast(pl.String).drop_nulls().to_list()},
        )

    def _there(self, table: RawTable, ids: list[int | None]) -> list[int]:
        known = [one for one in ids if one is not None]
        if not known:
            return []
        return self.column(
            f"select id from {table.relation} where id = any(%(ids)s)", {"ids": known}
        )

    def column(self, statement: str, parameters: Mapping[str, Any] | None = None) -> list[Any]:
        """Return the first column of a query."""
        return self.warehouse.read(statement, parameters).to_series().to_list()


def with_removals(table: RawTable, frame: pl.DataFrame, keys: pl.Series) -> Iterator[Batch]:
    """Give rows, and the wish to remove those of other keys, as one batch."""
    rows = table.conform(frame).with_columns(pl.lit(False).alias(REMOVED))
    if len(keys):
        removals = table.conform(keys.to_frame()).with_columns(pl.lit(True).alias(REMOVED))
        rows = pl.concat([rows, removals])
    if not rows.is_empty():
        yield Batch(table, rows)


def _added(table: RawTable, frame: pl.DataFrame) -> Iterator[Batch]:
    if not frame.is_empty():
        yield Batch(table, frame, "add")
