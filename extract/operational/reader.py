"""Reading the operator's database: SQLite by its driver, MySQL and MariaDB with connectorx."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Any

import polars as pl
import sqlalchemy
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from extract.operational.address import CONNECT_ERRORS, SESSION, Address
from extract.operational.columns import SourceColumn, typed
from extract.operational.patience import WAITS_S, patiently, reason_of
from extract.operational.unreadable import as_text, column_of, mark_unreadable
from extract.operational.windows import windows
from warehouse.errors import SourceError
from warehouse.settings import export

logger = logging.getLogger(__name__)

CHUNK_ROWS = 25_000
#: SQLite is read through its driver, whose errors come as they are.
_ERRORS = (SQLAlchemyError, sqlite3.Error)
_FIRST_DATE = "'1000-01-01 00:00:00'"


class OperationalReader:
    """The operational database, read in chunks of frames.

    Nothing but SELECT is asked of it. A server that goes away while it is read is waited for.

    Parameters
    ----------
    url
        ``sqlite:///...`` or ``mysql+pymysql://...`` (MariaDB as well).
    waits_s
        How long to wait before each further try when the server is away.

    Raises
    ------
    SourceError
        When it cannot be reached; the message says which setting to look at.
    """

    def __init__(self, url: str, waits_s: Sequence[float] = WAITS_S) -> None:
        self._at = Address(make_url(url))
        self._waits_s = waits_s
        self._engine = self._at.engine()
        try:
            with self._engine.connect() as connection:
                inspector = sqlalchemy.inspect(connection)
                self._tables = {*inspector.get_table_names(), *inspector.get_view_names()}
        except CONNECT_ERRORS as error:
            raise self._at.refused(error) from error

    @property
    def address(self) -> str:
        """Where it is, without the password."""
        return str(self._at)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self._at.is_sqlite

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def has(self, table: str) -> bool:
        """Whether there is a table, or view, of that name."""
        return table in self._tables

    def require(self, table: str, columns: Sequence[str]) -> None:
        """Check that the table, or view, and the columns exist.

        Raises
        ------
        SourceError
            Naming the table, or the columns that are missing.
        """
        there = self.columns(table)
        missing = [name for name in columns if name not in there]
        if missing:
            raise SourceError(
                f"table {table!r} of the operational database lacks {', '.join(missing)}; "
                f"it has {', '.join(sorted(there))}; give each its name back, or make a view "
                f"{table!r} that has it"
            )

    def columns(self, table: str) -> dict[str, SourceColumn]:
        """Return the columns of a table, or view, by their names in small letters.

        Raises
        ------
        SourceError
            When there is no such table, or it cannot be looked at.
        """
        if not self.has(table):
            raise SourceError(
                f"the operational database {self.address} has no table {table!r}; "
                "make it, or point MOOW_OPERATIONAL_URL at the right database"
            )
        statement = (
            "select name, lower(type), null from pragma_table_info(:name)"
            if self.is_sqlite
            # Not SHOW CREATE TABLE: a user who may read some columns only sees just those here.
            # A column of a view that is null is one of no length.
            else "select column_name, if(character_maximum_length = 0, 'null', data_type),"
            " numeric_precision from information_schema.columns"
            " where table_schema = database() and table_name = :name order by ordinal_position"
        )
        found = {}
        for name, type_name, digits in self.fetch(table, statement, {"name": table}):
            short = str(type_name).split("(")[0].split(" ")[0]
            found[str(name).lower()] = SourceColumn(str(name), short, digits)
        return found

    def fetch(
        self, table: str, statement: str, parameters: Mapping[str, Any] | None = None
    ) -> list[tuple[Any, ...]]:
        """Return the few rows of a query of our own making about a table."""

        def ask() -> list[tuple[Any, ...]]:
            with self._engine.connect() as connection:
                found = connection.execute(sqlalchemy.text(statement), dict(parameters or {}))
                return [tuple(row) for row in found]

        try:
            return patiently(ask, self._waits_s)
        except _ERRORS as error:
            raise _unreadable(table, error) from error

    def now(self) -> datetime:
        """Return what time it is where the rows get their times, UTC; of a file, here."""
        clock = "strftime('%Y-%m-%d %H:%M:%f', 'now')" if self.is_sqlite else "utc_timestamp(6)"
        ((said,),) = self.fetch("(its clock)", f"select {clock}")
        return datetime.fromisoformat(str(said)).replace(tzinfo=UTC)

    def read(
        self,
        table: str,
        schema: Mapping[str, Any],
        where: str,
        *,
        rows: int | None = None,
        marked: bool = False,
        is_whole: bool = False,
    ) -> Iterator[pl.DataFrame]:
        """Give the rows of a table in frames.

        Parameters
        ----------
        table
            Its name.
        schema
            Column names to polars types; times are naive UTC in the source.
        where
            A condition of our own making, times as `literal`.
        rows
            At most so many a frame; `CHUNK_ROWS` unless said otherwise.
        marked
            Whether the column `UNREADABLE` is added, which keeps cells that are not of their kind
            as texts; without it they are only null.
        is_whole
            Whether most rows of the table are expected to fulfil the condition.
        """
        frames = self._sqlite if self.is_sqlite else self._mysql
        try:
            for frame in frames(table, schema, where, rows or CHUNK_ROWS, is_whole):
                if not frame.is_empty():
                    made = typed(frame, schema)
                    yield mark_unreadable(frame, made) if marked else made
        except (*_ERRORS, RuntimeError, pl.exceptions.PolarsError) as error:
            raise _unreadable(table, error) from error

    def is_no_time(self, column: str) -> str:
        """Return the SQL condition that a column of times holds none.

        SQLite lets words and numbers stand there, which no bound would ever find; MySQL dates of
        zeros.
        """
        if self.is_sqlite:
            # With a sign beside it, the digit is a text, and every number less than that.
            return f"({column} is null or {column} < '0-' or {column} >= ':')"
        return f"({column} is null or {column} < {_FIRST_DATE})"

    def _sqlite(
        self, table: str, schema: Mapping[str, Any], where: str, rows: int, _is_whole: bool
    ) -> Iterator[pl.DataFrame]:
        # SQLite keeps times as text; numbers may sit in any column, so types come after.
        wire = {
            name: pl.String() if isinstance(kind, pl.Datetime) else kind
            for name, kind in schema.items()
        }
        wire = {
            name: pl.Float64() if isinstance(kind, pl.Decimal) else kind
            for name, kind in wire.items()
        }
        with closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(f"select {', '.join(schema)} from {table} where {where}")
            while found := cursor.fetchmany(rows):
                columns = zip(wire.items(), zip(*found, strict=True), strict=True)
                yield pl.DataFrame(
                    [column_of(name, kind, values) for (name, kind), values in columns]
                )

    def _mysql(
        self, table: str, schema: Mapping[str, Any], where: str, rows: int, is_whole: bool
    ) -> Iterator[pl.DataFrame]:
        there = self.columns(table)
        columns = ", ".join(
            f"{there[name].expression(kind)} as `{name}`" for name, kind in schema.items()
        )

        def read(first: int, last: int) -> pl.DataFrame:
            statement = (
                f"select {columns} from `{table}` where ({where}) and id between {first} and {last}"
            )
            return patiently(partial(self._window, statement), self._waits_s)

        ask = partial(self.fetch, table)
        return windows(ask, read, f"`{table}`", where, rows, is_whole=is_whole)

    def _window(self, statement: str) -> pl.DataFrame:
        if not self._at.fits_connectorx:
            return self._by_driver(statement)
        # Its own log would write what we say in a sentence.
        export(RUST_LOG="off")
        import connectorx

        # It waits half a minute for a server that is away, and another for one that refuses it.
        with self._engine.connect() as connection:
            connection.exec_driver_sql("select 1")
        try:
            batches = connectorx.read_sql(
                self._at.for_connectorx(),
                statement,
                return_type="arrow",
                pre_execution_query=SESSION,
            )
        except BaseException as error:
            # A value that it cannot read ends in a panic, which is no Exception.
            if type(error).__name__ == "PanicException":
                raise RuntimeError(reason_of(error)) from error
            raise
        return pl.DataFrame(pl.from_arrow(batches))

    def _by_driver(self, statement: str) -> pl.DataFrame:
        """Read a window through pymysql, which knows more of TLS; cells are typed afterwards."""
        with self._engine.connect() as connection:
            found = connection.exec_driver_sql(statement.replace("%", "%%"))
            names, rows = list(found.keys()), found.all()
        columns = zip(*rows, strict=True) if rows else [()] * len(names)
        return pl.DataFrame(
            [
                pl.Series(name, [as_text(cell) for cell in cells], dtype=pl.String)
                for name, cells in zip(names, columns, strict=True)
            ]
        )


def literal(moment: datetime) -> str:
    """Return a UTC time as both databases write it, naive, in single quotes."""
    return f"'{moment.strftime('%Y-%m-%d %H:%M:%S.%f')}'"


def _unreadable(table: str, error: BaseException) -> SourceError:
    return SourceError(
        f"table {table!r} of the operational database cannot be read: {reason_of(error)}"
    )
