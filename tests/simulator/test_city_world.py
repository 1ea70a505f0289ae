"""A city stepped hour by hour: the same every time, and nothing gained or lost."""

import json
from datetime import timedelta
from itertools import pairwise

import numpy as np
import pytest

from simulator.calendar import utc
from simulator.cities import find_city
from simulator.city_world import CityWorld, scooter_codes
from simulator.crew import Order
from simulator.parameters import LOW_BATTERY_PCT
from simulator.places import load_map
from simulator.records import HourRecords
from simulator.state import IDLE, IN_VAN, from_json, to_json

KASTORIA = find_city("kastoria")
START = 493_900


def _run(
    hours: int, *, seed: int = 3, own_crew: bool = True
) -> tuple[CityWorld, list[HourRecords]]:
    world = CityWorld(seed, KASTORIA, start_hour=START)
    return world, [world.step_hour(own_crew=own_crew) for _ in range(hours)]


def _tale(records: list[HourRecords]) -> list[object]:
    return [
        (hour.rides, hour.searches, hour.events, hour.segments, hour.latent_count.tolist())
        for hour in records
    ]


@pytest.mark.unit
def test_same_seed_same_world() -> None:
    """The same seed gives the same events, another seed others."""
    first, again, other = _run(20)[1], _run(20)[1], _run(20, seed=4)[1]
    assert _tale(first) == _tale(again)
    assert _tale(first) != _tale(other)


@pytest.mark.unit
def test_a_saved_world_goes_on_as_if_never_stopped() -> None:
    """Writing the state down and reading it back in the middle changes nothing."""
    whole = _run(30)[1]
    world, begun = _run(13)
    state = from_json(json.loads(json.dumps(to_json(world.state))))
    resumed = CityWorld(3, KASTORIA, state=state)
    assert _tale([*begun, *(resumed.step_hour() for _ in range(17))]) == _tale(whole)


@pytest.mark.unit
def test_segments_of_a_scooter_follow_each_other() -> None:
    """A scooter is in one state at one place at a time, without gaps, to the last second."""
    world, records = _run(72)
    end_s = world.state.hour * 3600.0
    stretches = [segment for hour in records for segment in hour.segments]
    count = KASTORIA.scooter_count
    stretches += [world.fleet.open_segment(scooter, end_s) for scooter in range(count)]
    for scooter in range(count):
        own = [segment for segment in stretches if segment.scooter == scooter]
        assert own[0].start_s == START * 3600
        assert own[-1].end_s == end_s
        for before, after in pairwise(own):
            assert before.end_s == after.start_s
            assert before.start_s <= before.end_s


@pytest.mark.unit
def test_rides_start_where_the_scooter_stood() -> None:
    """A ride begins at the place and with the charge the last one or the crew left it with."""
    records = _run(72)[1]
    rides = sorted(
        (ride for hour in records for ride in hour.rides), key=lambda ride: ride.started_s
    )
    moved = {
        (event.scooter, event.at_s): (event.x_m, event.y_m)
        for hour in records
        for event in hour.events
        if event.kind in {"deploy", "drop_off", "found"}
    }
    for scooter in range(KASTORIA.scooter_count):
        placed = [(at, xy) for (who, at), xy in moved.items() if who == scooter]
        own = [ride for ride in rides if ride.scooter == scooter]
        placed += [(ride.ended_s, ride.path[-1]) for ride in own]
        for ride in own:
            last = max((at, xy) for at, xy in placed if at <= ride.started_s)
            assert ride.path[0] == pytest.approx(last[1])
        for before, after in pairwise(own):
            assert before.ended_s <= after.started_s


@pytest.mark.unit
def test_a_ride_needs_an_available_scooter() -> None:
    """Who is served is who found something; nobody is served beyond the demand."""
    records = _run(72)[1]
    served = np.sum([hour.served_count for hour in records], axis=0)
    latent = np.sum([hour.latent_count for hour in records], axis=0)
    searches = [search for hour in records for search in hour.searches]
    assert (served <= latent).all()
    assert served.sum() <= sum(search.available_count > 0 for search in searches)
    unmet = (latent - served).sum()
    assert 0 < unmet <= sum(search.available_count == 0 for search in searches)


@pytest.mark.unit
def test_no_ride_on_an_empty_battery() -> None:
    """Rides begin with a charge that may be rented, and the charge never rises in a ride."""
    rides = [ride for hour in _run(96, own_crew=False)[1] for ride in hour.rides]
    assert min(ride.battery_start for ride in rides) >= LOW_BATTERY_PCT
    assert all(0 < ride.battery_end < ride.battery_start for ride in rides)


@pytest.mark.unit
def test_without_a_crew_more_demand_is_lost() -> None:
    """A fleet that nobody tends serves less in its second week than one with a crew."""
    shares = []
    for own_crew in (True, False):
        week = _run(24 * 12, own_crew=own_crew)[1][24 * 7 :]
        served = sum(hour.served_count.sum() for hour in week)
        shares.append(served / sum(hour.latent_count.sum() for hour in week))
    assert shares[0] > shares[1] + 0.05


@pytest.mark.unit
def test_orders_are_carried_out_or_refused() -> None:
    """A plan's swap, pick-up and drop-off change the scooter; what cannot be is refused."""
    world, _ = _run(4, own_crew=False)
    code = scooter_codes(KASTORIA)
    idle = [int(scooter) for scooter in np.flatnonzero(world.state.mode == IDLE)[:2]]
    at = utc(world.state.hour) + timedelta(minutes=1)
    target = load_map(KASTORIA).code[4]
    orders = [
        Order(at, "battery_swap", code[idle[0]], "plan"),
        Order(at, "pick_up", code[idle[1]], "plan"),
        Order(at + timedelta(minutes=30), "drop_off", code[idle[1]], "plan", target),
        Order(at, "drop_off", code[idle[0]], "plan", target),
        Order(at, "pick_up", "KAS-9999", "plan"),
        Order(at + timedelta(hours=2), "pick_up", code[idle[0]], "plan"),
    ]
    records = world.step_hour(orders, own_crew=False)
    kinds = [(event.kind, event.scooter) for event in records.events if event.worker == "plan"]
    assert ("battery_swap", idle[0]) in kinds
    assert ("pick_up", idle[1]) in kinds
    assert ("drop_off", idle[1]) in kinds
    assert len(records.refused) == 3
    dropped = next(event for event in records.events if event.kind == "drop_off")
    assert dropped.place == 4
    assert not (world.state.mode == IN_VAN).any()


@pytest.mark.unit
def test_occupancy_is_the_overlap_of_stretches_with_the_hour() -> None:
    """Average counts and empty minutes are what the scooters' stretches add up to."""
    world, records = _run(48)
    hour = records[30]
    start_s, end_s = hour.hour * 3600.0, hour.hour * 3600.0 + 3600
    count = np.zeros(len(world.city_map))
    later = [segment for record in records[30:] for segment in record.segments]
    still = [world.fleet.open_segment(s, 9e9) for s in range(KASTORIA.scooter_count)]
    for segment in [*later, *still]:
        overlap = min(segment.end_s, end_s) - max(segment.start_s, start_s)
        if segment.state == "available" and segment.place >= 0 and overlap > 0:
            count[segment.place] += overlap / 3600
    np.testing.assert_allclose(hour.average_count, count, atol=1e-6)
    assert (hour.empty_min >= 0).all()
    assert (hour.empty_min <= 60).all()
