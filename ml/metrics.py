"""How good a forecast was.

WAPE after Kolassa and Schütz (Foresight 6, 2007), MASE after Hyndman and Koehler (International
Journal of Forecasting 22, 2006), pinball loss after Koenker and Bassett (Econometrica 46, 1978).
MAPE is not here: it is undefined on the many hours without a departure.
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


def wape(actual: FloatArray, forecast: FloatArray) -> float | None:
    """Sum of absolute errors over the sum of actual counts; None when nothing happened."""
    total = float(np.abs(actual).sum())
    return float(np.abs(actual - forecast).sum()) / total if total else None


def mase(actual: FloatArray, forecast: FloatArray, scale: FloatArray) -> float | None:
    """Mean over series of mean absolute error over `scale`.

    Parameters
    ----------
    actual, forecast
        Shape (series, hours).
    scale
        In-sample mean absolute error of the same hour a week before, shape (series,); series where
        it is 0 or unknown are left out.
    """
    usable = np.isfinite(scale) & (scale > 0)
    if not usable.any():
        return None
    errors = np.abs(actual - forecast).mean(axis=1)
    return float((errors[usable] / scale[usable]).mean())


def seasonal_naive_scale(values: FloatArray, season: int = 168) -> FloatArray:
    """Mean absolute difference to the value `season` hours before, shape (series,)."""
    if values.shape[1] <= season:
        return np.full(len(values), np.nan)
    steps = np.abs(values[:, season:] - values[:, :-season])
    known = np.isfinite(steps)
    count = known.sum(axis=1)
    return np.where(
        count > 0, np.where(known, steps, 0.0).sum(axis=1) / np.maximum(count, 1), np.nan
    )


def pinball_loss(actual: FloatArray, forecast: FloatArray, quantile: float) -> float:
    """Mean pinball loss of a quantile forecast."""
    error = actual - forecast
    return float(np.maximum(quantile * error, (quantile - 1.0) * error).mean())


def coverage(actual: FloatArray, lower: FloatArray, upper: FloatArray) -> float:
    """Share of hours whose count lay within the interval, bounds included."""
    return float(((actual >= lower) & (actual <= upper)).mean())
