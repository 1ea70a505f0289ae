"""The field crew as it works without a plan: swaps what is empty, moves a little."""

from dataclasses import dataclass
from datetime import datetime
from heapq import heappush

import numpy as np

from simulator.calendar import local
from simulator.fleet import Fleet
from simulator.parameters import stream
from simulator.shifts import BATTERY_STOCK, Shift, shifts_of, van_capacity
from simulator.state import IDLE, IN_VAN, OUTSIDE, Van

_SWAP_BELOW_PCT = 28.0
_SERVICE_S = 150.0
_DRIVING_M_PER_S = 6.5
_LOITERING_S = 5 * 3600.0
#: The crew has other things to do a part of its time, so that a plan has something to gain;
#: a small town's crew most of its time.
_DISTRACTED_SHARE = 0.05
_DISTRACTED_SHARE_SMALL = 0.55
_LOAD_WANTED = 6


@dataclass(frozen=True)
class Order:
    """Something a plan wants done to a scooter.

    Attributes
    ----------
    at
        When, within the hour that is stepped.
    kind
        ``battery_swap``, ``pick_up`` or ``drop_off``.
    scooter_code
        Which scooter.
    worker
        Who does it.
    parking_code
        Where a drop-off goes.
    """

    at: datetime
    kind: str
    scooter_code: str
    worker: str
    parking_code: str | None = None


class Crew:
    """The crew of one city; each van makes one decision a stop."""

    def __init__(self, seed: int, fleet: Fleet) -> None:
        self._seed, self._fleet = seed, fleet
        self._shifts = shifts_of(fleet.city)
        weight = fleet.city_map.weight
        self._wanted = fleet.city.scooter_count * 0.85 * weight / weight.sum()
        self._distracted = _DISTRACTED_SHARE
        if len(fleet.state.vans) < 3:
            self._distracted = _DISTRACTED_SHARE_SMALL
        self._on_duty: dict[int, Shift] = {}
        self._draw = stream(seed, fleet.city.number, "crew", 0)

    def begin_hour(self, *, works: bool) -> None:
        """See who is on duty and put each van's first stop on the agenda."""
        state = self._fleet.state
        moment = local(state.hour)
        self._draw = stream(self._seed, self._fleet.city.number, "crew", state.hour)
        self._on_duty = {shift.van: shift for shift in self._shifts if shift.covers(moment)}
        for number, shift in sorted(self._on_duty.items()):
            if moment.hour == shift.start_hour:
                state.vans[number].battery_stock = BATTERY_STOCK
            if works:
                first_s = state.hour * 3600.0 + float(self._draw.uniform(20, 400))
                heappush(state.agenda, (round(first_s, 3), "crew", number))

    def make_stop(self, at_s: float, number: int) -> None:
        """Do the van's next thing and put the stop after it on the agenda."""
        state = self._fleet.state
        van, shift = state.vans[number], self._on_duty[number]
        before = (van.x_m, van.y_m)
        if self._draw.random() >= self._distracted:
            self._act(at_s, van, shift, van_capacity(number))
        driven = float(np.hypot(van.x_m - before[0], van.y_m - before[1]))
        pause = _SERVICE_S + driven * 1.35 / _DRIVING_M_PER_S + float(self._draw.uniform(30, 240))
        if driven == 0:
            pause += 420
        next_s = round(at_s + pause, 3)
        if next_s < state.hour * 3600 + 3598:
            heappush(state.agenda, (next_s, "crew", number))

    def _act(self, at_s: float, van: Van, shift: Shift, capacity: int) -> None:
        ends_soon = local(self._fleet.state.hour).hour == shift.end_hour - 1
        empty = self._nearest(van, self._swappable()) if van.battery_stock else None
        if van.load and (ends_soon or len(van.load) >= min(_LOAD_WANTED, capacity)):
            self._drop_one(at_s, van, shift.worker)
        elif empty is not None and self._draw.random() < 0.6:
            self.swap(at_s, empty, shift.worker, van)
        elif (spare := self._nearest(van, self._movable(at_s))) is not None and not ends_soon:
            self.pick_up(at_s, spare, shift.worker, van)
        elif van.load:
            self._drop_one(at_s, van, shift.worker)
        elif empty is not None:
            self.swap(at_s, empty, shift.worker, van)

    def _swappable(self) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        state = self._fleet.state
        return np.flatnonzero((state.mode == IDLE) & (state.battery_pct < _SWAP_BELOW_PCT))

    def _movable(self, at_s: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        """Scooters that loiter outside zones, and those of places with far too many."""
        state = self._fleet.state
        surplus = self._fleet.count > np.minimum(
            self._fleet.city_map.capacity, self._wanted * 1.5 + 3
        )
        outside = (state.place == OUTSIDE) & (state.since_s < at_s - _LOITERING_S)
        crowded = (state.place >= 0) & surplus[np.maximum(state.place, 0)]
        return np.flatnonzero((state.mode == IDLE) & (outside | crowded))

    def _nearest(
        self, van: Van, scooters: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> int | None:
        if not len(scooters):
            return None
        state = self._fleet.state
        away = (state.x_m[scooters] - van.x_m) ** 2 + (state.y_m[scooters] - van.y_m) ** 2
        return int(scooters[int(np.argmin(away))])

    def swap(self, at_s: float, scooter: int, worker: str, van: Van | None) -> None:
        """Put a full battery into a scooter where it stands, or in the van."""
        fleet = self._fleet
        full = round(float(self._draw.uniform(97.5, 100.0)), 2)
        fleet.change(scooter, at_s, battery=full)
        fleet.log(scooter, "battery_swap", worker, at_s)
        if van is not None:
            van.battery_stock = max(0, van.battery_stock - 1)
            self._drive(at_s, van, float(fleet.state.x_m[scooter]), float(fleet.state.y_m[scooter]))

    def pick_up(self, at_s: float, scooter: int, worker: str, van: Van) -> None:
        """Load a scooter; a tired battery is changed on the way in."""
        fleet = self._fleet
        self._drive(at_s, van, float(fleet.state.x_m[scooter]), float(fleet.state.y_m[scooter]))
        fleet.log(scooter, "pick_up", worker, at_s)
        fleet.change(scooter, at_s, mode=IN_VAN, place=OUTSIDE)
        van.load.append(scooter)
        if fleet.state.battery_pct[scooter] < 50 and van.battery_stock:
            self.swap(round(at_s + 0.5, 3), scooter, worker, van)

    def drop_off(self, at_s: float, scooter: int, worker: str, van: Van, place: int) -> None:
        """Unload a scooter in a parking."""
        fleet = self._fleet
        first, second = self._draw.random(2)
        position = fleet.city_map.point_in_zone(place, float(first), float(second))
        van.load.remove(scooter)
        self._drive(at_s, van, *position)
        fleet.change(scooter, at_s, mode=IDLE, position=position, place=place)
        fleet.log(scooter, "drop_off", worker, at_s)

    def _drop_one(self, at_s: float, van: Van, worker: str) -> None:
        city_map = self._fleet.city_map
        away = np.hypot(city_map.x_m - van.x_m, city_map.y_m - van.y_m)
        need = self._wanted - self._fleet.count - away / 700
        self.drop_off(at_s, van.load[0], worker, van, int(np.argmax(need)))

    def _drive(self, at_s: float, van: Van, x_m: float, y_m: float) -> None:
        """Take the van, and all it holds, somewhere."""
        van.x_m, van.y_m = x_m, y_m
        for scooter in van.load:
            if self._fleet.state.since_s[scooter] < at_s:
                self._fleet.change(scooter, at_s, position=(x_m, y_m))
