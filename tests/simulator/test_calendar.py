"""Local hours and days off."""

from datetime import UTC, date, datetime

import pytest

from simulator.calendar import is_day_off, local, orthodox_easter


def _hour(*moment: int) -> int:
    return int(datetime(*moment, tzinfo=UTC).timestamp()) // 3600  # type: ignore[misc,arg-type]


@pytest.mark.unit
@pytest.mark.parametrize(
    ("year", "easter"),
    [(2024, date(2024, 5, 5)), (2025, date(2025, 4, 20)), (2026, date(2026, 4, 12))],
)
def test_orthodox_easter(year: int, easter: date) -> None:
    """Easter falls on the day the church says."""
    assert orthodox_easter(year) == easter


@pytest.mark.unit
@pytest.mark.parametrize(
    ("day", "is_off"),
    [
        (date(2026, 4, 9), False),
        (date(2026, 4, 10), True),
        (date(2026, 4, 13), True),
        (date(2026, 4, 14), False),
        (date(2026, 8, 15), True),
        (date(2026, 5, 30), True),
        (date(2026, 5, 29), False),
    ],
)
def test_days_off(day: date, is_off: bool) -> None:
    """Weekends and public holidays are days off, the days beside them are not."""
    assert is_day_off(day) is is_off


@pytest.mark.unit
def test_local_hours_follow_the_clock_change() -> None:
    """On the last Sunday of March the local clock goes from 2 to 4, in October 3 comes twice."""
    spring = [local(_hour(2026, 3, 29, hour)).hour for hour in (0, 1)]
    autumn = [local(_hour(2026, 10, 25, hour)).hour for hour in (0, 1)]
    assert spring == [2, 4]
    assert autumn == [3, 3]
