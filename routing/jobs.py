"""Open tasks as jobs: single units of work, each at a place, each with its price.

A scooter with several tasks is one job. A task of a parking that asks for several scooters is as
many jobs at that parking, dearest first. Surplus scooters are named: those with the least charge.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from routing.done_work import DoneWork
from routing.problem import Job, Place

Row = Mapping[str, Any]

_SKILLS = {"pick_up": "move", "drop_off": "move", "swap": "swap", "check": None}
_PICK_UP_KINDS = frozenset({"left_in_the_way", "outside_zone", "idle_too_long", "over_capacity"})
_FILL_KINDS = ("below_minimum", "below_target")
_STANDING_STATES = frozenset({"available", "low_battery", "out_of_service"})


@dataclass(frozen=True)
class JobParameters:
    """What work takes and what it is worth.

    Parameters
    ----------
    service_s
        Seconds at the place, by action.
    battery_swap_s
        Seconds more when a scooter that is picked up also needs a battery.
    seconds_per_priority
        Seconds of driving that one point of priority is worth.
    most_jobs
        Jobs given to the search; of more, the dearest are kept.
    """

    service_s: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType(
            {"pick_up": 120, "drop_off": 90, "swap": 180, "check": 300}
        )
    )
    battery_swap_s: int = 90
    seconds_per_priority: float = 600.0
    most_jobs: int = 300

    def __post_init__(self) -> None:
        if set(self.service_s) != set(_SKILLS):
            raise ValueError(f"service_s names {sorted(self.service_s)}; use {sorted(_SKILLS)}")
        if self.seconds_per_priority <= 0:
            raise ValueError(f"seconds_per_priority is {self.seconds_per_priority}; above 0")
        if self.most_jobs < 1:
            raise ValueError(f"most_jobs is {self.most_jobs}; it must be at least 1")


@dataclass
class _ScooterWork:
    """All that is to be done with one scooter."""

    scooter_id: str
    scooter_code: str | None
    battery_pct: float | None
    kinds: set[str] = field(default_factory=set)
    task_ids: list[str] = field(default_factory=list)
    priority: float = 0.0
    parking_id: str | None = None
    place: Place | None = None

    def add(self, task: Row, priority: float) -> None:
        self.kinds.add(task["task_kind"])
        self.task_ids.append(task["task_id"])
        self.priority += priority
        self.parking_id = self.parking_id or task["parking_id"]
        self.place = self.place or _place_of(task)


def build_jobs(
    tasks: Iterable[Row],
    scooters: Collection[Row],
    parkings: Mapping[str, Row],
    *,
    low_battery_pct: float,
    done: DoneWork | None = None,
    parameters: JobParameters | None = None,
) -> list[Job]:
    """Jobs of the tasks, ordered by id; empty without tasks.

    Parameters
    ----------
    tasks
        Open or assigned tasks of the city.
    scooters
        Rows of ``marts.fct_scooter_states``.
    parkings
        Rows of ``marts.dim_parkings`` by parking.
    low_battery_pct
        Charge under which a scooter that is picked up gets a battery.
    done
        What was done of the tasks since the marts were built: that is no work any more.
    """
    parameters, done = parameters or JobParameters(), done or DoneWork()
    work: dict[str, _ScooterWork] = {}
    units: list[Job] = []
    in_order = sorted(tasks, key=lambda task: str(task["task_id"]))
    for task in in_order:
        if task["scooter_id"] is not None:
            scooter_work = work.setdefault(task["scooter_id"], _work_of(task))
            scooter_work.add(task, task["priority"])
    standing = _standing_by_parking(
        row for row in scooters if row["scooter_code"] not in done.taken_codes
    )
    for task in in_order:
        first = done.units.get(task["task_id"], 0)
        if task["task_kind"] == "over_capacity":
            there = standing[task["parking_id"]]
            units += _surplus(task, first, there, work, parkings, parameters)
        elif task["task_kind"] in _FILL_KINDS:
            units += _units(task, "drop_off", first, task["scooter_count"], parkings, parameters)
    jobs = units + [
        _scooter_job(item, parkings, low_battery_pct, parameters) for item in work.values()
    ]
    dearest = sorted(jobs, key=lambda job: (-job.price, job.job_id))[: parameters.most_jobs]
    return sorted(dearest, key=lambda job: job.job_id)


def _work_of(row: Row) -> _ScooterWork:
    return _ScooterWork(row["scooter_id"], row["scooter_code"], row["battery_pct"])


def _place_of(row: Row) -> Place:
    return Place(row["latitude"], row["longitude"], row["x_m"], row["y_m"])


def _standing_by_parking(scooters: Iterable[Row]) -> Mapping[str, list[Row]]:
    """Scooters standing at each parking, those with the least charge first, unknown charge last."""
    standing: dict[str, list[Row]] = defaultdict(list)
    for row in scooters:
        if row["parking_id"] is not None and row["state"] in _STANDING_STATES:
            standing[row["parking_id"]].append(row)
    for rows in standing.values():
        rows.sort(
            key=lambda row: (row["battery_pct"] is None, row["battery_pct"], row["scooter_id"])
        )
    return standing


def _share(task: Row, unit: int) -> float:
    """Priority of one scooter of a task of several: falling evenly, together the task's priority.

    The first scooter at an empty parking saves more rides than the last one up to the target.
    """
    count = max(int(task["scooter_count"]), 1)
    return float(task["priority"]) * 2 * (count - unit) / (count * (count + 1))


def _surplus(
    task: Row,
    first: int,
    standing: list[Row],
    work: dict[str, _ScooterWork],
    parkings: Mapping[str, Row],
    parameters: JobParameters,
) -> list[Job]:
    """Name the surplus scooters from unit `first` on; those the states do not show stay unnamed."""
    chosen = standing[: max(task["scooter_count"] - first, 0)]
    for unit, row in enumerate(chosen, start=first):
        item = work.setdefault(row["scooter_id"], _work_of(row))
        item.add({**task, **_location(task)}, _share(task, unit))
    unnamed = first + len(chosen)
    return _units(task, "pick_up", unnamed, task["scooter_count"], parkings, parameters)


def _location(task: Row) -> dict[str, Any]:
    return {name: task[name] for name in ("latitude", "longitude", "x_m", "y_m", "parking_id")}


def _units(
    task: Row,
    action: str,
    first: int,
    count: int,
    parkings: Mapping[str, Row],
    parameters: JobParameters,
) -> list[Job]:
    place_key, place = _where(task["parking_id"], _place_of(task), parkings, task["task_id"])
    return [
        Job(
            job_id=f"{task['task_id']}#{unit + 1:02d}",
            place=place,
            place_key=place_key,
            action=action,
            load_change=1 if action == "pick_up" else -1,
            service_s=parameters.service_s[action],
            price=_price(_share(task, unit), parameters),
            skill=_SKILLS[action],
            task_ids=(task["task_id"],),
        )
        for unit in range(first, count)
    ]


def _scooter_job(
    item: _ScooterWork,
    parkings: Mapping[str, Row],
    low_battery_pct: float,
    parameters: JobParameters,
) -> Job:
    is_low = "low_battery" in item.kinds or (
        item.battery_pct is not None and item.battery_pct < low_battery_pct
    )
    action = "check"
    if item.kinds & _PICK_UP_KINDS:
        action = "pick_up"
    elif "low_battery" in item.kinds:
        action = "swap"
    needs_battery = is_low and action in {"pick_up", "swap"}
    extra_s = parameters.battery_swap_s if needs_battery and action == "pick_up" else 0
    assert item.place is not None  # every work begins with a task, and a task has a place
    place_key, place = _where(item.parking_id, item.place, parkings, f"scooter:{item.scooter_id}")
    return Job(
        job_id=f"{item.scooter_id}#{action}",
        place=place,
        place_key=place_key,
        action=action,
        load_change=1 if action == "pick_up" else 0,
        battery_use=int(needs_battery),
        service_s=parameters.service_s[action] + extra_s,
        price=_price(item.priority, parameters),
        skill=_SKILLS[action],
        task_ids=tuple(item.task_ids),
        scooter_id=item.scooter_id,
        scooter_code=item.scooter_code,
    )


def _where(
    parking_id: str | None, place: Place, parkings: Mapping[str, Row], otherwise: str
) -> tuple[str, Place]:
    """The parking as the place of all its work; without one, where the task says."""
    if parking_id is None or parking_id not in parkings:
        return otherwise, place
    return f"parking:{parking_id}", _place_of(parkings[parking_id])


def _price(priority: float, parameters: JobParameters) -> int:
    return max(1, round(priority * parameters.seconds_per_priority))
