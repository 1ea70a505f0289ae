"""What a load asks the warehouse before it writes, and which modes go together."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from extract.known_rows import known_rows
from extract.loading import REMOVED, Batch, Mode, RawPipeline, stored_state
from extract.schemas import create_raw_tables
from extract.telemetry.tables import PINGS, PINGS_REJECTED
from tests.extract.raw import count
from tests.extract.sources import START
from warehouse.connection import Warehouse
from warehouse.errors import MoowError, WarehouseError
from warehouse.settings import Settings

pytestmark = pytest.mark.db
YEAR = timedelta(days=365)


def pings(*times: Any, **values: Any) -> pl.DataFrame:
    """Return one scooter's pings at the times."""
    frame = pl.DataFrame({"reported_at": list(times)}).with_columns(
        scooter_code=pl.lit("SKG-0001"), **{name: pl.lit(it) for name, it in values.items()}
    )
    return PINGS.conform(frame)


@pytest.fixture
def a_year(warehouse: Warehouse) -> Warehouse:
    """Give a warehouse with a ping every ten minutes of a year, up to now."""
    create_raw_tables(warehouse)
    warehouse.execute(
        "insert into raw_telemetry.pings (scooter_code, reported_at) select 'SKG-0001', moment"
        " from generate_series(%(first)s, %(last)s, interval '10 minutes') as moment",
        {"first": START - YEAR, "last": START},
    )
    return warehouse


@pytest.fixture
def heights(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Give the rows of each frame that is read from the warehouse."""
    found: list[int] = []
    read = Warehouse.read

    def counted(warehouse: Warehouse, *arguments: Any) -> pl.DataFrame:
        frame = read(warehouse, *arguments)
        found.append(frame.height)
        return frame

    monkeypatch.setattr(Warehouse, "read", counted)
    return found


@pytest.mark.parametrize("mode", ["merge", "add"])
def test_a_load_that_lost_its_lock_loads_nothing(
    settings: Settings, warehouse: Warehouse, mode: Mode
) -> None:
    """The server ends the connection of the lock in the middle: another run may be at work."""
    create_raw_tables(warehouse)
    end = (
        "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and database ="
        " (select oid from pg_database where datname = current_database())"
    )

    def batches() -> Iterator[Batch]:
        yield Batch(PINGS, pings(START), mode)
        assert len(warehouse.fetch(end)) == 1
        yield Batch(PINGS, pings(START + YEAR), mode)

    pipeline = RawPipeline(settings, warehouse, "raw_telemetry")
    pipeline.state["until"] = "then"
    with pytest.raises(WarehouseError, match="broke off"), warehouse.lock("extract"):
        pipeline.load(batches())
    assert count(warehouse, PINGS.relation) == 0
    assert stored_state(warehouse, "raw_telemetry") == {}


@pytest.mark.parametrize(("mode", "added"), [("add", 2), ("keep", 2), ("correct", 2)])
def test_a_late_row_does_not_fetch_what_lies_between(
    settings: Settings, a_year: Warehouse, heights: list[int], mode: Mode, added: int
) -> None:
    """One ping of a year ago in a batch: no more is read from the table than the batch holds."""
    before = count(a_year, PINGS.relation)
    late = START - YEAR + timedelta(seconds=1)
    known = [START - n * timedelta(minutes=10) for n in range(50)]
    batch = pings(*known, START + timedelta(seconds=1), late, START - YEAR)
    counts = RawPipeline(settings, a_year, "raw_telemetry").load([Batch(PINGS, batch, mode)])
    assert counts == {PINGS.relation: added}
    assert count(a_year, PINGS.relation) == before + added
    assert max(heights) <= batch.height


def test_rows_are_found_by_their_keys_of_any_kind(warehouse: Warehouse) -> None:
    """Texts with quotes, percent signs and other letters are the keys that they are."""
    create_raw_tables(warehouse)
    keys = ["a'b", "100 %(x)s", "παπί", 'q"', "z"]
    frame = PINGS_REJECTED.conform(pl.DataFrame({"row_key": keys, "reason": keys}))
    warehouse.append(frame[:4], PINGS_REJECTED.relation)
    found = known_rows(warehouse, PINGS_REJECTED, frame, ["row_key", "reason"])
    assert sorted(found.rows()) == sorted((key, key) for key in keys[:4])
    assert known_rows(warehouse, PINGS_REJECTED, frame[4:], ["row_key"]).is_empty()
    assert known_rows(warehouse, PINGS_REJECTED, frame[:0], ["row_key"]).columns == ["row_key"]


def test_only_changes_are_written_by_a_correction(settings: Settings, a_year: Warehouse) -> None:
    """A row that is there as it is is left alone; one that differs takes its place."""
    same, other = pings(START), pings(START - timedelta(minutes=10), latitude=40.0)
    load = RawPipeline(settings, a_year, "raw_telemetry").load
    assert load([Batch(PINGS, same, "correct")]) == {}
    assert load([Batch(PINGS, pl.concat([same, other]), "correct")]) == {PINGS.relation: 1}
    rows = a_year.fetch("select latitude from raw_telemetry.pings where latitude is not null")
    assert rows == [{"latitude": 40.0}]


def _removal() -> pl.DataFrame:
    return pings(START).with_columns(pl.lit(True).alias(REMOVED))


@pytest.mark.parametrize(
    "batches",
    [
        [Batch(PINGS, _removal()), Batch(PINGS, pings(START - 2 * YEAR), "add")],
        [Batch(PINGS, pings(START - 2 * YEAR), "add"), Batch(PINGS, pings(START), "keep")],
    ],
)
def test_modes_that_do_not_go_together(
    settings: Settings, a_year: Warehouse, batches: list[Batch]
) -> None:
    """A table given rows straight and by merge in one load is refused, and nothing is written."""
    before = count(a_year, PINGS.relation)

    def given() -> Iterator[Batch]:
        yield from batches

    with pytest.raises((MoowError, ValueError), match="pings is given rows to add, and others"):
        RawPipeline(settings, a_year, "raw_telemetry").load(given())
    assert count(a_year, PINGS.relation) == before
