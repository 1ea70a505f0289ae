"""The checker finds every kind of broken rule."""

from dataclasses import replace

import pytest

from routing.checker import check_routes, check_stops
from routing.problem import Problem
from routing.schedule import PlannedRoute, schedule_route
from tests.routing.instances import job, problem, van

pytestmark = pytest.mark.unit


@pytest.fixture
def given() -> Problem:
    jobs = [
        job(0, "pick_up", 1000, 0),
        job(1, "swap", 2000, 0, earliest_s=0, latest_s=3000, skill="swap"),
        job(2, "drop_off", 1000, 1000),
    ]
    return problem(jobs, [van(capacity=1, battery_stock=1)])


@pytest.fixture
def route(given: Problem) -> PlannedRoute:
    made = schedule_route(given, 0, (0, 1, 2))
    assert made is not None
    return made


def rules(given: Problem, *routes: PlannedRoute) -> set[str]:
    return {violation.rule for violation in check_routes(given, routes)}


def changed(route: PlannedRoute, visit: int, **changes: int) -> PlannedRoute:
    visits = list(route.visits)
    visits[visit] = replace(visits[visit], **changes)
    return replace(route, visits=tuple(visits))


def test_valid_route_passes(given: Problem, route: PlannedRoute) -> None:
    """A route that keeps every rule has no violation."""
    assert check_routes(given, [route]) == ()
    assert check_routes(given, []) == ()


@pytest.mark.parametrize(
    ("visit", "changes", "rule"),
    [
        (0, {"arrives_s": 0}, "time"),
        (1, {"departs_s": 0}, "time"),
        (0, {"begins_s": 0}, "time"),
        (2, {"load_after": 1}, "load"),
        (0, {"load_before": 1}, "load"),
        (1, {"batteries_left": 1}, "batteries"),
        (1, {"job": 7}, "unknown"),
        (1, {"job": 0}, "twice"),
    ],
)
def test_changed_visit_is_found(
    given: Problem, route: PlannedRoute, visit: int, changes: dict[str, int], rule: str
) -> None:
    """Each falsified number of a visit is found under its rule."""
    assert rule in rules(given, changed(route, visit, **changes))


def test_window_is_checked_on_both_sides(given: Problem, route: PlannedRoute) -> None:
    """Work may begin at the window's first and last second, not one outside."""
    begins = route.visits[1].begins_s
    for earliest, latest, is_fine in (
        (begins, begins, True),
        (begins + 1, None, False),
        (0, begins - 1, False),
    ):
        jobs = list(given.jobs)
        jobs[1] = replace(jobs[1], earliest_s=earliest, latest_s=latest)
        found = rules(replace(given, jobs=tuple(jobs)), route)
        assert ("window" not in found) is is_fine


def test_shift_is_checked_on_both_sides(given: Problem, route: PlannedRoute) -> None:
    """A van may be home in the shift's last second, not one later, and not start early."""
    for end, is_fine in ((route.ends_s, True), (route.ends_s - 1, False)):
        vans = (replace(given.vans[0], shift_end_s=end),)
        assert ("shift" not in rules(replace(given, vans=vans), route)) is is_fine
    vans = (replace(given.vans[0], shift_start_s=1),)
    assert "shift" in rules(replace(given, vans=vans), route)


def test_load_outside_the_van_is_found(given: Problem, route: PlannedRoute) -> None:
    """More scooters than the van holds, or fewer than none, are found."""
    assert "load" in rules(replace(given, vans=(replace(given.vans[0], capacity=0),)), route)
    jobs = (replace(given.jobs[0], action="drop_off", load_change=-1), *given.jobs[1:])
    assert "load" in rules(replace(given, jobs=jobs), route)


def test_start_load_must_be_allowed(given: Problem, route: PlannedRoute) -> None:
    """A van that starts empty must not be said to start loaded."""
    assert "load" in rules(given, replace(route, start_load=1))


def test_batteries_skill_home_and_length(given: Problem, route: PlannedRoute) -> None:
    """An empty stock, a missing skill, a drive home forgotten and wrong metres are found."""
    none = (replace(given.vans[0], battery_stock=0),)
    assert "batteries" in rules(replace(given, vans=none), route)
    mover = (replace(given.vans[0], skills=frozenset({"move"})),)
    assert "skill" in rules(replace(given, vans=mover), route)
    assert "time" in rules(given, replace(route, ends_s=route.visits[-1].departs_s))
    assert "length" in rules(given, replace(route, distance_m=route.distance_m + 1))


def test_two_routes_of_one_van_are_found(given: Problem, route: PlannedRoute) -> None:
    """A van drives one route, and a job is on one route only."""
    assert rules(given, route, route) == {"twice"}
    assert "unknown" in rules(given, replace(route, van=3))


def _stops(route: PlannedRoute) -> list[dict[str, object]]:
    return [
        {
            "stop_id": f"s{number}",
            "stop_sequence": number,
            "action": action,
            "scooter_count": 1,
            "load_before_count": visit.load_before,
            "load_after_count": visit.load_after,
            "arrives_at": visit.arrives_s,
            "departs_at": visit.departs_s,
        }
        for number, (visit, action) in enumerate(
            zip(route.visits, ("pick_up", "swap", "drop_off"), strict=True), start=1
        )
    ]


def test_published_stops_are_checked(route: PlannedRoute) -> None:
    """Numbering, load, time, ids and begun stops of a route about to be published are checked."""
    stops = _stops(route)
    assert check_stops(1, stops[:1], stops) == ()
    assert {v.rule for v in check_stops(1, stops[1:2], stops)} == {"begun"}
    assert {v.rule for v in check_stops(0, [], stops)} == {"load"}
    assert "load" in {v.rule for v in check_stops(5, [], [stops[0] | {"scooter_count": 2}])}
    assert "sequence" in {v.rule for v in check_stops(1, [], stops[1:])}
    assert "twice" in {v.rule for v in check_stops(1, [], [*stops, stops[0]])}
    assert "time" in {v.rule for v in check_stops(1, [], [stops[0], stops[1] | {"arrives_at": 0}])}
    below = stops[0] | {"load_before_count": -1, "load_after_count": 0}
    assert "load" in {v.rule for v in check_stops(1, [], [below])}
