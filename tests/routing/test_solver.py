"""Routes that the solver returns."""

import importlib.util
import itertools
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.bundles import bundle, unbundle
from routing.checker import check_routes
from routing.exact import plan_count, solve_exactly
from routing.greedy import build_greedy
from routing.problem import Problem
from routing.reach import within_reach
from routing.report import dropped_notes, search_notes
from routing.schedule import cost_of, schedule_route
from routing.solver import SolverParameters, solve
from tests.routing.instances import job, problem, random_problem, van

pytestmark = pytest.mark.unit

QUICK = SolverParameters(effort=200, time_limit_s=1.0)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    job_count=st.integers(0, 18),
    van_count=st.integers(1, 3),
    capacity=st.integers(0, 6),
    stock=st.integers(0, 4),
    hours=st.sampled_from([0, 1, 8]),
    start_load=st.integers(0, 6),
)
def test_routes_pass_the_checker(
    seed: int,
    job_count: int,
    van_count: int,
    capacity: int,
    stock: int,
    hours: int,
    start_load: int,
) -> None:
    """Whatever the problem, the routes keep every rule and every job is served or dropped."""
    made = random_problem(
        seed,
        job_count,
        van_count,
        capacity=capacity,
        battery_stock=stock,
        shift_end_s=hours * 3600,
        start_load_most=min(start_load, capacity),
    )
    plan = solve(made, QUICK)
    assert check_routes(made, plan.routes) == ()
    served = [visit.job for route in plan.routes for visit in route.visits]
    assert sorted(served + [left.job for left in plan.dropped]) == list(range(job_count))
    assert plan.cost <= plan.greedy_cost
    for route in plan.routes:
        loads = [route.start_load, *(visit.load_after for visit in route.visits)]
        assert 0 <= min(loads) <= max(loads) <= capacity


def test_small_problems_are_solved_to_the_optimum() -> None:
    """With one van and five jobs the search finds what trying every order finds."""
    for seed in range(4):
        made = random_problem(seed, 5, capacity=2)
        orders = (
            order
            for size in range(6)
            for order in itertools.permutations(range(5), size)
            if schedule_route(made, 0, order) is not None
        )
        best = min(cost_of(made, (order,)) for order in orders)
        assert solve(made, SolverParameters(effort=1000, time_limit_s=5)).cost == best


def test_no_jobs_give_empty_routes() -> None:
    """Without jobs each van has an empty route and nothing is dropped."""
    plan = solve(problem([], [van(0), van(1)]), QUICK)
    assert [route.visits for route in plan.routes] == [(), ()]
    assert plan.dropped == ()
    assert "0 jobs on 2 routes" in str(plan)


def test_no_van_drops_everything() -> None:
    """Without vans every job is dropped, and the plan says why."""
    plan = solve(problem([job(0, "swap", 100, 0)], []), QUICK)
    assert plan.routes == ()
    assert [left.reason for left in plan.dropped] == ["no_van"]


def test_shift_too_short_drops_everything() -> None:
    """In a shift shorter than any trip nothing is served, and the plan says why."""
    jobs = [job(number, "swap", 3000, 100 * number) for number in range(4)]
    plan = solve(problem(jobs, [van(shift_end_s=60)]), QUICK)
    assert [route.visits for route in plan.routes] == [()]
    assert {left.reason for left in plan.dropped} == {"out_of_reach"}


def test_missing_skill_is_said() -> None:
    """A job that nobody can do is dropped for that reason; the others are served."""
    jobs = [job(0, "swap", 500, 0, skill="swap"), job(1, "pick_up", 600, 0, skill="move")]
    plan = solve(problem(jobs, [van(skills=frozenset({"move"}))]), QUICK)
    assert [(left.job, left.reason) for left in plan.dropped] == [(0, "no_skill")]


def test_price_decides_what_is_left() -> None:
    """A job is served when its price exceeds the detour, and left when it does not."""
    jobs = [job(0, "check", 5000, 0, price=10), job(1, "check", 5000, 3000, price=9000)]
    plan = solve(problem(jobs, [van()]), QUICK)
    assert [(left.job, left.reason) for left in plan.dropped] == [(0, "price")]


def test_van_may_start_loaded() -> None:
    """Drop-offs without pick-ups are served as far as the van may start loaded."""
    jobs = [job(number, "drop_off", 1000, 0) for number in range(5)]
    for most in (0, 3, 5):
        plan = solve(problem(jobs, [van(start_load_most=most)]), QUICK)
        assert plan.routes[0].start_load == most
        assert len(plan.routes[0].visits) == most
        assert [left.reason for left in plan.dropped] == ["no_scooters"] * (5 - most)


@pytest.mark.parametrize(
    ("action", "changes", "reason"),
    [
        ("pick_up", {"capacity": 2}, "no_room"),
        ("swap", {"battery_stock": 2}, "no_batteries"),
        ("check", {"shift_end_s": 2 * (2 * 60 + 300)}, "no_time"),
        ("drop_off", {"start_load_most": 2}, "no_scooters"),
    ],
)
def test_what_a_full_plan_lacks_is_said(action: str, changes: dict[str, int], reason: str) -> None:
    """Two of three jobs fit; of the third is told which of room, stock and time it lacks.

    With all three lacking nothing, all are served.
    """
    jobs = [job(number, action, 0, 0) for number in range(3)]
    plan = solve(problem(jobs, [van(**{"start_load_most": 3 * (action == "drop_off")} | changes)]))
    assert len(plan.routes[0].visits) == 2
    assert [left.reason for left in plan.dropped] == [reason]
    assert dropped_notes(plan)[0].startswith("1 job left: ")
    enough = {"start_load_most": 3 * (action == "drop_off")}
    assert solve(problem(jobs, [van(**enough)])).dropped == ()


def test_start_load_that_is_given_stays() -> None:
    """A van that is already loaded starts with that load, no less, and makes room first."""
    jobs = [job(0, "pick_up", 1000, 0), job(1, "drop_off", 2000, 0)]
    loaded = van(capacity=2, start_load=2, start_load_most=2)
    plan = solve(problem(jobs, [loaded]), QUICK)
    assert plan.routes[0].start_load == 2
    assert [visit.job for visit in plan.routes[0].visits] == [1, 0]


def test_same_problem_same_routes() -> None:
    """Ended by effort and not by the clock, two searches give the same routes."""
    made = random_problem(5, 30, 2)
    parameters = SolverParameters(effort=600, time_limit_s=120)
    assert solve(made, parameters).routes == solve(made, parameters).routes


def test_a_search_that_accepts_little_ends_without_the_clock() -> None:
    """The solutions looked at end a search too: the same routes again, and sooner by fewer."""
    made = random_problem(5, 60, 2)
    few, again, many = (
        solve(made, SolverParameters(effort=10_000_000, neighbour_limit=limit, time_limit_s=300))
        for limit in (5_000, 5_000, 2_000_000)
    )
    assert few.routes == again.routes
    assert not few.is_cut_short
    assert not many.is_cut_short
    assert many.cost < few.cost


def test_greedy_is_valid_and_completes_given_routes() -> None:
    """The greedy routes keep every rule, from nothing and from routes to add to."""
    made = random_problem(3, 25, 2, capacity=3)
    first = build_greedy(made)
    again = build_greedy(made, tuple(order[: len(order) // 2] for order in first))
    for sequences in (first, again):
        routes = [schedule_route(made, van, order) for van, order in enumerate(sequences)]
        assert None not in routes
        assert check_routes(made, [route for route in routes if route]) == ()


def test_bundles_hold_every_job_once() -> None:
    """Bundling and its undoing lose no job, and never join jobs with a window."""
    made = random_problem(9, 40)
    coarse, members = bundle(made)
    assert sorted(number for part in members for number in part) == list(range(40))
    assert sum(part.price for part in coarse.jobs) == sum(item.price for item in made.jobs)
    assert unbundle(members, ((0, 1), ())) == (members[0] + members[1], ())
    for part in members:
        if len(part) > 1:
            assert all(made.jobs[number].latest_s is None for number in part)


def test_parameters_out_of_range_are_refused() -> None:
    """Limits must be above nothing; the message names what was given."""
    with pytest.raises(ValueError, match="effort is 0"):
        SolverParameters(effort=0)
    with pytest.raises(ValueError, match="neighbour_limit is 0"):
        SolverParameters(neighbour_limit=0)
    with pytest.raises(ValueError, match="time_limit_s is 0"):
        SolverParameters(time_limit_s=0)
    with pytest.raises(ValueError, match="start_load"):
        van(start_load=3, start_load_most=2)
    with pytest.raises(ValueError, match="must not lie before"):
        job(0, "swap", 0, 0, earliest_s=5, latest_s=4)
    made = problem([job(0, "swap", 0, 0)], [van()])
    with pytest.raises(ValueError, match="unique"):
        replace(made, jobs=(made.jobs[0], made.jobs[0]), matrix=random_problem(1, 2).matrix)
    with pytest.raises(ValueError, match="points"):
        replace(made, jobs=())


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """The benchmark script, which reads the published instances; it belongs to no package."""
    path = Path(__file__).parents[2] / "benchmarks" / "routing.py"
    spec = importlib.util.spec_from_file_location("benchmark_of_routing", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["Bari10", "Parma20", "ReggioEmilia20", "Treviso10"])
def test_small_published_instances_reach_the_best_known(
    benchmark: ModuleType, shared_data: Path, name: str
) -> None:
    """Published rebalancing instances of up to 20 nodes are solved to their proven optimum."""
    folder = shared_data / "rebalancing_benchmark"
    made = benchmark.read_instance(folder / f"{name}.txt")
    plan = solve(made, SolverParameters(effort=20_000, time_limit_s=10))
    assert plan.dropped == ()
    assert check_routes(made, plan.routes) == ()
    assert plan.cost == benchmark.read_best_known(folder)[name]


def test_a_search_ended_by_its_clock_says_so() -> None:
    """Routes that another run may not repeat are said to be so; those of the effort are not."""
    made = random_problem(3, 40, 2)
    cut = solve(made, SolverParameters(effort=10_000_000, time_limit_s=0.2))
    whole = solve(made, SolverParameters(effort=800))
    assert (cut.is_cut_short, whole.is_cut_short) == (True, False)
    assert search_notes(cut)[0].startswith("the search was ended by its clock")
    assert search_notes(whole) == []


@pytest.mark.parametrize("job_count", [1, 2, 4])
def test_a_tiny_problem_is_solved_without_the_clock(job_count: int) -> None:
    """Where everything can be tried, the routes are the best there are, and no clock ends them."""
    for seed in range(5):
        made = random_problem(seed, job_count, 2, capacity=2)
        hurried = solve(made, SolverParameters(effort=10_000_000, time_limit_s=0.001))
        assert not hurried.is_cut_short
        assert check_routes(made, hurried.routes) == ()
        assert hurried.cost == least_cost(made)


def least_cost(made: Problem) -> int:
    """Least cost of all orders of all splits of the jobs over two vans, tried in full."""
    jobs = range(len(made.jobs))
    splits = itertools.product((None, 0, 1), repeat=len(made.jobs))
    return min(
        cost_of(made, (first, second))
        for split in splits
        for first in itertools.permutations([n for n in jobs if split[n] == 0])
        for second in itertools.permutations([n for n in jobs if split[n] == 1])
        if schedule_route(made, 0, first) is not None
        and schedule_route(made, 1, second) is not None
    )


def test_what_can_be_tried_in_full_has_a_bound() -> None:
    """Five jobs of one van can be tried in full, ten cannot."""
    assert [plan_count(n, 1) for n in (0, 1, 2, 3)] == [1, 2, 5, 16]
    assert solve_exactly(random_problem(1, 5)) is not None
    assert solve_exactly(random_problem(1, 10)) is None


def test_what_is_out_of_reach_is_not_searched() -> None:
    """Jobs for which no van has the time are dropped at once; just in time they are searched."""
    jobs = [job(n, "check", 1000.0, 10.0 * n) for n in range(12)]
    duration_s = problem(jobs, [van()]).matrix.duration_s
    needed_s = int(min(duration_s[12, :12] + 300 + duration_s[:12, 13]))
    in_time = problem(jobs, [van(shift_end_s=needed_s)])
    assert within_reach(in_time)[0].jobs != ()
    too_late = problem(jobs, [van(shift_end_s=needed_s - 1)])
    assert within_reach(too_late)[0].jobs == ()
    plan = solve(too_late, SolverParameters(effort=10_000_000, time_limit_s=0.5))
    assert [left.reason for left in plan.dropped] == ["out_of_reach"] * 12
    assert not plan.is_cut_short
