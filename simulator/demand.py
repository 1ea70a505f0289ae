"""Latent demand: how many people would ride from each parking in each hour, and where to."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from simulator.calendar import is_day_off, local
from simulator.cities import City
from simulator.parameters import stream
from simulator.places import CityMap
from simulator.streets import Streets
from simulator.weather import observed, ride_factor

Floats = npt.NDArray[np.float64]

_NIGHT = (0.25, 0.14, 0.08, 0.05, 0.05, 0.12)
#: Relative departures by local hour from each type of place, working days.
_WORKDAY = {
    "home": (*_NIGHT, 0.6, 1.9, 2.7, 1.6, 1.0, 0.9, 1.0, 1.0, 0.9, 0.9, 1.0, 1.3, 1.5, 1.5, 1.3,
             1.0, 0.7, 0.45),
    "work": (*_NIGHT, 0.25, 0.4, 0.7, 0.8, 0.9, 1.0, 1.3, 1.6, 2.3, 2.1, 1.9, 2.2, 1.9, 1.3, 0.9,
             0.6, 0.4, 0.3),
    "leisure": (0.9, 0.45, 0.2, 0.1, 0.05, 0.05, 0.1, 0.3, 0.4, 0.5, 0.7, 0.9, 1.1, 1.2, 1.2, 1.1,
                1.2, 1.5, 1.9, 2.3, 2.5, 2.4, 2.1, 1.5),
}  # fmt: skip
_DAY_OFF = {
    "home": (0.6, 0.35, 0.2, 0.1, 0.06, 0.06, 0.15, 0.3, 0.6, 1.0, 1.4, 1.6, 1.5, 1.3, 1.1, 1.0,
             1.1, 1.3, 1.6, 1.7, 1.5, 1.2, 0.9, 0.7),
    "work": (0.3, 0.15, 0.1, 0.05, 0.05, 0.05, 0.1, 0.15, 0.3, 0.4, 0.6, 0.7, 0.8, 0.8, 0.7, 0.7,
             0.7, 0.7, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3),
    "leisure": (1.7, 1.2, 0.7, 0.3, 0.12, 0.06, 0.1, 0.2, 0.5, 0.9, 1.4, 1.8, 2.0, 2.0, 1.9, 1.8,
                1.9, 2.2, 2.6, 2.9, 3.0, 2.8, 2.5, 2.0),
}  # fmt: skip
#: Relative arrivals: a working day's mirror image, people go to work in the morning.
_WORKDAY_IN = {
    "home": (*_NIGHT, 0.2, 0.4, 0.5, 0.5, 0.6, 0.8, 1.1, 1.4, 1.9, 1.9, 1.6, 1.7, 1.8, 1.7, 1.6,
             1.5, 1.3, 0.9),
    "work": (*_NIGHT, 0.7, 2.4, 3.3, 2.0, 1.3, 1.1, 1.0, 0.9, 0.8, 0.9, 1.1, 1.2, 0.8, 0.6, 0.5,
             0.4, 0.3, 0.2),
    "leisure": (0.6, 0.3, 0.15, 0.08, 0.05, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 1.1, 1.2, 1.2, 1.1, 1.1,
                1.4, 1.9, 2.5, 2.9, 2.7, 2.1, 1.5, 0.9),
}  # fmt: skip
_AVERAGE = 0.98

#: Spread of the long-run ratio of arrivals to departures (of its logarithm).
_UNEVEN = 0.07
#: Riders prefer ways of about this length, metres.
_USUAL_WAY_M = 900.0


def _table(profiles: Mapping[str, tuple[float, ...]], city_map: CityMap) -> Floats:
    return np.array([profiles[kind] for kind in city_map.place_type])


def _balanced(rate: Floats, appeal: Floats, city: City) -> Floats:
    """Attraction of each parking with which nearly as many riders come as go, shape (p,).

    Without it the middle of town fills up for ever; the little that is left uneven is the crew's.
    Iterative proportional fitting (Deming and Stephan 1940) on the columns of the flow.
    """
    uneven = stream(0, city.number, "uneven").lognormal(0, _UNEVEN, len(rate))
    goal = rate * uneven * rate.sum() / (rate * uneven).sum()
    attraction = rate / rate.sum()
    for _ in range(80):
        flow = appeal * attraction[None, :]
        arrivals = (rate[:, None] * flow / flow.sum(axis=1, keepdims=True)).sum(axis=0)
        attraction = attraction * (goal / arrivals) ** 0.7
    return np.asarray(attraction / attraction.sum())


class Demand:
    """Demand of one city, hour by hour.

    Parameters
    ----------
    seed, city, city_map, streets
        The world and the place.
    """

    def __init__(self, seed: int, city: City, city_map: CityMap, streets: Streets) -> None:
        self._seed, self._city = seed, city
        self._out = (_table(_WORKDAY, city_map), _table(_DAY_OFF, city_map))
        self._in = (_table(_WORKDAY_IN, city_map), _table(_DAY_OFF, city_map))
        share = city_map.weight / city_map.weight.sum()
        self._rate = city.scooter_count * city.rides_per_scooter / 24 / _AVERAGE * share
        way = streets.length_m
        appeal = (way / _USUAL_WAY_M) ** 1.2 * np.exp(-way / _USUAL_WAY_M) * (way > 150)
        self._appeal = appeal * _balanced(self._rate, appeal, city)[None, :]

    def mean(self, hour: int) -> Floats:
        """Expected would-be riders at each parking in an hour, shape (p,)."""
        moment = local(hour)
        profile = self._out[int(is_day_off(moment.date()))][:, moment.hour]
        fair = float(ride_factor(observed(self._seed, self._city, hour, hour + 1))[0])
        day = stream(self._seed, self._city.number, "daynoise", moment.toordinal())
        mood = day.lognormal(-0.005, 0.1) * day.lognormal(-0.0225, 0.21, len(profile))
        friday_night = 1.2 if moment.weekday() == 4 and moment.hour >= 18 else 1.0
        return np.asarray(self._rate * profile * fair * mood * friday_night)

    def destinations(self, hour: int) -> Floats:
        """Cumulative probability of each destination from each parking, shape (p, p)."""
        moment = local(hour)
        pull = self._in[int(is_day_off(moment.date()))][:, moment.hour]
        weight = self._appeal * (0.1 + pull)[None, :]
        total = np.cumsum(weight, axis=1)
        return np.asarray(total / total[:, -1:])
