"""How many would ride, when, and how far."""

from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt
import pytest

from simulator.calendar import is_day_off, local
from simulator.cities import find_city
from simulator.demand import Demand
from simulator.places import load_map
from simulator.streets import load_streets
from simulator.weather import observed, ride_factor

pytestmark = pytest.mark.unit

Floats = npt.NDArray[np.float64]

SEED = 5
#: Large enough that there are ways of several kilometres to avoid.
CITY = find_city("thessaloniki")
#: Midnight of a Monday on the city's clocks; the two weeks from there have no holiday.
MONDAY = int(datetime(2026, 6, 7, 21, tzinfo=UTC).timestamp()) // 3600
SATURDAY = MONDAY + 5 * 24
TYPES = np.array(load_map(CITY).place_type)


@pytest.fixture(scope="module")
def demand() -> Demand:
    """Demand of the city."""
    return Demand(SEED, CITY, load_map(CITY), load_streets(CITY))


@pytest.fixture(scope="module")
def fair(demand: Demand) -> Floats:
    """Demand of two weeks had no weather kept anybody at home, shape (week, day, hour, p)."""
    mean = [demand.mean(hour) for hour in range(MONDAY, MONDAY + 2 * 168)]
    left = ride_factor(observed(SEED, CITY, MONDAY, MONDAY + 2 * 168))
    return (np.array(mean) / left[:, None]).reshape(2, 7, 24, -1)


def _flow(demand: Demand, hour: int) -> Floats:
    """Expected rides from each parking to each, shape (p, p)."""
    share = np.diff(demand.destinations(hour), axis=1, prepend=0.0)
    return np.asarray(demand.mean(hour)[:, None] * share)


def test_the_weeks_begin_on_a_monday_and_have_no_holiday() -> None:
    """The days that the other tests count from are what they are called."""
    days = [local(MONDAY + 24 * day) for day in range(14)]
    assert [day.hour for day in days] == [0] * 14
    assert [is_day_off(day.date()) for day in days] == 2 * ([False] * 5 + [True] * 2)


@pytest.mark.parametrize(
    ("kind", "workday_peaks", "day_off_peaks"),
    [("home", {8}, {19}), ("work", {14}, {12, 13, 18}), ("leisure", {20}, {20})],
)
def test_each_type_of_place_has_its_rush_hours(
    fair: Floats, kind: str, workday_peaks: set[int], day_off_peaks: set[int]
) -> None:
    """Departures peak in the local hour of the type, another one at weekends; nights are calm."""
    by_day = fair[..., kind == TYPES].mean(axis=(0, 3))
    workday, day_off = by_day[:5].mean(axis=0), by_day[5:].mean(axis=0)
    assert int(workday.argmax()) in workday_peaks
    assert int(day_off.argmax()) in day_off_peaks
    assert workday.max() > 10 * workday[3]
    assert day_off.max() > 5 * day_off[3]


def test_the_weekend_belongs_to_leisure(fair: Floats) -> None:
    """At weekends places of leisure send more riders than on working days, workplaces fewer."""
    by_day = fair.mean(axis=(0, 2))
    weekend, workday = by_day[5:].mean(axis=0), by_day[:5].mean(axis=0)
    assert weekend[TYPES == "leisure"].sum() > 1.2 * workday[TYPES == "leisure"].sum()
    assert weekend[TYPES == "work"].sum() < 0.7 * workday[TYPES == "work"].sum()


def test_the_profile_is_a_factor_of_the_rate(fair: Floats) -> None:
    """Within a day, weather aside, homes send 2.7 times as many riders at 8 as at noon."""
    ratio = fair[0, 0, 8] / fair[0, 0, 12]
    assert ratio[TYPES == "home"] == pytest.approx(2.7)
    assert (ratio[TYPES != "home"] < 1).all()


def test_friday_nights_are_a_fifth_livelier(fair: Floats) -> None:
    """From 18:00 on, and not before, a Friday's demand is 1.2 times that of a Thursday."""
    thursday, friday = (fair[0, day] / fair[0, day, 17] for day in (3, 4))
    assert friday[6:18] == pytest.approx(thursday[6:18])
    assert friday[18:] == pytest.approx(1.2 * thursday[18:])


def test_people_ride_to_work_in_the_morning_of_a_working_day(demand: Demand) -> None:
    """Workplaces draw far more of the rides at 8 than at 18 on a Monday, not on a Saturday."""
    share = {}
    for hour in (MONDAY + 8, MONDAY + 18, SATURDAY + 8, SATURDAY + 18):
        flow = _flow(demand, hour)
        share[hour] = flow[:, TYPES == "work"].sum() / flow.sum()
    assert share[MONDAY + 8] > 3 * share[MONDAY + 18]
    assert share[SATURDAY + 8] < 1.5 * share[SATURDAY + 18]


def test_trips_are_shorter_than_without_distance_decay(demand: Demand) -> None:
    """Drawn trips are far shorter than their starts joined to their ends at random."""
    draw, way = np.random.default_rng(1), load_streets(CITY).length_m
    mean, chances = demand.mean(MONDAY + 12), demand.destinations(MONDAY + 12)
    start = draw.choice(len(mean), 4000, p=mean / mean.sum())
    end = np.array([np.searchsorted(chances[place], draw.random()) for place in start])
    assert (start != end).all()
    assert way[start, end].mean() < 0.8 * way[start, draw.permutation(end)].mean()


def test_usual_ways_are_preferred_to_short_and_to_long_ones(demand: Demand) -> None:
    """Next to the same ends joined blindly, ways of 700 to 1500 m are the most frequent."""
    way, flow = load_streets(CITY).length_m, _flow(demand, MONDAY + 12)
    blind = flow.sum(axis=1, keepdims=True) * flow.sum(axis=0) / flow.sum()
    ranges = ((1, 500), (700, 1500), (2500, 4000), (4000, np.inf))
    within = [(way > above) & (way <= to) for above, to in ranges]
    short, usual, long, longest = (flow[near].sum() / blind[near].sum() for near in within)
    assert short < 0.85 * usual
    assert long < 0.5 * usual
    assert longest < 0.5 * long
