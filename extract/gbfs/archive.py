"""A folder or zip of snapshots: its files, and which of them are new.

Files are grouped by the hour in which they last changed, and by the day once that is two days
ago. Of a group only a sum over names, sizes and times is remembered; a group whose sum changed is
read again as a whole, which does no harm, for an observation is known by vehicle and time. So the
memory stays small whatever the archive holds, and a file that comes late or changes is read.
"""

from __future__ import annotations

import hashlib
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
    """The bytes of a file or an answer: its name, and when it was written or fetched."""

    name: str
    content: bytes
    written_at: datetime


@dataclass
class Archive:
    """The files of a folder, or of one zip.

    Parameters
    ----------
    path
        Where it is.
    state
        What was read before, kept with the data.

    Attributes
    ----------
    mark
        What to remember once everything that `snapshots` gave is loaded.
    """

    path: Path
    state: dict[str, Any]
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
        before = self._groups_before(newest)
        changed_groups = {name for name, total in groups.items() if before.get(name) != total}
        wanted = [path for path, changed, _ in files if _group(changed, newest) in changed_groups]
        # Where stations are, a vehicle in a dock has to know.
        for path in sorted(wanted, key=lambda path: ("station_information" not in path.name, path)):
            yield from self._read(path)
        totals = {name: f"{total:016x}" for name, total in sorted(groups.items())}
        self.mark = {"newest": newest.isoformat(), "groups": totals}

    def _files(self) -> list[tuple[Path, datetime, int]]:
        """Return path, time of the last change and a mark of each file."""
        if not self.path.exists():
            self.notes.append(f"the folder {self.path} does not exist; check MOOW_GBFS_FEEDS")
            return []
        paths = [self.path] if self.path.is_file() else sorted(self.path.rglob("*"))
        files = []
        for path in paths:
            if not path.name.lower().endswith(_SUFFIXES) or not path.is_file():
                continue
            status = path.stat()
            text = f"{path.relative_to(self.path.parent)}:{status.st_size}:{status.st_mtime_ns}"
            mark = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
            files.append((path, datetime.fromtimestamp(status.st_mtime, UTC), mark))
        return files

    def _newest_before(self) -> datetime:
        return datetime.fromisoformat(self.state.get("newest", "1970-01-01T00:00:00+00:00"))

    def _groups_before(self, newest: datetime) -> dict[str, int]:
        """Return the sums of before, hours that have become old put together into their day."""
        before: dict[str, int] = {}
        for name, total in self.state.get("groups", {}).items():
            hour = datetime.fromisoformat(f"{name}:00:00+00:00" if "T" in name else f"{name}T00+00")
            group = _group(hour, newest) if "T" in name else name
            before[group] = before.get(group, 0) ^ int(total, 16)
        return before

    def _read(self, path: Path) -> Iterator[Snapshot]:
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        root = self.path if self.path.is_dir() else self.path.parent
        name = str(path.relative_to(root))
        if path.suffix.lower() != ".zip":
            yield Snapshot(name, path.read_bytes(), changed)
            return
        try:
            with zipfile.ZipFile(path) as packed:
                for member in sorted(packed.namelist()):
                    if member.lower().endswith(_SUFFIXES[:-1]):
                        yield Snapshot(f"{name}/{member}", packed.read(member), changed)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError) as error:
            self.notes.append(f"{name} cannot be read to its end ({error})")


def _group(changed: datetime, newest: datetime) -> str:
    """Name the group of a file: its hour, or its day when that day is long over."""
    day = changed.replace(hour=0, minute=0, second=0, microsecond=0)
    is_old = newest - day > _BY_DAY_AFTER
    return f"{changed:%Y-%m-%d}" if is_old else f"{changed:%Y-%m-%dT%H}"
