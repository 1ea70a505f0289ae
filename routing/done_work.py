"""Work done later than the marts know: tasks of several scooters are planned for the rest only."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from warehouse.connection import Warehouse

Row = Mapping[str, Any]

# A tap on an older version of a route also ends the stops that took its place: the same work,
# which counts once, as it was tapped.
_DONE_LATER = """
with done as (
    select stops.task_ids, stops.action, stops.scooter_count, stops.scooter_codes, stops.done_at,
        stops.stop_id, routes.worker_id, routes.shift_starts_at, routes.version
    from ops.route_stops as stops
    inner join ops.routes as routes on stops.route_id = routes.route_id
    where routes.city_id = %(city_id)s and stops.status = 'done' and stops.done_at > %(as_of)s
)
select task_ids, action, scooter_count, scooter_codes
from done
where not exists (
    select from done as tapped
    where tapped.worker_id = done.worker_id and tapped.shift_starts_at = done.shift_starts_at
        and tapped.action = done.action and tapped.done_at = done.done_at
        and tapped.version < done.version and done.task_ids <@ tapped.task_ids
)
order by done_at, stop_id
"""


@dataclass(frozen=True)
class DoneWork:
    """What workers did after the clock of the marts.

    Attributes
    ----------
    units
        Scooters brought or taken, by task.
    taken_codes
        Codes of scooters that were picked up: they stand where the marts saw them no longer.
    """

    units: Mapping[str, int] = field(default_factory=dict)
    taken_codes: frozenset[str] = frozenset()


def read_done_work(
    warehouse: Warehouse, city_id: str, tasks: Iterable[Row], as_of: datetime
) -> DoneWork:
    """Read what was done for `tasks` later than `as_of`; nothing when nothing was."""
    stops = warehouse.fetch(_DONE_LATER, {"city_id": city_id, "as_of": as_of})
    return count_done(stops, {task["task_id"]: int(task["scooter_count"]) for task in tasks})


def count_done(stops: Iterable[Row], asked: Mapping[str, int]) -> DoneWork:
    """Share out the scooters of done stops to the tasks, none more than it asks for.

    Parameters
    ----------
    stops
        `task_ids`, `action`, `scooter_count` and `scooter_codes` of done stops.
    asked
        Scooters that each task asks for.
    """
    units: Counter[str] = Counter()
    taken: set[str] = set()
    for stop in stops:
        if stop["action"] not in {"pick_up", "drop_off"}:
            continue
        if stop["action"] == "pick_up":
            taken.update(stop["scooter_codes"])
        left = int(stop["scooter_count"])
        for task in stop["task_ids"]:
            part = min(left, asked.get(task, 0) - units[task])
            units[task] += part
            # A scooter that is taken away serves all its tasks; one that is brought, one.
            left -= part if stop["action"] == "drop_off" else 0
    return DoneWork({task: count for task, count in units.items() if count}, frozenset(taken))
