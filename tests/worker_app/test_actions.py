from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.worker_app.seeding import NOW, WORKER, publish, seed_day
from warehouse.connection import Warehouse
from worker_app.actions import Action, ActionRefusedError, ActionStore, Kind
from worker_app.credentials import Worker
from worker_app.database import Database
from worker_app.route_store import RouteStore

pytestmark = pytest.mark.db

FIRST = f"{WORKER}-r1-s1"


@pytest.fixture
def actions(database: Database) -> ActionStore:
    """The store under test."""
    return ActionStore(database)


def tap(
    kind: Kind, stop_id: str = FIRST, *, action_id: UUID | None = None, minutes: float = 0
) -> Action:
    return Action(
        action_id or uuid4(),
        kind,
        stop_id,
        NOW + timedelta(minutes=minutes),
        reason="not_found" if kind == "problem" else None,
    )


def stop(warehouse: Warehouse, stop_id: str = FIRST) -> dict[str, Any]:
    (row,) = warehouse.fetch("select * from ops.route_stops where stop_id = %(i)s", {"i": stop_id})
    return row


def task(warehouse: Warehouse, number: int = 1) -> dict[str, Any]:
    (row,) = warehouse.fetch(
        "select * from ops.tasks where task_id = %(i)s", {"i": f"{WORKER}-t{number}"}
    )
    return row


def test_begin_then_done(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """Begin and done move the stop and its task, and keep when each happened."""
    actions.apply(worker, tap("begin"), NOW)
    assert (stop(day)["status"], task(day)["status"]) == ("begun", "assigned")
    assert task(day)["claimed_at"] == NOW
    actions.apply(worker, tap("done", minutes=5), NOW)
    assert stop(day)["status"] == "done"
    assert (stop(day)["begun_at"], stop(day)["done_at"]) == (NOW, NOW + timedelta(minutes=5))
    assert (task(day)["status"], task(day)["done_by"]) == ("done", WORKER)


def test_same_tap_twice_is_once(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """The same id again gets the same answer and changes nothing."""
    done = tap("done")
    first = actions.apply(worker, done, NOW)
    assert actions.apply(worker, done, NOW + timedelta(hours=1)) == first
    assert day.fetch("select count(*) as n from ops.worker_actions")[0]["n"] == 1


def test_same_tap_at_once_is_once(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """Copies that arrive at the same time wait for the first and get its answer."""
    done = tap("done")
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: actions.apply(worker, done, NOW), range(8)))
    assert all(answer == answers[0] for answer in answers)
    assert day.fetch("select count(*) as n from ops.worker_actions")[0]["n"] == 1


def test_id_of_another_tap_is_refused(actions: ActionStore, worker: Worker) -> None:
    """An id that already stands for another tap is not answered as if it were that one."""
    first = tap("begin")
    actions.apply(worker, first, NOW)
    with pytest.raises(ActionRefusedError) as refusal:
        actions.apply(worker, tap("done", action_id=first.action_id), NOW)
    assert (refusal.value.status, refusal.value.code) == (409, "key")


def test_stop_of_another_worker_is_refused(day: Warehouse, actions: ActionStore) -> None:
    """A worker can only act on stops of their own routes, and nothing is recorded else."""
    other = Worker("thessaloniki-2", "thessaloniki", "worker", "en")
    with pytest.raises(ActionRefusedError) as refusal:
        actions.apply(other, tap("done"), NOW)
    assert refusal.value.status == 404
    assert stop(day)["status"] == "planned"
    assert day.fetch("select count(*) as n from ops.worker_actions")[0]["n"] == 0


@pytest.mark.parametrize(
    ("minutes", "is_taken"),
    [(10, True), (10.1, False), (-14 * 1440, True), (-14 * 1440 - 1, False)],
)
def test_time_must_be_sane(
    actions: ActionStore, worker: Worker, minutes: float, is_taken: bool
) -> None:
    """A tap counts from two weeks back up to ten minutes of a fast clock, not beyond."""
    if is_taken:
        actions.apply(worker, tap("done", minutes=minutes), NOW)
    else:
        with pytest.raises(ActionRefusedError) as refusal:
            actions.apply(worker, tap("done", minutes=minutes), NOW)
        assert refusal.value.code == "time"


def test_begin_after_done_changes_nothing(
    day: Warehouse, actions: ActionStore, worker: Worker
) -> None:
    """A begin that arrives after the done, as a queue of two phones may send it, is harmless."""
    actions.apply(worker, tap("done"), NOW)
    assert actions.apply(worker, tap("begin"), NOW)["status"] == "done"
    assert stop(day)["status"] == "done"


def test_problem_opens_the_task_again(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """A stop with a problem keeps the reason and gives its task back to be planned."""
    actions.apply(worker, tap("begin"), NOW)
    actions.apply(worker, tap("problem", minutes=2), NOW)
    assert (stop(day)["status"], stop(day)["problem"]) == ("problem", "not_found")
    assert (task(day)["status"], task(day)["claimed_at"]) == ("open", None)
    actions.apply(worker, tap("done", minutes=4), NOW)
    assert (stop(day)["status"], stop(day)["problem"]) == ("done", None)
    assert task(day)["status"] == "done"


def test_problem_after_done_is_refused(actions: ActionStore, worker: Worker) -> None:
    """What is done has no problem any more."""
    actions.apply(worker, tap("done"), NOW)
    with pytest.raises(ActionRefusedError, match="already done"):
        actions.apply(worker, tap("problem"), NOW)


def test_verified_task_stays_verified(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """A late tap takes nothing back that telemetry has confirmed."""
    day.execute("update ops.tasks set status = 'verified' where task_id like '%%-t1'", {})
    actions.apply(worker, tap("done"), NOW)
    assert task(day)["status"] == "verified"


def test_done_on_a_superseded_route_counts(
    day: Warehouse, actions: ActionStore, worker: Worker
) -> None:
    """A tap on a stop of an older plan does its task, and the same stop of the plan in force."""
    publish(day, f"{WORKER}-r2", version=2)
    answer = actions.apply(worker, tap("done"), NOW)
    assert answer["is_superseded"]
    assert task(day)["status"] == "done"
    assert stop(day, f"{WORKER}-r2-s1")["status"] == "done"
    assert stop(day, f"{WORKER}-r2-s2")["status"] == "planned"


def test_last_stop_finishes_the_route(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """A route is finished when each of its stops is done or has a problem, not before."""
    status = "select status from ops.routes"
    for number in range(1, 14):
        actions.apply(worker, tap("done", f"{WORKER}-r1-s{number}"), NOW)
    assert day.fetch(status)[0]["status"] == "published"
    actions.apply(worker, tap("problem", f"{WORKER}-r1-s14"), NOW)
    assert day.fetch(status)[0]["status"] == "finished"


def share_task(warehouse: Warehouse, *stop_ids: str) -> None:
    """Put the first task on these stops, as a task of several scooters may be."""
    warehouse.execute(
        "update ops.route_stops set task_ids = %(tasks)s, action = 'drop_off', scooter_count = 3 "
        "where stop_id = any(%(stops)s)",
        {"tasks": [f"{WORKER}-t1"], "stops": list(stop_ids)},
    )


def test_task_on_two_stops_needs_both(
    day: Warehouse, database: Database, actions: ActionStore, worker: Worker
) -> None:
    """The first of two stops of a task leaves the other to be visited and the task open."""
    fifth = f"{WORKER}-r1-s5"
    share_task(day, FIRST, fifth)
    actions.apply(worker, tap("done"), NOW)
    assert (stop(day, fifth)["status"], task(day)["status"]) == ("planned", "assigned")
    shown = RouteStore(database).snapshot(worker, NOW)["route"]["stops"]
    assert (shown[0]["status"], shown[4]["status"]) == ("done", "planned")
    actions.apply(worker, tap("done", fifth, minutes=9), NOW)
    assert (task(day)["status"], task(day)["done_at"]) == ("done", NOW + timedelta(minutes=9))


def test_task_on_two_vans_needs_both(
    day: Warehouse, database: Database, actions: ActionStore, worker: Worker
) -> None:
    """What one van did of a task is not done for the other van, whoever comes first."""
    other = Worker("thessaloniki-2", "thessaloniki", "worker", "en")
    seed_day(day, worker_id=other.worker_id)
    second = f"{other.worker_id}-r1-s1"
    share_task(day, FIRST, second)
    actions.apply(worker, tap("done"), NOW)
    assert (stop(day, second)["status"], task(day)["status"]) == ("planned", "assigned")
    shown = RouteStore(database).snapshot(other, NOW)["route"]["stops"]
    assert shown[0]["status"] == "planned"
    actions.apply(other, tap("done", second), NOW)
    assert (task(day)["status"], task(day)["done_by"]) == ("done", other.worker_id)


def test_two_vans_at_once_do_the_task(day: Warehouse, actions: ActionStore, worker: Worker) -> None:
    """Last stops that are done at the same moment do not leave their task open."""
    other = Worker("thessaloniki-2", "thessaloniki", "worker", "en")
    seed_day(day, worker_id=other.worker_id)
    second = f"{other.worker_id}-r1-s1"
    share_task(day, FIRST, second)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(actions.apply, worker, tap("done"), NOW)
        pool.submit(actions.apply, other, tap("done", second), NOW).result()
        first.result()
    assert task(day)["status"] == "done"


def test_superseded_stop_does_its_successor_alone(
    day: Warehouse, actions: ActionStore, worker: Worker
) -> None:
    """Of two stops of a task, each of the old plan does one of the plan in force."""
    publish(day, f"{WORKER}-r2", version=2)
    successors = [f"{WORKER}-r2-s1", f"{WORKER}-r2-s5"]
    share_task(day, FIRST, f"{WORKER}-r1-s5", *successors)
    actions.apply(worker, tap("done"), NOW)
    assert [stop(day, name)["status"] for name in successors] == ["done", "planned"]
    assert task(day)["status"] == "assigned"
    actions.apply(worker, tap("done", f"{WORKER}-r1-s5"), NOW)
    assert stop(day, successors[1])["status"] == task(day)["status"] == "done"
