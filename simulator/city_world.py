"""One simulated city, stepped hour by hour."""

from collections.abc import Sequence
from heapq import heappop, heappush

from simulator.cities import City
from simulator.crew import Crew, Order
from simulator.demand import Demand
from simulator.fleet import Fleet, new_state
from simulator.mishaps import Mishaps
from simulator.places import load_map
from simulator.records import HourRecords
from simulator.riders import Riders
from simulator.state import IDLE, IN_VAN, CityState
from simulator.streets import load_streets


class CityWorld:
    """A city and everything in it.

    Parameters
    ----------
    seed
        Seed of the world.
    city
        Which city.
    start_hour
        First hour of a new city, counted from 1970-01-01T00Z.
    state
        Goes on from here instead of beginning anew.
    """

    def __init__(
        self, seed: int, city: City, *, start_hour: int = 0, state: CityState | None = None
    ) -> None:
        city_map, streets = load_map(city), load_streets(city)
        self.city, self.city_map, self.seed = city, city_map, seed
        self.state = state or new_state(seed, city, city_map, start_hour)
        self.fleet = Fleet(city, city_map, self.state)
        self.crew = Crew(seed, self.fleet)
        self._riders = Riders(seed, self.fleet, streets, Demand(seed, city, city_map, streets))
        mishaps = Mishaps(seed, self.fleet)
        self._mishaps = mishaps
        self._handlers = {
            "rider": self._riders.come,
            "ride_end": self._riders.arrive,
            "crew": self.crew.make_stop,
            "order": self._obey,
            "silence": mishaps.silence,
            "breakdown": mishaps.breakdown,
            "repaired": mishaps.repaired,
            "theft": mishaps.theft,
            "reported": mishaps.reported,
            "found": mishaps.found,
            "written_off": mishaps.written_off,
            "deploy": mishaps.deploy,
        }
        self._orders: Sequence[Order] = ()

    def step_hour(self, orders: Sequence[Order] = (), *, own_crew: bool = True) -> HourRecords:
        """Simulate the next hour.

        Parameters
        ----------
        orders
            What a plan wants done in this hour; what cannot be done is in `refused`.
        own_crew
            Whether the crew also works as it sees fit.

        Returns
        -------
        HourRecords
            Everything that happened.
        """
        state = self.state
        end_s = state.hour * 3600.0 + 3600.0
        self.fleet.begin_hour()
        self._riders.begin_hour()
        self._mishaps.begin_hour()
        self.crew.begin_hour(works=own_crew)
        self._take_orders(orders, end_s)
        while state.agenda and state.agenda[0][0] < end_s:
            at_s, kind, subject = heappop(state.agenda)
            self._handlers[kind](at_s, subject)
        records = self.fleet.end_hour()
        state.hour += 1
        return records

    def _take_orders(self, orders: Sequence[Order], end_s: float) -> None:
        self._orders = tuple(orders)
        for number, order in enumerate(self._orders):
            at_s = round(order.at.timestamp(), 3)
            if end_s - 3600 <= at_s < end_s - 1:
                heappush(self.state.agenda, (at_s, "order", number))
            else:
                self.fleet.records.refused.append((order.scooter_code, "not within this hour"))

    def _obey(self, at_s: float, number: int) -> None:
        order = self._orders[number]
        reason = self._carry_out(at_s, order)
        if reason:
            self.fleet.records.refused.append((order.scooter_code, reason))

    def _carry_out(self, at_s: float, order: Order) -> str:
        """Do what an order says; the text says why not, empty when done."""
        codes = scooter_codes(self.city)
        if order.scooter_code not in codes:
            return "no such scooter"
        scooter = codes.index(order.scooter_code)
        mode = int(self.state.mode[scooter])
        if order.kind == "battery_swap" and mode in (IDLE, IN_VAN):
            self.crew.swap(at_s, scooter, order.worker, None)
        elif order.kind == "pick_up" and mode == IDLE:
            self.crew.pick_up(at_s, scooter, order.worker, self.state.vans[0])
        elif order.kind == "drop_off" and mode == IN_VAN:
            if order.parking_code not in self.city_map.code:
                return f"no parking {order.parking_code}"
            van = next(van for van in self.state.vans if scooter in van.load)
            place = self.city_map.code.index(order.parking_code)
            self.crew.drop_off(at_s, scooter, order.worker, van, place)
        else:
            return f"{order.kind} of a scooter that is {self.fleet.state_name(scooter)}"
        return ""


def scooter_codes(city: City) -> tuple[str, ...]:
    """Codes of a city's scooters, in the order of every array."""
    return tuple(f"{city.code}-{number:04d}" for number in range(1, city.scooter_count + 1))
