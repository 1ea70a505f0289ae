"""What a cell of a planning sheet may hold: each kind reads a text, or says what is allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from geography.crs import check_crs

SLUG = re.compile(r"^[a-z0-9][a-z0-9_-]{0,62}$")
_NUMBER = re.compile(r"[+-]?(?:\d+[.,]?\d*|[.,]\d+)(?:[eE][+-]?\d+)?", re.ASCII)
#: A comma and three digits: a Greek sheet means a fraction, an English one thousands.
_TWO_MEANINGS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::00)?", re.ASCII)
#: What a spreadsheet shows in place of a result.
_FORMULA_ERRORS = (
    *("#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#ERROR!"),
    *("#SPILL!", "#CALC!", "Loading..."),
)
#: No shared scooter was ridden before; the rules of clocks are known as far ahead.
_OFFSETS_SINCE, _OFFSETS_UNTIL = 2015, 2038
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class CellError(ValueError):
    """A cell that cannot be read; the caller knows which one."""


@dataclass(frozen=True)
class Kind:
    """A kind of cell.

    Parameters
    ----------
    allowed
        What may stand in it, for people: ``a number from 0 to 100``.
    read
        Turns the stripped text into the value; raises ValueError when it cannot.
    is_optional
        Whether it may be empty, which gives null.
    choices
        The words it may hold, where they are few; a spreadsheet offers them in a list.
    bounds
        Least and most of a number; a spreadsheet refuses others as they are typed.
    """

    allowed: str
    read: Callable[[str], Any]
    is_optional: bool = False
    choices: tuple[str, ...] = ()
    bounds: tuple[float, float] | None = None

    def value(self, text: str) -> Any:
        """Read a cell.

        Raises
        ------
        CellError
            When the text is not what is allowed.
        """
        stripped = text.strip()
        if not stripped:
            if self.is_optional:
                return None
            raise CellError("the cell is empty")
        if stripped in _FORMULA_ERRORS:
            raise CellError(f"{stripped!r} is a formula that failed")
        try:
            return self.read(stripped)
        except (ValueError, OverflowError) as error:
            raise CellError(f"{stripped!r} is not {self.allowed}") from error


def _float(text: str) -> float:
    """Read a number with a point or a comma before its decimals, no sign between thousands."""
    if not _NUMBER.fullmatch(text) or _TWO_MEANINGS.fullmatch(text):
        raise ValueError(text)
    return float(text.replace(",", "."))


def number(least: float, most: float, *, optional: bool = False) -> Kind:
    """A finite number within bounds; ``2.5`` and ``2,5`` are the same, ``1,500`` is refused."""

    def read(text: str) -> float:
        value = _float(text)
        if not least <= value <= most:
            raise ValueError(text)
        return value

    return Kind(f"a number from {least:g} to {most:g}", read, optional, bounds=(least, most))


def integer(least: int, most: int, *, optional: bool = False) -> Kind:
    """A whole number within bounds; ``8.0`` is one, as sheets export it."""

    def read(text: str) -> int:
        value = _float(text)
        if value != int(value) or not least <= value <= most:
            raise ValueError(text)
        return int(value)

    return Kind(f"a whole number from {least} to {most}", read, optional, bounds=(least, most))


def choice(*values: str) -> Kind:
    """One of a few words."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(text)
        return text

    return Kind(f"one of {', '.join(values)}", read, choices=values)


def text(*, optional: bool = False) -> Kind:
    """Any text."""
    return Kind("a text", str, optional)


def _slug(cell: str) -> str:
    if not SLUG.match(cell):
        raise ValueError(cell)
    return cell


def check_timezone(name: str) -> str:
    """Return a time zone's name.

    Raises
    ------
    ValueError
        When it is none of the IANA names, or has been a part of an hour off UTC since 2015: the
        marts count hours of UTC, and would lose each of its rides.
    """
    try:
        zone = ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{name!r} is no time zone; give one such as Europe/Athens") from error
    if not _has_whole_hours(zone):
        raise ValueError(
            f"{name!r} is not whole hours off UTC at all times since {_OFFSETS_SINCE}: its hours "
            "cannot be counted; give a time zone such as Europe/Athens"
        )
    return name


@lru_cache
def _has_whole_hours(zone: ZoneInfo) -> bool:
    """Look at the offset in the middle of each month: no change of clocks lasts for less."""
    moments = (
        datetime(year, month, 15, tzinfo=zone)
        for year in range(_OFFSETS_SINCE, _OFFSETS_UNTIL)
        for month in range(1, 13)
    )
    offsets = (moment.utcoffset() or timedelta() for moment in moments)
    return all(offset % timedelta(hours=1) == timedelta() for offset in offsets)


def check_currency(code: str) -> str:
    """Return a currency code.

    Raises
    ------
    ValueError
        When it is not three capital letters.
    """
    if not re.fullmatch(r"[A-Z]{3}", code):
        raise ValueError(f"{code!r} is no currency code; give three capital letters such as EUR")
    return code


def _clock(cell: str) -> str:
    """Read ``7:30``, ``07:30:00`` or, as a spreadsheet keeps it, the part of a day gone by."""
    match = _CLOCK.fullmatch(cell)
    if match is not None:
        return f"{int(match[1]):02d}:{match[2]}"
    minutes = _float(cell) * 24 * 60
    if not 0 <= minutes < 24 * 60 or abs(minutes - round(minutes)) > 0.01:
        raise ValueError(cell)
    return f"{round(minutes) // 60 % 24:02d}:{round(minutes) % 60:02d}"


def _weekdays(cell: str) -> str:
    days = cell.lower().split()
    if days == ["daily"]:
        return "daily"
    if len(set(days)) != len(days) or not set(days) <= set(_WEEKDAYS):
        raise ValueError(cell)
    return " ".join(sorted(days, key=_WEEKDAYS.index))


slug = Kind("a short name of small letters, digits, - and _", _slug)
timezone = Kind("a time zone such as Europe/Athens", check_timezone)
crs = Kind("a coordinate system in metres such as EPSG:2100", check_crs)
currency = Kind("a currency code such as EUR", check_currency)
clock = Kind("a time of day such as 07:30", _clock)
weekdays = Kind("days such as 'mon tue wed', or daily", _weekdays)
