"""Connections of the app to the warehouse: a small pool, one transaction a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg_pool import ConnectionPool, PoolTimeout

from warehouse.errors import WarehouseError

Row = dict[str, Any]


class Database:
    """A pool of connections to the warehouse, opened on first use.

    Parameters
    ----------
    url
        ``postgresql://user:password@host:port/database``.
    wait_s
        How long a request waits for a free connection before it fails.
    """

    def __init__(self, url: str, *, wait_s: float = 4.0) -> None:
        self._pool: ConnectionPool[Connection[Row]] = ConnectionPool(
            url,
            min_size=1,
            max_size=8,
            open=False,
            timeout=wait_s,
            kwargs={"row_factory": dict_row, "application_name": "moow app"},
            check=ConnectionPool.check_connection,
        )

    def open(self) -> None:
        """Start the pool; connections are made in the background."""
        self._pool.open()

    def close(self) -> None:
        """Give all connections back to the server."""
        self._pool.close()

    @contextmanager
    def transaction(self) -> Iterator[Connection[Row]]:
        """Yield a connection; commits at the end, rolls back when the block raises.

        Raises
        ------
        WarehouseError
            When no connection comes free in time.
        """
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise WarehouseError("The warehouse does not answer; try again in a minute.") from error

    def rows(self, sql: str, **params: Any) -> list[Row]:
        """Read all rows of one query with ``%(name)s`` parameters."""
        with self.transaction() as connection:
            return query(connection, sql, **params)

    def row(self, sql: str, **params: Any) -> Row | None:
        """Read the first row of one query, None when there is none."""
        return next(iter(self.rows(sql, **params)), None)

    def has_relation(self, name: str) -> bool:
        """Tell whether the table or view `name` (``schema.table``) exists."""
        found = self.row("select to_regclass(%(name)s) is not null as is_there", name=name)
        return bool(found and found["is_there"])


def query(connection: Connection[Row], sql: str, **params: Any) -> list[Row]:
    """Run one statement on `connection` and return its rows, none for a statement without."""
    cursor = connection.execute(sql, params)
    return cursor.fetchall() if cursor.description else []
