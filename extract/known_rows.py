"""Which rows of a batch a raw table holds already: asked key by key, so that memory is bounded.

A batch may hold one row of last year among those of this hour, so no span of its keys is a bound.
Postgres looks up each key in the table's own index and gives what it finds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import polars as pl

from extract.raw_tables import RawTable
from warehouse.errors import WarehouseError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: The keys that are asked for; it ends with the question.
_KEYS = "incoming_keys"


def known_rows(
    warehouse: Warehouse, table: RawTable, keys: pl.DataFrame, columns: Sequence[str]
) -> pl.DataFrame:
    """Return what a table holds under some keys.

    Parameters
    ----------
    warehouse, table
        Where to look.
    keys
        With the key columns of the table, of its types.
    columns
        What to give of each row, at most as many rows as `keys`.

    Raises
    ------
    WarehouseError
        When the warehouse cannot be reached, or goes away.
    """
    import adbc_driver_postgresql.dbapi as adbc

    wanted = keys.select(table.key)
    if wanted.is_empty():
        return pl.DataFrame(schema={name: table.polars_schema[name] for name in columns})
    same = " and ".join(f"rows.{name} = keys.{name}" for name in table.key)
    with warehouse.reading() as connection, connection.cursor() as cursor:
        try:
            rows = wanted.to_arrow(compat_level=pl.CompatLevel.oldest())
            cursor.adbc_ingest(_KEYS, rows, mode="replace", temporary=True)
        except adbc.Error as error:
            said = str(error).strip().splitlines()[0]
            raise WarehouseError(f"the warehouse refused the keys of a batch: {said}") from error
        # The limit keeps the planner from reading the whole table to join it.
        found = warehouse.read(
            f"select known.* from {_KEYS} as keys cross join lateral (select {', '.join(columns)}"
            f" from {table.relation} as rows where {same} limit 1) as known"
        )
        cursor.execute(f"drop table {_KEYS}")
    return found
