"""Folders and zips of snapshots: what is new is read, what was read is not read again."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.gbfs.archive import Archive
from tests.extract.gbfs_feed import START, write

pytestmark = pytest.mark.unit
LATER = START + timedelta(days=100)


def names(folder: Path, state: dict[str, Any], until: datetime = LATER) -> list[str]:
    """Read an archive as a run does, and remember."""
    archive = Archive(folder, state, until)
    found = [snapshot.name for snapshot in archive.snapshots()]
    state.clear()
    state.update(archive.mark)
    return found


def test_an_archive_gives_what_is_new(tmp_path: Path) -> None:
    """Files of an hour in which nothing changed are not read again, late and changed ones are."""

    def put(name: str, at: datetime, content: str = "{}") -> None:
        (tmp_path / name).write_text(content)
        os.utime(tmp_path / name, (at.timestamp(), at.timestamp()))

    state: dict[str, Any] = {}
    put("a.json", START)
    put("b.json", START + timedelta(hours=1))
    assert names(tmp_path, state) == ["a.json", "b.json"]
    assert names(tmp_path, state) == []
    put("c.json", START + timedelta(hours=2))
    assert names(tmp_path, state) == ["c.json"]
    put("a.json", START, "{ }")
    assert names(tmp_path, state) == ["a.json"]
    put("d.json", START + timedelta(days=30))  # the hours of a month ago become days, unread
    assert names(tmp_path, state) == ["d.json"]
    assert len(state["groups"]) == 2
    put("late.json", START)
    assert set(names(tmp_path, state)) == {"a.json", "b.json", "c.json", "late.json"}


def test_a_zip_of_snapshots(tmp_path: Path) -> None:
    """A zip is read like a folder; one that is cut off leaves a note."""
    path = tmp_path / "day.zip"
    with zipfile.ZipFile(path, "w") as packed:
        packed.writestr("one.json", "{}")
        packed.writestr("readme.txt", "no")
    assert [snapshot.name for snapshot in Archive(path, {}, LATER).snapshots()] == [
        "day.zip/one.json"
    ]
    path.write_bytes(path.read_bytes()[:-30])
    archive = Archive(path, {}, LATER)
    assert list(archive.snapshots()) == []
    assert "day.zip cannot be read to its end" in archive.notes[0]


def test_the_mark_of_an_archive_is_utc(tmp_path: Path) -> None:
    """What is remembered does not depend on the clock of the machine."""
    write(tmp_path, "a.json", {})
    os.utime(tmp_path / "a.json", (START.timestamp(), START.timestamp()))
    archive = Archive(tmp_path, {}, LATER)
    list(archive.snapshots())
    assert archive.mark["newest"] == START.astimezone(UTC).isoformat()


def test_what_waits_is_read_when_it_is_due(tmp_path: Path) -> None:
    """A group is read again by the first run whose clock is late enough, not by those before."""
    state: dict[str, Any] = {}
    write(tmp_path, "a.json", {})
    os.utime(tmp_path / "a.json", (START.timestamp(), START.timestamp()))
    archive = Archive(tmp_path, state, START)
    (snapshot,) = archive.snapshots()
    archive.read_again(snapshot.group, START + timedelta(minutes=5))
    archive.read_again(snapshot.group, START + timedelta(minutes=9))
    state = archive.mark
    for minute, expected in ((4, []), (5, ["a.json"]), (9, [])):
        assert names(tmp_path, state, START + timedelta(minutes=minute)) == expected


def test_files_that_are_moved_away_meanwhile(tmp_path: Path) -> None:
    """A file that goes between the listing and the reading leaves a note; the others are read."""
    for name in ("a", "b", "c"):
        write(tmp_path / name, "x.json", {})
        os.utime(tmp_path / name / "x.json", (START.timestamp(), START.timestamp()))
    archive = Archive(tmp_path, {}, LATER)
    found = []
    for snapshot in archive.snapshots():
        found.append(snapshot.name)
        shutil.rmtree(tmp_path / "b", ignore_errors=True)
    assert found == ["a/x.json", "c/x.json"]
    assert archive.notes == ["b/x.json cannot be read (No such file or directory); left out"]
    state = archive.mark
    assert names(tmp_path, state) == ["a/x.json", "c/x.json"]
    assert names(tmp_path, state) == []


def test_a_name_that_is_no_text(tmp_path: Path) -> None:
    """A file whose name is not UTF-8 is read, its name shown with a sign in place of the byte."""
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.json")).write_text("{}")
    assert names(tmp_path, {}) == ["caf\ufffd.json"]
