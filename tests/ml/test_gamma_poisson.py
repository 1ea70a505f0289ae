import numpy as np
import pytest

from ml.gamma_poisson import STRENGTHS, posterior_mean, prior_strength

pytestmark = pytest.mark.unit


def test_without_exposure_the_prior_stands() -> None:
    """A cell that was never seen keeps its prior."""
    rate = posterior_mean(np.zeros(1), np.zeros(1), np.array([2.5]), strength=4.0)
    assert rate == pytest.approx([2.5])


def test_with_much_exposure_the_data_stand() -> None:
    """A cell that was seen a thousand hours keeps its own rate."""
    rate = posterior_mean(np.array([3000.0]), np.array([1000.0]), np.array([1.0]), strength=4.0)
    assert rate == pytest.approx([3.0], rel=0.01)


def test_a_prior_of_zero_without_counts_stays_zero() -> None:
    """Where nothing is expected and nothing came, the rate is nothing."""
    assert posterior_mean(np.zeros(1), np.ones(1), np.zeros(1), strength=1.0) == 0


def test_strength_follows_how_much_the_rates_vary() -> None:
    """Counts that spread as Poisson choose a strong prior, overdispersed ones a weak prior."""
    rng = np.random.default_rng(1)
    exposure, prior = np.full(2_000, 10.0), np.ones(2_000)
    same = rng.poisson(10.0, 2_000).astype(float)
    varied = rng.poisson(10.0 * rng.gamma(1.0, 1.0, 2_000)).astype(float)
    assert prior_strength(same, exposure, prior) >= 128
    assert prior_strength(varied, exposure, prior) == pytest.approx(1.0)
    assert STRENGTHS[0] < 1.0 < STRENGTHS[-1]
