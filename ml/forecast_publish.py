"""The hourly forecasts: the model where it has proven better than the mean, else the mean."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.forecast_backtest import HORIZON_CLASSES
from ml.forecast_fit import (
    MEAN,
    MODEL,
    FittedLevel,
    Forecast,
    ForecastParameters,
    fit_mean,
    forecast_level,
    volume_classes,
)
from ml.forecast_panel import Panel, hour_frame
from ml.forecast_training import panel_of, stored_or_trained
from ml.schemas import CityDemandForecastSchema, DemandForecastSchema
from warehouse.models import ModelContext

BoolArray = npt.NDArray[np.bool_]


def build_demand_forecasts(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: ForecastParameters
) -> pl.DataFrame:
    """Forecast every active parking; no history gives no rows."""
    panel = panel_of(inputs, context)
    if panel is None:
        return DemandForecastSchema.create_empty()
    volumes = volume_classes(panel, parameters.volume_bounds)
    frame = _published(inputs, context, parameters, panel, "parking", volumes)
    return frame.rename({"series": "parking_id"})


def build_city_demand_forecasts(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: ForecastParameters
) -> pl.DataFrame:
    """Forecast the sum of the city; no history gives no rows."""
    panel = panel_of(inputs, context)
    if panel is None:
        return CityDemandForecastSchema.create_empty()
    total = panel.total(context.city_id)
    return _published(inputs, context, parameters, total, "city", ["all"]).drop("series")


def proven(backtests: pl.DataFrame, level: str) -> set[tuple[str, str]]:
    """Pairs of volume and horizon class where the model's WAPE is below the mean's.

    A class that was never judged, or in which nothing happened, is not proven.
    """
    scores = backtests.filter(pl.col("level") == level, pl.col("wape").is_not_null())
    by_model = {
        name: scores.filter(pl.col("model") == name).select(
            "volume_class", "horizon_class", pl.col("wape").alias(name)
        )
        for name in (MODEL, MEAN)
    }
    both = by_model[MODEL].join(by_model[MEAN], on=["volume_class", "horizon_class"])
    better = both.filter(pl.col(MODEL) < pl.col(MEAN))
    return set(better.select("volume_class", "horizon_class").iter_rows())


def _published(
    inputs: Mapping[str, pl.DataFrame],
    context: ModelContext,
    parameters: ForecastParameters,
    panel: Panel,
    level: str,
    volumes: list[str],
) -> pl.DataFrame:
    chosen = _chosen(proven(inputs["backtests"], level), volumes, panel.horizon_h)
    if chosen.any():
        stored = inputs["models"]
        fitted = stored_or_trained(stored, panel, context, parameters, level).levels[level]
    else:
        fitted = fit_mean(panel)
    if fitted.model is None:
        chosen[:] = False
    return _frame(_mixed(fitted, panel, chosen), chosen, panel, context)


def _chosen(better: set[tuple[str, str]], volumes: list[str], horizon_h: int) -> BoolArray:
    chosen = np.zeros((len(volumes), horizon_h), dtype=np.bool_)
    for row, volume in enumerate(volumes):
        for name, hours in HORIZON_CLASSES.items():
            chosen[row, hours] = (volume, name) in better
    return chosen


def _mixed(fitted: FittedLevel, panel: Panel, chosen: BoolArray) -> Forecast:
    mean = forecast_level(fitted, panel, MEAN)
    if not chosen.any():
        return mean
    model = forecast_level(fitted, panel, MODEL)
    fields = ("mean", "lower", "median", "upper")
    return Forecast(
        *(np.where(chosen, getattr(model, field), getattr(mean, field)) for field in fields)
    )


def _frame(
    forecast: Forecast, chosen: BoolArray, panel: Panel, context: ModelContext
) -> pl.DataFrame:
    count = len(panel.series)
    hours = hour_frame(panel.origin, panel.horizon_h)["hour_at"]
    return pl.DataFrame(
        {
            "series": np.repeat(np.array(panel.series, dtype=object), panel.horizon_h).tolist(),
            "hour_at": pl.concat([hours] * count),
            "horizon_h": np.tile(np.arange(1, panel.horizon_h + 1), count),
            "model": np.where(chosen, MODEL, MEAN).ravel().tolist(),
            "forecast_count": forecast.mean.ravel(),
            "lower_count": forecast.lower.ravel(),
            "upper_count": forecast.upper.ravel(),
        }
    ).with_columns(
        city_id=pl.lit(context.city_id),
        issued_at=pl.lit(context.as_of).cast(pl.Datetime("us", "UTC")),
    )
