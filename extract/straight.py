"""Rows that are only added to a table: streamed into it while they are read.

Nothing is to be merged with, so no files, no staging table and no merge are needed; Postgres
writes while the next rows are on their way. What a load streams is one transaction a table,
committed when all of it was read and before the state of the load is kept: a load that dies leaves
nothing, or rows that the next one finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from queue import Empty, Full, Queue
from threading import Event, Thread
from typing import TYPE_CHECKING

import polars as pl
import pyarrow as pa

from extract.raw_tables import POSTGRES_TYPES, RawTable
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: Frames that may wait for Postgres; it is the faster side.
_WAITING = 2
_LOOK_S = 0.5


@dataclass
class StraightCopies:
    """The tables that one load streams into.

    Parameters
    ----------
    warehouse
        Where they are.
    """

    warehouse: Warehouse
    _copies: dict[str, _Copy] = field(default_factory=dict)

    def put(self, table: RawTable, frame: pl.DataFrame) -> None:
        """Add rows to a table, of its own columns and types.

        Raises
        ------
        WarehouseError
            When Postgres refused the rows before these.
        """
        copy = self._copies.get(table.relation)
        if copy is None:
            self._add_columns(table)
            copy = self._copies[table.relation] = _Copy(self.warehouse.url, table)
        copy.put(frame.to_arrow(compat_level=pl.CompatLevel.oldest()))

    def commit(self) -> list[str]:
        """Let all that was put take effect, a table after the other; the tables."""
        for copy in self._copies.values():
            copy.end(is_whole=True)
        return list(self._copies)

    def abandon(self) -> None:
        """Take back what is not committed."""
        for copy in self._copies.values():
            copy.end(is_whole=False)

    def _add_columns(self, table: RawTable) -> None:
        rows = self.warehouse.fetch(
            "select column_name as name from information_schema.columns"
            " where table_schema = %(schema)s and table_name = %(table)s",
            {"schema": table.schema, "table": table.name},
        )
        there = {row["name"] for row in rows}
        for name, kind in table.columns.items():
            if name not in there:
                self.warehouse.execute(
                    f"alter table {table.relation} add column {name} {POSTGRES_TYPES[kind]}"
                )


class _Copy:
    """One stream into one table, written by a thread of its own."""

    def __init__(self, url: str, table: RawTable) -> None:
        self._url, self._table = url, table
        self._queue: Queue[pa.Table | None] = Queue(_WAITING)
        self._is_over, self._is_abandoned = Event(), Event()
        self._error: BaseException | None = None
        self._thread: Thread | None = None

    def put(self, rows: pa.Table) -> None:
        if self._thread is None:
            self._thread = Thread(target=self._write, args=(rows.schema,), daemon=True)
            self._thread.start()
        self._hand_over(rows)

    def end(self, *, is_whole: bool) -> None:
        if self._thread is None:
            return
        if is_whole:
            self._hand_over(None)
        else:
            self._is_abandoned.set()
        self._thread.join()
        self._thread = None
        if is_whole:
            self._raise()

    def _hand_over(self, rows: pa.Table | None) -> None:
        while True:
            self._raise()
            try:
                return self._queue.put(rows, timeout=_LOOK_S)
            except Full:
                continue

    def _raise(self) -> None:
        if self._error is not None:
            said = str(self._error).strip().splitlines()[0]
            raise WarehouseError(
                f"loading into {self._table.relation} failed: {said}; run it again, it goes on "
                "from where the tables stand"
            ) from self._error

    def _write(self, schema: pa.Schema) -> None:
        import adbc_driver_postgresql.dbapi as adbc

        try:
            with adbc.connect(self._url) as connection, connection.cursor() as cursor:
                reader = pa.RecordBatchReader.from_batches(schema, self._batches())
                cursor.adbc_ingest(
                    self._table.name, reader, mode="append", db_schema_name=self._table.schema
                )
                if not self._is_abandoned.is_set():
                    connection.commit()
        except BaseException as error:
            self._error = error

    def _batches(self) -> Iterator[pa.RecordBatch]:
        while not self._is_abandoned.is_set():
            try:
                rows = self._queue.get(timeout=_LOOK_S)
            except Empty:
                continue
            if rows is None:
                return
            yield from rows.to_batches()
