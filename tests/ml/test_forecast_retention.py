"""How long forecasts are kept."""

from datetime import UTC, datetime, timedelta

import pytest

from ml.forecast_retention import prune_forecasts
from ml.models import CITY_DEMAND_FORECASTS, DEMAND_FORECASTS
from warehouse.connection import Warehouse
from warehouse.models import ensure_tables

pytestmark = pytest.mark.db

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def forecasts(warehouse: Warehouse) -> Warehouse:
    ensure_tables([DEMAND_FORECASTS, CITY_DEMAND_FORECASTS], warehouse)
    return warehouse


def issue(warehouse: Warehouse, issued_at: datetime, city: str = "trikala", hours: int = 3) -> None:
    """Forecasts of the hours from the next full one on, for a parking and the city."""
    values = {"city": city, "at": issued_at, "hours": hours}
    for table, names, also in (
        ("demand_forecasts", "city_id, parking_id", "%(city)s, 'p1'"),
        ("city_demand_forecasts", "city_id", "%(city)s"),
    ):
        warehouse.execute(
            f"insert into ml.{table} ({names}, issued_at, hour_at) select {also}, %(at)s,"
            " date_trunc('hour', %(at)s::timestamptz) + number * interval '1 hour'"
            " from generate_series(1, %(hours)s) as number",
            values,
        )


def issues(warehouse: Warehouse, table: str, city: str = "trikala") -> list[datetime]:
    rows = warehouse.fetch(
        f"select distinct issued_at from ml.{table} where city_id = %(city)s order by 1",
        {"city": city},
    )
    return [row["issued_at"] for row in rows]


def test_issues_past_the_retention_go(forecasts: Warehouse) -> None:
    """Just as old as allowed stays, a minute older goes, and other cities are left alone."""
    edge = NOW - timedelta(days=60)
    for issued_at in (edge - MINUTE, edge, NOW):
        issue(forecasts, issued_at)
    issue(forecasts, edge - MINUTE, "kozani")
    assert prune_forecasts(forecasts, "trikala", NOW, 60) > 0
    assert issues(forecasts, "demand_forecasts") == [edge, NOW]
    assert issues(forecasts, "demand_forecasts", "kozani") == [edge - MINUTE]
    assert prune_forecasts(forecasts, "trikala", NOW, 60) == 0


def test_the_newest_issue_stays_whatever_its_age(forecasts: Warehouse) -> None:
    """A city that was not run for a year keeps its last forecast whole, and only that."""
    old = NOW - timedelta(days=365)
    for issued_at in (old - MINUTE, old):
        issue(forecasts, issued_at)
    prune_forecasts(forecasts, "trikala", NOW, 60)
    assert issues(forecasts, "demand_forecasts") == [old]
    assert forecasts.fetch("select count(*) as rows from ml.demand_forecasts")[0]["rows"] == 3


def test_what_was_last_said_of_an_hour_stays(forecasts: Warehouse) -> None:
    """Of a city's old forecasts each hour keeps the last one made before it, and no other."""
    first = NOW - timedelta(days=100)
    for hours in range(3):
        issue(forecasts, first + timedelta(hours=hours))
    issue(forecasts, NOW)
    prune_forecasts(forecasts, "trikala", NOW, 60)
    left = forecasts.fetch(
        "select issued_at, hour_at from ml.city_demand_forecasts where issued_at < %(now)s"
        " order by hour_at",
        {"now": NOW},
    )
    said = [((row["issued_at"] - first) / timedelta(hours=1)) for row in left]
    known = [((row["hour_at"] - first) / timedelta(hours=1)) for row in left]
    assert (said, known) == ([0, 1, 2, 2, 2], [1, 2, 3, 4, 5])
    assert issues(forecasts, "demand_forecasts") == [NOW]
