import numpy as np
import pytest

from ml.metrics import coverage, mase, pinball_loss, seasonal_naive_scale, wape

pytestmark = pytest.mark.unit


def test_wape_is_total_error_over_total_count() -> None:
    """Errors of 1 and 1 on counts of 3 and 1 make a half."""
    assert wape(np.array([3.0, 1.0]), np.array([2.0, 2.0])) == pytest.approx(0.5)


def test_wape_of_nothing_is_unknown() -> None:
    """Without a single event there is no relative error."""
    assert wape(np.zeros(3), np.ones(3)) is None


def test_mase_is_one_for_errors_as_large_as_the_scale() -> None:
    """An error equal to the naive one counts 1; a series without a scale is left out."""
    actual, forecast = np.array([[2.0, 2.0], [5.0, 5.0]]), np.array([[1.0, 3.0], [0.0, 0.0]])
    assert mase(actual, forecast, np.array([1.0, np.nan])) == pytest.approx(1.0)
    assert mase(actual, forecast, np.array([0.0, np.nan])) is None


def test_the_naive_scale_skips_hours_that_are_unknown() -> None:
    """Unknown hours neither count as errors nor as hits."""
    values = np.array([[1.0, 2.0, 3.0, np.nan]])
    assert seasonal_naive_scale(values, season=2) == pytest.approx([2.0])
    assert np.isnan(seasonal_naive_scale(values, season=4)).all()


def test_pinball_loss_weighs_by_the_quantile() -> None:
    """For the ninth decile being too low costs nine times as much as being too high."""
    low = pinball_loss(np.array([2.0]), np.array([1.0]), 0.9)
    high = pinball_loss(np.array([1.0]), np.array([2.0]), 0.9)
    assert (low, high) == pytest.approx((0.9, 0.1))


def test_coverage_includes_the_bounds() -> None:
    """A count on the bound is covered, one beyond it is not."""
    actual, upper = np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 2.0])
    assert coverage(actual, np.zeros(3), upper) == pytest.approx(2 / 3)
