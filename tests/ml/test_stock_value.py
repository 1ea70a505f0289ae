import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import poisson

from ml.stock_value import allocate, expected_losses, newsvendor_count, use_probability

pytestmark = pytest.mark.unit


@pytest.mark.parametrize("departures", [0.3, 3.0, 12.0])
def test_without_arrivals_the_kth_scooter_is_used_when_k_people_come(departures: float) -> None:
    """With no arrivals, the k-th scooter saves P(Poisson >= k) rides."""
    ours = use_probability(np.full((1, 4), departures / 4), np.zeros((1, 4)), 10)[0]
    assert ours == pytest.approx(poisson.sf(np.arange(10), departures), abs=0.01)


def test_losses_agree_with_a_simulation() -> None:
    """Expected losses are those of people and scooters coming minute by minute, within 3 %."""
    rng = np.random.default_rng(1)
    departures, arrivals, stock = np.array([2.0, 0.5, 3.0]), np.array([0.5, 2.0, 1.0]), 2
    standing, lost = np.full(40_000, stock), 0
    for hour in range(3):
        for _ in range(120):
            wants = rng.random(40_000) < departures[hour] / 120
            lost += int((wants & (standing == 0)).sum())
            comes = rng.random(40_000) < arrivals[hour] / 120
            standing += comes.astype(int) - (wants & (standing > 0)).astype(int)
    ours = expected_losses(departures[None], arrivals[None], stock)[0, stock]
    assert ours == pytest.approx(lost / 40_000, rel=0.03)


def test_a_morning_peak_counts_though_scooters_come_back_later() -> None:
    """Scooters that come back after the peak do not serve it; before it they do."""
    leaves, comes = np.array([[5.0, 0.0]]), np.array([[0.0, 5.0]])
    late = use_probability(leaves, comes, 3)
    early = use_probability(leaves[:, ::-1], comes[:, ::-1], 3)
    assert late == pytest.approx(use_probability(leaves, np.zeros((1, 2)), 3))
    assert (early < late).all()


@given(
    st.lists(st.tuples(st.floats(0, 6), st.floats(0, 6)), min_size=1, max_size=4),
)
def test_what_a_scooter_saves_falls_with_their_number(rates: list[tuple[float, float]]) -> None:
    """Each further scooter saves at most as much as the one before, between 0 and 1 ride."""
    table = np.array(rates).T[:, None, :]
    saved = use_probability(table[0], table[1], 8)[0]
    assert (np.diff(saved) <= 1e-9).all()
    assert saved.min() >= -1e-9
    assert saved.max() <= 1 + 1e-9


def test_the_count_is_the_critical_quantile() -> None:
    """When a ride is worth as much as a move costs, the count is the median of Poisson(7)."""
    probability = use_probability(np.array([[7.0]]), np.zeros((1, 1)), 20)
    assert newsvendor_count(probability, ride_value=4.0, move_cost=4.0) == [7]


def test_a_dearer_move_means_fewer_scooters() -> None:
    """Counts fall as the cost of a move rises, and all are wanted when moves are free."""
    probability = use_probability(np.array([[7.0]]), np.zeros((1, 1)), 20)
    counts = [int(newsvendor_count(probability, 4.0, cost)[0]) for cost in (0.0, 2.0, 4.0, 40.0)]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] == 20
    assert counts[-1] < 5


@given(
    st.lists(
        st.lists(st.floats(-2, 2), min_size=3, max_size=3).map(lambda row: sorted(row)[::-1]),
        min_size=1,
        max_size=4,
    ),
    st.integers(0, 12),
)
def test_greedy_is_as_good_as_trying_everything(gains: list[list[float]], fleet: int) -> None:
    """No other way to share the fleet has a greater sum of gains."""
    table = np.array(gains)
    limit = np.full(len(table), 3)
    counts = allocate(table, np.zeros(len(table), dtype=np.int64), limit, fleet)

    def worth(shares: tuple[int, ...]) -> float:
        return sum(table[row, :share].sum() for row, share in enumerate(shares))

    feasible = (
        shares for shares in itertools.product(range(4), repeat=len(table)) if sum(shares) <= fleet
    )
    assert counts.sum() <= fleet
    assert worth(tuple(counts)) == pytest.approx(max(worth(shares) for shares in feasible))


def test_minimums_come_first_and_limits_hold() -> None:
    """A minimum is given though it gains nothing; a limit stops the most profitable parking."""
    gains = np.array([[5.0, 4.0, 3.0], [-1.0, -1.0, -1.0]])
    counts = allocate(gains, np.array([0, 2]), np.array([1, 3]), fleet_count=10)
    assert counts.tolist() == [1, 2]


def test_minimums_beyond_the_fleet_are_cut_by_their_gain() -> None:
    """With two scooters for three minimums, the two of the greatest gain are kept."""
    gains = np.array([[1.0], [3.0], [2.0]])
    counts = allocate(gains, np.ones(3, dtype=np.int64), np.ones(3, dtype=np.int64), 2)
    assert counts.tolist() == [0, 1, 1]


def test_no_fleet_no_counts() -> None:
    """Without scooters nothing is shared out."""
    assert allocate(np.ones((2, 2)), np.zeros(2, int), np.full(2, 2), 0).tolist() == [0, 0]
