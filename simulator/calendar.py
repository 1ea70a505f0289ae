"""Local hours, weekends and public holidays of Greece."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from simulator.cities import TIMEZONE

_ZONE = ZoneInfo(TIMEZONE)
_FIXED = {(1, 1), (1, 6), (3, 25), (5, 1), (8, 15), (10, 28), (12, 25), (12, 26)}
#: Days from Orthodox Easter: Clean Monday, Good Friday, Easter, Easter Monday, Whit Monday.
_MOVABLE = (-48, -2, 0, 1, 50)


def utc(hour: int) -> datetime:
    """Return the instant at which an hour, counted from 1970-01-01T00Z, begins."""
    return datetime.fromtimestamp(hour * 3600, UTC)


def local(hour: int) -> datetime:
    """Return the same instant on the cities' clocks."""
    return utc(hour).astimezone(_ZONE)


def is_day_off(day: date) -> bool:
    """Tell whether offices are closed: a weekend or a public holiday."""
    return day.weekday() >= 5 or (day.month, day.day) in _FIXED or day in _movable(day.year)


@lru_cache(maxsize=16)
def _movable(year: int) -> frozenset[date]:
    easter = orthodox_easter(year)
    return frozenset(easter + timedelta(days=days) for days in _MOVABLE)


def orthodox_easter(year: int) -> date:
    """Date of Orthodox Easter, valid 1900-2099 (Meeus, "Astronomical Algorithms", chapter 8)."""
    a, b, c = year % 4, year % 7, year % 19
    d = (19 * c + 15) % 30
    e = (2 * a + 4 * b - d + 34) % 7
    month, day = divmod(d + e + 114, 31)
    return date(year, month, day + 1) + timedelta(days=13)
