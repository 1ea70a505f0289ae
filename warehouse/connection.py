"""The connection to the warehouse: frames in and out, statements, locks."""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from warehouse.embedded import embedded_postgres_running
from warehouse.errors import WarehouseError
from warehouse.frames import frame_of
from warehouse.locks import KEPT_ALIVE, KEPT_ALIVE_THERE, held
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

Parameters = Mapping[str, Any] | None
Connection = psycopg.Connection[dict[str, Any]]

#: The connection, by address, that the reads of a thread share.
_READERS = threading.local()


class Warehouse:
    """One Postgres database.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database``.
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self._locks: list[Connection] = []

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Give a connection whose statements take effect together, or not at all.

        Raises
        ------
        WarehouseError
            When the database cannot be reached, or goes away in the middle.
        """
        try:
            with self._connect() as connection, connection.transaction():
                yield connection
        except psycopg.OperationalError as error:
            # Without a code it is the connection that failed, not the statement.
            if error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P")):
                raise
            raise WarehouseError(
                f"the warehouse at {self.address} went away ({_first_line(error)}); run it again "
                "once it answers"
            ) from error

    def _connect(self, url: str | None = None, settings: str = "") -> Connection:
        try:
            return psycopg.connect(
                url or self.url,
                row_factory=dict_row,
                connect_timeout=10,
                options=f"-c timezone=UTC {settings}",
            )
        except psycopg.Error as error:
            raise self._away(error) from error

    def _away(self, error: Exception) -> WarehouseError:
        return WarehouseError(
            f"the warehouse at {self.address} does not answer ({_first_line(error)}); "
            "check that it runs and that MOOW_WAREHOUSE_URL is right"
        )

    @property
    def address(self) -> str:
        """Host, port and database, without the password."""
        info = psycopg.conninfo.conninfo_to_dict(self.url)
        return f"{info.get('host')}:{info.get('port', 5432)}/{info.get('dbname')}"

    def execute(self, statement: str, parameters: Parameters = None) -> int:
        """Run a statement in a transaction of its own; the number of rows it touched."""
        with self.transaction() as connection:
            return connection.execute(_query(statement), parameters).rowcount

    def fetch(self, statement: str, parameters: Parameters = None) -> list[dict[str, Any]]:
        """Rows of a query as dictionaries: for a few rows; use `read` for a frame."""
        with self.transaction() as connection:
            return connection.execute(_query(statement), parameters).fetchall()

    def read(self, statement: str, parameters: Parameters = None) -> pl.DataFrame:
        """Rows of a query as a frame.

        Parameters
        ----------
        statement
            SQL with ``%(name)s`` in place of values.
        parameters
            The values.

        Returns
        -------
        polars.DataFrame
            ``numeric`` comes as Float64, ``timestamptz`` as microseconds UTC, ``json`` as text
            (cast geometry to text in the query); no rows give the columns all the same.
        """
        # Slow to import, and not every command reads frames.
        import adbc_driver_postgresql.dbapi as adbc

        text = statement
        if parameters:
            text %= {name: sql.Literal(value).as_string() for name, value in parameters.items()}
        try:
            with self.reading() as connection, connection.cursor() as cursor_:
                cursor_.execute(text)
                return frame_of(cursor_.fetch_arrow_table())
        except adbc.Error as error:
            raise WarehouseError(f"the warehouse refused a query: {_first_line(error)}") from error

    @contextmanager
    def reading(self) -> Iterator[Any]:
        """Let all `read` of this thread within it share one connection, and give that.

        A new one asks the server for all its types, which takes longer than most queries.

        Raises
        ------
        WarehouseError
            When the database cannot be reached.
        """
        held = getattr(_READERS, self.url, None)
        if held is not None:
            yield held
            return
        with self._reader() as connection:
            setattr(_READERS, self.url, connection)
            try:
                yield connection
            finally:
                delattr(_READERS, self.url)

    def _reader(self) -> Any:
        import adbc_driver_postgresql.dbapi as adbc

        try:
            # No transaction stays open between two reads: what they saw may be dropped meanwhile.
            connection = adbc.connect(self.url, autocommit=True)
        except adbc.Error as error:
            raise self._away(error) from error
        with connection.cursor() as cursor_:
            cursor_.execute("set timezone to 'UTC'")
        return connection

    def append(self, frame: pl.DataFrame, table: str, connection: Connection | None = None) -> int:
        """Add the rows of `frame` to ``schema.table``, by column name; the number of rows.

        With a `connection` they belong to its transaction.
        """
        if connection is None:
            with self.transaction() as own:
                return self.append(frame, table, own)
        if frame.is_empty():
            return 0
        columns = sql.SQL(", ").join(sql.Identifier(name) for name in frame.columns)
        statement = sql.SQL("copy {} ({}) from stdin").format(_identifier(table), columns)
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for rows in frame.iter_slices(50_000):
                for row in rows.iter_rows():
                    copy.write_row(row)
        return frame.height

    def replace(self, frame: pl.DataFrame, table: str, where: Mapping[str, Any]) -> int:
        """Put the rows of `frame` in place of those where the columns in `where` have its values.

        Both happen in one transaction: on failure the old rows stay. An empty `where` replaces
        all rows.
        """
        conditions = [
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in where
        ]
        statement = sql.SQL("delete from {} where {}").format(
            _identifier(table), sql.SQL(" and ").join(conditions) if where else sql.SQL("true")
        )
        with self.transaction() as connection:
            connection.execute(statement, dict(where))
            return self.append(frame, table, connection)

    @contextmanager
    def lock(self, name: str, wait_s: float = 0.0) -> Iterator[None]:
        """Hold the lock `name` across all processes that use this warehouse.

        Raises
        ------
        WarehouseError
            When another process still holds it after `wait_s` seconds.
        """
        url = psycopg.conninfo.make_conninfo(self.url, **KEPT_ALIVE)
        with (
            self._connect(url, KEPT_ALIVE_THERE) as connection,
            held(connection, name, wait_s),
        ):
            self._locks.append(connection)
            try:
                yield
            finally:
                self._locks.remove(connection)

    def check_locks(self) -> None:
        """Check that the locks which are held are held still.

        Raises
        ------
        WarehouseError
            When the connection of one broke off: another process may be at work.
        """
        for connection in self._locks:
            try:
                connection.execute("select 1")
            except psycopg.Error as error:
                raise WarehouseError(
                    f"the connection to the warehouse at {self.address} that kept other runs away "
                    f"broke off ({_first_line(error)}); nothing more is loaded, run it again"
                ) from error


@contextmanager
def open_warehouse(settings: Settings) -> Iterator[Warehouse]:
    """Give the configured warehouse, with the tables that Python owns in place.

    Without ``MOOW_WAREHOUSE_URL`` it is the embedded one, which runs as long as it is used.

    Raises
    ------
    WarehouseError
        When it cannot be reached, or the connection to it is lost in the middle of the work.
    """
    if settings.warehouse_url is None:
        with embedded_postgres_running(settings.home / "postgres") as url:
            warehouse = Warehouse(url)
            apply_operations_schema(warehouse)
            yield warehouse
    else:
        warehouse = Warehouse(settings.warehouse_url)
        apply_operations_schema(warehouse)
        try:
            yield warehouse
        except psycopg.OperationalError as error:
            raise WarehouseError(
                f"the connection to the warehouse at {warehouse.address} was lost "
                f"({_first_line(error)}); run the command again when it answers"
            ) from error


def apply_operations_schema(warehouse: Warehouse) -> None:
    """Make the schemas and tables of ``operations.sql`` where they are missing.

    Raises
    ------
    WarehouseError
        When the database cannot be reached, or its user may not do that.
    """
    statements = (Path(__file__).parent / "operations.sql").read_text()
    try:
        with warehouse.transaction() as connection:
            # One at a time: two processes making the same table would fail on each other.
            connection.execute(
                "select pg_advisory_xact_lock(hashtextextended('operations.sql', 0))"
            )
            connection.execute(_query(statements))
    except psycopg.errors.InsufficientPrivilege as error:
        raise WarehouseError(
            f"the warehouse at {warehouse.address} refuses ({_first_line(error)}); give the user "
            "of MOOW_WAREHOUSE_URL the right to create schemas and tables in that database"
        ) from error


def _query(statement: str) -> sql.SQL:
    return sql.SQL(statement)  # our own text, never input


def _identifier(table: str) -> sql.Identifier:
    return sql.Identifier(*table.split("."))


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
