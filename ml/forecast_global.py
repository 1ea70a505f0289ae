"""One model for all parkings of a city: boosted trees with a Poisson loss, through Darts.

The global approach (one model over many series) after Montero-Manso and Hyndman, "Principles and
algorithms for forecasting groups of time series", International Journal of Forecasting 37, 2021.
"""

import logging
import warnings
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import numpy.typing as npt

from ml.forecast_features import FEATURES, features
from ml.forecast_panel import HORIZON_H, Panel

if TYPE_CHECKING:
    from darts import TimeSeries

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TreeParameters:
    """The boosted trees.

    Attributes
    ----------
    trees, leaves, learning_rate
        Size of the model.
    least_samples
        Hours in a leaf, at least; a twentieth of the sample when that is less.
    training_days
        Days of history learnt from.
    """

    trees: int = 250
    leaves: int = 6
    learning_rate: float = 0.06
    least_samples: int = 100
    training_days: int = 56

    def __post_init__(self) -> None:
        for name in ("trees", "leaves", "least_samples", "training_days"):
            if getattr(self, name) < 2:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 2")


def fit_model(panel: Panel, parameters: TreeParameters, seed: int) -> Any:
    """Train on the history of `panel`; a Darts model."""
    from darts.models.forecasting.sklearn_model import SKLearnModel
    from sklearn.ensemble import HistGradientBoostingRegressor

    _quieten()
    grown = np.isfinite(panel.values).sum(axis=1) >= min(HORIZON_H, panel.history_h)
    targets, covariates = _series(panel, np.flatnonzero(grown), parameters.training_days * 24)
    samples = sum(len(target) for target in targets)
    trees = HistGradientBoostingRegressor(
        loss="poisson",
        max_iter=parameters.trees,
        max_leaf_nodes=parameters.leaves,
        learning_rate=parameters.learning_rate,
        min_samples_leaf=min(parameters.least_samples, max(samples // 20, 5)),
        max_features=0.6,
        l2_regularization=5.0,
        early_stopping=False,
        random_state=seed,
    )
    # Darts seeds a generator of its own too, and keeps it with the model.
    model = SKLearnModel(
        lags_future_covariates=[0], output_chunk_length=1, model=trees, random_state=seed
    )
    with _one_thread():
        model.fit(targets, future_covariates=_binnable(targets, covariates))
    return model


def _binnable(targets: list["TimeSeries"], covariates: list["TimeSeries"]) -> list["TimeSeries"]:
    """Put 0 into columns of which no hour of the training is known.

    The trees cannot bin them (a city without weather has such); a constant tells as little.
    """
    known = np.zeros(len(FEATURES), dtype=bool)
    for target, covariate in zip(targets, covariates, strict=True):
        known |= np.isfinite(covariate.values(copy=False)[: len(target)]).any(axis=0)
    if known.all():
        return covariates
    filled = [np.where(known, covariate.values(copy=False), 0) for covariate in covariates]
    return [
        covariate.with_values(values.astype(np.float32)[..., None])
        for covariate, values in zip(covariates, filled, strict=True)
    ]


def predict_model(model: Any, panel: Panel) -> FloatArray:
    """Mean departures of every hour of the horizon, shape (series, horizon)."""
    _quieten()
    targets, covariates = _series(panel, np.arange(len(panel.series)), 2)
    with warnings.catch_warnings(), _one_thread():
        warnings.simplefilter("ignore")
        forecasts = model.predict(
            panel.horizon_h, series=targets, future_covariates=covariates, show_warnings=False
        )
    means = np.stack([forecast.values()[:, 0] for forecast in forecasts]).astype(np.float64)
    return np.maximum(means, 0.0)


def _series(
    panel: Panel, rows: IntArray, history_h: int
) -> tuple[list["TimeSeries"], list["TimeSeries"]]:
    """Targets and covariates of the last `history_h` hours, each from where all is known."""
    import pandas as pd  # type: ignore[import-untyped]
    from darts import TimeSeries

    columns = features(panel).astype(np.float32)
    # Darts knows no time zones: the grid is UTC without saying so.
    grid = pd.date_range(
        panel.first_hour_at.replace(tzinfo=None), periods=columns.shape[1], freq="h"
    )
    targets, covariates = [], []
    for row in rows:
        values = panel.values[row]
        begin = max(_known_since(values), panel.history_h - history_h)
        begin = max(min(begin, panel.history_h - 2), 0)
        target = np.nan_to_num(values[begin:, None]).astype(np.float32)
        targets.append(TimeSeries.from_times_and_values(grid[begin : panel.history_h], target))
        covariates.append(
            TimeSeries.from_times_and_values(
                grid[begin:], columns[row, begin:], columns=list(FEATURES)
            )
        )
    return targets, covariates


def _known_since(values: FloatArray) -> int:
    # Darts takes no holes: a parking that was closed for a while is learnt from its reopening.
    unknown = np.flatnonzero(~np.isfinite(values))
    return int(unknown[-1]) + 1 if unknown.size else 0


def _one_thread() -> AbstractContextManager[Any]:
    """Cities are at work beside each other: threads of one wait busily for those of the other."""
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    return cast("AbstractContextManager[Any]", threadpool_limits(1, user_api="openmp"))


def _quieten() -> None:
    logging.getLogger("darts").setLevel(logging.ERROR)
