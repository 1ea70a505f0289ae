"""The Gamma-Poisson model: counts whose rates vary around a known mean.

With rate ~ Gamma(strength, strength / prior) and count ~ Poisson(rate * exposure) the posterior
mean is (strength + count) / (strength / prior + exposure), and the count itself is negative
binomial (Clayton and Kaldor, Biometrics 43, 1987; Greenwood and Yule 1920).
"""

import numpy as np
import numpy.typing as npt
from scipy.special import gammaln

FloatArray = npt.NDArray[np.float64]

#: Strengths among which the likelihood chooses: from "believe the data" to "believe the prior".
STRENGTHS: tuple[float, ...] = tuple(0.25 * 2.0**step for step in range(13))


def posterior_mean(
    count: FloatArray, exposure: FloatArray, prior: FloatArray, strength: float
) -> FloatArray:
    """Shrunk rates, shape of `count`; a prior of 0 stays 0 unless something was counted."""
    safe = np.maximum(prior, 1e-9)
    rate = (strength + count) / (strength / safe + exposure)
    return np.asarray(np.where((prior <= 0) & (count == 0), 0.0, rate), dtype=np.float64)


def log_likelihood(
    count: FloatArray, exposure: FloatArray, prior: FloatArray, strength: float
) -> float:
    """Log likelihood of the counts under the negative binomial marginal (no constant terms)."""
    mean = np.maximum(prior * exposure, 1e-12)
    total = (
        gammaln(count + strength)
        - gammaln(strength)
        + strength * np.log(strength / (strength + mean))
        + count * np.log(mean / (strength + mean))
    )
    return float(total[exposure > 0].sum())


def prior_strength(count: FloatArray, exposure: FloatArray, prior: FloatArray) -> float:
    """Strength of the prior that makes the counts most likely (empirical Bayes)."""
    likelihoods = [log_likelihood(count, exposure, prior, strength) for strength in STRENGTHS]
    return STRENGTHS[int(np.argmax(likelihoods))]
