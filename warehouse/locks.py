"""A lock of the database, held by a connection that does nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg

from warehouse.errors import WarehouseError

#: A lock is idle while the work is done: both sides ask each half minute whether the other is
#: there, so that no proxy forgets it and the lock of a host that lost its power is given back.
KEPT_ALIVE = {"keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3"}
KEPT_ALIVE_THERE = " ".join(f"-c tcp_{name}={value}" for name, value in KEPT_ALIVE.items())


@contextmanager
def held(connection: psycopg.Connection[Any], name: str, wait_s: float) -> Iterator[None]:
    """Hold the lock `name` with a connection of its own.

    Raises
    ------
    WarehouseError
        When another process still holds it after `wait_s` seconds.
    """
    connection.autocommit = True
    connection.execute(f"set lock_timeout = {max(1, int(wait_s * 1000))}")
    try:
        connection.execute("select pg_advisory_lock(hashtextextended(%(name)s, 0))", {"name": name})
    except psycopg.errors.LockNotAvailable as error:
        raise WarehouseError(
            f"another {name} is at work on this warehouse; wait for it to end, or stop it"
        ) from error
    try:
        yield
    finally:
        # Closing would free it too, but only once the server has noticed; a server that
        # is gone has freed it, and must not hide why the work failed.
        with suppress(psycopg.Error):
            connection.execute("select pg_advisory_unlock_all()")
