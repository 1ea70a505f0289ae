"""What the steps of a run ask of the tools they call."""

from datetime import UTC, datetime
from typing import Any

import pytest

from flows import dbt
from flows.run import Run
from flows.steps import build_marts
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db

CLOCK = datetime(2026, 6, 1, 7, tzinfo=UTC)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """How dbt was asked to build, each time; nothing is built."""
    calls: list[dict[str, Any]] = []

    def build(*_: object, **options: bool) -> dbt.DbtReport:
        calls.append(options)
        return dbt.DbtReport(0, 0, {}, ())

    monkeypatch.setattr(dbt, "build", build)
    return calls


@pytest.mark.parametrize(("flow", "expected"), [("hourly", False), ("nightly", True)])
def test_all_rows_are_tested_at_first_and_each_night(
    settings: Settings,
    warehouse: Warehouse,
    asked: list[dict[str, Any]],
    flow: str,
    expected: bool,
) -> None:
    """An hour tests the newest rows of large models alone, once there are older ones."""
    run = Run(settings, warehouse, flow, None, CLOCK)
    build_marts.fn(run, "warehouse")
    warehouse.execute("create schema marts; create table marts.fct_rides (ride_id text)")
    build_marts.fn(run, "warehouse")
    assert [call["tests_all_rows"] for call in asked] == [True, expected]
