"""The nightly backtest: whether the model would have forecast the last days better than the mean.

The model is trained once, on what was known before the first origin, and rolls over the origins
as a stored model does in the hourly run. Each origin sees the weather forecast that was issued by
then. Where the archive holds none, the weather ahead is unknown to the model. Hours of stock-out
count with their estimated latent demand, since that is what is forecast.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.forecast_fit import (
    MEAN,
    MODEL,
    Forecast,
    ForecastParameters,
    WeatherAt,
    at_origin,
    backtest_starts,
    fit_level,
    forecast_level,
    volume_classes,
)
from ml.forecast_global import TreeParameters
from ml.forecast_intervals import QUANTILES
from ml.forecast_panel import HORIZON_H, Panel, weather_grid, weather_known_at
from ml.forecast_training import panel_of
from ml.metrics import coverage, mase, pinball_loss, seasonal_naive_scale, wape
from ml.schemas import ForecastBacktestSchema
from warehouse.models import ModelContext

FloatArray = npt.NDArray[np.float64]
Row = dict[str, str | float | int | None]

#: Hours of the horizon in each class.
HORIZON_CLASSES: Mapping[str, slice] = {"1-24": slice(0, 24), "25-48": slice(24, HORIZON_H)}


def build_forecast_backtests(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: ForecastParameters
) -> pl.DataFrame:
    """Judge both levels; a history too short for one origin gives no rows."""
    panel = panel_of(inputs, context)
    if panel is None:
        return ForecastBacktestSchema.create_empty()

    archive = inputs["weather_archive"]

    def weather_at(origin: datetime, cut: Panel) -> FloatArray:
        known = weather_known_at(archive, origin)
        return weather_grid(known, cut.first_hour_at, len(cut.hour_of_day))

    volumes = volume_classes(panel, parameters.volume_bounds)
    total = panel.total(context.city_id)
    trees, city_trees = parameters.parking_trees, parameters.city_trees
    rows = [
        *_judge("parking", panel, volumes, trees, parameters, context.seed, weather_at),
        *_judge("city", total, ["all"], city_trees, parameters, context.seed, weather_at),
    ]
    if not rows:
        return ForecastBacktestSchema.create_empty()
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        city_id=pl.lit(context.city_id),
        evaluated_at=pl.lit(context.as_of).cast(pl.Datetime("us", "UTC")),
    )


def _judge(
    level: str,
    panel: Panel,
    volumes: list[str],
    trees: TreeParameters,
    parameters: ForecastParameters,
    seed: int,
    weather_at: WeatherAt,
) -> Iterator[Row]:
    starts = backtest_starts(panel, parameters.backtest_origins)
    if not starts:
        return
    fitted = fit_level(panel.cut(starts[0]), trees, parameters, seed)
    scale = seasonal_naive_scale(panel.values[:, : starts[0]])
    cuts = [at_origin(panel, start, weather_at) for start in starts]
    actual = np.stack([panel.values[:, start : start + HORIZON_H] for start in starts], axis=1)
    for name in (MODEL, MEAN) if fitted.model is not None else (MEAN,):
        forecasts = [forecast_level(fitted, cut, name) for cut in cuts]
        for volume in sorted(set(volumes)):
            member = np.array([own == volume for own in volumes])
            member &= np.isfinite(actual).all(axis=(1, 2))
            for horizon, hours in HORIZON_CLASSES.items():
                if not member.any():
                    continue
                seen = actual[member][:, :, hours].reshape(member.sum(), -1)
                scores = _scores(seen, _stacked(forecasts, member, hours), scale[member])
                yield {
                    "level": level,
                    "volume_class": volume,
                    "horizon_class": horizon,
                    "model": name,
                    **scores,
                }


def _stacked(forecasts: list[Forecast], member: npt.NDArray[np.bool_], hours: slice) -> Forecast:
    def flat(field: str) -> FloatArray:
        return np.hstack([getattr(forecast, field)[member][:, hours] for forecast in forecasts])

    return Forecast(flat("mean"), flat("lower"), flat("median"), flat("upper"))


def _scores(actual: FloatArray, forecast: Forecast, scale: FloatArray) -> Row:
    bands = (forecast.lower, forecast.median, forecast.upper)
    losses = [pinball_loss(actual, band, q) for band, q in zip(bands, QUANTILES, strict=True)]
    return {
        "wape": wape(actual, forecast.mean),
        "mase": mase(actual, forecast.mean, scale),
        "pinball_loss": float(np.mean(losses)),
        "coverage_share": coverage(actual, forecast.lower, forecast.upper),
        "observation_count": actual.size,
    }
