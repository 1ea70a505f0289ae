"""How a task lives from one run to the next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from routing.lifecycle import LifecycleParameters, next_tasks

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
Row = dict[str, Any]


def hours(count: float) -> timedelta:
    return timedelta(hours=count)


def candidate(kind: str = "low_battery", subject: str = "s1", **changes: Any) -> Row:
    is_parking = kind in {"below_minimum", "below_target", "over_capacity"}
    row = {
        "candidate_id": f"trikala|{kind}|{subject}",
        "city_id": "trikala",
        "task_kind": kind,
        "scooter_id": None if is_parking else subject,
        "scooter_code": None if is_parking else subject.upper(),
        "parking_id": subject if is_parking else None,
        **{"latitude": 39.5, "longitude": 21.7, "x_m": 1000.0, "y_m": 2000.0},
        **{"scooter_count": 1, "battery_pct": 12.0, "priority": 5.0, "expected_value": 4.0},
        **{"reason_en": "why", "reason_el": "γιατί", "as_of_at": NOW},
    }
    return row | changes


def scooter(**changes: Any) -> Row:
    row = {
        "scooter_id": "s1",
        "state": "available",
        "since_at": NOW - hours(5),
        "x_m": 1000.0,
        "y_m": 2000.0,
        "battery_pct": 12.0,
        "last_reported_at": NOW,
    }
    return row | changes


def opened(kind: str = "low_battery", **changes: Any) -> Row:
    (task,) = next_tasks([], [candidate(kind)], {}, NOW)
    return task | changes


def done(kind: str = "low_battery", **changes: Any) -> Row:
    values = {"status": "done", "done_at": NOW, "done_by": "trikala-1"}
    return opened(kind, **(values | changes))


def step(task: Row, *candidates: Row, after_h: float, seen: Row | None = None) -> Row:
    """The task after a run, itself where nothing changed."""
    scooters = {} if seen is None else {"s1": seen}
    changed = next_tasks([task], candidates, scooters, NOW + hours(after_h))
    assert len(changed) <= 1
    return changed[0] if changed else task


def test_candidate_opens_a_task_with_an_id_of_its_subject_and_hour() -> None:
    """A new candidate opens one task, whose id says city, kind, subject and hour."""
    assert opened()["task_id"] == "trikala|low_battery|s1|20260601T0600Z"
    assert opened()["status"] == "open"


def test_same_run_again_changes_nothing() -> None:
    """The same candidates at the same clock leave the tasks as they are."""
    assert next_tasks([opened()], [candidate()], {}, NOW) == []
    missing = step(opened("below_target"), after_h=1)
    assert missing["missing_count"] == 1
    assert next_tasks([missing], [], {}, NOW + hours(1)) == []


def test_candidate_refreshes_its_open_task() -> None:
    """A candidate seen again brings the task's numbers up to date and opens no second one."""
    task = step(opened(), candidate(battery_pct=9.0, priority=7.0), after_h=1)
    assert (task["task_id"], task["battery_pct"], task["priority"]) == (
        opened()["task_id"],
        9.0,
        7.0,
    )
    assert task["last_seen_at"] == NOW + hours(1)


def test_earlier_clock_never_takes_back() -> None:
    """A run for an hour before the last one changes no task."""
    task = step(opened(), candidate(), after_h=3)
    assert next_tasks([task], [], {}, NOW + hours(1)) == []
    assert next_tasks([task], [candidate(priority=9.0)], {}, NOW + hours(1)) == []


@pytest.mark.parametrize(
    ("kind", "wait_h"),
    [("outside_zone", 2), ("left_in_the_way", 2), ("below_target", 2), ("idle_too_long", 2)],
)
def test_noisy_kind_waits_before_it_closes(kind: str, wait_h: int) -> None:
    """A task of a noisy kind stays open for its hours of absence and closes after them."""
    task = opened(kind)
    assert step(task, after_h=wait_h)["status"] == "open"
    closed = step(task, after_h=wait_h + 1)
    assert (closed["status"], closed["closed_reason"]) == ("closed", "solved")


def test_definite_kind_closes_at_once() -> None:
    """A task whose end is a definite event closes in the first run without its candidate."""
    assert step(opened(), after_h=1)["status"] == "closed"


def test_flapping_candidate_keeps_its_task() -> None:
    """A candidate that comes back within the hours of absence goes on with the same task."""
    gone = step(opened("outside_zone"), after_h=1)
    back = step(gone, candidate("outside_zone"), after_h=2)
    assert (back["status"], back["missing_count"]) == ("open", 0)


def test_done_task_is_not_opened_again_at_once() -> None:
    """While telemetry lags, the candidate of a done task opens nothing and changes nothing."""
    assert step(done(), candidate(), after_h=2, seen=scooter())["status"] == "done"


def test_done_task_without_effect_is_reopened() -> None:
    """A done task whose candidate is still there after the grace period is open again."""
    task = step(done(), candidate(), after_h=3, seen=scooter())
    assert (task["status"], task["done_at"], task["done_by"]) == ("open", None, None)


@pytest.mark.parametrize(
    ("charge", "reported_h", "status"),
    [(22.0, 1, "verified"), (21.9, 1, "done"), (90.0, 0, "done")],
)
def test_swap_is_verified_by_a_risen_charge(charge: float, reported_h: int, status: str) -> None:
    """A swap is verified when a ping after it shows a charge risen by ten points, not before."""
    seen = scooter(battery_pct=charge, last_reported_at=NOW + hours(reported_h))
    assert step(done(), after_h=1, seen=seen)["status"] == status


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"x_m": 1050.0}, "verified"),
        ({"x_m": 1049.0}, "done"),
        ({"state": "in_van", "since_at": NOW + hours(1)}, "verified"),
        ({"x_m": None, "y_m": None}, "done"),
    ],
)
def test_move_is_verified_by_the_place(changes: Row, status: str) -> None:
    """A move is verified when the scooter stands elsewhere or is in a van."""
    assert step(done("outside_zone"), after_h=1, seen=scooter(**changes))["status"] == status


def test_parking_is_verified_when_its_candidate_is_gone() -> None:
    """Work at a parking is verified by the first run after it without the candidate."""
    assert step(done("below_target"), after_h=0)["status"] == "done"
    assert step(done("below_target"), after_h=1)["status"] == "verified"


def test_silent_scooter_is_verified_by_a_ping() -> None:
    """A search for a silent scooter is verified by a ping after it."""
    heard = scooter(last_reported_at=NOW + hours(1))
    assert step(done("not_reporting"), after_h=1, seen=scooter())["status"] == "done"
    assert step(done("not_reporting"), after_h=1, seen=heard)["status"] == "verified"


def test_work_that_nothing_confirms_closes_unverified() -> None:
    """Done work without candidate and without proof closes after a day, and says so."""
    assert step(done(), after_h=23)["status"] == "done"
    assert step(done(), after_h=24)["closed_reason"] == "not_confirmed"


def test_parameters_out_of_range_are_refused() -> None:
    """Hours and metres must not be negative; the message names the parameter."""
    with pytest.raises(ValueError, match="moved_m is -1"):
        LifecycleParameters(moved_m=-1)
    with pytest.raises(ValueError, match="close_after_h"):
        LifecycleParameters(close_after_h={"low_battery": -1})
