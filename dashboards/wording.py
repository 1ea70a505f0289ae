"""Figures and times as a person reads them."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

NO_VALUE = "–"

_SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}


def count(value: float | None) -> str:
    """Write a count with thin thousands marks; None gives a dash."""
    return NO_VALUE if value is None else f"{value:,.0f}"


def ratio(value: float | None) -> str:
    """Write a ratio such as rides per scooter with two decimals; None gives a dash."""
    return NO_VALUE if value is None else f"{value:.2f}"


def percent(share: float | None) -> str:
    """Write a share of 0-1 in percent; None gives a dash."""
    return NO_VALUE if share is None else f"{share:.0%}"


def money(value: float | None, currency: str) -> str:
    """Write an amount in whole units of its currency; None gives a dash."""
    if value is None:
        return NO_VALUE
    sign, amount = _SIGNS.get(currency), f"{abs(value):,.0f}"
    minus = "−" if value <= -0.5 else ""
    return f"{minus}{sign}{amount}" if sign else f"{minus}{amount} {currency}".rstrip()


def local(moment: datetime, timezone: str) -> datetime:
    """Return the wall-clock time of `moment` in the city, without a zone."""
    return moment.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)


def moment_text(local_moment: datetime) -> str:
    """Write a wall-clock time, for instance ``Mon 1 Jun 2026, 09:00``."""
    return f"{local_moment:%a} {local_moment.day} {local_moment:%b %Y, %H:%M}"


def day_text(day: date) -> str:
    """Write a day, for instance ``Mon 1 Jun``."""
    return f"{day:%a} {day.day} {day:%b}"
