"""Ping files ``<folder>/<city>/<YYYY-MM-DD>/<HH>.jsonl.gz``: which there are, and their lines.

A file holds what arrived in its hour. It is read in pieces, so that memory does not depend on its
size; of one that is cut off or damaged the lines before the damage are kept.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from extract.telemetry.decoding import LONGEST_TEXT

#: What telemetry is read from: texts, what names each (`prefix` and `number`), when it arrived and
#: from where; ``_broken`` says why a text is not to be read.
LINES: dict[str, Any] = {
    "prefix": pl.String(),
    "number": pl.Int64(),
    "original": pl.String(),
    "received_at": pl.Datetime("us", "UTC"),
    "source": pl.String(),
    "_broken": pl.String(),
}
#: Bytes of a file that are read, unzipped and handed on at once.
_PIECE_BYTES = 4_000_000
_STEP_BYTES = 131_072
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
    """Give the lines of each file, in frames of `LINES`; blank lines are left out."""
    for file in files:
        number = 1
        for piece in _pieces(file.path):
            if isinstance(piece, str):
                row = {"prefix": f"{file.name}:end", "original": file.name, "_broken": piece}
                yield _as_lines(pl.DataFrame([row]), file)
                continue
            lines = _split(piece).with_columns(number=pl.int_range(pl.len()) + number)
            number += lines.height
            whole = lines.filter(pl.col("original").str.contains(r"\S"))
            yield _as_lines(whole.with_columns(prefix=pl.lit(f"{file.name}:")), file)


def _as_lines(frame: pl.DataFrame, file: PingFile) -> pl.DataFrame:
    have = set(frame.columns)
    values = {"received_at": file.hour_at, "source": file.name}
    return frame.select(
        (pl.col(name) if name in have else pl.lit(values.get(name))).cast(kind).alias(name)
        for name, kind in LINES.items()
    )


def _split(piece: bytes) -> pl.DataFrame:
    """Split at line ends. What is no UTF-8, and what Postgres cannot keep, is replaced."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        piece = piece.decode("utf-8", "replace").encode()
    if b"\x00" in piece:
        piece = piece.replace(b"\x00", "\ufffd".encode())
    return pl.read_lines(piece, name="original")


def _pieces(path: Path) -> Iterator[bytes | str]:
    """Give whole lines, some megabytes at once; at the end, in words, what is wrong, if anything.

    Of a line that is far too long only the beginning is given: it will be rejected as such.
    """
    waiting: list[bytes] = []
    size = 0
    problem: str | None = None
    for part in _unzipped(path):
        if isinstance(part, str):
            problem = part
            break
        waiting.append(part)
        size += len(part)
        if size >= _PIECE_BYTES:
            content = b"".join(waiting)
            end = content.rfind(b"\n") + 1
            if end:
                yield content[:end]
            waiting = [content[end : end + LONGEST_TEXT + 1]]
            size = len(waiting[0])
    content = b"".join(waiting)
    if problem is not None:
        # The last line is cut off with the file.
        content = content[: content.rfind(b"\n") + 1]
    if content:
        yield content
    if problem is not None:
        yield problem


def _unzipped(path: Path) -> Iterator[bytes | str]:
    """Unzip all members, as far as it goes; a file that is not zipped is given as it is."""
    with path.open("rb") as handle:
        is_zipped = path.suffix == ".gz" or handle.read(2) == b"\x1f\x8b"
        handle.seek(0)
        unzip: Any = None
        # In small steps: what came before a damaged place is worth keeping.
        while step := handle.read(_STEP_BYTES):
            if not is_zipped:
                yield step
                continue
            while step:
                unzip = unzip or zlib.decompressobj(wbits=31)
                try:
                    yield unzip.decompress(step, _PIECE_BYTES)
                except zlib.error as error:
                    yield f"the gzip file is damaged ({error})"
                    return
                step = unzip.unconsumed_tail
                if unzip.eof:
                    step, unzip = unzip.unused_data, None
    if unzip is not None:
        yield "the gzip file is cut off"
