"""What a flow returns when a person has something to mend."""

import logging
from datetime import UTC, datetime
from typing import Any, cast

import pytest

from flows.run import Run
from flows.steps import ended
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.unit


def _run(settings: Settings, problems: list[str]) -> Run:
    clock = datetime(2026, 6, 1, 6, tzinfo=UTC)
    return Run(
        settings, Warehouse("postgresql://db/none"), "hourly", None, clock, problems=problems
    )


def test_a_run_without_problems_is_returned_as_it_is(settings: Settings) -> None:
    """Nothing to mend makes no state of its own."""
    run = _run(settings, [])
    assert ended(run) is run


def test_problems_are_told_by_a_completed_state(
    settings: Settings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hour counts as done, its state says what is to be mended; the schedule logs it too."""
    run = _run(settings, ["a bad cell", "a bad zone"])
    state = cast("Any", ended(run))
    assert state.is_completed()
    assert (state.name, state.message) == ("Completed, to mend", "a bad cell; a bad zone")
    assert state.data is run
    assert caplog.records == []
    monkeypatch.setenv("PREFECT__RUNTIME__DEPLOYMENT__ID", "by the clock")
    with caplog.at_level(logging.ERROR):
        ended(run)
    assert [record.message for record in caplog.records] == run.problems
