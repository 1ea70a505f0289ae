"""The observations of a span of time as a stream of whole vehicles: a day has millions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl
from psycopg import sql

from extract.gbfs.inferred_rides import NEEDED
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: What the driver holds at once; without a bound of ours it is eight times as much.
_BATCH_BYTES = 2_000_000


def vehicles_between(
    warehouse: Warehouse, city: str, first: datetime, end: datetime
) -> Iterator[pl.DataFrame]:
    """Give the observations of one city in [first, end), each vehicle's in one frame.

    Parameters
    ----------
    warehouse
        Where they are; nothing else may be read from it in this thread until the last frame.
    first, end
        UTC.

    Returns
    -------
    iterator of polars.DataFrame
        With the columns of `NEEDED`, some tens of thousands of rows each.

    Raises
    ------
    WarehouseError
        When the warehouse refuses, or goes away in the middle.
    """
    # Slow to import, and not every command reads frames.
    import adbc_driver_postgresql.dbapi as adbc
    from pyarrow import ArrowException

    query = sql.SQL(
        "select {} from raw_gbfs.vehicle_observations where city = {} and observed_at >= {}"
        # By bytes: which order it is does not matter, and this one is quick.
        ' and observed_at < {} order by vehicle_id collate "C"'
    ).format(sql.SQL(", ".join(NEEDED)), sql.Literal(city), sql.Literal(first), sql.Literal(end))
    try:
        with warehouse.reading() as connection, connection.cursor() as cursor:
            size = {"adbc.postgresql.batch_size_hint_bytes": str(_BATCH_BYTES)}
            cursor.adbc_statement.set_options(**size)
            cursor.execute(query.as_string())
            frames = (pl.DataFrame(pl.from_arrow(part)) for part in cursor.fetch_record_batch())
            yield from whole_vehicles(frames)
    except (adbc.Error, ArrowException) as error:
        reason = str(error).strip().splitlines()[0]
        raise WarehouseError(f"the warehouse stopped in a query: {reason}") from error


def whole_vehicles(frames: Iterator[pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """Cut frames anew, so that no vehicle is in two of them.

    Parameters
    ----------
    frames
        With ``vehicle_id``, the rows of each vehicle one after the other.
    """
    kept: pl.DataFrame | None = None
    for frame in frames:
        if frame.is_empty():
            continue
        both = frame if kept is None else pl.concat([kept, frame])
        is_last = both["vehicle_id"] == both["vehicle_id"][-1]
        whole, kept = both.filter(~is_last), both.filter(is_last)
        if not whole.is_empty():
            yield whole
    if kept is not None:
        yield kept
