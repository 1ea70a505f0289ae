import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import skellam

from ml.stock_value import allocate, newsvendor_count, outflow_at_least, use_probability

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("departures", "arrivals"), [(3.0, 1.0), (0.2, 5.0), (30.0, 28.0)])
def test_the_net_outflow_is_skellam(departures: float, arrivals: float) -> None:
    """Tail probabilities equal those of scipy's Skellam distribution."""
    ours = outflow_at_least(np.array([departures]), np.array([arrivals]), 12)[0]
    assert ours == pytest.approx(skellam.sf(np.arange(12), departures, arrivals), abs=1e-6)


def test_without_arrivals_the_outflow_is_poisson() -> None:
    """With no arrivals, one scooter is used with probability 1 - exp(-departures)."""
    ours = outflow_at_least(np.array([2.0]), np.array([0.0]), 1)
    assert ours[0, 0] == pytest.approx(1 - np.exp(-2.0))


def test_a_morning_peak_counts_though_scooters_come_back_later() -> None:
    """The probability is of the worst moment of the window, not of its end."""
    leaves, comes = np.array([[5.0, 0.0]]), np.array([[0.0, 5.0]])
    end_only = outflow_at_least(leaves.sum(axis=1), comes.sum(axis=1), 3)
    assert (use_probability(leaves, comes, 3) > end_only).all()


def test_the_count_is_the_critical_quantile() -> None:
    """At a ride of 4 and a move of 2 the count is the median of Poisson(7), which is 7."""
    probability = use_probability(np.array([[7.0]]), np.zeros((1, 1)), 20)
    assert newsvendor_count(probability, ride_value=4.0, move_cost=2.0) == [7]


def test_a_dearer_move_means_fewer_scooters() -> None:
    """Counts fall as the cost of a move rises, to none when it exceeds the ride."""
    probability = use_probability(np.array([[7.0]]), np.zeros((1, 1)), 20)
    counts = [int(newsvendor_count(probability, 4.0, cost)[0]) for cost in (0.4, 2.0, 3.6, 4.1)]
    assert counts == sorted(counts, reverse=True)
    assert counts[-1] == 0


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
