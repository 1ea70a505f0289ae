"""The fleet as it is known, and messages that a fleet known since may mend."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

import polars as pl

from extract.telemetry.checks import SECOND_LOOK
from extract.telemetry.files import LINES, PingFile
from extract.telemetry.misfits import KEPT_TEXT

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: Pings of scooters that were unknown are looked at again for so long, while scooters are new.
_SECOND_LOOK = timedelta(days=7)
_CHUNK_ROWS = 20_000
_UNKNOWN = "unknown scooter"
#: Rejected messages that came from the store are named so.
STORE_PREFIX = "store "


def read_scooters(warehouse: Warehouse) -> dict[str, str]:
    """Return scooter codes and their cities."""
    statement = "select code, city from raw_operational.scooters order by id"
    return dict(warehouse.read(statement).iter_rows())


def fleet_key(scooters: Mapping[str, str]) -> str:
    """Return what tells one fleet (scooter codes and their cities) from another."""
    return sha256(repr(sorted(scooters.items())).encode()).hexdigest()[:16]


def lines_to_look_at_again(warehouse: Warehouse, until: datetime) -> Iterator[pl.DataFrame]:
    """Give, some at a time, rejected messages that scooters known by now may mend.

    As the lines (`LINES`) in which they came, each line once. Those that were read from the store
    are not among them: see `mended_in_store`. Nor are those too long to have been kept whole.

    Parameters
    ----------
    warehouse
        With the rejected messages.
    until
        The time of the run.
    """
    after = ""
    while True:
        rows = warehouse.read(
            "select distinct on (prefix) prefix, row_key, original from (select row_key, original,"
            " split_part(row_key, '#', 1) as prefix from raw_telemetry.pings_rejected"
            " where reason = %(reason)s and rejected_at > %(since)s"
            " and not starts_with(row_key, %(store)s) and length(original) < %(kept)s) as rejected"
            " where prefix > %(after)s order by prefix, row_key limit %(rows)s",
            {
                **{"reason": _UNKNOWN, "since": until - _SECOND_LOOK, "store": STORE_PREFIX},
                **{"kept": KEPT_TEXT, "after": after, "rows": _CHUNK_ROWS},
            },
        )
        if rows.is_empty():
            return
        yield _as_lines(rows)
        after = rows["prefix"][-1]


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

    keys: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
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
        rows["row_key"],
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


def _as_lines(rejected: pl.DataFrame) -> pl.DataFrame:
    # Of a message of a file the hour in which it arrived is known.
    hour = pl.col("prefix").str.extract(r"(\d{4}-\d{2}-\d{2}/\d{2})\.jsonl(?:\.gz)?:[^:]*$")
    rows = rejected.select(
        "prefix",
        number=pl.lit(None),
        original="original",
        received_at=pl.concat_str(hour, pl.lit(":00")).str.to_datetime(
            "%Y-%m-%d/%H:%M", time_unit="us", time_zone="UTC", strict=False
        ),
        source=pl.lit(SECOND_LOOK),
        _broken=pl.lit(None),
    )
    return rows.select(pl.col(name).cast(kind) for name, kind in LINES.items())
