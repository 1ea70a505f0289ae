"""A folder or zip of snapshots: its files, and which of them are new.

Files are grouped by the hour in which they last changed, and by the day once that is two days
ago. Of a group only a sum over names, sizes and times is remembered; a group whose sum changed is
read again as a whole, which does no harm, for an observation is known by vehicle and time. So the
memory stays small whatever the archive holds, and a file that comes late or changes is read.

A watched feed always holds snapshots that are later than the run's clock: their group is read again
once the clock has reached the first of them, and the mark of all others is kept meanwhile.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_SUFFIXES = (".json", ".json.gz", ".geojson", ".geojson.gz", ".jsonl", ".jsonl.gz", ".zip")
_BY_DAY_AFTER = timedelta(days=2)


@dataclass(frozen=True)
class Snapshot:
    """The bytes of a file or an answer: its name, and when it was written or fetched.

    ``group`` is what its archive remembers it with.
    """

    name: str
    content: bytes
    written_at: datetime
    group: str = ""


@dataclass
class Archive:
    """The files of a folder, or of one zip.

    Parameters
    ----------
    path
        Where it is.
    state
        What was read before, kept with the data.
    until
        The run's clock.

    Attributes
    ----------
    mark
        What to remember once everything that `snapshots` gave is loaded: of each group its sum,
        and when it is due to be read again though nothing in it changed.
    """

    path: Path
    state: dict[str, Any]
    until: datetime
    notes: list[str] = field(default_factory=list)
    mark: dict[str, Any] = field(default_factory=dict)

    def snapshots(self) -> Iterator[Snapshot]:
        """Give the snapshots of all groups that changed, stations before vehicles."""
        files = self._files()
        self.mark = self.state
        if not files:
            return
        newest = max([*(changed for _, changed, _ in files), self._newest_before()])
        groups: dict[str, int] = {}
        for _, changed, mark in files:
            name = _group(changed, newest)
            groups[name] = groups.get(name, 0) ^ mark
        before, due = self._groups_before(newest), self._due_before(newest)
        waiting = {name: at for name, at in due.items() if name in groups and at > self.until}
        wanted = {name for name, total in groups.items() if before.get(name) != total}
        wanted |= {name for name in due if name in groups and name not in waiting}
        self.mark = {
            "newest": newest.isoformat(),
            "groups": {name: f"{total:016x}" for name, total in sorted(groups.items())},
            "due": {n: at.isoformat() for n, at in sorted(waiting.items()) if n not in wanted},
        }
        named = [(path, _group(changed, newest)) for path, changed, _ in files]
        # Where stations are, a vehicle in a dock has to know.
        named.sort(key=lambda file: ("station_information" not in file[0].name, file[0]))
        for path, group in named:
            if group in wanted:
                yield from self._read(path, group)

    def read_again(self, group: str, at: datetime) -> None:
        """Have a group read again by the first run whose clock is `at` or later."""
        due = self.mark.setdefault("due", {})
        before = datetime.fromisoformat(due[group]) if group in due else at
        due[group] = min(before, at).astimezone(UTC).isoformat()

    def _files(self) -> list[tuple[Path, datetime, int]]:
        """Return path, time of the last change and a mark of each file."""
        if not self.path.exists():
            self.notes.append(f"the folder {self.path} does not exist; check MOOW_GBFS_FEEDS")
            return []
        files = []
        for path in [self.path] if self.path.is_file() else _below(self.path):
            if not path.name.lower().endswith(_SUFFIXES):
                continue
            try:
                status = path.stat()
            except OSError:
                continue  # moved away since it was listed
            text = f"{path.relative_to(self.path.parent)}:{status.st_size}:{status.st_mtime_ns}"
            mark = int.from_bytes(hashlib.sha256(os.fsencode(text)).digest()[:8], "big")
            files.append((path, datetime.fromtimestamp(status.st_mtime, UTC), mark))
        return files

    def _newest_before(self) -> datetime:
        return datetime.fromisoformat(self.state.get("newest", "1970-01-01T00:00:00+00:00"))

    def _groups_before(self, newest: datetime) -> dict[str, int]:
        """Return the sums of before, hours that have become old put together into their day."""
        before: dict[str, int] = {}
        for name, total in self.state.get("groups", {}).items():
            group = _group_now(name, newest)
            before[group] = before.get(group, 0) ^ int(total, 16)
        return before

    def _due_before(self, newest: datetime) -> dict[str, datetime]:
        """Return when groups are due that held what was later than the clock."""
        due: dict[str, datetime] = {}
        for name, text in self.state.get("due", {}).items():
            group, at = _group_now(name, newest), datetime.fromisoformat(text)
            due[group] = min(due.get(group, at), at)
        return due

    def _read(self, path: Path, group: str) -> Iterator[Snapshot]:
        root = self.path if self.path.is_dir() else self.path.parent
        name = os.fsencode(path.relative_to(root)).decode("utf-8", "replace")
        try:
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if path.suffix.lower() != ".zip":
                yield Snapshot(name, path.read_bytes(), changed, group)
                return
        except OSError as error:
            # Moved away since it was listed, or not ours to read: the next run tries again.
            self.read_again(group, self.until)
            self.notes.append(f"{name} cannot be read ({error.strerror or error}); left out")
            return
        try:
            with zipfile.ZipFile(path) as packed:
                for member in sorted(packed.namelist()):
                    if member.lower().endswith(_SUFFIXES[:-1]):
                        yield Snapshot(f"{name}/{member}", packed.read(member), changed, group)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            self.notes.append(f"{name} cannot be read to its end ({error})")


def _below(folder: Path) -> list[Path]:
    """Return all files below a folder; a folder that is moved away meanwhile is passed over."""
    return sorted(Path(at) / name for at, _, names in os.walk(folder) for name in names)


def _group_now(name: str, newest: datetime) -> str:
    """Return the group that one of before belongs to: an hour that is long over, to its day."""
    if "T" not in name:
        return name
    return _group(datetime.fromisoformat(f"{name}:00:00+00:00"), newest)


def _group(changed: datetime, newest: datetime) -> str:
    """Name the group of a file: its hour, or its day when that day is long over."""
    day = changed.replace(hour=0, minute=0, second=0, microsecond=0)
    is_old = newest - day > _BY_DAY_AFTER
    return f"{changed:%Y-%m-%d}" if is_old else f"{changed:%Y-%m-%dT%H}"
