"""What a run reads, in parts: each is loaded, and marked, by itself.

Memory holds the keys of one part, and a run that is killed goes on from its last whole part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING

from extract.telemetry.database import newest_message, next_bound
from extract.telemetry.files import PingFile

if TYPE_CHECKING:
    from extract.operational.reader import OperationalReader

#: So many bytes of files are a part, and so many messages of the database.
_PART_BYTES = 40_000_000
PART_MESSAGES = 1_000_000
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """Messages received after `since` (None: all) and up to `until`."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True)
class Part:
    """Files, and messages of the operational database, that are read together."""

    files: list[PingFile] = field(default_factory=list)
    window: Window | None = None
    is_last: bool = True


def parts_of(files: Sequence[PingFile], windows: Sequence[Window]) -> list[Part]:
    """Join what is to be read into parts, at least one; most runs have no more.

    Files come first, the oldest at first: the messages repeat what the newest of them hold.
    """
    batches = in_parts(files)
    first, rest = batches[:-1], batches[-1:]
    together = [(it, None) for it in first] + list(zip_longest(rest, windows)) or [(None, None)]
    last = len(together) - 1
    return [
        Part(batch or [], window, number == last) for number, (batch, window) in enumerate(together)
    ]


def in_parts(files: Sequence[PingFile]) -> list[list[PingFile]]:
    """Split a backlog into parts in the order of time."""
    parts: list[list[PingFile]] = []
    size = 0
    for file in sorted(files, key=lambda file: (file.hour_at, file.name)):
        if not parts or size + file.size_bytes > _PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(file)
        size += file.size_bytes
    return parts


def message_windows(
    reader: OperationalReader, cursor: datetime | None, overlap: timedelta, until: datetime
) -> list[Window]:
    """Return the stretches of time whose messages are to be read.

    The last one ends with the newest message that is there, not with the clock of the run: that
    may be ahead, and what has not arrived yet is for a later run.

    Parameters
    ----------
    reader
        The operational database.
    cursor
        When the newest message that was loaded had been received; None reads all there are.
    overlap
        A message may become visible so much later than its ``received_at`` says.
    until
        The time of the run.
    """
    newest = newest_message(reader, until)
    if newest is None:
        return []
    since = None if cursor is None else min(cursor, newest) - overlap - _INSTANT
    windows: list[Window] = []
    while since is None or since < newest:
        bound = next_bound(reader, since, newest, PART_MESSAGES) or newest
        windows.append(Window(since, bound))
        since = bound
    return windows
