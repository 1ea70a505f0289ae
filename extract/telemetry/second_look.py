"""The fleet as it is known, and messages that a fleet known since may mend."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.telemetry.files import LINES

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: Pings of scooters that were unknown are looked at again for so long, while scooters are new.
_SECOND_LOOK = timedelta(days=7)
_UNKNOWN = "unknown scooter"
#: Rejected messages that came from the store are named so.
STORE_PREFIX = "store "


def read_scooters(warehouse: Warehouse) -> dict[str, str]:
    """Return scooter codes and their cities."""
    statement = "select code, city from raw_operational.scooters order by id"
    return dict(warehouse.read(statement).iter_rows())


def to_look_at_again(
    warehouse: Warehouse,
    state: dict[str, Any],
    scooter_count: int,
    until: datetime,
    origin: str | None = None,
) -> pl.DataFrame:
    """Return rejected messages (``row_key original``) that scooters known by now may mend.

    Parameters
    ----------
    warehouse
        With the rejected messages.
    state
        Remembers how many scooters there were; nothing is looked at while they are the same.
    scooter_count, until
        How many there are now, and the time of the run.
    origin
        ``store`` for those read from the store, ``source`` for the others; None for all.
    """
    name = f"scooter_count_{origin}" if origin else "scooter_count"
    is_same = state.get(name, 0) == scooter_count
    state[name] = scooter_count
    wanted = {None: "true", "store": "is_stored", "source": "not is_stored"}[origin]
    return warehouse.read(
        "select row_key, original from (select *, starts_with(row_key, %(prefix)s) as is_stored"
        " from raw_telemetry.pings_rejected) as rejected"
        " where reason = %(reason)s and rejected_at > %(since)s and %(is_due)s"
        f" and {wanted} order by row_key",
        {
            "prefix": STORE_PREFIX,
            "reason": _UNKNOWN,
            "since": until - _SECOND_LOOK,
            "is_due": not is_same,
        },
    )


def as_lines(rejected: pl.DataFrame) -> pl.DataFrame:
    """Return rejected messages as the lines (`LINES`) that they came in, each line once."""
    rows = rejected.select(
        prefix=pl.col("row_key").str.split("#").list.first(),
        number=pl.lit(None),
        original="original",
        received_at=pl.lit(None),
        source=pl.lit("second look"),
        _broken=pl.lit(None),
    )
    rows = rows.unique("prefix", keep="first", maintain_order=True)
    return rows.select(pl.col(name).cast(kind) for name, kind in LINES.items())
