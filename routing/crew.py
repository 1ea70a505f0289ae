"""Who works when: the shifts of a city at a moment, in its own time zone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

Row = Mapping[str, Any]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

#: A shift about to end is not worth a new plan.
_LEAST_LEFT = timedelta(minutes=20)
_LOOK_AHEAD = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class CrewShift:
    """A worker with a vehicle from one moment to another, UTC."""

    worker_id: str
    vehicle_id: str
    capacity: int
    battery_stock: int
    skills: frozenset[str] | None
    starts_at: datetime
    ends_at: datetime
    service_date: date

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError(
                f"the shift of {self.worker_id} ends at {self.ends_at}, not after its start "
                f"{self.starts_at}"
            )


def choose_shifts(
    shifts: Sequence[Row],
    workers: Iterable[Row],
    vehicles: Iterable[Row],
    timezone: str,
    as_of: datetime,
) -> list[CrewShift]:
    """The shifts to plan: all that run at `as_of`, else those that start next within 24 h.

    Local hours follow the city's clock: on the day it is put forward a night shift is an hour
    shorter, on the day it is put back an hour longer. A shift that ends before it starts ends on
    the next day. Of two shifts of one worker or one vehicle at the same time the first counts.

    Returns
    -------
    list of CrewShift
        Ordered by start, worker; empty where nobody works within a day.
    """
    known_workers = {row["worker_id"]: row for row in workers}
    known_vehicles = {row["vehicle_id"]: row for row in vehicles}
    zone, today = ZoneInfo(timezone), as_of.astimezone(ZoneInfo(timezone)).date()
    found = [
        _on_day(shift, day, zone, known_workers, known_vehicles)
        for shift in shifts
        if shift["worker_id"] in known_workers and shift["vehicle_id"] in known_vehicles
        for day in (today + timedelta(days=offset) for offset in (-1, 0, 1, 2))
        if works_on(shift["weekdays"], day)
    ]
    found.sort(key=lambda shift: (shift.starts_at, shift.worker_id, shift.vehicle_id))
    running = [s for s in found if s.starts_at <= as_of and as_of + _LEAST_LEFT <= s.ends_at]
    if not running:
        later = [s for s in found if as_of < s.starts_at <= as_of + _LOOK_AHEAD]
        running = [s for s in later if s.starts_at == later[0].starts_at]
    return _without_doubles(running)


def default_shift(city_id: str, as_of: datetime, timezone: str) -> CrewShift:
    """The crew of a city without a plan: one worker, a van of 20, eight hours from `as_of`."""
    return CrewShift(
        worker_id=f"{city_id}-1",
        vehicle_id=f"{city_id}-van-1",
        capacity=20,
        battery_stock=40,
        skills=None,
        starts_at=as_of,
        ends_at=as_of + timedelta(hours=8),
        service_date=as_of.astimezone(ZoneInfo(timezone)).date(),
    )


def works_on(weekdays: str, day: date) -> bool:
    """Whether ``daily`` or a list such as ``mon tue`` names the weekday of `day`."""
    names = weekdays.lower().replace(",", " ").split()
    return "daily" in names or WEEKDAYS[day.weekday()] in names


def local_moment(day: date, clock: str | time, zone: ZoneInfo) -> datetime:
    """A local wall clock as UTC; one that the city skips keeps the offset before the skip."""
    wall = time.fromisoformat(clock) if isinstance(clock, str) else clock
    return datetime.combine(day, wall, tzinfo=zone).astimezone(UTC)


def _on_day(
    shift: Row, day: date, zone: ZoneInfo, workers: Mapping[str, Row], vehicles: Mapping[str, Row]
) -> CrewShift:
    starts_at = local_moment(day, shift["start_local"], zone)
    ends_at = local_moment(day, shift["end_local"], zone)
    if ends_at <= starts_at:
        ends_at = local_moment(day + timedelta(days=1), shift["end_local"], zone)
    vehicle = vehicles[shift["vehicle_id"]]
    skills = str(workers[shift["worker_id"]]["skills"] or "").replace(",", ";").lower()
    names = frozenset(name.strip() for name in skills.split(";") if name.strip())
    return CrewShift(
        worker_id=shift["worker_id"],
        vehicle_id=shift["vehicle_id"],
        capacity=int(vehicle["capacity_scooters"] or 0),
        battery_stock=int(vehicle["battery_stock"] or 0),
        skills=names or None,
        starts_at=starts_at,
        ends_at=ends_at,
        service_date=day,
    )


def _without_doubles(shifts: list[CrewShift]) -> list[CrewShift]:
    taken: set[str] = set()
    kept = []
    for shift in shifts:
        names = {f"worker {shift.worker_id}", f"vehicle {shift.vehicle_id}"}
        if not names & taken:
            kept.append(shift)
            taken |= names
    return kept
