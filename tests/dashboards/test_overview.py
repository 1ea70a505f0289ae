"""The state of the city page, read from a real Postgres."""

from datetime import datetime

import pytest

from dashboards.overview import UnknownCityError, read_overview
from warehouse.connection import Warehouse

pytestmark = pytest.mark.db


def test_before_the_first_run(warehouse: Warehouse) -> None:
    """A warehouse without schema bi gives no overview, and no error."""
    assert read_overview(warehouse) is None


def test_built_but_empty(empty_bi: Warehouse) -> None:
    """A built warehouse without a city gives no overview."""
    assert read_overview(empty_bi) is None


def test_busiest_city_comes_first(bi: Warehouse) -> None:
    """Without a city asked for, the one with most rides is shown; the selector goes by name."""
    overview = read_overview(bi)
    assert overview is not None
    assert overview.city.city_id == "thessaloniki"
    assert [city.city_id for city in overview.cities] == ["kozani", "newtown", "thessaloniki"]


def test_my_own_city_comes_before_the_busiest(bi: Warehouse) -> None:
    """A dispatcher sees their own city, unless another is asked for or it is not in the marts."""
    shown = {
        (asked, home): overview.city.city_id
        for asked, home in [(None, "kozani"), ("newtown", "kozani"), (None, "atlantis")]
        if (overview := read_overview(bi, asked, home)) is not None
    }
    assert list(shown.values()) == ["kozani", "newtown", "thessaloniki"]


def test_unknown_city(bi: Warehouse) -> None:
    """An unknown city is refused by name, with those there are."""
    with pytest.raises(UnknownCityError, match="'atlantis'") as refused:
        read_overview(bi, "atlantis")
    assert len(refused.value.cities) == 3


def test_hours_are_local(bi: Warehouse) -> None:
    """Three days of actual hours and all hours forecast, at the city's wall-clock time."""
    overview = read_overview(bi, "thessaloniki")
    assert overview is not None
    assert overview.actual["local_at"].min() == datetime(2026, 5, 29, 9)
    assert overview.actual["local_at"].max() == datetime(2026, 6, 1, 8)
    assert overview.forecast["local_at"].max() == datetime(2026, 6, 3, 8)
    assert overview.forecast.height == 24 + 48


def test_trip_files_record_no_sales(bi: Warehouse) -> None:
    """A city known from files of trips alone shows no revenue, rather than none earned."""
    bi.execute("update bi.bi_cities set data_source = 'open_trips' where city_id = 'kozani'")
    overview = read_overview(bi, "kozani")
    bi.execute("update bi.bi_cities set data_source = 'operational' where city_id = 'kozani'")
    assert overview is not None
    values = {each.label: each.value for each in overview.indicators()}
    assert values["Revenue"] == values["Unmet searches"] == "–"
    assert values["Rides"] != "–"


def test_only_open_tasks_count(bi: Warehouse) -> None:
    """Closed tasks are not shown; kinds go by number, tasks by value."""
    overview = read_overview(bi, "thessaloniki")
    assert overview is not None
    assert [kind.task_count for kind in overview.task_kinds()] == [31, 12, 9, 5]
    assert overview.tasks["expected_value"].to_list()[0] == 8.0
    assert overview.tasks["expected_value"].is_sorted(descending=True)


def test_city_not_run_yet(bi: Warehouse) -> None:
    """A city without a clock has no data and no figures."""
    overview = read_overview(bi, "newtown")
    assert overview is not None
    assert not overview.has_data
    assert overview.indicators() == []


def test_stale_city_says_why(bi: Warehouse) -> None:
    """A stale city carries the reason."""
    overview = read_overview(bi, "kozani")
    assert overview is not None
    assert overview.city.stale_reason == "Last ping 9 hours ago"
