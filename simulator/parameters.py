"""What a simulated world is made from."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from simulator.cities import CITIES, find_city
from warehouse.errors import SourceError

#: Energy a kilometre, watt-hours. From the 30 measured rides of shared/data/dublin_scooter_battery
#: (446 Wh battery): the sum over rides of first minus last state of charge is 240 points, the sum
#: of the great-circle steps between fixes (one fix with a broken coordinate left out) 43.388 km,
#: so 446 Wh * 2.40 / 43.388 km. tests/simulator/test_battery.py computes it again.
WATT_HOURS_PER_KM = 24.67

#: Spread of a ride's consumption around that mean (standard deviation of its logarithm). The
#: measured rides spread by 0.5, half of which comes from whole-number charge on 1 km rides.
CONSUMPTION_SPREAD = 0.25

#: Charge a parked scooter loses an hour, points.
STANDBY_PCT_PER_HOUR = 0.04

#: Below this a scooter cannot be rented, percent.
LOW_BATTERY_PCT = 20.0

#: Share of rides left outside every zone.
OUTSIDE_SHARE = 0.08

#: Share of app openings that were never going to be a ride.
BROWSING_SHARE = 0.08


@dataclass(frozen=True)
class WorldParameters:
    """A world: the same parameters give the same rows, and each city the same rows alone.

    Attributes
    ----------
    seed
        Seed of everything random.
    cities
        Slugs; empty means all six.
    days
        Length of the history.
    end
        End of the history, on the hour, UTC.
    ping_days
        Pings are kept for so many last days.
    """

    seed: int
    cities: tuple[str, ...]
    days: int
    end: datetime
    ping_days: int = 7

    def __post_init__(self) -> None:
        slugs = tuple(self.cities) or tuple(city.slug for city in CITIES)
        ordered = sorted({find_city(slug).number: slug for slug in slugs}.items())
        object.__setattr__(self, "cities", tuple(slug for _, slug in ordered))
        if self.end.tzinfo is None:
            object.__setattr__(self, "end", self.end.replace(tzinfo=UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        if self.seed < 0:
            raise SourceError(f"the seed is {self.seed}; it must be 0 or more")
        if not 1 <= self.days <= 1100:
            raise SourceError(f"days is {self.days}; allowed are 1 to 1100")
        if not 0 <= self.ping_days <= self.days:
            object.__setattr__(self, "ping_days", max(0, min(self.ping_days, self.days)))
        if self.end.timestamp() % 3600:
            raise SourceError(f"the end is {self.end.isoformat()}; it must be a full hour")

    @property
    def start(self) -> datetime:
        """First instant of the history."""
        return self.end - timedelta(days=self.days)

    @property
    def start_hour(self) -> int:
        """First hour, counted from 1970-01-01T00Z."""
        return int(self.start.timestamp()) // 3600

    @property
    def end_hour(self) -> int:
        """Hour that follows the history, counted from 1970-01-01T00Z."""
        return int(self.end.timestamp()) // 3600


def stream(seed: int, city_number: int, topic: str, *position: int) -> np.random.Generator:
    """Return the random stream of one topic of one city at one position in time.

    Every hour has streams of its own, so a world stepped hour by hour, stopped and taken up
    again draws the same numbers as one simulated in one go.
    """
    letters = int.from_bytes(topic.encode()[:8], "big")
    return np.random.default_rng([seed, city_number, letters, *position])
