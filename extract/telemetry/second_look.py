"""The fleet as it is known, and messages that a fleet known since may mend."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.telemetry.files import LINES, PingFile

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
    warehouse: Warehouse, state: dict[str, Any], scooter_count: int, until: datetime
) -> pl.DataFrame:
    """Return rejected messages (``row_key original``) that scooters known by now may mend.

    Those that were read from the store are not among them: see `mended_in_store`.

    Parameters
    ----------
    warehouse
        With the rejected messages.
    state
        Remembers how many scooters there were; nothing is looked at while they are the same.
    scooter_count, until
        How many there are now, and the time of the run.
    """
    is_same = state.get("scooter_count", 0) == scooter_count
    state["scooter_count"] = scooter_count
    return warehouse.read(
        "select row_key, original from raw_telemetry.pings_rejected where reason = %(reason)s"
        " and rejected_at > %(since)s and %(is_due)s and not starts_with(row_key, %(prefix)s)"
        " order by row_key",
        {
            "prefix": STORE_PREFIX,
            "reason": _UNKNOWN,
            "since": until - _SECOND_LOOK,
            "is_due": not is_same,
        },
    )


@dataclass(frozen=True)
class Mended:
    """Rejections of pings of the store whose scooters are known by now.

    Attributes
    ----------
    keys
        What names them.
    first
        When the oldest of these pings was reported; None without any.
    """

    keys: frozenset[str] = frozenset()
    first: datetime | None = None


def mended_in_store(warehouse: Warehouse, scooters: Collection[str], until: datetime) -> Mended:
    """Look for pings to be read from the store again, where they are whole, with all they say."""
    rows = warehouse.read(
        "select row_key, reported_at from (select row_key, rejected_at, reason,"
        " substring(row_key from %(name)s) as code,"
        " substring(row_key from '[^@]*$') as reported_at from raw_telemetry.pings_rejected"
        " where starts_with(row_key, %(prefix)s)) as rejected"
        " where reason = %(reason)s and rejected_at > %(since)s and code = any(%(codes)s)",
        {
            "prefix": STORE_PREFIX,
            "name": f"^{STORE_PREFIX}(.*)@[^@]*$",
            "reason": _UNKNOWN,
            "since": until - _SECOND_LOOK,
            "codes": [code.replace("#", "_") for code in scooters],
        },
    )
    first = rows["reported_at"].min()
    return Mended(
        frozenset(rows["row_key"]),
        datetime.fromisoformat(first) if isinstance(first, str) else None,
    )


def forget_rejections(warehouse: Warehouse, files: Sequence[PingFile]) -> None:
    """Remove what was rejected of files that are about to be read, again perhaps.

    They may have been changed since. They are read until they are marked, so what is still wrong
    with them comes back, whatever happens in between.
    """
    if files:
        warehouse.execute(
            "delete from raw_telemetry.pings_rejected"
            " where regexp_replace(row_key, ':[^:]*$', '') = any(%(names)s)",
            {"names": [file.name for file in files]},
        )


def as_lines(rejected: pl.DataFrame) -> pl.DataFrame:
    """Return rejected messages as the lines (`LINES`) that they came in, each line once."""
    # Of a message of a file the hour in which it arrived is known.
    hour = pl.col("row_key").str.extract(r"(\d{4}-\d{2}-\d{2}/\d{2})\.jsonl(?:\.gz)?:[^:]*$")
    rows = rejected.select(
        prefix=pl.col("row_key").str.split("#").list.first(),
        number=pl.lit(None),
        original="original",
        received_at=pl.concat_str(hour, pl.lit(":00")).str.to_datetime(
            "%Y-%m-%d/%H:%M", time_unit="us", time_zone="UTC", strict=False
        ),
        source=pl.lit("second look"),
        _broken=pl.lit(None),
    )
    rows = rows.unique("prefix", keep="first", maintain_order=True)
    return rows.select(pl.col(name).cast(kind) for name, kind in LINES.items())
