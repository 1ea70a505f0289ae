"""Intervals of counts: negative binomial around the forecast mean.

The variance is mean + alpha * mean^2 (NB2); alpha by the method of moments from residuals that the
model has not been fitted to (Cameron and Trivedi, "Regression Analysis of Count Data", 2nd ed.,
2013, section 3.3).
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import nbinom, poisson

FloatArray = npt.NDArray[np.float64]

QUANTILES: tuple[float, float, float] = (0.1, 0.5, 0.9)


def dispersion(actual: FloatArray, mean: FloatArray) -> float:
    """Moment estimate of alpha, 0 (Poisson) to 5; 0 without data."""
    known = np.isfinite(actual)
    squares = (mean[known] ** 2).sum()
    if not squares:
        return 0.0
    surplus = ((actual[known] - mean[known]) ** 2 - mean[known]).sum()
    return float(np.clip(surplus / squares, 0.0, 5.0))


def count_quantile(mean: FloatArray, alpha: float, quantile: float) -> FloatArray:
    """Quantile of the count with this mean and dispersion; whole numbers, shape of `mean`."""
    safe = np.maximum(mean, 1e-9)
    if alpha < 1e-6:
        return np.asarray(poisson.ppf(quantile, safe), dtype=np.float64)
    size = 1.0 / alpha
    return np.asarray(nbinom.ppf(quantile, size, size / (size + safe)), dtype=np.float64)
