"""A small fleet on MDS, hour by hour for some days: a world of which everything is known."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.extract.mds_records import event, name, point, trip, vehicle
from tests.extract.mds_records import stop as stop_record
from tests.extract.mds_server import gps

Record = dict[str, Any]
#: Where the stops are, degrees: a few hundred metres apart, in Volos.
STOPS = [(39.362 + 0.004 * (n % 3), 22.945 + 0.005 * (n // 3)) for n in range(6)]
_HOURS = (6, 8, 10, 13, 15, 17, 19)


@dataclass
class Fleet:
    """Scooters that ride between stops, run low, are charged, and once are carried.

    Attributes
    ----------
    lists
        What a provider of it serves.
    rides, crew_trips
        How many trips of riders and of crews there are.
    """

    start: datetime
    days: int
    scooters: int
    seed: int = 7
    lists: dict[str, list[Record]] = field(default_factory=dict)
    rides: int = 0
    crew_trips: int = 0

    def __post_init__(self) -> None:
        choose = random.Random(self.seed)
        self._number = 0
        self.lists = {name: [] for name in ("trips", "events", "telemetry", "policies")}
        self.lists["vehicles"] = [vehicle(n) for n in range(self.scooters)]
        self.lists["stops"] = [
            stop_record(n, location=gps(*place), capacity={"scooter_standing": 6})
            for n, place in enumerate(STOPS)
        ]
        self.lists["geographies"] = []
        for scooter in range(self.scooters):
            self._live(scooter, choose)

    def _next(self) -> int:
        self._number += 1
        return self._number

    def _live(self, scooter: int, choose: random.Random) -> None:
        """Let a scooter live its days."""
        place, battery = scooter % len(STOPS), 95.0
        self._event(self.start, scooter, place, battery, "provider_drop_off")
        for day in range(self.days):
            for hour in range(24):
                at = self.start + timedelta(days=day, hours=hour, minutes=scooter)
                self.lists["telemetry"].append(
                    point(
                        self._next(), at, scooter,
                        location=gps(*STOPS[place], speed=0.0), battery_percent=round(battery),
                    )
                )  # fmt: skip
                if hour not in _HOURS or choose.random() < 0.45:
                    continue
                if battery < 15:
                    # The last hours stay as they are: there is work left to be planned.
                    if day < self.days - 1:
                        battery = 98.0
                        later = at + timedelta(minutes=5)
                        self._event(later, scooter, place, battery, "battery_charged")
                    continue
                place = self._ride(at + timedelta(minutes=10), scooter, place, choose)
                battery -= choose.uniform(4, 11)

    def _ride(self, at: datetime, scooter: int, place: int, choose: random.Random) -> int:
        target = choose.choice([n for n in range(len(STOPS)) if n != place])
        number, end = self._next(), at + timedelta(minutes=8)
        is_crew = choose.random() < 0.05
        kind, types = ("rebalance", ["rebalance_pick_up"]) if is_crew else ("rider", ["trip_start"])
        back = ["provider_drop_off"] if is_crew else ["trip_end"]
        self.lists["trips"].append(
            trip(
                number, end, scooter,
                start_time=round(at.timestamp() * 1000), start_location=gps(*STOPS[place]),
                end_location=gps(*STOPS[target]), distance=900, trip_type=[kind],
            )
        )  # fmt: skip
        state = "removed" if is_crew else "on_trip"
        ids = [name("trip", number)]
        self._event(at, scooter, place, None, *types, vehicle_state=state, trip_ids=ids)
        self._event(end, scooter, target, None, *back, trip_ids=ids)
        self.rides += not is_crew
        self.crew_trips += is_crew
        return target

    def _event(
        self,
        at: datetime,
        scooter: int,
        place: int,
        battery: float | None,
        *types: str,
        **more: Any,
    ) -> None:
        self.lists["events"].append(
            event(
                self._next(), at, scooter,
                event_types=list(types), location=gps(*STOPS[place]),
                battery_percent=None if battery is None else round(battery), **more,
            )
        )  # fmt: skip
