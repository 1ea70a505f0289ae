"""Parkings that cannot be used: a sentence each, in every run, until somebody mends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import polars as pl

if TYPE_CHECKING:
    from extract.operational.reader import OperationalReader
    from warehouse.connection import Warehouse

#: So many are named, of the others only the number.
AT_MOST = 10
_REJECTED = """
select
    row_key, coalesce(city, '') as city, reason, original,
    exists (
        select from raw_operational.parkings
        where parkings.id::text = row_key and parkings.deleted_at is null
    ) as is_kept
from raw_operational.parkings_rejected
where %(all)s or city = any(%(cities)s)
order by city, row_key
"""
#: Columns by how the reason begins.
_COLUMNS = {"zone": "zone_geojson", "capacity": "capacity", "unknown": "city_id"}


def bad_parkings(
    warehouse: Warehouse, reader: OperationalReader, cities: Sequence[str] | None
) -> list[str]:
    """Return a sentence for each rejected parking: code, city, reason and cure.

    One that the operator has deleted since needs no mending.

    Parameters
    ----------
    warehouse
        Where ``raw_operational.parkings_rejected`` is.
    reader
        The operational database.
    cities
        Slugs of the cities to look at; None is all, and those that are of no known city.
    """
    rows = warehouse.fetch(_REJECTED, {"all": cities is None, "cities": list(cities or ())})
    deleted = _deleted(reader, [row["row_key"] for row in rows])
    rows = [row for row in rows if row["row_key"] not in deleted]
    said = [_sentence(row) for row in rows[:AT_MOST]]
    if len(rows) > AT_MOST:
        said.append(
            f"{len(rows) - AT_MOST} more parkings are left out or as they were, see "
            "raw_operational.parkings_rejected for their reasons"
        )
    return said


def _deleted(reader: OperationalReader, keys: Sequence[str]) -> set[str]:
    ids = [key for key in keys if key.isdecimal()]
    if not ids or "id" not in reader.columns("parkings"):
        return set()
    frames = reader.read("parkings", {"id": pl.Int64()}, f"id in ({', '.join(ids)})")
    return set(ids) - {str(one) for frame in frames for one in frame["id"]}


def _sentence(row: dict[str, Any]) -> str:
    code = json.loads(row["original"] or "{}").get("code") or "without a code"
    column = _COLUMNS.get(row["reason"].split()[0].rstrip(":"), "row")
    place = f" of {row['city']}" if row["city"] else ""
    fate = "keeps its last good version" if row["is_kept"] else "is left out"
    return (
        f"parking {code}{place} (id {row['row_key']}) {fate}, {row['reason']}; mend its "
        f"{column} in table parkings of the operational database"
    )
