"""Reading the operator's database: SQLite through its driver, MySQL and MariaDB with connectorx."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import sqlalchemy
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from extract.operational.unreadable import column_of, mark_unreadable
from warehouse.errors import SourceError

logger = logging.getLogger(__name__)

CHUNK_ROWS = 50_000
#: SQLite is read through its driver, whose errors come as they are.
_ERRORS = (SQLAlchemyError, sqlite3.Error)


class OperationalReader:
    """The operational database, read in chunks of frames.

    Parameters
    ----------
    url
        ``sqlite:///...`` or ``mysql+pymysql://...`` (MariaDB as well).

    Raises
    ------
    SourceError
        When it cannot be reached; the message says which setting to look at.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._engine = sqlalchemy.create_engine(_read_only(self._url))
        try:
            with self._engine.connect() as connection:
                inspector = sqlalchemy.inspect(connection)
                self._tables = {*inspector.get_table_names(), *inspector.get_view_names()}
        except _ERRORS as error:
            raise SourceError(
                f"the operational database {self.address} cannot be read "
                f"({reason_of(error)}); check that it runs, and the user and password in "
                "MOOW_OPERATIONAL_URL"
            ) from error

    @property
    def address(self) -> str:
        """Where it is, without the password."""
        return self._url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def require(self, table: str, columns: list[str]) -> None:
        """Check that the table, or view, and the columns exist.

        Raises
        ------
        SourceError
            Naming the table, or the columns that are missing.
        """
        if table not in self._tables:
            raise SourceError(
                f"the operational database {self.address} has no table {table!r}; "
                "make it, or point MOOW_OPERATIONAL_URL at the right database"
            )
        try:
            there = {
                column["name"] for column in sqlalchemy.inspect(self._engine).get_columns(table)
            }
        except _ERRORS as error:
            raise _unreadable(table, error) from error
        missing = [name for name in columns if name not in there]
        if missing:
            raise SourceError(
                f"table {table!r} of the operational database lacks {', '.join(missing)}; "
                f"it has {', '.join(sorted(there))}"
            )

    def read(
        self, table: str, schema: dict[str, Any], where: str, *, marked: bool = False
    ) -> Iterator[pl.DataFrame]:
        """Give the rows of a table in frames of at most `CHUNK_ROWS`.

        Parameters
        ----------
        table
            Its name.
        schema
            Column names to polars types; times are naive UTC in the source.
        where
            A condition of our own making, times as `literal`.
        marked
            Whether the column `UNREADABLE` is added, which keeps cells that are not of their kind
            as texts; without it they are only null.
        """
        columns = ", ".join(schema)
        statement = f"select {columns} from {table} where {where}"
        frames = self._sqlite(statement, schema)
        if self._url.get_backend_name() != "sqlite":
            frames = self._mysql(statement)
        try:
            for frame in frames:
                if not frame.is_empty():
                    typed = _typed(frame, schema)
                    yield mark_unreadable(frame, typed) if marked else typed
        except (*_ERRORS, RuntimeError, pl.exceptions.PolarsError) as error:
            raise _unreadable(table, error) from error

    def is_no_time(self, column: str) -> str:
        """Return the SQL condition that a column of times holds none.

        SQLite lets words and numbers stand there, which no bound would ever find.
        """
        if self._url.get_backend_name() != "sqlite":
            return f"{column} is null"
        # With a sign beside it, the digit is a text, and every number less than that.
        return f"{column} is null or {column} < '0-' or {column} >= ':'"

    def _sqlite(self, statement: str, schema: dict[str, Any]) -> Iterator[pl.DataFrame]:
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
            cursor.execute(statement)
            while rows := cursor.fetchmany(CHUNK_ROWS):
                columns = zip(wire.items(), zip(*rows, strict=True), strict=True)
                yield pl.DataFrame(
                    [column_of(name, kind, values) for (name, kind), values in columns]
                )

    def _mysql(self, statement: str) -> Iterator[pl.DataFrame]:
        import connectorx

        url = self._url.set(drivername="mysql").render_as_string(hide_password=False)
        batches = connectorx.read_sql(
            url, statement, return_type="arrow_stream", batch_size=CHUNK_ROWS
        )
        for batch in batches:
            yield pl.DataFrame(pl.from_arrow(batch))


def literal(moment: datetime) -> str:
    """Return a UTC time as both databases write it, naive, in single quotes."""
    return f"'{moment.strftime('%Y-%m-%d %H:%M:%S.%f')}'"


def _typed(frame: pl.DataFrame, schema: dict[str, Any]) -> pl.DataFrame:
    columns = []
    for name, kind in schema.items():
        column = pl.col(name)
        if isinstance(kind, pl.Datetime):
            if frame[name].dtype == pl.String:
                column = column.str.to_datetime(time_unit="us", strict=False)
            columns.append(column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC"))
        elif isinstance(kind, pl.Boolean):
            columns.append(column.cast(pl.Int64, strict=False).cast(pl.Boolean))
        elif isinstance(kind, pl.Decimal):
            number = column.cast(pl.Float64, strict=False)
            columns.append(number.round(kind.scale).cast(kind, strict=False))
        elif isinstance(kind, pl.Int64) and frame[name].dtype == pl.String:
            number = column.cast(pl.Float64, strict=False).cast(kind, strict=False)
            columns.append(pl.coalesce(column.cast(kind, strict=False), number))
        else:
            columns.append(column.cast(kind, strict=False))
    return frame.select(columns)


def _read_only(url: URL) -> URL:
    """Check that a SQLite file exists: opening one that does not would make it."""
    if url.get_backend_name() != "sqlite":
        return url.set(drivername="mysql+pymysql")
    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError(
            f"the operational database {path} does not exist; make one with `moow demo`, or set "
            "MOOW_OPERATIONAL_URL to yours"
        )
    return url.set(
        database=f"file:{path.absolute()}", query={"mode": "ro", "uri": "true", "timeout": "30"}
    )


def _unreadable(table: str, error: BaseException) -> SourceError:
    return SourceError(
        f"table {table!r} of the operational database cannot be read: {reason_of(error)}"
    )


def reason_of(error: BaseException) -> str:
    """Return what a driver says, in one line and without the numbers that come before it."""
    origin = getattr(error, "orig", None) or error
    arguments: tuple[Any, ...] = getattr(origin, "args", ())
    # PyMySQL's errors are a number and a text, and would be shown as a tuple.
    said = arguments[1] if len(arguments) == 2 and isinstance(arguments[0], int) else origin
    return str(said).strip().splitlines()[0] if str(said).strip() else type(origin).__name__
