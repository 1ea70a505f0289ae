"""What was done since the marts were built, shared out to the tasks."""

from datetime import UTC, datetime
from typing import Any

import pytest

from routing.done_work import count_done, read_done_work
from warehouse.connection import Warehouse

Row = dict[str, Any]


def stop(action: str, count: int, *tasks: str, codes: tuple[str, ...] = ()) -> Row:
    return {
        **{"task_ids": list(tasks), "action": action, "scooter_count": count},
        "scooter_codes": list(codes),
    }


@pytest.mark.unit
def test_brought_scooters_are_shared_out_to_the_tasks_of_a_stop() -> None:
    """Each counts for one task, and none gets more than it asks for."""
    done = count_done([stop("drop_off", 4, "minimum", "target")], {"minimum": 3, "target": 5})
    assert done.units == {"minimum": 3, "target": 1}
    assert count_done([stop("drop_off", 4, "minimum")], {"minimum": 3}).units == {"minimum": 3}


@pytest.mark.unit
def test_a_taken_scooter_counts_for_every_task_it_was_taken_for() -> None:
    """One that is idle and too much besides is both no longer; its code is remembered."""
    done = count_done(
        [stop("pick_up", 1, "surplus", "idle", codes=("A",))], {"surplus": 2, "idle": 1}
    )
    assert done.units == {"surplus": 1, "idle": 1}
    assert done.taken_codes == {"A"}


@pytest.mark.unit
def test_other_work_and_other_tasks_do_not_count() -> None:
    """A swap moves nothing, and a task that is no longer open asks for nothing."""
    done = count_done([stop("swap", 1, "low", codes=("A",)), stop("drop_off", 2, "closed")], {})
    assert (done.units, done.taken_codes) == ({}, frozenset())


_ROUTES = """
insert into ops.routes select 'v' || v, 'trikala', 'w', 'van', '2026-06-01', '2026-06-01 03:00Z',
    '2026-06-01 11:00Z', v, case v when 2 then 'published' else 'superseded' end,
    '2026-06-01 03:00Z', 0, 0, 6, 0, 9, 1, 1, 1, 1, ''
from generate_series(1, 2) as v;
insert into ops.route_stops (stop_id, route_id, stop_sequence, task_ids, action, title_en, title_el,
    reason_en, reason_el, scooter_codes, scooter_count, latitude, longitude, arrives_at, departs_at,
    load_before_count, load_after_count, status, done_at)
select 's' || v, 'v' || v, 1, '{t}', 'drop_off', '', '', '', '', '{}', 4 - v, 0, 0,
    '2026-06-01 05:00Z', '2026-06-01 05:10Z', 4, 0, 'done', '2026-06-01 05:10Z'
from generate_series(1, 2) as v;
"""


@pytest.mark.db
def test_a_stop_and_the_one_in_its_place_are_the_same_work(warehouse: Warehouse) -> None:
    """A tap made on a superseded route also ended the stop in force: the work counts once."""
    warehouse.execute(_ROUTES)
    before = datetime(2026, 6, 1, 5, 9, tzinfo=UTC)
    task = {"task_id": "t", "scooter_count": 8}
    assert read_done_work(warehouse, "trikala", [task], before).units == {"t": 3}
    at = datetime(2026, 6, 1, 5, 10, tzinfo=UTC)
    assert read_done_work(warehouse, "trikala", [task], at).units == {}
    assert read_done_work(warehouse, "kozani", [task], before).units == {}
