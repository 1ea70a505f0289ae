"""When the crew works; the planning sheet and the simulated crew read the same table."""

from dataclasses import dataclass
from datetime import datetime

from simulator.cities import City

BATTERY_STOCK = 40
_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
#: Weekdays, start and end (local hours) and van of each shift; a city takes the rows of its vans.
_PATTERN = (
    ("daily", 6, 14, 0),
    ("daily", 14, 22, 0),
    ("daily", 6, 14, 1),
    ("mon tue wed thu fri sat", 14, 22, 1),
    ("mon tue wed thu fri", 8, 16, 2),
)


@dataclass(frozen=True)
class Shift:
    """A worker drives a van on some weekdays between two local hours."""

    worker: str
    van: int
    weekdays: str
    start_hour: int
    end_hour: int

    def covers(self, moment: datetime) -> bool:
        """Tell whether the shift is on at a local moment."""
        is_day = self.weekdays == "daily" or _WEEKDAYS[moment.weekday()] in self.weekdays.split()
        return is_day and self.start_hour <= moment.hour < self.end_hour


def shifts_of(city: City) -> tuple[Shift, ...]:
    """Return the shifts of a city; workers are numbered in the order of the table."""
    rows = [row for row in _PATTERN if row[3] < city.van_count]
    return tuple(
        Shift(f"{city.slug}-{number}", van, weekdays, start, end)
        for number, (weekdays, start, end, van) in enumerate(rows, start=1)
    )


def van_capacity(van: int) -> int:
    """Scooters that a city's van number `van` (from 0) holds."""
    return (24, 20, 30)[van]
