"""The record of a run while it is at work."""

from contextlib import suppress
from datetime import UTC, datetime
from threading import Barrier, BrokenBarrierError, Thread

import pytest

from flows.run import Run, open_run
from warehouse.connection import Warehouse
from warehouse.settings import Settings

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
LAST_TRIP = datetime(2019, 2, 1, 5, tzinfo=UTC)


class _SlowToRead(dict[str, int]):
    """Counts that are read by two at once whenever nobody keeps the second one out."""

    def __init__(self) -> None:
        super().__init__()
        self._both_have_read = Barrier(2, timeout=0.5)

    def get(self, *arguments: object) -> int:  # type: ignore[override]
        value = super().get(*arguments)  # type: ignore[call-overload]
        with suppress(BrokenBarrierError):
            self._both_have_read.wait()
        return int(value)


@pytest.mark.unit
def test_cities_at_once_count_all_they_did(settings: Settings) -> None:
    """What two threads add to one count is all in it."""
    run = Run(settings, Warehouse("postgresql://db/none"), "hourly", None, NOW)
    run.counts = _SlowToRead()
    threads = [Thread(target=run.count, args=("routes", number)) for number in (2, 3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert run.counts["routes"] == 5


@pytest.mark.db
def test_a_run_tells_the_clocks_of_its_cities(
    settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its end it holds the clock of each of its cities, and of no other."""
    monkeypatch.setenv("MOOW_HOME", str(settings.home))
    monkeypatch.setenv("MOOW_WAREHOUSE_URL", warehouse.url)
    with open_run("hourly", None, NOW) as run:
        run.cities = ["kozani", "louisville"]
        warehouse.execute(
            "insert into ops.city_clocks (city_id, as_of_at) values"
            " ('kozani', %(now)s), ('louisville', %(last)s), ('trikala', %(now)s)",
            {"now": NOW, "last": LAST_TRIP},
        )
    assert run.clocks == {"kozani": NOW, "louisville": LAST_TRIP}
