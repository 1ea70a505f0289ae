"""What the k-th scooter at a parking is worth until the van comes again.

People come and scooters arrive as Poisson processes whose rates change by the hour; whoever finds
the parking empty is lost. The expected losses as a function of the stock at the start are the user
dissatisfaction function of Raviv and Kolka, "Optimal inventory management of a bike-sharing
station", IIE Transactions 45, 2013; it is convex, so what the k-th scooter saves falls with k.
Without arrivals it saves P(Poisson >= k), and the rule below is the newsvendor's (Arrow, Harris
and Marschak, Econometrica 19, 1951).
"""

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

#: States above the largest stock, so that arrivals at a full parking are not turned away.
_HEADROOM = 10


def expected_losses(departures: FloatArray, arrivals: FloatArray, most: int) -> FloatArray:
    """Expected lost rides over the window for every stock at its start.

    Parameters
    ----------
    departures, arrivals
        Expected counts of each hour of the window, shape (parkings, hours).
    most
        Largest stock.

    Returns
    -------
    numpy.ndarray
        Shape (parkings, most + 1), falling and convex along the last axis.
    """
    busiest = float((departures + arrivals).max(initial=0.0))
    # Steps so short that an event in one has at most one chance in four.
    steps = max(int(np.ceil(busiest * 4.0)), 4)
    losses = np.zeros((len(departures), most + 1 + _HEADROOM))
    for hour in range(departures.shape[1] - 1, -1, -1):
        leave, come = departures[:, hour, None] / steps, arrivals[:, hour, None] / steps
        for _ in range(steps):
            # Heun's rule: half of two small steps, half of none; convexity survives both.
            once = _one_event(losses, leave, come)
            losses = 0.5 * (losses + _one_event(once, leave, come))
    return losses[:, : most + 1]


def _one_event(losses: FloatArray, leave: FloatArray, come: FloatArray) -> FloatArray:
    """Losses by the stock before a step in which at most one person or scooter comes."""
    fewer = np.concatenate([losses[:, :1] + 1.0, losses[:, :-1]], axis=1)
    more = np.concatenate([losses[:, 1:], losses[:, -1:]], axis=1)
    after = (1.0 - leave - come) * losses + leave * fewer + come * more
    return np.asarray(after, dtype=np.float64)


def use_probability(departures: FloatArray, arrivals: FloatArray, most: int) -> FloatArray:
    """Rides that the k-th scooter saves within the window, 0 to 1.

    Parameters and shapes as in `expected_losses`; shape (parkings, most), falling along k.
    """
    losses = expected_losses(departures, arrivals, most)
    return losses[:, :-1] - losses[:, 1:]


def gains(probability: FloatArray, ride_value: float, move_cost: float) -> FloatArray:
    """Gain of the k-th scooter: a ride if it is used, a move away if it is not."""
    return ride_value * probability - move_cost * (1.0 - probability)


def newsvendor_count(probability: FloatArray, ride_value: float, move_cost: float) -> IntArray:
    """Largest k whose gain is positive, shape (parkings,).

    That is as long as the k-th scooter is used with probability above the critical ratio
    move_cost / (ride_value + move_cost).
    """
    positive = gains(probability, ride_value, move_cost) > 0
    return np.asarray(positive.sum(axis=1), dtype=np.int64)


def allocate(gain: FloatArray, start: IntArray, limit: IntArray, fleet_count: int) -> IntArray:
    """Share a fleet among parkings so that the sum of gains is greatest.

    Scooters go one by one to the greatest gain left. Gains fall along k, so this is optimal (Fox,
    "Discrete optimization via marginal analysis", Management Science 13, 1966).

    Parameters
    ----------
    gain
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
    most = gain.shape[1]
    step = np.arange(1, most + 1)
    given = step <= np.minimum(start, limit)[:, None]
    worth = (gain > 0) & (step <= limit[:, None])
    row, column = np.nonzero(given | worth)
    order = np.lexsort((row, column, -gain[row, column], ~given[row, column]))
    taken = row[order][: max(fleet_count, 0)]
    return np.bincount(taken, minlength=len(gain)).astype(np.int64)
