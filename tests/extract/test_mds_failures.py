"""An MDS feed that fails: what is kept, and who goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl
import pytest

from extract.mds.rules import checked
from extract.raw_tables import RawTable
from tests.extract.mds_records import (
    START,
    name,
    trip,
)
from tests.extract.mds_server import Provider, serving
from tests.extract.mds_world import HOUR, UNTIL, load, settings_for, small_provider
from tests.extract.raw import count
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Serve three scooters, and what happened to them in six hours."""
    with serving(small_provider()) as made:
        yield made


def test_a_feed_that_fails_stops_no_other_city(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A feed never loaded fails the run with its sentence; later it is a problem, others go on."""
    where = settings_for(settings, provider, mds_token="an old token")
    with pytest.raises(SourceError, match="token has expired or is wrong"):
        load(where, warehouse, UNTIL)
    where = settings_for(settings, provider)
    load(where, warehouse, UNTIL)
    with serving(Provider(now=UNTIL, lists={"trips": [trip(77, START + HOUR / 2)]})) as other:
        both = f"volos={provider.address},trikala={other.address}"
        where = settings_for(settings, provider, mds_feeds=both)
        provider.troubles = [(503, {})] * 6
        after = load(where, warehouse, UNTIL)
    assert len(after.problems) == 1
    assert after.problems[0].startswith("MDS volos: nothing later was read")
    assert "503 Service Unavailable, 6 times in a row" in after.problems[0]
    cities = warehouse.fetch(
        "select city from raw_mds.trips where trip_id = %(id)s", {"id": name("trip", 77)}
    )
    assert cities == [{"city": "trikala"}]


def test_what_was_read_before_a_failure_is_kept(
    settings: Settings, warehouse: Warehouse, provider: Provider
) -> None:
    """A feed that fails half-way leaves its first hours loaded, and the next run goes on there."""
    where = settings_for(settings, provider, mds_overlap_hours=0)
    answer = provider.answer

    def failing(target: str, token: str | None) -> tuple[int, dict[str, str], Any]:
        if "end_time=2026-06-01T03" in target:
            return 500, {}, {}
        return answer(target, token)

    provider.answer = failing  # type: ignore[method-assign]
    with pytest.raises(SourceError, match="500"):
        load(where, warehouse, UNTIL, since=START)
    assert count(warehouse, "raw_mds.trips") == 3
    provider.answer = answer  # type: ignore[method-assign]
    provider.requests.clear()
    load(where, warehouse, UNTIL)
    assert count(warehouse, "raw_mds.trips") == 6
    assert not any("T02" in path for path in provider.requests)


def test_what_nobody_foresaw_stops_no_other_city(
    settings: Settings,
    warehouse: Warehouse,
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An error in one feed is a problem that is told; its hours come whole with the next run."""
    # Half a character goes into a terminal's log, but not from one process of the tests to another.
    caplog.set_level(logging.CRITICAL, "extract.mds.load")

    def failing(table: RawTable, frame: pl.DataFrame, until: datetime) -> pl.DataFrame:
        if (frame["city"] == "volos").any():
            raise ZeroDivisionError("half a scooter \ud83d")
        return checked(table, frame, until)

    with serving(Provider(now=UNTIL, lists={"trips": [trip(77, START + HOUR / 2)]})) as other:
        both = f"volos={provider.address},trikala={other.address}"
        where = settings_for(settings, provider, mds_feeds=both, mds_overlap_hours=0)
        with monkeypatch.context() as patched:
            patched.setattr("extract.mds.city.checked", failing)
            after = load(where, warehouse, UNTIL)
            with pytest.raises(SourceError, match="MDS volos: nothing later was read"):
                load(where, warehouse, UNTIL, since=START)
        (problem,) = after.problems
        assert problem.startswith("MDS volos: nothing later was read, for what its feed says can")
        assert "(ZeroDivisionError: half a scooter ?); the log says where" in problem
        cities = warehouse.fetch("select distinct city from raw_mds.trips")
        assert cities == [{"city": "trikala"}]
        assert load(where, warehouse, UNTIL).problems == []
    assert count(warehouse, "raw_mds.trips") == 7
