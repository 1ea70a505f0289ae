"""Scooters that are not heard: modems that hang, and thefts."""

from collections import defaultdict
from heapq import heappush
from itertools import pairwise

import numpy as np
import pytest

from simulator.cities import find_city
from simulator.city_world import CityWorld, scooter_codes
from simulator.fleet import Fleet, new_state
from simulator.mishaps import Mishaps
from simulator.pings import hour_messages
from simulator.places import load_map
from simulator.records import Event
from simulator.state import IDLE
from tests.simulator.fixes import fixes_in

pytestmark = pytest.mark.unit

KASTORIA = find_city("kastoria")
CODES = scooter_codes(KASTORIA)
START = 493_900
#: Whatever can be heard sends a ping at least so often; version 1 cuts fractions of seconds off.
EVERY_S = 601


class _Listener:
    """A town with nearly every scooter on the street, and all that is heard and done there."""

    def __init__(self) -> None:
        self.world = CityWorld(3, KASTORIA, start_hour=START)
        self.events: list[Event] = []
        self.rides: list[tuple[int, float]] = []
        self._heard: dict[str, list[float]] = defaultdict(list)
        self.listen(5)

    def listen(self, hours: int) -> None:
        """Let hours pass."""
        for _ in range(hours):
            records = self.world.step_hour()
            self.events.extend(records.events)
            self.rides.extend((ride.scooter, ride.started_s) for ride in records.rides)
            for fix in fixes_in(hour_messages(self.world, records)):
                self._heard[fix.code].append(fix.at_s)

    def plan(self, kind: str, scooters: list[int], at_s: float) -> None:
        """Have a mishap happen to scooters."""
        for scooter in scooters:
            heappush(self.world.state.agenda, (at_s, kind, scooter))

    def idle(self, count: int) -> list[int]:
        """Return some scooters that stand ready."""
        return [int(one) for one in np.flatnonzero(self.world.state.mode == IDLE)[:count]]

    def heard(self, scooter: int, from_s: float, to_s: float) -> list[float]:
        """Return when a scooter's fixes of a stretch of time were taken, in order."""
        return [at_s for at_s in sorted(self._heard[CODES[scooter]]) if from_s <= at_s < to_s]


def test_a_silent_scooter_sends_nothing_and_is_heard_again() -> None:
    """Pings stop the moment a modem hangs, rides go on, and pings return when it recovers."""
    town = _Listener()
    at_s = town.world.state.hour * 3600.0 + 2500
    silent = town.idle(12)
    town.plan("silence", silent, at_s)
    town.listen(1)
    until_s = {scooter: float(town.world.state.silent_until_s[scooter]) for scooter in silent}
    hours = (max(until_s.values()) - at_s) / 3600
    assert 1 < hours < 97
    town.listen(2 + int(hours))
    for scooter in silent:
        assert town.heard(scooter, at_s - EVERY_S, at_s)
        assert not town.heard(scooter, at_s, until_s[scooter] - 1)
        assert town.heard(scooter, until_s[scooter] - 1, until_s[scooter] + EVERY_S)
    assert any(at_s < start_s < until_s.get(scooter, 0.0) for scooter, start_s in town.rides)


def test_a_scooter_with_a_working_modem_is_never_quiet_for_long() -> None:
    """Riding or standing, it is heard every ten minutes, but for messages cut off on the way."""
    town = _Listener()
    first_s = town.world.state.hour * 3600.0
    on_street = town.idle(KASTORIA.scooter_count)
    town.listen(24)
    last_s = town.world.state.hour * 3600.0 - 3600
    others = [one for one in on_street if town.world.state.silent_until_s[one] == 0]
    assert len(others) > 50
    pauses_s = [
        after - before
        for scooter in others
        for before, after in pairwise([first_s, *town.heard(scooter, first_s, last_s), last_s])
    ]
    assert np.mean(np.array(pauses_s) > EVERY_S) < 0.001


def test_a_silence_lasts_hours_and_is_not_prolonged() -> None:
    """A modem hangs for 1 to 96 hours, each its own time; hanging it cannot hang once more."""
    town = _Listener()
    at_s = town.world.state.hour * 3600.0 + 10
    scooters = list(range(60))
    town.plan("silence", scooters, at_s)
    town.listen(1)
    until_s = town.world.state.silent_until_s[scooters]
    hours = (until_s - at_s) / 3600
    assert hours.min() >= 1
    assert hours.max() <= 96
    assert 6 < np.median(hours) < 13
    assert len(set(hours.tolist())) > 50
    town.plan("silence", scooters, at_s + 3600 - 10)
    town.listen(1)
    np.testing.assert_array_equal(town.world.state.silent_until_s[scooters], until_s)


def test_a_modem_hangs_about_every_seventy_days() -> None:
    """Silences are put on the agenda within the hour, at one a scooter and seventy days."""
    city = find_city("thessaloniki")
    state = new_state(3, city, load_map(city), START)
    mishaps, hours = Mishaps(3, Fleet(city, load_map(city), state)), 1000
    count = 0
    for _ in range(hours):
        state.agenda.clear()
        mishaps.begin_hour()
        planned = [at_s for at_s, kind, _ in state.agenda if kind == "silence"]
        assert all(0 <= at_s - state.hour * 3600 < 3600 for at_s in planned)
        count += len(planned)
        state.hour += 1
    assert count == pytest.approx(hours * city.scooter_count / (70 * 24), rel=0.2)


def test_a_stolen_scooter_is_heard_again_only_when_found() -> None:
    """No ping comes from a stolen scooter; one that is found sends again, the others do not."""
    town = _Listener()
    at_s = town.world.state.hour * 3600.0
    stolen = town.idle(24)
    town.plan("theft", stolen, at_s)
    town.listen(6 * 24)
    found_s = {event.scooter: event.at_s for event in town.events if event.kind == "found"}
    lost = [scooter for scooter in stolen if scooter not in found_s]
    assert 0 < len(lost) < len(stolen)
    for scooter in stolen:
        again_s = found_s.get(scooter, np.inf)
        assert not town.heard(scooter, at_s, again_s - 1)
        assert scooter in lost or town.heard(scooter, again_s - 1, again_s + EVERY_S)
