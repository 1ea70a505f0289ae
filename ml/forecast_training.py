"""Training the forecast models of a city: every night, or on the spot when none is stored."""

import logging
from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from ml.forecast_fit import ForecastParameters, fit_level
from ml.forecast_panel import Panel, build_panel
from ml.forecast_store import FittedForecasts, dump, load
from ml.schemas import ForecastModelSchema
from warehouse.models import ModelContext

logger = logging.getLogger(__name__)


def build_forecast_models(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: ForecastParameters
) -> pl.DataFrame:
    """Train both levels; no history gives no row."""
    panel = panel_of(inputs, context)
    if panel is None:
        return ForecastModelSchema.create_empty()
    payload = dump(train(panel, context, parameters))
    return pl.DataFrame(
        {"city_id": [context.city_id], "fitted_at": [context.as_of], "payload": [payload]},
        schema_overrides={"fitted_at": pl.Datetime("us", "UTC")},
    )


def train(
    panel: Panel,
    context: ModelContext,
    parameters: ForecastParameters,
    levels: tuple[str, ...] = ("parking", "city"),
) -> FittedForecasts:
    """Train the named levels."""
    fitted = {}
    if "parking" in levels:
        fitted["parking"] = fit_level(panel, parameters.parking_trees, parameters, context.seed)
    if "city" in levels:
        total = panel.total(context.city_id)
        fitted["city"] = fit_level(total, parameters.city_trees, parameters, context.seed)
    return FittedForecasts(parameters, context.as_of, fitted)


def stored_or_trained(
    stored: pl.DataFrame,
    panel: Panel,
    context: ModelContext,
    parameters: ForecastParameters,
    level: str,
) -> FittedForecasts:
    """The stored models when they are fit for use, else models trained now (one level)."""
    oldest = context.as_of - timedelta(days=parameters.largest_age_days)
    recent = stored.filter(
        pl.col("fitted_at").is_between(pl.lit(oldest), pl.lit(context.as_of))
    ).sort("fitted_at")
    if len(recent):
        fitted = load(recent["payload"][-1], parameters)
        if fitted is not None:
            return fitted
    logger.info("no usable forecast model of %s is stored; training it now", context.city_id)
    return train(panel, context, parameters, (level,))


def panel_of(inputs: Mapping[str, pl.DataFrame], context: ModelContext) -> Panel | None:
    """The panel of the city's active parkings."""
    active = inputs["parkings"].filter("is_active").select("parking_id")
    latent = inputs["latent_demand"].join(active, on="parking_id", how="semi")
    return build_panel(latent, inputs["calendar"], inputs["weather"], context.as_of)
