from dataclasses import replace

import numpy as np
import pytest

from ml.forecast_features import FEATURES, features, mean_of_weeks, week_lags
from ml.forecast_panel import HORIZON_H, Panel, build_panel
from tests.ml.conftest import City

pytestmark = pytest.mark.unit


@pytest.fixture(scope="module")
def panel(rich_city: City) -> Panel:
    made = build_panel(
        rich_city.latent_demand, rich_city.calendar, rich_city.weather, rich_city.as_of
    )
    assert made is not None
    return made


def test_nothing_younger_than_the_horizon_is_known(panel: Panel) -> None:
    """Changing the last 48 hours of history changes no covariate of the hour after them."""
    changed = panel.values.copy()
    changed[:, -HORIZON_H + 1 :] += 100.0
    other = features(replace(panel, values=changed))
    first = panel.history_h
    assert np.array_equal(features(panel)[:, first], other[:, first], equal_nan=True)


def test_covariates_have_a_column_for_every_name(panel: Panel) -> None:
    """The last axis is as long as the names."""
    assert features(panel).shape == (8, panel.history_h + HORIZON_H, len(FEATURES))


def test_the_benchmark_is_the_mean_of_four_weeks(panel: Panel) -> None:
    """The first forecast is the mean of the same hour 1, 2, 3 and 4 weeks before."""
    columns = [panel.history_h - 168 * week for week in (1, 2, 3, 4)]
    expected = panel.values[:, columns].mean(axis=1)
    assert mean_of_weeks(panel)[:, 0] == pytest.approx(expected)


def test_with_one_week_the_benchmark_is_that_week(panel: Panel) -> None:
    """A history of one week repeats."""
    week = replace(panel.cut(168), values=panel.values[:, :168])
    assert mean_of_weeks(week) == pytest.approx(panel.values[:, :HORIZON_H])


def test_with_two_days_the_benchmark_is_the_hour_of_the_day(panel: Panel) -> None:
    """Less than a week of history gives the mean of the hour of the day."""
    expected = (panel.values[:, 0] + panel.values[:, 24]) / 2
    assert mean_of_weeks(panel.cut(48))[:, 0] == pytest.approx(expected)


def test_a_week_with_a_clock_change_is_matched_by_local_hours() -> None:
    """After an hour was skipped, the same local hour is 167 hours back."""
    skipped = np.delete(np.arange(336) % 168, 26)
    lags = week_lags(skipped, 1)[0]
    assert lags[167 + 10] == 10
    assert lags[167 + 30] == 29
    assert lags[167 + 26] == -1


def test_the_first_week_has_no_week_before() -> None:
    """Without a week of history there is no lag."""
    assert (week_lags(np.arange(168), 4) == -1).all()
