"""Which messages can be true: checked against the fleet, the cities and the clock of the run.

A ping is known by its scooter and its time, to the millisecond: the first one stays. Not loaded:
satellites and voltage, as the HDOP and the percentage say what they would.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from extract.forgotten import Forgotten
from extract.loading import REMOVED, Batch, Mode
from extract.projection import Place, is_swapped, with_metres
from extract.rejections import REASON, accepted, first_reason, outside_world, rejected
from extract.telemetry.files import LINES
from extract.telemetry.messages import parse_messages
from extract.telemetry.misfits import KEPT_TEXT
from extract.telemetry.tables import PINGS, PINGS_REJECTED
from geography.zones import SWAPPED_NUMBERS

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=1)
#: What names a ping.
KEY = ["scooter_code", "reported_at"]
#: The source of a message that was rejected before.
SECOND_LOOK = "second look"
#: So many messages are parsed, checked and handed on at once.
_BATCH_ROWS = 40_000


@dataclass
class Counts:
    """Messages read and rejected, a file at a time."""

    read: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Judged:
    """What came of some messages: pings, and rows of the rejected table."""

    pings: pl.DataFrame
    rejections: list[Batch]


@dataclass
class PingChecker:
    """Turns messages into pings, checked against the fleet and the clock of the run.

    Parameters
    ----------
    scooters
        Scooter code to city slug.
    places
        The cities, for metres and for swapped coordinates.
    until
        The time of the run.
    counts
        Messages read and rejected so far, by source.
    second_look
        Keys of messages rejected before, beside those whose source is `SECOND_LOOK`: a rejection
        that no longer holds is taken back.
    forgotten
        Which pings are so old that they are left out.
    name, original
        What names a message among the rejected, and the message as it came.
    """

    scooters: Mapping[str, str]
    places: Mapping[str, Place]
    until: datetime
    counts: Counts = field(default_factory=Counts)
    second_look: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.String))
    forgotten: Forgotten = field(default_factory=Forgotten)
    name: pl.Expr = field(default_factory=lambda: row_key())
    original: pl.Expr = field(default_factory=lambda: pl.col("original"))
    _seen: list[_Seen] = field(init=False, default_factory=list)

    def batches(self, parts: Iterable[pl.DataFrame]) -> Iterator[Batch]:
        """Read and check lines (`LINES`) and give rows to load."""
        for judged in ahead(self.judged(parts)):
            yield from judged.rejections
            if not judged.pings.is_empty():
                yield self.to_load(judged.pings)

    def judged(self, parts: Iterable[pl.DataFrame]) -> Iterator[Judged]:
        """Read and check lines (`LINES`), some of them at once."""
        waiting: list[pl.DataFrame] = []
        size = 0
        for part in parts:
            waiting.append(part)
            size += part.height
            if size >= _BATCH_ROWS:
                yield self.judge(_read(pl.concat(waiting)))
                waiting, size = [], 0
        if waiting:
            yield self.judge(_read(pl.concat(waiting)))

    def to_load(self, pings: pl.DataFrame, mode: Mode = "add") -> Batch:
        """Return pings as rows for the warehouse."""
        # Arrival cannot precede the report; a file only tells the hour of arrival.
        received_at = pl.max_horizontal("received_at", "reported_at")
        rows = pings.with_columns(received_at=received_at)
        return Batch(PINGS, with_metres(rows, self.places, {"": ""}), mode)

    def judge(self, messages: pl.DataFrame) -> Judged:
        """Check messages: the columns of pings, `LINES`, ``part`` and `REASON`."""
        checked = self._checked(messages)
        self._count(checked)
        pings = accepted(checked)
        new = self._new(self.forgotten.without_old_pings(pings))
        return Judged(new, [*self._rejections(checked), *self._mended(pings)])

    def _rejections(self, checked: pl.DataFrame) -> Iterator[Batch]:
        wrong = checked.filter(pl.col(REASON).is_not_null())
        if not wrong.is_empty():
            bad = rejected(wrong, self.name, self.original.str.head(KEPT_TEXT), self.until)
            bad = bad.unique(subset=["row_key"], keep="first", maintain_order=True)
            yield Batch(PINGS_REJECTED, bad, "keep")

    def _mended(self, pings: pl.DataFrame) -> Iterator[Batch]:
        keys = pings.filter(pl.col("source") == SECOND_LOOK).select(row_key=self.name)
        if len(self.second_look):
            named = pings.select(row_key=self.name)["row_key"]
            before = self.second_look.filter(self.second_look.is_in(named.implode()))
            keys = pl.concat([keys, before.alias("row_key").to_frame()])
        if not keys.is_empty():
            rows = PINGS_REJECTED.conform(keys.unique())
            yield Batch(PINGS_REJECTED, rows.with_columns(pl.lit(True).alias(REMOVED)))

    def _checked(self, messages: pl.DataFrame) -> pl.DataFrame:
        fleet = pl.DataFrame(
            {"scooter_code": list(self.scooters), "city": list(self.scooters.values())},
            schema={"scooter_code": pl.String(), "city": pl.String()},
        )
        located = messages.join(fleet, on="scooter_code", how="left", maintain_order="left")
        latitude, longitude = pl.col("latitude"), pl.col("longitude")
        latest = self.until + FUTURE_TOLERANCE
        rules = first_reason(
            [
                ("time cannot be read", pl.col("reported_at").is_null()),
                ("time in the far future", pl.col("reported_at") > latest),
                ("time before 2015", pl.col("reported_at") < EARLIEST),
                ("no position", latitude.is_null() | longitude.is_null()),
                (SWAPPED_NUMBERS, is_swapped("latitude", "longitude", self.places)),
                ("position is no place", outside_world("latitude", "longitude")),
                ("battery is not within 0 to 100", ~pl.col("battery_pct").is_between(0, 100)),
                ("a value is not finite", _is_infinite("hdop") | _is_infinite("speed_kmh")),
                ("unknown scooter", pl.col("city").is_null()),
            ]
        )
        return located.with_columns(pl.coalesce(pl.col(REASON), rules))

    def _count(self, checked: pl.DataFrame) -> None:
        counted = checked.group_by("source").agg(pl.len(), pl.count(REASON).alias("bad"))
        for source, count, bad in counted.iter_rows():
            self.counts.read[source] = self.counts.read.get(source, 0) + count - bad
            self.counts.rejected[source] = self.counts.rejected.get(source, 0) + bad

    def _new(self, pings: pl.DataFrame) -> pl.DataFrame:
        """Leave out pings that came before, in this run."""
        new = pings
        if pings.select(KEY).is_duplicated().any():
            new = pings.unique(subset=KEY, keep="first", maintain_order=True)
        for seen in self._seen:
            if seen.overlaps(new):
                new = new.join(seen.keys, on=KEY, how="anti", maintain_order="left")
        if not new.is_empty():
            self._seen.append(_Seen.of(new))
        return new


@dataclass(frozen=True)
class _Seen:
    """The pings of a batch, and the stretch of time that they are from."""

    keys: pl.DataFrame
    first: Any
    last: Any

    @classmethod
    def of(cls, pings: pl.DataFrame) -> _Seen:
        times = pings["reported_at"]
        return cls(pings.select(KEY), times.min(), times.max())

    def overlaps(self, pings: pl.DataFrame) -> bool:
        times: Any = pings["reported_at"]
        return not (pings.is_empty() or times.min() > self.last or times.max() < self.first)


def ahead(items: Iterator[Judged]) -> Iterator[Judged]:
    """Work on the next messages while the last ones are written: reading is half of a load."""
    with ThreadPoolExecutor(1) as pool:
        upcoming = pool.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = pool.submit(next, items, None)
            yield item


def _is_infinite(column: str) -> pl.Expr:
    return ~pl.col(column).is_finite()


def row_key() -> pl.Expr:
    """Name a message: its file and line, or its row in the database, and its place in an array."""
    number = pl.col("number").cast(pl.String).fill_null("")
    part = (pl.lit("#") + pl.col("part").cast(pl.String)).fill_null("")
    return pl.col("prefix") + number + part


def _read(lines: pl.DataFrame) -> pl.DataFrame:
    """Read lines (`LINES`): one row a message, beside what is known of its line."""
    whole = lines
    if lines["_broken"].null_count() < lines.height:
        whole = lines.filter(pl.col("_broken").is_null())
    messages = parse_messages(whole["original"])
    origin = whole.select(pl.col(list(LINES)).gather(messages["line"]))
    messages = messages.drop("line").hstack(origin)
    broken = lines.filter(pl.col("_broken").is_not_null())
    if not broken.is_empty():
        broken = broken.with_columns(pl.col("_broken").alias(REASON))
        messages = pl.concat([messages, broken], how="diagonal")
    return messages
