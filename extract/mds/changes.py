"""What a reading changes: a row lives in its table or in the rejected one, its newest version."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from extract.loading import REMOVED, Batch
from extract.mds.rules import ORIGINAL, ROW_KEY
from extract.mds.tables import REJECTED, TELEMETRY
from extract.raw_tables import RawTable
from extract.rejections import REASON, accepted, rejected

if TYPE_CHECKING:
    from warehouse.connection import Warehouse


def changes(
    warehouse: Warehouse,
    table: RawTable,
    city: str,
    checked: pl.DataFrame,
    now: datetime,
    *,
    is_whole: bool = False,
) -> Iterator[Batch]:
    """Give the batches that bring a city's rows up to date.

    Parameters
    ----------
    warehouse
        What is there already.
    table, city
        Whose rows they are.
    checked
        Rows with `REASON`, `ROW_KEY` and `ORIGINAL`, one a key.
    now
        The time of the run.
    is_whole
        Whether they are all rows of the city: those that are gone are removed then.
    """
    if checked.is_empty() and not is_whole:
        return
    if table is TELEMETRY:
        # Points are many and never change: known ones are found by their time.
        yield Batch(table, accepted(checked).drop(ROW_KEY, ORIGINAL), "keep")
    else:
        yield from _merged(warehouse, table, city, checked, is_whole)
    yield from _rejections(warehouse, table, checked, now)


def _merged(
    warehouse: Warehouse, table: RawTable, city: str, checked: pl.DataFrame, is_whole: bool
) -> Iterator[Batch]:
    key, name = list(table.key), table.key[1]
    wanted = "true" if is_whole else f"{name} = any(%(names)s)"
    there = table.conform(
        warehouse.read(
            f"select {', '.join(table.columns)} from {table.relation}"
            f" where city = %(city)s and {wanted}",
            {"city": city, "names": checked[name].drop_nulls().unique().to_list() or [""]},
        )
    )
    good = table.conform(accepted(checked))
    new = good.join(there, on=list(table.columns), how="anti", nulls_equal=True)
    gone = there.join(good, on=key, how="anti")
    if not is_whole:
        gone = gone.join(checked.filter(pl.col(REASON).is_not_null()), on=key, how="semi")
    rows = pl.concat(
        [
            new.with_columns(pl.lit(False).alias(REMOVED)),
            gone.with_columns(pl.lit(True).alias(REMOVED)),
        ]
    )
    if not rows.is_empty():
        yield Batch(table, rows)


def _rejections(
    warehouse: Warehouse, table: RawTable, checked: pl.DataFrame, now: datetime
) -> Iterator[Batch]:
    bad_table = REJECTED[table.name]
    there = warehouse.read(
        f"select row_key, reason, original from {bad_table.relation} where row_key = any(%(keys)s)",
        {"keys": checked[ROW_KEY].to_list() or [""]},
    )
    bad = rejected(checked, pl.col(ROW_KEY), pl.col(ORIGINAL), now)
    new = bad.join(there, on=["row_key", "reason", "original"], how="anti", nulls_equal=True)
    mended = there.join(accepted(checked), left_on="row_key", right_on=ROW_KEY, how="semi")
    rows = pl.concat(
        [
            bad_table.conform(new).with_columns(pl.lit(False).alias(REMOVED)),
            bad_table.conform(mended.select("row_key")).with_columns(pl.lit(True).alias(REMOVED)),
        ]
    )
    if not rows.is_empty():
        yield Batch(bad_table, rows)
