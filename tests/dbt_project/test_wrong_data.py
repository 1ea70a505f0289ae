"""dbt on sources that hold what cannot be true: the marts stay right, or say what is wrong."""

import re
import subprocess
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from flows.dbt import DbtReport, build, dbt_command, dbt_environment
from tests.dbt_project import wrong_sources
from tests.dbt_project.test_build import prepare
from warehouse.connection import Warehouse
from warehouse.settings import load_settings

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def reports(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Build everything once over all the wrong sources; neither build fails."""
    settings = load_settings(home=tmp_path_factory.mktemp("wrong"), _env_file=None)
    wrong_sources.load(settings, module_warehouse)
    return [
        build(settings, module_warehouse.url, selector) for selector in ("warehouse", "feedback")
    ]


@pytest.fixture
def built(reports: list[DbtReport], module_warehouse: Warehouse) -> Warehouse:
    """Give the warehouse after the build."""
    assert len(reports) == 2
    return module_warehouse


def checks(built: Warehouse, city: str) -> dict[str, dict[str, Any]]:
    """What the data quality says of a city, by check, where something failed."""
    rows = built.fetch(
        "select * from marts.rpt_data_quality where city_id = %(city)s and failed_count > 0",
        {"city": city},
    )
    return {row["check_name"]: row for row in rows}


def test_no_build_fails(reports: list[DbtReport]) -> None:
    """Wrong data is no reason for a build to fail, nor for a test to warn."""
    assert [report.warnings for report in reports] == [(), ()]


@pytest.mark.parametrize(
    ("check", "count"),
    [
        ("duplicate_rides", 1),
        ("overlapping_rides", 1),
        ("endless_rides", 1),
        ("impossible_speeds", 1),
        ("overlapping_zones", 2),
        ("scooters_in_two_cities", 1),
    ],
)
def test_quality_counts_what_cannot_be_true(built: Warehouse, check: str, count: int) -> None:
    """Each kind of wrong row is counted by its check, and by no other city's."""
    found = checks(built, "messy")[check]
    assert (found["severity"], found["failed_count"]) == ("warning", count)
    assert check not in checks(built, "spring")


def test_a_ride_longer_than_a_day_is_kept_out(built: Warehouse) -> None:
    """The extraction rejects it, the marts lack it, and the data quality says why."""
    assert built.fetch("select 1 from marts.fct_rides where ride_id = '6'") == []
    rejected = checks(built, "messy")["rejected_rows raw_operational.rides"]
    assert (rejected["failed_count"], "longer than 24 hours" in rejected["detail_en"]) == (1, True)


def test_each_ride_is_there_once(built: Warehouse) -> None:
    """Neither overlapping zones nor a scooter of another city multiply a ride or drop it."""
    rides = built.fetch("select ride_id from marts.fct_rides where city_id = 'messy'")
    assert sorted(int(ride["ride_id"]) for ride in rides) == [1, 2, 3, 4, 5, 7, 8, 9]


def test_a_scooter_is_in_one_state_at_a_time(built: Warehouse) -> None:
    """Under wrong rides too the states of a scooter fill its days, and no more than these."""
    days = built.fetch(
        "select scooter_id, total_min from marts.fct_scooter_days"
        " where city_id = 'messy' and service_date = date '2026-06-04'"
    )
    assert {day["scooter_id"] for day in days} >= {"1", "2", "3", "5", "6"}
    assert {day["total_min"] for day in days} == {1440.0}
    (overlap,) = built.fetch(
        "select on_trip_min from marts.fct_scooter_days"
        " where scooter_id = '2' and service_date = date '2026-06-03'"
    )
    assert 40 <= overlap["on_trip_min"] <= 60


def test_a_ride_without_an_end_goes_on(built: Warehouse) -> None:
    """It has no end, no price and no length, and its scooter is on it."""
    (ride,) = built.fetch("select * from marts.fct_rides where ride_id = '5'")
    assert (ride["status"], ride["ended_at"], ride["duration_min"]) == ("ongoing", None, None)
    (scooter,) = built.fetch("select state from marts.fct_scooter_states where scooter_id = '3'")
    assert scooter["state"] == "on_trip"


def test_a_scooter_in_two_cities_has_its_days_in_both(built: Warehouse) -> None:
    """A ride counts in the city where it was, and the scooter's time in the city where it stood."""
    days = built.fetch(
        "select city_id, sum(ride_count) as rides, sum(total_min) as minutes"
        " from marts.fct_scooter_days where scooter_id = '20' group by city_id order by city_id"
    )
    assert [(day["city_id"], day["rides"]) for day in days] == [("messy", 1), ("unplanned", 1)]
    assert sum(day["minutes"] for day in days) == 48 * 60
    assert "SKG-0010" in checks(built, "unplanned")["scooters_in_two_cities"]["detail_en"]


def test_a_city_without_a_planning_row_gets_the_defaults(built: Warehouse) -> None:
    """It is built like the others, with the default settings, and the data quality says so."""
    (city,) = built.fetch("select * from marts.dim_cities where city_id = 'unplanned'")
    assert (city["timezone"], city["low_battery_pct"]) == ("Europe/Athens", 20.0)
    assert not city["is_stale"]
    assert "default settings" in checks(built, "unplanned")["unplanned_city"]["detail_en"]


def test_a_source_two_days_late_stops_the_tasks_of_its_city(built: Warehouse) -> None:
    """The data quality names the source that is late; only cities that are fresh have tasks."""
    found = checks(built, "late")
    assert [name for name in found if name.startswith("late_source")] == ["late_source telemetry"]
    late = found["late_source telemetry"]
    assert (late["severity"], late["detail_en"]) == (
        "error",
        "Nothing for 48 h, allowed 3 h; last at 2026-06-03 11:50 UTC",
    )
    assert "no tasks are made" in found["stale_city"]["detail_en"]
    tasks = built.fetch("select distinct city_id from marts.fct_task_candidates")
    assert [task["city_id"] for task in tasks] == ["messy"]


def test_a_city_of_an_empty_source_is_there_without_rows(built: Warehouse) -> None:
    """It has a row among the cities, none in the facts, and its source was never loaded."""
    assert checks(built, "empty")["late_source operational"]["detail_en"] == "Never loaded"
    for table in ("fct_rides", "fct_scooter_days", "fct_parking_hours", "rpt_city_days"):
        assert built.fetch(f"select 1 from marts.{table} where city_id = 'empty'") == []


def test_a_city_of_another_time_zone_has_its_own_days(built: Warehouse) -> None:
    """At half past two in the morning, UTC, New York rides on the evening before."""
    (ride,) = built.fetch("select * from marts.fct_rides where ride_id = '31'")
    assert ride["service_date"] == date(2026, 6, 4)
    assert ride["started_local_at"] == datetime(2026, 6, 4, 22, 30)
    (day,) = built.fetch(
        "select ride_count from marts.rpt_city_days"
        " where city_id = 'new-york' and service_date = date '2026-06-04'"
    )
    assert day["ride_count"] == 1


@pytest.mark.parametrize(
    ("city", "day", "hours", "local"),
    [
        ("spring", date(2026, 3, 29), 23, [(2, 30), (4, 30)]),
        ("autumn", date(2026, 10, 25), 25, [(3, 30), (3, 30)]),
    ],
)
def test_the_nights_of_the_clock_change(
    built: Warehouse, city: str, day: date, hours: int, local: list[tuple[int, int]]
) -> None:
    """The day has 23 or 25 hours in every mart; the hour that comes twice keeps both its rides."""
    of_the_day = {"city": city, "day": day}
    where = "where city_id = %(city)s and service_date = %(day)s"
    (scooter,) = built.fetch(f"select total_min from marts.fct_scooter_days {where}", of_the_day)
    assert scooter["total_min"] == hours * 60
    parking = built.fetch(f"select observed_min from marts.fct_parking_hours {where}", of_the_day)
    assert [row["observed_min"] for row in parking] == [60.0] * hours
    rides = built.fetch(f"select * from marts.fct_rides {where} order by started_at", of_the_day)
    started = [ride["started_local_at"] for ride in rides]
    assert [(at.hour, at.minute) for at in started] == local
    (city_day,) = built.fetch(f"select ride_count from marts.rpt_city_days {where}", of_the_day)
    assert city_day["ride_count"] == 2


def test_a_scooter_in_a_no_parking_zone_is_a_task(built: Warehouse) -> None:
    """A zone of the city's public feed holds for the scooters of its database."""
    tasks = built.fetch("select * from marts.fct_task_candidates where scooter_id = '9'")
    assert [(task["task_kind"], task["reason_en"]) for task in tasks] == [
        ("left_in_the_way", "In a no-parking zone: Old harbour")
    ]


def test_freshness_of_sources_that_are_not_used(warehouse: Warehouse, tmp_path: Path) -> None:
    """`dbt source freshness` asks every raw schema that grows; one that is empty is not late."""
    prepare(warehouse)
    settings = load_settings(home=tmp_path, _env_file=None)
    done = subprocess.run(
        dbt_command(settings, "source", "freshness"),
        env=dbt_environment(warehouse.url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    fresh = set(re.findall(r"PASS freshness of (raw_\w+)", done.stdout))
    named = ("operational", "telemetry", "planning", "weather", "mds", "gbfs")
    assert fresh == {f"raw_{name}" for name in named}
