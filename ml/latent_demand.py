"""Latent demand: the departures that a parking would have seen with scooters always there.

An hour in which a parking stood empty for a while is *censored*: it shows the rides of the rest
of the hour only. The rate of departures of a parking and hour of the week comes from the time with
stock, `departures / available fraction of the hour` (the masking of outages of O'Mahony and
Shmoys, "Data analysis and optimization for (Citi)Bike sharing", AAAI 2015). Little exposure gives
noisy rates, so they are shrunk, as Clayton and Kaldor (Biometrics 43, 1987) do it for disease
rates, with a Gamma prior whose mean is the level of the parking and its neighbours times the
hour profile of the neighbourhood; neighbours count with a kernel that decays with distance
(Nadaraya 1964, Watson 1964). Searches that found no scooter add evidence of the missed demand.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.gamma_poisson import posterior_mean, prior_strength
from ml.schemas import LatentDemandSchema
from warehouse.models import ModelContext

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class LatentDemandParameters:
    """How demand is spread.

    Attributes
    ----------
    decay_m
        Distance over which the weight of a neighbour falls to 1/e.
    neighbour_share
        How much of the hour profile of a parking comes from its neighbourhood; the rest is the
        city's.
    factor_events
        Pseudo-departures that hold the factor of a single hour (weather, events) towards 1.
    """

    decay_m: float = 400.0
    neighbour_share: float = 0.5
    factor_events: float = 20.0

    def __post_init__(self) -> None:
        if self.decay_m <= 0:
            raise ValueError(f"decay_m is {self.decay_m}; it must be above 0")
        if not 0 <= self.neighbour_share <= 1:
            raise ValueError(f"neighbour_share is {self.neighbour_share}; allowed is 0 to 1")
        if self.factor_events <= 0:
            raise ValueError(f"factor_events is {self.factor_events}; it must be above 0")


def build_latent_demand(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: LatentDemandParameters
) -> pl.DataFrame:
    """Estimate latent demand for every parking and hour of `inputs["demand_hours"]`.

    Only whole hours before the clock count, and of those in which a parking was not open
    (``empty_min`` is null) nothing is said. No rows give no rows.
    """
    demand = inputs["demand_hours"].filter(
        pl.col("hour_at") + pl.duration(hours=1) <= pl.lit(context.as_of),
        pl.col("empty_min").is_not_null(),
    )
    if demand.is_empty():
        return LatentDemandSchema.create_empty()
    observed = demand["observed_departure_count"].fill_null(0).cast(pl.Int32)
    latent = estimate_latent(demand, parameters)
    return demand.select("city_id", "parking_id", "hour_at").with_columns(
        observed_count=observed,
        latent_count=pl.Series(np.maximum(latent, observed.to_numpy())),
        is_censored=demand["empty_min"] > 0,
    )


def estimate_latent(demand: pl.DataFrame, parameters: LatentDemandParameters) -> FloatArray:
    """Expected departures with unlimited stock, given all that was seen.

    Parameters
    ----------
    demand
        ``parking_id, hour_at, hour_of_week, x_m, y_m, observed_departure_count,
        unmet_search_count, empty_min``, one row a parking and hour.
    parameters
        See there.

    Returns
    -------
    numpy.ndarray
        Shape (rows,): the observed count plus the expected missed departures.
    """
    parking, hour, week_hour = (
        _codes(demand[name]) for name in ("parking_id", "hour_at", "hour_of_week")
    )
    count = _numbers(demand, "observed_departure_count")
    empty_share = np.clip(_numbers(demand, "empty_min") / 60.0, 0.0, 1.0)
    exposure = 1.0 - empty_share
    places = demand.group_by("parking_id").agg(pl.first("x_m"), pl.first("y_m")).sort("parking_id")
    weights = distance_weights(
        places["x_m"].to_numpy(), places["y_m"].to_numpy(), parameters.decay_m
    )
    cells = (len(places), int(week_hour.max()) + 1)
    counts, exposures = (
        _sum_by_cell(values, parking, week_hour, cells) for values in (count, exposure)
    )
    rates = week_rates(counts, exposures, weights, parameters.neighbour_share)
    expected = rates[parking, week_hour]
    factor = _hour_factor(hour, count, expected * exposure, parameters.factor_events)
    missed = expected * factor[hour] * empty_share
    return count + _with_searches(missed, _numbers(demand, "unmet_search_count"))


def distance_weights(x_m: FloatArray, y_m: FloatArray, decay_m: float) -> FloatArray:
    """Weights exp(-distance / decay_m) between parkings, shape (n, n); unknown places get 0."""
    distance = np.hypot(x_m[:, None] - x_m[None, :], y_m[:, None] - y_m[None, :])
    weights: FloatArray = np.nan_to_num(np.exp(-distance / decay_m), nan=0.0)
    np.fill_diagonal(weights, 1.0)
    return weights


def week_rates(
    counts: FloatArray, exposures: FloatArray, weights: FloatArray, neighbour_share: float
) -> FloatArray:
    """Departures an hour of stock, shrunk, for each parking and hour of the week.

    Parameters
    ----------
    counts, exposures
        Departures and hours with stock, shape (parkings, hours of the week).
    weights
        Kernel weights between parkings, shape (parkings, parkings).
    neighbour_share
        Weight of the neighbourhood's profile against the city's.

    Returns
    -------
    numpy.ndarray
        Shape as `counts`, above 0 wherever anything was ever seen in the city.
    """
    total = counts.sum()
    if total == 0:
        return np.zeros_like(counts)
    city = _profile(counts.sum(axis=0), exposures.sum(axis=0), strength=5.0)
    near = _profile(weights @ counts, weights @ exposures, strength=20.0, towards=city)
    profile = neighbour_share * near + (1.0 - neighbour_share) * city
    level = _levels(counts.sum(axis=1), (exposures * profile).sum(axis=1), weights)
    prior = level[:, None] * profile
    strength = prior_strength(counts, exposures, prior)
    return posterior_mean(counts, exposures, prior, strength)


def _levels(count: FloatArray, exposure: FloatArray, weights: FloatArray) -> FloatArray:
    others = weights - np.diag(np.diag(weights))
    city = count.sum() / max(exposure.sum(), 1e-9)
    # One week of the city's mean stands for neighbours that are far or were always empty.
    near = (others @ count + city * 168.0) / (others @ exposure + 168.0)
    return posterior_mean(count, exposure, near, prior_strength(count, exposure, near))


def _profile(
    count: FloatArray, exposure: FloatArray, strength: float, towards: FloatArray | None = None
) -> FloatArray:
    level = count.sum(axis=-1, keepdims=True) / np.maximum(
        exposure.sum(axis=-1, keepdims=True), 1e-9
    )
    mean = np.maximum(level, 1e-9) * (1.0 if towards is None else towards)
    rate = (count + strength) / (exposure + strength / np.maximum(mean, 1e-9))
    scale = rate.mean(axis=-1, keepdims=True)
    return np.asarray(rate / np.maximum(scale, 1e-9), dtype=np.float64)


def _hour_factor(
    hour: IntArray, count: FloatArray, expected: FloatArray, strength: float
) -> FloatArray:
    seen = np.bincount(hour, weights=count)
    foreseen = np.bincount(hour, weights=expected)
    return (seen + strength) / (foreseen + strength)


def _with_searches(missed: FloatArray, searches: FloatArray) -> FloatArray:
    """Update the expected missed departures with searches that found nothing.

    With the missed demand of an hour ~ Gamma(k, k / missed) and its searches ~ Poisson(r * demand),
    the posterior mean is missed * (k + searches) / (k + r * missed).
    """
    possible = missed > 0
    if not searches[possible].sum():
        return missed
    per_ride = searches[possible].sum() / missed[possible].sum()
    foreseen = per_ride * missed[possible]
    strength = prior_strength(searches[possible], foreseen, np.ones_like(foreseen))
    updated = missed.copy()
    updated[possible] *= posterior_mean(
        searches[possible], foreseen, np.ones_like(foreseen), strength
    )
    return updated


def _codes(column: pl.Series) -> IntArray:
    return column.rank("dense").to_numpy().astype(np.int64) - 1


def _numbers(frame: pl.DataFrame, column: str) -> FloatArray:
    return frame[column].cast(pl.Float64).fill_null(0.0).to_numpy()


def _sum_by_cell(
    values: FloatArray, row: IntArray, column: IntArray, shape: tuple[int, int]
) -> FloatArray:
    flat = np.bincount(row * shape[1] + column, weights=values, minlength=shape[0] * shape[1])
    return np.asarray(flat.reshape(shape), dtype=np.float64)
