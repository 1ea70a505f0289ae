import numpy as np
import pytest

from ml.forecast_fit import with_quantiles
from ml.forecast_intervals import count_quantile, dispersion

pytestmark = pytest.mark.unit


def test_poisson_counts_have_no_extra_dispersion() -> None:
    """Residuals as large as chance alone makes them give next to no dispersion."""
    mean = np.full(20_000, 3.0)
    actual = np.random.default_rng(1).poisson(mean).astype(float)
    assert dispersion(actual, mean) < 0.02


def test_the_dispersion_of_a_negative_binomial_is_found() -> None:
    """Counts with variance mean + 0.5 mean^2 give a half."""
    rng = np.random.default_rng(2)
    mean = np.full(50_000, 4.0)
    actual = rng.poisson(rng.gamma(2.0, mean / 2.0)).astype(float)
    assert dispersion(actual, mean) == pytest.approx(0.5, rel=0.05)


def test_unknown_counts_are_left_out() -> None:
    """Hours before a parking began teach nothing."""
    assert dispersion(np.array([np.nan]), np.array([1.0])) == 0.0


def test_quantiles_hold_their_share() -> None:
    """At least 80 % of the counts lie between the deciles, and not many more."""
    rng = np.random.default_rng(3)
    mean = np.full(20_000, 30.0)
    actual = rng.poisson(rng.gamma(4.0, mean / 4.0)).astype(float)
    lower, upper = (count_quantile(mean, 0.25, q) for q in (0.1, 0.9))
    assert 0.79 < ((actual >= lower) & (actual <= upper)).mean() < 0.84


def test_intervals_always_hold_the_mean() -> None:
    """At a mean of nearly nothing the ninth decile is 0; the interval is widened to the mean."""
    forecast = with_quantiles(np.array([0.0, 0.01, 5.0]), alpha=0.1)
    assert (forecast.lower <= forecast.mean).all()
    assert (forecast.mean <= forecast.upper).all()
