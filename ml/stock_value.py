"""What the k-th scooter at a parking is worth until the van comes again.

Departures and arrivals are Poisson, so the net outflow is Skellam (Skellam, Journal of the Royal
Statistical Society 109, 1946). The k-th scooter serves one more ride when at some moment k more
scooters are wanted than came back; its gain is ride_value * P(that) - move_cost. The count up to
which gains are positive is the newsvendor's critical quantile (Arrow, Harris and Marschak,
Econometrica 19, 1951); for stations with arrivals see Raviv and Kolka, IIE Transactions 45, 2013.
The probability that the outflow ever reaches k is taken as the largest over the hours of the
window, a lower bound of it.
"""

import numpy as np
import numpy.typing as npt
from scipy.stats import poisson

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def outflow_at_least(departures: FloatArray, arrivals: FloatArray, most: int) -> FloatArray:
    """P(departures - arrivals >= k) for k = 1 ... `most`.

    Parameters
    ----------
    departures, arrivals
        Poisson means, any shape (...).
    most
        Largest k.

    Returns
    -------
    numpy.ndarray
        Shape (..., most), falling along the last axis.
    """
    largest = float(arrivals.max(initial=0.0))
    reach = int(np.ceil(largest + 6.0 * np.sqrt(largest) + 8.0))
    came = poisson.pmf(np.arange(reach + 1), arrivals[..., None])
    # P(D >= n) = P(D > n - 1)
    left = poisson.sf(np.arange(reach + most), departures[..., None])
    columns = [(came * left[..., k : k + reach + 1]).sum(axis=-1) for k in range(most)]
    return np.stack(columns, axis=-1) if most else np.empty((*departures.shape, 0))


def use_probability(departures: FloatArray, arrivals: FloatArray, most: int) -> FloatArray:
    """Probability that the k-th scooter is used within the window.

    Parameters
    ----------
    departures, arrivals
        Expected counts of each hour of the window, shape (parkings, hours).
    most
        Largest k.

    Returns
    -------
    numpy.ndarray
        Shape (parkings, most), falling along k.
    """
    gone, came = np.cumsum(departures, axis=1), np.cumsum(arrivals, axis=1)
    reached = outflow_at_least(gone, came, most)
    return np.asarray(reached.max(axis=1, initial=0.0), dtype=np.float64)


def newsvendor_count(probability: FloatArray, ride_value: float, move_cost: float) -> IntArray:
    """Largest k whose gain is positive, shape (parkings,)."""
    return np.asarray((ride_value * probability > move_cost).sum(axis=1), dtype=np.int64)


def allocate(gains: FloatArray, start: IntArray, limit: IntArray, fleet_count: int) -> IntArray:
    """Share a fleet among parkings so that the sum of gains is greatest.

    Scooters go one by one to the greatest gain left. Gains fall along k, so this is optimal (Fox,
    "Discrete optimization via marginal analysis", Management Science 13, 1966).

    Parameters
    ----------
    gains
        Gain of the k-th scooter, shape (parkings, most), falling along k.
    start
        Counts that are given first whatever they gain (minimums), shape (parkings,).
    limit
        Counts that are never exceeded, shape (parkings,).
    fleet_count
        Scooters there are. When the starts alone need more, those of the least gain are cut.

    Returns
    -------
    numpy.ndarray
        Counts, shape (parkings,); their sum is at most `fleet_count`.
    """
    most = gains.shape[1]
    step = np.arange(1, most + 1)
    given = step <= np.minimum(start, limit)[:, None]
    worth = (gains > 0) & (step <= limit[:, None])
    row, column = np.nonzero(given | worth)
    order = np.lexsort((row, column, -gains[row, column], ~given[row, column]))
    taken = row[order][: max(fleet_count, 0)]
    return np.bincount(taken, minlength=len(gains)).astype(np.int64)
