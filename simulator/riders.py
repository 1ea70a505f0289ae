"""People who want to ride: they look for a scooter near them, and ride it if there is one."""

from dataclasses import dataclass
from heapq import heappush

import numpy as np

from simulator.demand import Demand
from simulator.fleet import Fleet
from simulator.parameters import (
    BROWSING_SHARE,
    CONSUMPTION_SPREAD,
    OUTSIDE_SHARE,
    WATT_HOURS_PER_KM,
    stream,
)
from simulator.places import POOL_SIZE
from simulator.records import Cancelled, Search
from simulator.state import IDLE, OUTSIDE, RIDING, Floats, Ints, Ride
from simulator.streets import Streets

#: Share of the rides left outside zones that end at one of the corners riders like.
_CORNER_SHARE = 0.6
_CANCELLING_SHARE = 0.2
#: Share of the rides that make a detour past a third parking.
_ERRAND_SHARE = 0.12
_ERRAND_SHARE_SMALL = 0.6
_CORNER_REACH_M = 600.0
_USERS_PER_SCOOTER = 22
#: Standard deviation of a fix, metres a unit of HDOP.
GPS_SPREAD_M = 2.2
_FLAT_BATTERY_PCT = 1.5


@dataclass
class _Drawn:
    """The hour's people and all the numbers their rides may need."""

    at_s: Floats
    place: Ints
    is_browsing: "np.ndarray[tuple[int], np.dtype[np.bool_]]"
    uniform: Floats
    normal: Floats
    hdop: Floats


class Riders:
    """Would-be riders of one city."""

    def __init__(self, seed: int, fleet: Fleet, streets: Streets, demand: Demand) -> None:
        self._seed, self._fleet = seed, fleet
        self._streets, self._demand = streets, demand
        self._users = fleet.city.scooter_count * _USERS_PER_SCOOTER
        self._riding = {ride.user for ride in fleet.state.rides.values()}
        self._held_until_s = np.zeros(fleet.city.scooter_count)
        is_small = float(np.median(streets.length_m)) < 700
        self._errand_share = _ERRAND_SHARE_SMALL if is_small else _ERRAND_SHARE
        city_map = fleet.city_map
        reach = np.hypot(
            city_map.x_m[:, None] - city_map.corner_x_m[None, :],
            city_map.y_m[:, None] - city_map.corner_y_m[None, :],
        )
        pull = city_map.corner_weight[None, :] * np.exp(-reach / _CORNER_REACH_M)
        self._corner_share = np.cumsum(pull / pull.sum(axis=1, keepdims=True), axis=1)

    def begin_hour(self) -> None:
        """Draw who comes this hour and put each on the agenda."""
        fleet, hour = self._fleet, self._fleet.state.hour
        draw = stream(self._seed, fleet.city.number, "riders", hour)
        mean = self._demand.mean(hour)
        wanting, browsing = draw.poisson(mean), draw.poisson(mean * BROWSING_SHARE)
        places = np.arange(len(mean))
        place = np.concatenate([np.repeat(places, wanting), np.repeat(places, browsing)])
        count = len(place)
        at_s = np.round(hour * 3600 + draw.random(count) * 3598, 3)
        hdop = np.clip(draw.lognormal(0.1, 0.28, (count, 2)), 0.6, 4.0)
        hdop = np.where(draw.random((count, 2)) < 0.04, draw.uniform(3, 9, (count, 2)), hdop)
        self._drawn = _Drawn(
            at_s,
            place,
            np.arange(count) >= wanting.sum(),
            draw.random((count, 12)),
            draw.normal(size=(count, 10)),
            hdop.round(1),
        )
        self._destinations = self._demand.destinations(hour)
        for index in range(count):
            heappush(fleet.state.agenda, (float(at_s[index]), "rider", index))
        fleet.records.latent_mean = mean
        fleet.records.latent_count = wanting.astype(np.int64)
        fleet.records.served_count = np.zeros(len(mean), dtype=np.int64)

    def come(self, at_s: float, index: int) -> None:
        """Open the app, and take the nearest scooter within walking distance."""
        fleet, drawn = self._fleet, self._drawn
        place, uniform, normal = int(drawn.place[index]), drawn.uniform[index], drawn.normal[index]
        spot = fleet.city_map.rider_pool[place, int(uniform[0] * POOL_SIZE)]
        x, y = float(spot[0] + 2 * normal[0]), float(spot[1] + 2 * normal[1])
        state = fleet.state
        away = (state.x_m - x) ** 2 + (state.y_m - y) ** 2
        away[~fleet.available | (self._held_until_s > at_s)] = np.inf
        scooter = int(np.argmin(away))
        found = int((away <= fleet.city.walking_m**2).sum())
        user = self._free_user(float(uniform[1]))
        searched_s = round(max(state.hour * 3600.0, at_s - 4 - 25 * float(uniform[3])), 3)
        search = Search(state.next_number("search"), user, searched_s, x, y, found)
        fleet.records.searches.append(search)
        if not found:
            return
        if drawn.is_browsing[index]:
            if uniform[2] < _CANCELLING_SHARE:
                self._cancel(at_s, scooter, user, index)
            return
        fleet.records.served_count[place] += 1
        self._ride(at_s, scooter, user, index)

    def _free_user(self, uniform: float) -> int:
        user = int(uniform**1.7 * self._users)
        while user in self._riding:
            user = (user + 1) % self._users
        return user

    def _cancel(self, at_s: float, scooter: int, user: int, index: int) -> None:
        state = self._fleet.state
        ended_s = round(at_s + 5 + 30 * float(self._drawn.uniform[index, 4]), 3)
        if ended_s > state.hour * 3600 + 3600:
            return
        self._held_until_s[scooter] = ended_s
        self._fleet.records.cancelled.append(
            Cancelled(
                state.next_number("ride"),
                scooter,
                user,
                at_s,
                ended_s,
                float(state.x_m[scooter]),
                float(state.y_m[scooter]),
                float(self._drawn.hdop[index, 0]),
                float(state.battery_pct[scooter]),
            )
        )

    def _ride(self, at_s: float, scooter: int, user: int, index: int) -> None:
        fleet, state = self._fleet, self._fleet.state
        uniform, normal = self._drawn.uniform[index], self._drawn.normal[index]
        origin = int(state.place[scooter])
        origin = int(self._drawn.place[index]) if origin == OUTSIDE else origin
        target = int(np.searchsorted(self._destinations[origin], uniform[5]))
        place, end = self._end(min(target, len(fleet.city_map) - 1), uniform, normal)
        start = (float(state.x_m[scooter]), float(state.y_m[scooter]))
        path = [start, *self._way(origin, target, float(uniform[2]), float(uniform[4])), end]
        steps = np.diff(np.asarray(path), axis=0)
        distance = float(np.hypot(steps[:, 0], steps[:, 1]).sum()) + 5.0
        speed = float(np.clip(4.2 + 0.6 * normal[4], 2.6, 6.2))
        duration = distance / speed + 25 + 90 * float(uniform[8]) ** 3
        drain = distance / 1000 * WATT_HOURS_PER_KM / fleet.battery_wh[scooter] * 100
        drain *= float(np.exp(CONSUMPTION_SPREAD * normal[5] - CONSUMPTION_SPREAD**2 / 2))
        battery = float(state.battery_pct[scooter])
        ride = Ride(
            ride_id=state.next_number("ride"),
            scooter=scooter,
            user=user,
            started_s=at_s,
            ended_s=round(at_s + duration, 3),
            place=place,
            battery_start=battery,
            battery_end=max(_FLAT_BATTERY_PCT, battery - drain),
            distance_m=distance,
            path=path,
            start_hdop=float(self._drawn.hdop[index, 0]),
            end_hdop=float(self._drawn.hdop[index, 1]),
            noise=tuple((GPS_SPREAD_M * normal[6:10]).tolist()),
        )
        state.rides[scooter] = ride
        self._riding.add(user)
        fleet.change(scooter, at_s, mode=RIDING, place=OUTSIDE)
        heappush(state.agenda, (ride.ended_s, "ride_end", scooter))

    def _way(
        self, origin: int, target: int, detour: float, through: float
    ) -> list[tuple[float, float]]:
        """Street corners between two parkings; some riders run an errand at a third one."""
        way = self._streets.path(origin, target)[1:-1].tolist()
        if detour < self._errand_share:
            via = int(through * len(self._fleet.city_map))
            first, second = self._streets.path(origin, via), self._streets.path(via, target)
            way = [*first[1:].tolist(), *second[1:-1].tolist()]
        return [(x, y) for x, y in way]

    def _end(self, target: int, uniform: Floats, normal: Floats) -> tuple[int, tuple[float, float]]:
        """Where a ride to a parking really ends: the parking, or OUTSIDE and a point."""
        city_map = self._fleet.city_map
        crowded = self._fleet.count[target] >= 1.4 * city_map.capacity[target]
        if uniform[6] >= OUTSIDE_SHARE and not (crowded and uniform[6] > 0.6):
            return target, city_map.point_in_zone(target, float(uniform[9]), float(uniform[10]))
        if uniform[7] < _CORNER_SHARE:
            corner = int(np.searchsorted(self._corner_share[target], uniform[11]))
            corner = min(corner, len(city_map.corner_x_m) - 1)
            east = city_map.corner_x_m[corner] + np.clip(6 * normal[2], -14, 14)
            north = city_map.corner_y_m[corner] + np.clip(6 * normal[3], -14, 14)
            return OUTSIDE, (float(east), float(north))
        spot = city_map.outside_pool[target, int(uniform[11] * POOL_SIZE)]
        return OUTSIDE, (float(spot[0] + normal[2]), float(spot[1] + normal[3]))

    def arrive(self, at_s: float, scooter: int) -> None:
        """End a ride and park the scooter."""
        fleet = self._fleet
        ride = fleet.state.rides.pop(scooter)
        self._riding.discard(ride.user)
        fleet.records.rides.append(ride)
        fleet.change(
            scooter,
            at_s,
            mode=IDLE,
            position=ride.path[-1],
            place=ride.place,
            battery=ride.battery_end,
        )
