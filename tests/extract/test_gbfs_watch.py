"""Watching a feed: snapshots from loopback into a folder that the extraction reads."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from extract.gbfs.archive import Archive
from extract.gbfs.documents import read_documents
from extract.gbfs.watch import Watch
from extract.gbfs.web import WebFeed
from moow.main import app
from tests.extract.gbfs_feed import START, Feed, document, serving, vehicle

pytestmark = pytest.mark.unit


class _Clock:
    """A clock that goes on only when somebody waits."""

    def __init__(self) -> None:
        self.now = START
        self.waits: list[float] = []

    def __call__(self) -> datetime:
        return self.now

    def wait(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += timedelta(seconds=seconds)


def feed_of(base: str, answer: Any) -> dict[str, Any]:
    feeds = [{"name": "vehicle_status", "url": "vehicle_status.json"}]
    return {"/v3/gbfs.json": {"data": {"feeds": feeds}}, "/v3/vehicle_status.json": answer}


def read(folder: Path) -> list[datetime | None]:
    """Return the times of the archived snapshots, as the extraction reads them."""
    documents = [
        read_documents(snapshot.content, snapshot.name)[0][0]
        for snapshot in Archive(folder, {}, START).snapshots()
    ]
    return [one.observed_at for one in documents]


def test_snapshots_are_archived_by_the_clock(tmp_path: Path) -> None:
    """Every minute one file; what the feed has said before is not kept again."""
    feed, clock, said = Feed(), _Clock(), list[str]()
    minutes = iter([0, 1, 1, 3])
    with serving(feed) as base:
        feed.answers = feed_of(base, lambda: document([vehicle("a")], next(minutes)))
        watch = Watch(f"{base}/v3/gbfs.json", tmp_path, clock, clock.wait, said.append)
        assert watch.run(60, 4) == 3
    assert read(tmp_path) == [START + timedelta(minutes=n) for n in (0, 1, 3)]
    assert clock.waits == [60.0, 60.0, 60.0]
    names = sorted(path.name for path in tmp_path.rglob("*.gz"))
    assert names[0] == "vehicle_status_20260601T060000Z.json.gz"
    assert not list(tmp_path.rglob("*.part"))


def test_a_still_street_is_kept_where_the_feed_says_no_time(tmp_path: Path) -> None:
    """Without a time of its own an unchanged answer is news: nothing changed until then."""
    feed, clock = Feed(), _Clock()
    with serving(feed) as base:
        feed.answers = feed_of(base, [vehicle("a")])
        watch = Watch(f"{base}/v3/gbfs.json", tmp_path, clock, clock.wait, lambda _: None)
        assert watch.run(60, 2) == 2
    assert read(tmp_path) == [START, START + timedelta(minutes=1)]


def test_a_feed_that_is_away_for_a_while(tmp_path: Path) -> None:
    """A busy server is asked again after a pause; one that stays away is said, and watched on."""
    feed, clock, said = Feed(), _Clock(), list[str]()
    with serving(feed) as base:
        feed.answers = feed_of(base, document([vehicle("a")]))
        feed.statuses = [429, 200, 200, *[503] * 3]
        watch = Watch(f"{base}/v3/gbfs.json", tmp_path, clock, clock.wait, said.append)
        assert watch.run(60, 3) == 1
    assert "it answered 503" in said[1]
    assert len(said) == 3
    assert clock.waits[:2] == [1.0, 59.0]


def test_a_refusal_is_not_asked_again() -> None:
    """A wrong key does not become right by asking: one request, and the cure in the note."""
    feed = Feed()
    feed.answers["/gbfs.json"] = {}
    feed.statuses = [401]
    with serving(feed) as base:
        web = WebFeed(f"{base}/gbfs.json?token=hush", START)
        feed.answers["/gbfs.json?token=hush"] = {}
        assert list(web.snapshots()) == []
    assert len(feed.asked) == 1
    assert web.notes == [f"{base}/gbfs.json: it answered 401; check the address and the key in it"]


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`moow gbfs watch` takes so many snapshots and says how to read them."""
    monkeypatch.setenv("MOOW_HOME", str(tmp_path))
    feed = Feed()
    with serving(feed) as base:
        feed.answers = feed_of(base, document([vehicle("a")]))
        monkeypatch.setenv("MOOW_GBFS_FEEDS", f"town={base}/v3/gbfs.json")
        result = CliRunner().invoke(app, ["gbfs", "watch", "--city", "town", "--times", "1"])
    assert result.exit_code == 0, result.output
    assert f"MOOW_GBFS_FEEDS=town={tmp_path}/gbfs/town" in result.output
    assert read(tmp_path / "gbfs" / "town") == [START]


def test_the_command_without_an_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A city that no setting names an address for is refused with the cure."""
    monkeypatch.setenv("MOOW_HOME", str(tmp_path))
    monkeypatch.setenv("MOOW_GBFS_FEEDS", f"town={tmp_path}")
    result = CliRunner().invoke(app, ["gbfs", "watch", "--city", "town", "--times", "1"])
    assert result.exit_code == 1
    assert "give one with --address" in str(result.exception)
