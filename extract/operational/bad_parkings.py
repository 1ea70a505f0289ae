"""Parkings that cannot be used: a sentence each, in every run, until somebody mends them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: So many are named, of the others only the number.
AT_MOST = 10
_REJECTED = """
select row_key, coalesce(city, '') as city, reason, original
from raw_operational.parkings_rejected
where %(all)s or city = any(%(cities)s)
order by city, row_key
"""
#: Columns by how the reason begins.
_COLUMNS = {"zone": "zone_geojson", "capacity": "capacity", "unknown": "city_id"}


def bad_parkings(warehouse: Warehouse, cities: Sequence[str] | None) -> list[str]:
    """Return a sentence for each rejected parking: code, city, reason and cure.

    Parameters
    ----------
    warehouse
        Where ``raw_operational.parkings_rejected`` is.
    cities
        Slugs of the cities to look at; None is all, and those that are of no known city.
    """
    rows = warehouse.fetch(_REJECTED, {"all": cities is None, "cities": list(cities or ())})
    said = [_sentence(row) for row in rows[:AT_MOST]]
    if len(rows) > AT_MOST:
        said.append(
            f"{len(rows) - AT_MOST} more parkings are left out, see "
            "raw_operational.parkings_rejected for their reasons"
        )
    return said


def _sentence(row: dict[str, Any]) -> str:
    code = json.loads(row["original"] or "{}").get("code") or "without a code"
    column = _COLUMNS.get(row["reason"].split()[0].rstrip(":"), "row")
    place = f" of {row['city']}" if row["city"] else ""
    return (
        f"parking {code}{place} (id {row['row_key']}) is left out, {row['reason']}; mend its "
        f"{column} in table parkings of the operational database"
    )
