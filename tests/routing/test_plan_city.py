"""A city from candidates to routes in force, on a real Postgres."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import routing.publication
from routing.errors import RoutingError
from routing.report import PlanReport
from routing.run import plan_city
from routing.solver import SolverParameters
from tests.routing.marts_seed import CITY, add_candidate, drop_candidates, seed_city
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db

NOW = datetime(2026, 6, 1, 5, tzinfo=UTC)
Row = dict[str, Any]


@pytest.fixture
def city(warehouse: Warehouse) -> Warehouse:
    """Two batteries to swap, one scooter to move, a surplus of two and a gap of three."""
    seed_city(warehouse, NOW)
    for subject in ("s0", "s2"):
        add_candidate(warehouse, "low_battery", subject)
    add_candidate(warehouse, "outside_zone", "s5")
    add_candidate(warehouse, "over_capacity", "p0", scooter_count=2)
    add_candidate(warehouse, "below_target", "p3", scooter_count=3, priority=9.0)
    return warehouse


def plan(warehouse: Warehouse, settings: Settings, after_h: float = 0) -> PlanReport:
    solver = SolverParameters(effort=200, time_limit_s=20)
    moment = NOW + timedelta(hours=after_h)
    return plan_city(warehouse, settings, CITY, moment, 7, solver=solver)


def stops(warehouse: Warehouse) -> list[Row]:
    return warehouse.fetch(
        "select stops.* from ops.route_stops as stops join ops.routes as routes "
        "on stops.route_id = routes.route_id where routes.status = 'published' "
        "order by stop_sequence"
    )


def statuses(warehouse: Warehouse, table: str = "ops.tasks", key: str = "task_kind") -> list[Row]:
    return warehouse.fetch(f"select {key}, status, count(*) from {table} group by 1, 2 order by 1")


def snapshot(warehouse: Warehouse) -> list[list[Row]]:
    return [
        warehouse.fetch(f"select * from {table} order by 1")
        for table in ("ops.tasks", "ops.routes", "ops.route_stops")
    ]


def tap(warehouse: Warehouse, stop: Row, status: str, at: datetime) -> None:
    """What the worker app writes when a worker begins a stop or is done with it."""
    warehouse.execute(
        "update ops.route_stops set status = %(status)s, begun_at = coalesce(begun_at, %(at)s), "
        "done_at = case when %(status)s = 'done' then %(at)s end where stop_id = %(stop_id)s",
        {"status": status, "at": at, "stop_id": stop["stop_id"]},
    )
    if status == "done":
        warehouse.execute(
            "update ops.tasks set status = 'done', done_at = %(at)s where task_id = any(%(ids)s)",
            {"at": at, "ids": stop["task_ids"]},
        )


def test_candidates_become_a_route(city: Warehouse, settings: Settings) -> None:
    """Every candidate is a task, units are joined to stops, and surplus scooters are named."""
    report = plan(city, settings)
    assert (report.open_task_count, report.route_count, report.dropped_count) == (5, 1, 0)
    by_action = {(row["action"], row["parking_id"]): row for row in stops(city)}
    surplus = by_action["pick_up", "p0"]
    assert surplus["scooter_codes"] == ["TRI-0000", "TRI-0002"]
    assert surplus["battery_pct"] == 10.0
    assert surplus["title_en"] == "Square 0"
    assert set(surplus["reason_en"].split("; ")) == {"over_capacity en", "low_battery en"}
    gap = by_action["drop_off", "p3"]
    assert (gap["scooter_count"], gap["load_before_count"], gap["load_after_count"]) == (3, 3, 0)
    (route,) = city.fetch("select * from ops.routes")
    assert route["stop_count"] == len(by_action) == report.stop_count
    assert route["shift_starts_at"] == datetime(2026, 6, 1, 3, tzinfo=UTC)
    assert {row["status"] for row in statuses(city)} == {"assigned"}
    assert "5 open tasks (5 opened)" in str(report)


def test_same_run_again_changes_nothing(city: Warehouse, settings: Settings) -> None:
    """A second run at the same clock leaves tasks, routes and stops as they are."""
    plan(city, settings)
    before = snapshot(city)
    assert plan(city, settings).changed_route_count == 0
    assert snapshot(city) == before


def test_new_plan_supersedes_and_keeps_what_was_begun(city: Warehouse, settings: Settings) -> None:
    """Stops done and begun stay first under their ids; the rest is planned anew from there."""
    plan(city, settings)
    first, second, *_ = stops(city)
    tap(city, first, "done", NOW + timedelta(minutes=20))
    tap(city, second, "begun", NOW + timedelta(minutes=50))
    add_candidate(city, "low_battery", "s7")
    assert plan(city, settings, after_h=1).changed_route_count == 1
    now = stops(city)
    assert [row["stop_id"] for row in now[:2]] == [first["stop_id"], second["stop_id"]]
    assert [row["status"] for row in now[:2]] == ["done", "begun"]
    assert {row["status"] for row in now[2:]} == {"planned"}
    assert any("TRI-0007" in row["scooter_codes"] for row in now[2:])
    assert all(row["arrives_at"] >= NOW + timedelta(hours=1) for row in now[2:])
    changes = {"pick_up": 1, "drop_off": -1}
    load = 0
    for row in now:
        assert row["load_before_count"] == load
        load += changes.get(row["action"], 0) * row["scooter_count"]
        assert row["load_after_count"] == load
    routes = city.fetch("select version, status from ops.routes order by version")
    assert routes == [
        {"version": 1, "status": "superseded"},
        {"version": 2, "status": "published"},
    ]


@pytest.mark.parametrize(("done_after_min", "left"), [(30, 3), (31, 1)])
def test_what_was_done_since_the_marts_were_built_is_not_planned_again(
    city: Warehouse, settings: Settings, done_after_min: int, left: int
) -> None:
    """Of three that are missing, two brought after the clock leave one to bring.

    Work up to the clock the marts have seen: their count is taken as it is.
    """
    drop_candidates(city)
    city.execute("update marts.fct_scooter_states set state = 'in_van' where scooter_id > 's5'")
    add_candidate(city, "below_target", "p3", scooter_count=3, priority=30.0)
    plan(city, settings)
    (bring,) = stops(city)
    assert (bring["action"], bring["scooter_count"]) == ("drop_off", 2)
    at = NOW + timedelta(minutes=done_after_min)
    city.execute(
        "update ops.route_stops set status = 'done', begun_at = %(at)s, done_at = %(at)s",
        {"at": at},
    )
    add_candidate(city, "over_capacity", "p0", scooter_count=3, priority=30.0)
    plan(city, settings, after_h=0.5)
    planned = [stop for stop in stops(city) if stop["status"] == "planned"]
    assert sum(s["scooter_count"] for s in planned if s["action"] == "drop_off") == left


def test_a_scooter_taken_since_the_marts_were_built_is_not_named_again(
    city: Warehouse, settings: Settings
) -> None:
    """Of a surplus of three, the scooter that was picked up is not asked for a second time."""
    drop_candidates(city)
    add_candidate(city, "over_capacity", "p0", scooter_count=3, priority=30.0)
    city.execute("update marts.dim_vehicles set capacity_scooters = 1")
    plan(city, settings)
    (taken,) = stops(city)
    assert taken["scooter_codes"] == ["TRI-0000"]
    at = NOW + timedelta(minutes=20)
    city.execute(
        "update ops.route_stops set status = 'done', begun_at = %(at)s, done_at = %(at)s",
        {"at": at},
    )
    city.execute("update marts.dim_vehicles set capacity_scooters = 6")
    plan(city, settings)
    planned = [stop for stop in stops(city) if stop["status"] == "planned"]
    assert [stop["scooter_codes"] for stop in planned] == [["TRI-0002", "TRI-0004"]]


def test_problem_is_not_sent_to_the_same_worker_again(city: Warehouse, settings: Settings) -> None:
    """A task reported as a problem stays open but does not come back on that shift's route."""
    plan(city, settings)
    first = stops(city)[0]
    tap(city, first, "problem", NOW + timedelta(minutes=10))
    plan(city, settings, after_h=1)
    assert stops(city)[0]["stop_id"] == first["stop_id"]
    planned = {task for row in stops(city)[1:] for task in row["task_ids"]}
    assert not planned & set(first["task_ids"])


def test_failure_in_between_leaves_the_last_route(
    city: Warehouse, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Publication that breaks off in the middle leaves the route in force whole."""
    plan(city, settings)
    before = snapshot(city)[1:]
    drop_candidates(city, "low_battery")
    add_candidate(city, "low_battery", "s7")
    write, count = routing.publication._upsert_stop, 0

    def breaks_off(connection: Any, stop: Row) -> None:
        nonlocal count
        count += 1
        if count > 1:
            raise KeyboardInterrupt
        write(connection, stop)

    monkeypatch.setattr(routing.publication, "_upsert_stop", breaks_off)
    with pytest.raises(KeyboardInterrupt):
        plan(city, settings, after_h=1)
    assert snapshot(city)[1:] == before
    monkeypatch.undo()
    assert plan(city, settings, after_h=1).changed_route_count == 1


def test_vanished_candidates_close_tasks_and_empty_the_route(
    city: Warehouse, settings: Settings
) -> None:
    """Tasks that solved themselves are closed and leave the route."""
    plan(city, settings)
    drop_candidates(city)
    plan(city, settings, after_h=2.5)
    assert {row["status"] for row in statuses(city)} == {"closed"}
    assert stops(city) == []
    assert statuses(city, "ops.routes", "version")[-1]["status"] == "published"


def test_stale_city_keeps_everything(city: Warehouse, settings: Settings) -> None:
    """Stale data stops planning, visibly, and takes nothing away."""
    plan(city, settings)
    before = snapshot(city)
    city.execute("update marts.dim_cities set is_stale = true, stale_reason = 'No ping for 9 h'")
    drop_candidates(city)
    report = plan(city, settings, after_h=5)
    assert snapshot(city) == before
    assert report.notes == ("no planning, the data is stale: No ping for 9 h",)


def test_task_is_never_open_twice(city: Warehouse, settings: Settings) -> None:
    """Hour after hour the same candidates have one open task each."""
    for hour in range(3):
        plan(city, settings, after_h=hour)
    open_tasks = city.fetch("select count(*) as count from ops.tasks")
    assert open_tasks == [{"count": 5}]


def test_city_without_shifts_gets_a_default_crew(warehouse: Warehouse, settings: Settings) -> None:
    """Without planned shifts one worker drives eight hours, the same shift in the next hour."""
    seed_city(warehouse, NOW, with_crew=False)
    add_candidate(warehouse, "idle_too_long", "s3")
    report = plan(warehouse, settings)
    assert report.notes == ("no shifts planned: a default crew, trikala-1, a van of 20 for 8 h",)
    plan(warehouse, settings, after_h=1)
    routes = warehouse.fetch("select worker_id, shift_starts_at from ops.routes")
    assert {(row["worker_id"], row["shift_starts_at"]) for row in routes} == {("trikala-1", NOW)}


def test_routes_of_past_shifts_are_finished(city: Warehouse, settings: Settings) -> None:
    """When its shift is over, a route is no longer in force."""
    plan(city, settings)
    plan(city, settings, after_h=8)
    routes = city.fetch("select service_date::text, status from ops.routes order by 1")
    assert routes == [
        {"service_date": "2026-06-01", "status": "finished"},
        {"service_date": "2026-06-02", "status": "published"},
    ]


def test_unknown_city_is_named(city: Warehouse, settings: Settings) -> None:
    """A city that the marts do not know is refused by name."""
    with pytest.raises(RoutingError, match="'atlantis' is not in marts"):
        plan_city(city, settings, "atlantis", NOW, 7)
