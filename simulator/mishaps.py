"""What goes wrong: modems fall silent, scooters break, are stolen and found again."""

from heapq import heappush

import numpy as np

from simulator.fleet import Fleet
from simulator.parameters import stream
from simulator.places import POOL_SIZE
from simulator.shifts import shifts_of
from simulator.state import IDLE, IN_REPAIR, LOST, NOT_YET, OUTSIDE, RETIRED

#: Chance a scooter and hour.
_SILENCE_RATE = 1 / (70 * 24)
_BREAKDOWN_RATE = 1 / (120 * 24)
_THEFT_RATE = 1 / (2500 * 24)
_FOUND_SHARE = 0.4
_DAY_S = 86400.0
FOREVER_S = 4e9


class Mishaps:
    """Draws the mishaps of each hour and carries out what follows from them."""

    def __init__(self, seed: int, fleet: Fleet) -> None:
        self._seed, self._fleet = seed, fleet
        self._office = shifts_of(fleet.city)[0].worker
        self._draw = stream(seed, fleet.city.number, "mishap", 0)

    def begin_hour(self) -> None:
        """Put this hour's mishaps on the agenda."""
        state = self._fleet.state
        self._draw = stream(self._seed, self._fleet.city.number, "mishap", state.hour)
        chance = self._draw.random((3, len(state.mode)))
        kinds = (("silence", _SILENCE_RATE), ("breakdown", _BREAKDOWN_RATE), ("theft", _THEFT_RATE))
        for row, (kind, rate) in zip(chance, kinds, strict=True):
            for scooter in np.flatnonzero(row < rate):
                at_s = round(state.hour * 3600.0 + float(row[scooter] / rate) * 3599, 3)
                heappush(state.agenda, (at_s, kind, int(scooter)))

    def silence(self, at_s: float, scooter: int) -> None:
        """The modem hangs for hours: rides go on, pings stop."""
        hours = float(np.clip(self._draw.lognormal(2.2, 1.0), 1.0, 96.0))
        state = self._fleet.state
        if state.silent_until_s[scooter] > at_s:
            return
        state.silent_until_s[scooter] = round(at_s + hours * 3600, 3)
        self._fleet.records.silenced.append((scooter, at_s))

    def breakdown(self, at_s: float, scooter: int) -> None:
        """A parked scooter goes out of service where it stands."""
        state = self._fleet.state
        if state.mode[scooter] != IDLE:
            return
        self._fleet.change(scooter, at_s, mode=IN_REPAIR)
        self._fleet.log(scooter, "maintenance_start", self._office, at_s)
        state.status_at_s[scooter] = at_s
        hours = float(np.clip(self._draw.lognormal(2.0, 0.9), 0.7, 72.0))
        heappush(state.agenda, (round(at_s + hours * 3600, 3), "repaired", scooter))

    def repaired(self, at_s: float, scooter: int) -> None:
        """Back into service."""
        self._fleet.change(scooter, at_s, mode=IDLE)
        self._fleet.log(scooter, "maintenance_end", self._office, at_s)
        self._fleet.state.status_at_s[scooter] = at_s

    def theft(self, at_s: float, scooter: int) -> None:
        """A parked scooter vanishes; the office notices a day or more later."""
        state = self._fleet.state
        if state.mode[scooter] != IDLE:
            return
        self._fleet.change(scooter, at_s, mode=LOST, place=OUTSIDE)
        if state.silent_until_s[scooter] <= at_s:
            self._fleet.records.silenced.append((scooter, at_s))
        state.silent_until_s[scooter] = FOREVER_S
        noticed_s = round(at_s + float(self._draw.uniform(1.0, 3.0)) * _DAY_S, 3)
        heappush(state.agenda, (noticed_s, "reported", scooter))

    def reported(self, at_s: float, scooter: int) -> None:
        """Write the loss down; some are found, the others written off after two weeks."""
        state = self._fleet.state
        self._fleet.log(scooter, "reported_lost", self._office, at_s)
        state.reported_lost[scooter] = True
        state.status_at_s[scooter] = at_s
        if self._draw.random() < _FOUND_SHARE:
            found_s = at_s + float(self._draw.uniform(0.5, 9.0)) * _DAY_S
            heappush(state.agenda, (round(found_s, 3), "found", scooter))
        else:
            heappush(state.agenda, (round(at_s + 14 * _DAY_S, 3), "written_off", scooter))

    def found(self, at_s: float, scooter: int) -> None:
        """Somebody reports a stolen scooter standing somewhere near a parking."""
        fleet, state = self._fleet, self._fleet.state
        pool = fleet.city_map.outside_pool
        spot = pool[int(self._draw.integers(len(pool))), int(self._draw.integers(POOL_SIZE))]
        charge = min(float(state.battery_pct[scooter]), float(self._draw.uniform(3, 35)))
        position = (float(spot[0]), float(spot[1]))
        fleet.change(scooter, at_s, mode=IDLE, position=position, place=OUTSIDE, battery=charge)
        fleet.log(scooter, "found", self._office, at_s)
        state.reported_lost[scooter] = False
        state.silent_until_s[scooter] = at_s
        state.status_at_s[scooter] = at_s

    def written_off(self, at_s: float, scooter: int) -> None:
        """End of a scooter's life."""
        self._fleet.change(scooter, at_s, mode=RETIRED)
        self._fleet.log(scooter, "retire", self._office, at_s)
        self._fleet.state.retired_s[scooter] = at_s
        self._fleet.state.status_at_s[scooter] = at_s

    def deploy(self, at_s: float, scooter: int) -> None:
        """Put a new scooter where its kind is most wanting."""
        fleet, state = self._fleet, self._fleet.state
        if state.mode[scooter] != NOT_YET:
            return
        weight = fleet.city_map.weight
        wanting = fleet.city.scooter_count * weight / weight.sum() - fleet.count
        place = int(np.argmax(wanting))
        first, second = self._draw.random(2)
        position = fleet.city_map.point_in_zone(place, float(first), float(second))
        fleet.change(scooter, at_s, mode=IDLE, position=position, place=place)
        fleet.log(scooter, "deploy", self._office, at_s)
