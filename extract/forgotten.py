"""What is forgotten of riders after a time, and is not loaded again.

A ride stays, with its places, price and length; who rode and the path go. Of the pings of longer
ago each scooter keeps its newest. ``ops.forgotten`` says from when on all is kept: what a source
still holds of the time before comes in without it, however often it is read.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from extract.loading import LOCK_WAIT_S

if TYPE_CHECKING:
    from warehouse.connection import Connection, Warehouse

#: Tables of the operational database that say what a person did: when, and what goes.
_PERSONAL = {
    "rides": ("started_at", ("user_id", "polyline")),
    "app_searches": ("searched_at", ("user_id",)),
}
_PINGS = (("raw_telemetry.pings", "scooter_code"), ("raw_mds.telemetry", "device_id"))

# Whole local days, so that no day knows a part of its riders.
_BOUND = """
select ((%(as_of)s at time zone %(timezone)s)::date - %(days)s::integer)::timestamp
    at time zone %(timezone)s as bound
"""

# What was forgotten once stays so, be the clock set back or the setting raised.
_REMEMBER = """
insert into ops.forgotten as known (city_id, rides_before_at, pings_before_at)
values (%(city)s, %(rides)s, %(pings)s)
on conflict (city_id) do update
set rides_before_at = greatest(known.rides_before_at, excluded.rides_before_at),
    pings_before_at = greatest(known.pings_before_at, excluded.pings_before_at)
returning rides_before_at, pings_before_at
"""


@dataclass(frozen=True)
class Forgotten:
    """From when on all is kept, by city; a city without an entry keeps everything.

    Parameters
    ----------
    rides, pings
        City slug to time.
    """

    rides: Mapping[str, datetime] = field(default_factory=dict)
    pings: Mapping[str, datetime] = field(default_factory=dict)

    def without_riders(self, table: str, rows: pl.DataFrame) -> pl.DataFrame:
        """Empty what says who and where in old rows of a table; ``city`` tells the city."""
        if table not in _PERSONAL or not self.rides or rows.is_empty():
            return rows
        began, columns = _PERSONAL[table]
        there = [name for name in columns if name in rows.columns]
        if began not in rows.columns or not there:
            return rows
        is_old = _is_before(began, self.rides)
        return rows.with_columns(pl.when(~is_old).then(pl.col(name)).alias(name) for name in there)

    def without_old_pings(self, pings: pl.DataFrame) -> pl.DataFrame:
        """Leave out the pings that were forgotten."""
        if not self.pings or pings.is_empty():
            return pings
        return pings.filter(~_is_before("reported_at", self.pings))


def _is_before(column: str, bounds: Mapping[str, datetime]) -> pl.Expr:
    conditions = (
        (pl.col("city") == city) & (pl.col(column) < bound) for city, bound in bounds.items()
    )
    return pl.any_horizontal(condition.fill_null(False) for condition in conditions)


def read_forgotten(warehouse: Warehouse) -> Forgotten:
    """Return what was forgotten so far."""
    rows = warehouse.fetch("select city_id, rides_before_at, pings_before_at from ops.forgotten")
    return Forgotten(
        {row["city_id"]: row["rides_before_at"] for row in rows if row["rides_before_at"]},
        {row["city_id"]: row["pings_before_at"] for row in rows if row["pings_before_at"]},
    )


def forget(
    warehouse: Warehouse,
    city: str,
    *,
    timezone: str,
    as_of: datetime,
    ride_days: int,
    ping_days: int | None,
    scratch: Path,
) -> dict[str, int]:
    """Forget of one city what lies longer back than it is to be kept.

    Parameters
    ----------
    warehouse
        With the raw tables.
    city, timezone, as_of
        The city, its time zone and its clock.
    ride_days, ping_days
        Whole local days before the running one that are kept; None keeps all pings.
    scratch
        The folder in which dlt leaves the files of the last load.

    Returns
    -------
    dict of str to int
        Rows changed or deleted; repeating it changes none.

    Raises
    ------
    WarehouseError
        While an extraction is at work.
    """
    bounds = {}
    for name, days in (("rides", ride_days), ("pings", ping_days)):
        values = {"as_of": as_of, "timezone": timezone, "days": days}
        bounds[name] = warehouse.fetch(_BOUND, values)[0]["bound"]
    with warehouse.lock("extract", LOCK_WAIT_S), warehouse.transaction() as connection:
        # First of all, so that whatever is loaded from now on keeps to it.
        known = connection.execute(_REMEMBER, {"city": city, **bounds}).fetchone()
        values = {"city": city, **(known or {})}
        _empty_staging(connection, scratch)
        return {
            "rides without rider": _forget_riders(connection, values),
            "old pings deleted": _forget_pings(connection, values) if ping_days else 0,
        }


def _forget_riders(connection: Connection, values: Mapping[str, object]) -> int:
    count = 0
    for table, (began, columns) in _PERSONAL.items():
        changes = ", ".join(f"{name} = null" for name in columns)
        some = " or ".join(f"{name} is not null" for name in columns)
        changed = connection.execute(
            f"update raw_operational.{table} set {changes} where city = %(city)s"
            f" and {began} < %(rides_before_at)s and ({some})",
            values,
        )
        count += changed.rowcount if table == "rides" else 0
        # Rows as they came; one whose city nobody knows goes with the first city.
        less = " ".join(f"- '{name}'" for name in columns)
        some = " or ".join(f"original::json ->> '{name}' is not null" for name in columns)
        connection.execute(
            f"update raw_operational.{table}_rejected set original = (original::jsonb {less})::text"
            " where coalesce(city, %(city)s) = %(city)s and rejected_at < %(rides_before_at)s"
            f" and ({some})",
            values,
        )
    return count


def _forget_pings(connection: Connection, values: Mapping[str, object]) -> int:
    count = 0
    for table, scooter in _PINGS:
        # The newest stays: where a scooter was last seen is how it is found.
        deleted = connection.execute(
            f"delete from {table} as pings using (select {scooter}, max(reported_at) as newest_at"
            f" from {table} where city = %(city)s and reported_at < %(pings_before_at)s"
            f" group by {scooter}) as newest where pings.{scooter} = newest.{scooter}"
            " and pings.city = %(city)s and pings.reported_at < newest.newest_at",
            values,
        )
        count += deleted.rowcount
        connection.execute(
            f"delete from {table}_rejected where coalesce(city, %(city)s) = %(city)s"
            " and rejected_at < %(pings_before_at)s",
            values,
        )
    return count


def _empty_staging(connection: Connection, scratch: Path) -> None:
    """Empty the copies of what the last load brought; dlt does so before the next one."""
    for schema in ("raw_operational", "raw_telemetry", "raw_mds"):
        shutil.rmtree(scratch / schema, ignore_errors=True)
        rows = connection.execute(
            "select format('%%I.%%I', schemaname, tablename) as relation from pg_tables"
            " where schemaname = %(schema)s and not starts_with(tablename, '_dlt')",
            {"schema": f"{schema}_staging"},
        ).fetchall()
        for row in rows:
            connection.execute(f"truncate {row['relation']}")
