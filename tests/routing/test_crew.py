"""Which shifts are planned at a moment."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from routing.crew import choose_shifts, default_shift, local_moment, works_on

pytestmark = pytest.mark.unit

ATHENS = "Europe/Athens"
WORKERS = [
    {"worker_id": "trikala-1", "skills": "swap; move"},
    {"worker_id": "trikala-2", "skills": None},
]
VEHICLES = [
    {"vehicle_id": f"trikala-van-{number}", "capacity_scooters": 20, "battery_stock": 30}
    for number in (1, 2)
]


def shift(worker: int, start: str, end: str, weekdays: str = "daily") -> dict[str, Any]:
    return {
        "worker_id": f"trikala-{worker}",
        "vehicle_id": f"trikala-van-{worker}",
        "weekdays": weekdays,
        "start_local": start,
        "end_local": end,
    }


def chosen(shifts: list[dict[str, Any]], as_of: datetime) -> list[tuple[str, datetime, datetime]]:
    found = choose_shifts(shifts, WORKERS, VEHICLES, ATHENS, as_of)
    return [(item.worker_id, item.starts_at, item.ends_at) for item in found]


def utc(day: int, hour: int, month: int = 6) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


def test_all_running_shifts_are_planned() -> None:
    """Shifts that run at the moment are planned, in order of start and worker."""
    shifts = [shift(2, "08:00", "16:00"), shift(1, "06:00", "14:00")]
    assert chosen(shifts, utc(1, 6)) == [
        ("trikala-1", utc(1, 3), utc(1, 11)),
        ("trikala-2", utc(1, 5), utc(1, 13)),
    ]


def test_next_shift_within_a_day_is_planned() -> None:
    """When nobody works, the shift that starts next within 24 h is planned, else none."""
    monday = [shift(1, "06:00", "14:00", "mon")]
    assert chosen(monday, datetime(2026, 5, 31, 3, tzinfo=UTC)) == [
        ("trikala-1", utc(1, 3), utc(1, 11))
    ]
    assert chosen(monday, datetime(2026, 5, 31, 2, tzinfo=UTC)) == []


def test_shift_about_to_end_is_not_planned() -> None:
    """In its last twenty minutes a shift gets no new plan."""
    both = [shift(1, "06:00", "14:00"), shift(2, "22:00", "23:00")]
    assert chosen(both, utc(1, 10) + timedelta(minutes=40))[0][0] == "trikala-1"
    assert chosen(both, utc(1, 10) + timedelta(minutes=41))[0][0] == "trikala-2"


def test_night_shift_reaches_into_the_next_day() -> None:
    """A shift that ends before it starts ends on the next day, and still runs after midnight."""
    night = [shift(1, "22:00", "06:00", "mon")]
    assert chosen(night, utc(2, 1)) == [("trikala-1", utc(1, 19), utc(2, 3))]


def test_shifts_follow_the_clock_on_days_of_change() -> None:
    """On the two days of the clock change a night shift lasts an hour less or more."""
    night = [shift(1, "22:00", "06:00")]
    ((_, starts, ends),) = chosen(night, datetime(2026, 3, 29, 0, tzinfo=UTC))
    assert ends - starts == timedelta(hours=7)
    ((_, starts, ends),) = chosen(night, datetime(2026, 10, 25, 0, tzinfo=UTC))
    assert ends - starts == timedelta(hours=9)
    skipped = local_moment(date(2026, 3, 29), "03:30", ZoneInfo(ATHENS))
    assert skipped == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)


def test_a_worker_and_a_van_are_planned_once() -> None:
    """Of two shifts of one worker at the same time the first is planned."""
    both = [shift(1, "06:00", "14:00"), shift(1, "07:00", "15:00")]
    assert chosen(both, utc(1, 6)) == [("trikala-1", utc(1, 3), utc(1, 11))]


def test_unknown_worker_or_vehicle_has_no_shift() -> None:
    """A shift of a worker or vehicle that the sheets do not know is not planned."""
    assert chosen([shift(3, "06:00", "14:00")], utc(1, 6)) == []


def test_skills_are_read_from_free_text() -> None:
    """Skills are split at semicolons; none given means everything."""
    first, second = choose_shifts(
        [shift(1, "06:00", "14:00"), shift(2, "06:00", "14:00")],
        *(WORKERS, VEHICLES, ATHENS, utc(1, 6)),
    )
    assert (first.skills, second.skills) == (frozenset({"swap", "move"}), None)


def test_weekdays() -> None:
    """`daily` is every day; a list names days."""
    assert works_on("daily", date(2026, 6, 1))
    assert works_on("mon tue", date(2026, 6, 1))
    assert not works_on("tue", date(2026, 6, 1))


def test_default_crew_works_eight_hours() -> None:
    """A city without a plan gets one worker and a van of 20 from the clock on."""
    made = default_shift("louisville", utc(1, 3), "America/Kentucky/Louisville")
    assert (made.worker_id, made.capacity) == ("louisville-1", 20)
    assert made.ends_at - made.starts_at == timedelta(hours=8)
    assert made.service_date == date(2026, 5, 31)
