"""A fitted level (all parkings, or the city's sum) and its forecasts with intervals.

What is called ``darts`` is the mean of the trees and the benchmark, weighted: combining forecasts
errs less than either (Bates and Granger, Operational Research Quarterly 20, 1969). The weight and
the trees were chosen on the pickups of `benchmarks.forecast`; judge them on its returns.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt

from ml.forecast_features import mean_of_weeks
from ml.forecast_global import TreeParameters, fit_model, predict_model
from ml.forecast_intervals import QUANTILES, count_quantile, dispersion
from ml.forecast_panel import HORIZON_H, Panel

logger = logging.getLogger(__name__)

FloatArray = npt.NDArray[np.float64]
WeatherAt = Callable[[datetime, Panel], FloatArray]

MODEL, MEAN = "darts", "mean_4w"


@dataclass(frozen=True)
class ForecastParameters:
    """How demand is forecast and judged.

    Attributes
    ----------
    parking_trees, city_trees
        The boosted trees of the two levels.
    mean_share
        Weight of the mean of four weeks in the model's forecast; 0 is the trees alone.
    least_history_days
        With less history than this no model is trained and the mean is published.
    largest_age_days
        A stored model older than this is trained anew.
    volume_bounds
        Departures an hour that part the classes low, medium and high.
    backtest_origins
        How many origins, 48 h apart, a backtest rolls over.
    """

    parking_trees: TreeParameters = field(default_factory=TreeParameters)
    city_trees: TreeParameters = field(default_factory=lambda: TreeParameters(least_samples=20))
    mean_share: float = 0.4
    least_history_days: int = 14
    largest_age_days: float = 8.0
    volume_bounds: tuple[float, float] = (0.25, 1.0)
    backtest_origins: int = 4

    def __post_init__(self) -> None:
        if self.least_history_days < 10:
            raise ValueError(
                f"least_history_days is {self.least_history_days}; a model that knows the week "
                "needs at least 10"
            )
        if not 0 <= self.mean_share < 1:
            raise ValueError(f"mean_share is {self.mean_share}; allowed is 0 to below 1")
        if not 0 < self.volume_bounds[0] < self.volume_bounds[1]:
            raise ValueError(f"volume_bounds are {self.volume_bounds}; they must rise from above 0")
        if self.backtest_origins < 1:
            raise ValueError(f"backtest_origins is {self.backtest_origins}; it must be at least 1")


@dataclass(frozen=True)
class FittedLevel:
    """What is needed to forecast one level.

    Attributes
    ----------
    model
        The Darts model; None when the history is too short.
    dispersions
        Dispersion of the counts around each model's mean, by the name of the model.
    mean_share
        Weight of the mean of four weeks in the model's forecast.
    """

    model: Any
    dispersions: dict[str, float]
    mean_share: float = 0.0

    def mean(self, panel: Panel, name: str) -> FloatArray:
        """Mean of the model called `name` over the horizon, shape (series, horizon)."""
        weeks = mean_of_weeks(panel)
        if name == MEAN:
            return weeks
        trees = predict_model(self.model, panel)
        return (1.0 - self.mean_share) * trees + self.mean_share * weeks


@dataclass(frozen=True)
class Forecast:
    """Mean and quantiles of counts, each of shape (series, horizon)."""

    mean: FloatArray
    lower: FloatArray
    median: FloatArray
    upper: FloatArray


def fit_level(
    panel: Panel, trees: TreeParameters, parameters: ForecastParameters, seed: int
) -> FittedLevel:
    """Train on the whole history; learn the dispersion from windows the model has not seen."""
    if panel.history_h < parameters.least_history_days * 24:
        return fit_mean(panel)
    windows = 3
    early_h = panel.history_h - windows * HORIZON_H
    share = parameters.mean_share
    early = FittedLevel(fit_model(panel.cut(early_h), trees, seed), {}, share)
    origins = range(early_h, panel.history_h, HORIZON_H)
    actual = np.hstack([panel.values[:, start : start + HORIZON_H] for start in origins])
    cuts = [panel.cut(start) for start in origins]
    spread = {
        name: dispersion(actual, np.hstack([early.mean(cut, name) for cut in cuts]))
        for name in (MODEL, MEAN)
    }
    return FittedLevel(fit_model(panel, trees, seed), spread, share)


def fit_mean(panel: Panel) -> FittedLevel:
    """Learn the dispersion around the mean alone."""
    starts = backtest_starts(panel, 3)
    if not starts:
        return FittedLevel(None, {MEAN: 0.0})
    actual = np.hstack([panel.values[:, start : start + HORIZON_H] for start in starts])
    mean = np.hstack([mean_of_weeks(panel.cut(start)) for start in starts])
    return FittedLevel(None, {MEAN: dispersion(actual, mean)})


def forecast_level(fitted: FittedLevel, panel: Panel, name: str) -> Forecast:
    """Forecast the horizon of `panel` with the model called `name`."""
    return with_quantiles(fitted.mean(panel, name), fitted.dispersions.get(name, 0.0))


def with_quantiles(mean: FloatArray, alpha: float) -> Forecast:
    """Quantiles around a mean, widened where need be so that they hold the mean.

    At few departures an hour the ninth decile is 0, below the mean; no whole count lies between,
    so that coverage stays as it is.
    """
    lower, median, upper = (count_quantile(mean, alpha, quantile) for quantile in QUANTILES)
    return Forecast(mean, np.minimum(lower, mean), median, np.maximum(upper, mean))


def at_origin(panel: Panel, history_h: int, weather_at: WeatherAt) -> Panel:
    """The panel as it was known after `history_h` hours, weather forecast and all."""
    cut = panel.cut(history_h)
    return replace(cut, weather=weather_at(cut.origin, cut))


def backtest_starts(panel: Panel, origins: int) -> Sequence[int]:
    """History hours at each origin, oldest first; fewer when the history is short."""
    possible = max((panel.history_h - 24) // HORIZON_H, 0)
    count = min(origins, possible)
    return [panel.history_h - HORIZON_H * back for back in range(count, 0, -1)]


def volume_classes(panel: Panel, bounds: tuple[float, float]) -> list[str]:
    """Class of every series by its mean over the last 28 days: low, medium or high."""
    recent = panel.values[:, -24 * 28 :]
    known = np.isfinite(recent).sum(axis=1)
    level = np.nansum(recent, axis=1) / np.maximum(known, 1)
    return [("low", "medium", "high")[int(np.searchsorted(bounds, value))] for value in level]
