"""Scooter telemetry -> raw_telemetry.pings: ping files, and messages of the operational database.

The files hold all pings, an hour of arrival a file; the database holds the last day. A file is
read once its hour is over, and again when its size or time of change differ; a file that comes
late is read when it comes. A ping is known by its scooter and its time: the first one stays.
Not loaded: satellites and voltage.
"""

from __future__ import annotations

import logging
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from extract.loading import REMOVED, Batch
from extract.projection import Place, with_metres
from extract.rejections import REASON, accepted, first_reason, outside_world, rejected
from extract.telemetry.messages import PARSED, parse_messages
from extract.telemetry.tables import PINGS, PINGS_REJECTED

if TYPE_CHECKING:
    from extract.operational.reader import OperationalReader

logger = logging.getLogger(__name__)

EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
FUTURE_TOLERANCE = timedelta(hours=1)
#: A position this near (degrees) to the depot once its coordinates are swapped was swapped.
_SWAP_TOLERANCE_DEG = 1.0
#: So many messages are parsed, checked and handed on at once.
_BATCH_ROWS = 250_000
_NAME = re.compile(r"^(\d{4}-\d{2}-\d{2})/(\d{2})\.jsonl(\.gz)?$")


@dataclass(frozen=True)
class PingFile:
    """A ping file: where it is, whose pings it holds, of which hour of arrival (UTC)."""

    path: Path
    name: str
    city: str
    hour_at: datetime
    size_bytes: int
    modified_ns: int


@dataclass
class Counts:
    """Messages read and rejected, a file at a time."""

    read: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)


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
        Keys of messages rejected before: a rejection that no longer holds is taken back.
    """

    scooters: Mapping[str, str]
    places: Mapping[str, Place]
    until: datetime
    counts: Counts = field(default_factory=Counts)
    second_look: frozenset[str] = frozenset()
    _seen: pl.DataFrame = field(
        init=False,
        default_factory=lambda: pl.DataFrame(
            schema={"scooter_code": pl.String(), "reported_at": pl.Datetime("us", "UTC")}
        ),
    )

    def batches(self, parts: Iterable[pl.DataFrame]) -> Iterator[Batch]:
        """Check lines (``row_key original received_at source``) and give rows to load."""
        waiting: list[pl.DataFrame] = []
        size = 0
        for part in parts:
            waiting.append(part)
            size += part.height
            if size >= _BATCH_ROWS:
                yield from self._check(pl.concat(waiting))
                waiting, size = [], 0
        if waiting:
            yield from self._check(pl.concat(waiting))

    def _check(self, lines: pl.DataFrame) -> Iterator[Batch]:
        origin = lines.select("row_key", "received_at", "source", "_broken")
        messages = parse_messages(lines.filter(pl.col("_broken").is_null()))
        broken = lines.filter(pl.col("_broken").is_not_null()).select(
            "row_key", "original", pl.col("_broken").alias(REASON)
        )
        messages = pl.concat([messages, broken], how="diagonal").select(list(PARSED))
        checked = self._checked(
            messages.with_columns(line_key=pl.col("row_key").str.split("#").list.first()).join(
                origin, left_on="line_key", right_on="row_key", how="left"
            )
        )
        bad = rejected(checked, pl.col("row_key"), pl.col("original"), self.until)
        bad = bad.unique(subset=["row_key"], keep="first", maintain_order=True)
        self._count(checked)
        if not bad.is_empty():
            yield Batch(PINGS_REJECTED, bad, "keep")
        mended = accepted(checked).filter(pl.col("row_key").is_in(list(self.second_look)))
        if not mended.is_empty():
            keys = PINGS_REJECTED.conform(mended.select("row_key"))
            yield Batch(PINGS_REJECTED, keys.with_columns(pl.lit(True).alias(REMOVED)))
        pings = self._new(accepted(checked))
        if not pings.is_empty():
            yield Batch(PINGS, with_metres(pings, self.places, {"": ""}), "keep")

    def _checked(self, messages: pl.DataFrame) -> pl.DataFrame:
        codes, cities = list(self.scooters), list(self.scooters.values())
        located = messages.with_columns(
            city=pl.col("scooter_code").replace_strict(
                codes, cities, default=None, return_dtype=pl.String
            )
        )
        latitude, longitude = pl.col("latitude"), pl.col("longitude")
        latest = self.until + FUTURE_TOLERANCE
        rules = first_reason(
            [
                ("time cannot be read", pl.col("reported_at").is_null()),
                ("time in the far future", pl.col("reported_at") > latest),
                ("time before 2015", pl.col("reported_at") < EARLIEST),
                ("no position", latitude.is_null() | longitude.is_null()),
                ("latitude and longitude are swapped", self._is_swapped()),
                ("position is no place", outside_world("latitude", "longitude")),
                ("battery is not within 0 to 100", ~pl.col("battery_pct").is_between(0, 100)),
                ("unknown scooter", pl.col("city").is_null()),
            ]
        )
        return located.with_columns(pl.coalesce(pl.col(REASON), rules))

    def _is_swapped(self) -> pl.Expr:
        depots = {city: place.depot for city, place in self.places.items() if place.depot}
        north = pl.col("city").replace_strict(
            list(depots), [d[0] for d in depots.values()], default=None, return_dtype=pl.Float64
        )
        east = pl.col("city").replace_strict(
            list(depots), [d[1] for d in depots.values()], default=None, return_dtype=pl.Float64
        )
        latitude, longitude = pl.col("latitude"), pl.col("longitude")
        off = ((latitude - north).abs() > _SWAP_TOLERANCE_DEG) | (
            (longitude - east).abs() > _SWAP_TOLERANCE_DEG
        )
        near = ((longitude - north).abs() <= _SWAP_TOLERANCE_DEG) & (
            (latitude - east).abs() <= _SWAP_TOLERANCE_DEG
        )
        return off & near

    def _count(self, checked: pl.DataFrame) -> None:
        counted = checked.group_by("source").agg(pl.len(), pl.count(REASON).alias("bad"))
        for source, count, bad in counted.iter_rows():
            self.counts.read[source] = self.counts.read.get(source, 0) + count - bad
            self.counts.rejected[source] = self.counts.rejected.get(source, 0) + bad

    def _new(self, pings: pl.DataFrame) -> pl.DataFrame:
        key = ["scooter_code", "reported_at"]
        new = pings.unique(subset=key, keep="first", maintain_order=True)
        new = new.join(self._seen, on=key, how="anti", maintain_order="left")
        self._seen = pl.concat([self._seen, new.select(key)])
        # Arrival cannot precede the report; a file only tells the hour of arrival.
        received_at = pl.max_horizontal("received_at", "reported_at")
        return new.with_columns(received_at=received_at)


def list_files(
    folder: Path, cities: Sequence[str] | None, until: datetime
) -> tuple[list[PingFile], list[str]]:
    """Return the ping files of hours that are over at `until`, and notes on misplaced files."""
    files: list[PingFile] = []
    notes: list[str] = []
    for path in sorted(folder.glob("*/*/*.jsonl*")) if folder.is_dir() else []:
        name = path.relative_to(folder).as_posix()
        city, rest = name.split("/", 1)
        match = _NAME.match(rest) if "#" not in city else None
        hour_at = _hour(match) if match else None
        if hour_at is None:
            notes.append(f"ping file {name} left out: not named <city>/YYYY-MM-DD/HH.jsonl.gz")
        elif (cities is None or city in cities) and hour_at + timedelta(hours=1) <= until:
            stat = path.stat()
            files.append(PingFile(path, name, city, hour_at, stat.st_size, stat.st_mtime_ns))
    return files, notes


def _hour(match: re.Match[str]) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{match[1]}T{match[2]}:00:00+00:00")
    except ValueError:
        return None


def read_files(files: Sequence[PingFile]) -> Iterator[pl.DataFrame]:
    """Give the lines of each file."""
    for file in files:
        lines, problem = read_lines(file.path)
        yield (
            pl.DataFrame(
                {
                    "row_key": [f"{file.name}:{number}" for number in range(1, len(lines) + 1)],
                    "original": lines,
                    "_broken": [None] * len(lines),
                },
                schema={"row_key": pl.String, "original": pl.String, "_broken": pl.String},
            )
            .filter(pl.col("original").str.strip_chars() != "")
            .pipe(_and_problem, file, problem)
        )


def _and_problem(frame: pl.DataFrame, file: PingFile, problem: str | None) -> pl.DataFrame:
    if problem is not None:
        row = {"row_key": f"{file.name}:end", "original": file.name, "_broken": problem}
        frame = pl.concat([frame, pl.DataFrame([row], schema=frame.schema)])
    return frame.with_columns(
        received_at=pl.lit(file.hour_at, pl.Datetime("us", "UTC")), source=pl.lit(file.name)
    )


def read_lines(path: Path) -> tuple[list[str], str | None]:
    """Return the whole lines of a file, gzip or not, and what is wrong with it, if anything.

    Of a file that is cut off or damaged, the lines before the damage are kept.
    """
    content = path.read_bytes()
    problem = None
    if content[:2] == b"\x1f\x8b" or path.suffix == ".gz":
        content, problem = _unzipped(content)
    lines = content.decode("utf-8", "replace").replace("\x00", "\ufffd").split("\n")
    if problem is not None and lines:
        lines = lines[:-1]
    return lines, problem


def _unzipped(content: bytes) -> tuple[bytes, str | None]:
    """Unzip all members, as far as it goes."""
    parts: list[bytes] = []
    while content:
        unzip = zlib.decompressobj(wbits=31)
        try:
            # In steps: what came before a damaged place is worth keeping.
            for start in range(0, len(content), 65_536):
                parts.append(unzip.decompress(content[start : start + 65_536]))
                if unzip.eof:
                    break
            parts.append(unzip.flush())
        except zlib.error as error:
            return b"".join(parts), f"the gzip file is damaged ({error})"
        if not unzip.eof:
            return b"".join(parts), "the gzip file is cut off"
        content = unzip.unused_data + content[start + 65_536 :]
    return b"".join(parts), None


def read_messages(
    reader: OperationalReader, since: datetime, until: datetime
) -> Iterator[pl.DataFrame]:
    """Give the messages that the operational database received from `since` to `until`."""
    from extract.operational.reader import literal

    schema = {"id": pl.Int64(), "received_at": pl.Datetime("us", "UTC"), "payload": pl.String()}
    reader.require("telemetry_messages", list(schema))
    where = f"received_at >= {literal(since)} and received_at <= {literal(until)}"
    for frame in reader.read("telemetry_messages", schema, where):
        yield frame.select(
            row_key=pl.format("message {}", "id"),
            original=pl.col("payload")
            .fill_null("")
            .str.replace_all("\x00", "\ufffd", literal=True),
            _broken=pl.lit(None, pl.String),
            received_at="received_at",
            source=pl.lit("messages"),
        )
