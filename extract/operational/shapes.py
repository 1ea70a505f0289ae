"""What a table of the source looks like today: its columns, ours and others, and soft deletes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import polars as pl

from extract.operational.columns import (
    SOFT_DELETES,
    SourceColumn,
    check_types,
    extra_columns,
)
from extract.operational.reader import OperationalReader, literal
from extract.operational.tables import OPERATIONAL_TABLES
from extract.raw_tables import POLARS_TYPES, RawTable, Type
from warehouse.errors import SourceError

#: Things that exist at the bound are read although they changed later: the rides of a scooter
#: that went to the workshop since would be those of an unknown one. A ride under way at the bound
#: changes when it ends; a warehouse that has seen that must not know more rides than a fresh one.
_EXISTS_FROM = {
    "parkings": "created_at",
    "scooters": "commissioned_at",
    "rides": "started_at",
    "service_events": "occurred_at",
}


@dataclass(frozen=True)
class Shape:
    """A table as the source has it.

    Attributes
    ----------
    table
        Ours, with the columns that the operator added.
    schema
        What to read, names to polars types.
    extra
        The columns that the operator added.
    soft_delete
        The column that marks a row as deleted; None where rows just vanish.
    left_out
        Columns that are not loaded, with the reason.
    no_change_time, is_live
        SQL conditions: that a row does not say when it changed, and that it is not marked as
        deleted.
    """

    table: RawTable
    schema: dict[str, Any]
    extra: dict[str, Type]
    soft_delete: str | None
    left_out: tuple[str, ...]
    no_change_time: str
    is_live: str

    @property
    def changed(self) -> str:
        """The column that says when a row last changed."""
        return changed_column(self.table)

    def until(self, bound: datetime) -> str:
        """Return the condition of rows that exist at the bound, a time that is missing included."""
        known = f"{self.changed} <= {literal(bound)}"
        if self.table.name in _EXISTS_FROM:
            known = f"({known} or {_EXISTS_FROM[self.table.name]} <= {literal(bound)})"
        # What nearly every row fulfils comes first: the source looks no further.
        return f"({known} or {self.no_change_time})"

    def with_deletions(self, frame: pl.DataFrame, until: datetime) -> pl.DataFrame:
        """Turn the operator's mark, if there is one, into ``deleted_at``."""
        if self.soft_delete is None or self.soft_delete == "deleted_at":
            none = pl.lit(None, pl.Datetime("us", "UTC")).alias("deleted_at")
            return frame if "deleted_at" in frame.columns else frame.with_columns(none)
        since = pl.coalesce(self.changed, pl.lit(until, pl.Datetime("us", "UTC")))
        is_deleted = pl.col(self.soft_delete).fill_null(False)
        return frame.with_columns(pl.when(is_deleted).then(since).alias("deleted_at"))


def changed_column(table: RawTable) -> str:
    """Return the column that says when a row last changed."""
    return "updated_at" if "updated_at" in table.columns else "created_at"


def source_columns(table: RawTable) -> dict[str, Type]:
    """Return the columns that come from the source: those before ``city``, which we add."""
    names = list(table.columns)
    return {name: table.columns[name] for name in names[: names.index("city")]}


def source_schema(table: RawTable) -> dict[str, Any]:
    """Return the columns that come from the source, with their polars types."""
    return {name: POLARS_TYPES[kind] for name, kind in source_columns(table).items()}


def shape_of(reader: OperationalReader, table: RawTable, extra_before: Mapping[str, Type]) -> Shape:
    """Look at a table of the source.

    Parameters
    ----------
    reader
        The source.
    table
        Ours.
    extra_before
        The columns that the operator had added when it was last loaded.

    Raises
    ------
    SourceError
        When it is missing, or lacks a column, or the type of a column changed.
    """
    there = reader.columns(table.name)
    wanted = source_columns(table)
    check_types(table.name, wanted, there, reader.address, is_sqlite=reader.is_sqlite)
    extra, left_out = extra_columns(table.columns, there)
    for name, before in extra_before.items():
        if name in extra and extra[name] != before:
            raise SourceError(
                f"column {name} of table {table.name!r} of the operational database was {before}"
                f" and is {there[name].type_name} now; change it back, or give the new one"
                " another name"
            )
    soft_delete = _soft_delete(there)
    schema = {name: POLARS_TYPES[one] for name, one in {**wanted, **extra}.items()}
    if soft_delete is not None:
        schema[soft_delete] = POLARS_TYPES[
            "timestamp" if soft_delete == "deleted_at" else "boolean"
        ]
    # Columns that went away stay in ours, empty from now on.
    columns = {**table.columns, **extra_before, **extra}
    return Shape(
        table=replace(table, columns=columns),
        schema=schema,
        extra=extra,
        soft_delete=soft_delete,
        left_out=tuple(left_out),
        no_change_time=reader.is_no_time(changed_column(table)),
        is_live=_is_live(reader, soft_delete),
    )


def wrong_shapes(url: str) -> list[str]:
    """Return a sentence for each table that could not be loaded as it is."""
    reader = OperationalReader(url, waits_s=())
    said = []
    try:
        for table in OPERATIONAL_TABLES:
            try:
                shape_of(reader, table, {})
            except SourceError as error:
                said.append(str(error))
    finally:
        reader.close()
    return said


def _is_live(reader: OperationalReader, soft_delete: str | None) -> str:
    if soft_delete is None:
        return "1 = 1"
    if soft_delete == "deleted_at":
        return reader.is_no_time(soft_delete)
    return f"coalesce({soft_delete}, 0) = 0"


def _soft_delete(there: Mapping[str, SourceColumn]) -> str | None:
    for name in SOFT_DELETES:
        wanted = ("time", "date") if name == "deleted_at" else ("whole",)
        if name in there and there[name].kind in wanted:
            return name
    return None
