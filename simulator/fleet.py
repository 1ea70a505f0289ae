"""The scooters of a city: every change of state goes through here and is recorded."""

import numpy as np

from simulator.cities import City
from simulator.parameters import LOW_BATTERY_PCT, STANDBY_PCT_PER_HOUR, stream
from simulator.places import CityMap
from simulator.records import Event, HourRecords, Segment
from simulator.state import (
    IDLE,
    IN_REPAIR,
    IN_VAN,
    LOST,
    NOT_YET,
    OUTSIDE,
    RETIRED,
    RIDING,
    CityState,
    Floats,
    Van,
)

#: Share of the fleet that is put on the street some weeks after the rest.
_LATE_SHARE = 0.03
_STATE_NAME = {
    RIDING: "on_trip",
    IN_VAN: "in_van",
    IN_REPAIR: "out_of_service",
    LOST: "lost",
    RETIRED: "retired",
    NOT_YET: "not_deployed",
}


class Fleet:
    """The scooters of one city.

    Parameters
    ----------
    city, city_map
        The place.
    state
        Changed in place.
    """

    def __init__(self, city: City, city_map: CityMap, state: CityState) -> None:
        self.city, self.city_map, self.state = city, city_map, state
        self.battery_wh = battery_sizes(city)
        self.available = (state.mode == IDLE) & ~state.is_low
        self.records = HourRecords(state.hour)
        places = len(city_map)
        self.count = np.bincount(state.place[self.available & (state.place >= 0)], minlength=places)
        self._settled_s = np.full(places, state.hour * 3600.0)
        self._scooter_s = np.zeros(places)
        self._empty_s = np.zeros(places)

    def begin_hour(self) -> None:
        """Start new records, drain what stands, and find what became too low to rent."""
        state = self.state
        start_s = state.hour * 3600.0
        self.records = HourRecords(state.hour)
        self._settled_s[:] = start_s
        self._scooter_s[:] = 0.0
        self._empty_s[:] = 0.0
        idle = state.mode == IDLE
        drained = np.maximum(state.battery_pct - STANDBY_PCT_PER_HOUR, 0.5)
        state.battery_pct = np.where(idle, drained, state.battery_pct)
        newly_low = idle & ~state.is_low & (state.battery_pct < LOW_BATTERY_PCT)
        for scooter in np.flatnonzero(newly_low):
            self.change(int(scooter), start_s)

    def end_hour(self) -> HourRecords:
        """Close the hour's books."""
        end_s = self.state.hour * 3600.0 + 3600.0
        for place in range(len(self.city_map)):
            self._settle(place, end_s)
        self.records.average_count = self._scooter_s / 3600.0
        self.records.empty_min = self._empty_s / 60.0
        return self.records

    def change(
        self,
        scooter: int,
        at_s: float,
        *,
        mode: int | None = None,
        position: tuple[float, float] | None = None,
        place: int | None = None,
        battery: float | None = None,
    ) -> None:
        """Close the present segment of a scooter and begin the next one."""
        state = self.state
        self.records.segments.append(self.open_segment(scooter, at_s))
        was_available, old_place = bool(self.available[scooter]), int(state.place[scooter])
        if mode is not None:
            state.mode[scooter] = mode
        if position is not None:
            state.x_m[scooter], state.y_m[scooter] = position
        if place is not None:
            state.place[scooter] = place
        if battery is not None:
            state.battery_pct[scooter] = battery
        is_idle = state.mode[scooter] == IDLE
        state.is_low[scooter] = is_idle and state.battery_pct[scooter] < LOW_BATTERY_PCT
        state.since_s[scooter] = at_s
        state.since_battery[scooter] = state.battery_pct[scooter]
        self.available[scooter] = is_idle and not state.is_low[scooter]
        self._move(was_available, old_place, -1, at_s)
        self._move(bool(self.available[scooter]), int(state.place[scooter]), 1, at_s)

    def open_segment(self, scooter: int, until_s: float) -> Segment:
        """Return the present segment of a scooter as if it ended now."""
        state = self.state
        return Segment(
            scooter,
            self.state_name(scooter),
            float(state.since_s[scooter]),
            until_s,
            int(state.place[scooter]),
            float(state.x_m[scooter]),
            float(state.y_m[scooter]),
            float(state.since_battery[scooter]),
            float(state.battery_pct[scooter]),
        )

    def state_name(self, scooter: int) -> str:
        """Return our name of a scooter's present state."""
        mode = int(self.state.mode[scooter])
        if mode == IDLE:
            return "low_battery" if self.state.is_low[scooter] else "available"
        return _STATE_NAME[mode]

    def log(self, scooter: int, kind: str, worker: str, at_s: float) -> None:
        """Write a service event about a scooter as it now is."""
        state = self.state
        self.records.events.append(
            Event(
                state.next_number("event"),
                scooter,
                worker,
                kind,
                at_s,
                float(state.x_m[scooter]),
                float(state.y_m[scooter]),
                float(state.battery_pct[scooter]),
                int(state.place[scooter]),
            )
        )

    def _move(self, is_available: bool, place: int, step: int, at_s: float) -> None:
        if is_available and place >= 0:
            self._settle(place, at_s)
            self.count[place] += step

    def _settle(self, place: int, at_s: float) -> None:
        passed = at_s - self._settled_s[place]
        self._scooter_s[place] += passed * self.count[place]
        if self.count[place] == 0:
            self._empty_s[place] += passed
        self._settled_s[place] = at_s


def battery_sizes(city: City) -> Floats:
    """Battery of each scooter, watt-hours: a third of the fleet is an older, smaller model."""
    draw = stream(0, city.number, "models")
    return np.where(draw.random(city.scooter_count) < 0.3, 446.0, 551.0)


def new_state(seed: int, city: City, city_map: CityMap, start_hour: int) -> CityState:
    """Return a city before its first hour: nothing on the street, everything to be deployed."""
    count, start_s = city.scooter_count, start_hour * 3600.0
    draw = stream(seed, city.number, "deploy")
    late = np.arange(count) >= count - round(count * _LATE_SHARE)
    wait_s = np.where(
        late, draw.uniform(8, 30, count) * 86400, draw.uniform(60, 5400, count)
    ).round(3)
    agenda = sorted((start_s + float(wait), "deploy", i) for i, wait in enumerate(wait_s))
    full = draw.uniform(72, 100, count).round(2)
    never = np.full(count, np.nan)
    depot = (float(city_map.x_m[0]), float(city_map.y_m[0]))
    return CityState(
        hour=start_hour,
        x_m=np.full(count, depot[0]),
        y_m=np.full(count, depot[1]),
        battery_pct=full,
        mode=np.full(count, NOT_YET),
        place=np.full(count, OUTSIDE),
        since_s=np.full(count, start_s),
        since_battery=full.copy(),
        is_low=np.zeros(count, dtype=np.bool_),
        silent_until_s=np.zeros(count),
        commissioned_s=start_s + wait_s,
        retired_s=never,
        reported_lost=np.zeros(count, dtype=np.bool_),
        status_at_s=start_s + wait_s,
        agenda=agenda,
        vans=[Van(depot[0], depot[1], 0) for _ in range(city.van_count)],
    )
