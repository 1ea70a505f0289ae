from datetime import timedelta
from uuid import UUID

import pytest

from tests.worker_app.seeding import NOW, WORKER, publish, seed_marts
from warehouse.connection import Warehouse
from worker_app.actions import Action, ActionStore
from worker_app.credentials import Worker
from worker_app.database import Database
from worker_app.route_store import RouteStore

pytestmark = pytest.mark.db


@pytest.fixture
def routes(database: Database) -> RouteStore:
    """The store under test."""
    return RouteStore(database)


def test_route_in_the_workers_language_and_local_time(
    day: Warehouse, routes: RouteStore, worker: Worker
) -> None:
    """Reasons, the city's name and arrival times are the worker's own."""
    seed_marts(day)
    greek = Worker(worker.worker_id, worker.city_id, "worker", "el")
    shown = routes.snapshot(greek, NOW)
    first = shown["route"]["stops"][0]
    assert shown["city"]["name"] == "Θεσσαλονίκη"
    assert first["reason"] == "4 πάνω από τον στόχο των 6"
    assert (first["arrives_local"], shown["route"]["ends_local"]) == ("08:12", "16:00")
    assert (first["load_before"], first["load_after"]) == (2, 6)
    assert len(shown["zones"]) == 42


def test_route_needs_nothing_but_ops(routes: RouteStore, worker: Worker) -> None:
    """Without marts the route is still there; only zones, city name and zone time are missing."""
    shown = routes.snapshot(worker, NOW)
    assert (shown["city"]["timezone"], shown["zones"]) == ("UTC", [])
    assert [stop["sequence"] for stop in shown["route"]["stops"]] == list(range(1, 15))
    assert shown["route"]["line"][0] == pytest.approx([40.6447, 22.9260], abs=1e-4)


def test_newest_plan_in_force_is_shown(day: Warehouse, routes: RouteStore, worker: Worker) -> None:
    """After a re-plan the worker sees the new route."""
    publish(day, f"{WORKER}-r2", version=2, first=3)
    shown = routes.snapshot(worker, NOW)["route"]
    assert (shown["route_id"], len(shown["stops"])) == (f"{WORKER}-r2", 12)


def test_work_done_from_the_old_plan_shows_on_the_new(
    day: Warehouse, database: Database, routes: RouteStore, worker: Worker
) -> None:
    """A stop whose tasks are all done is done, though a plan made meanwhile says planned."""
    first = Action(UUID(int=1), "done", f"{WORKER}-r1-s1", NOW)
    ActionStore(database).apply(worker, first, NOW)
    publish(day, f"{WORKER}-r2", version=2)
    statuses = [stop["status"] for stop in routes.snapshot(worker, NOW)["route"]["stops"]]
    assert statuses[:2] == ["done", "planned"]


def test_finished_route_stays_for_its_shift(
    day: Warehouse, routes: RouteStore, worker: Worker
) -> None:
    """A finished route is shown till its shift ends, so that the worker sees that all is done."""
    day.execute("update ops.routes set status = 'finished'", {})
    assert routes.snapshot(worker, NOW)["route"] is not None


@pytest.mark.parametrize(("hours", "is_shown"), [(11.9, True), (12.1, False)])
def test_old_route_goes(
    day: Warehouse, routes: RouteStore, worker: Worker, hours: float, is_shown: bool
) -> None:
    """A route goes away half a day after its shift, by the city's clock."""
    day.execute(
        "update ops.city_clocks set as_of_at = "
        "(select max(shift_ends_at) from ops.routes) + %(after)s",
        {"after": timedelta(hours=hours)},
    )
    assert (routes.snapshot(worker, NOW)["route"] is not None) is is_shown


def test_worker_without_route(routes: RouteStore) -> None:
    """A worker for whom nothing is planned gets no route and no error."""
    idle = Worker("thessaloniki-7", "thessaloniki", "worker", "en")
    assert routes.snapshot(idle, NOW)["route"] is None
