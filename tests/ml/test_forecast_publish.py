from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from ml.forecast_backtest import build_forecast_backtests
from ml.forecast_fit import ForecastParameters
from ml.forecast_global import TreeParameters
from ml.forecast_publish import build_city_demand_forecasts, build_demand_forecasts, proven
from ml.forecast_store import FittedForecasts, dump, load
from ml.forecast_training import build_forecast_models
from ml.schemas import (
    CityDemandForecastSchema,
    DemandForecastSchema,
    ForecastBacktestSchema,
    ForecastModelSchema,
)
from tests.ml.conftest import City
from warehouse.models import ModelContext

pytestmark = pytest.mark.unit

PARAMETERS = ForecastParameters(
    parking_trees=TreeParameters(trees=60), city_trees=TreeParameters(trees=60, least_samples=20)
)
CLASSES = [
    (volume, horizon)
    for volume in ("low", "medium", "high", "all")
    for horizon in ("1-24", "25-48")
]


def _inputs(city: City, *, model_wape: float | None = 0.5) -> dict[str, pl.DataFrame]:
    rows = [
        {
            "level": level,
            "volume_class": volume,
            "horizon_class": horizon,
            "model": model,
            "wape": value,
        }
        for level in ("parking", "city")
        for volume, horizon in CLASSES
        for model, value in (("darts", model_wape), ("mean_4w", 0.6))
    ]
    observed = city.weather.with_columns(kind=pl.lit("observed"), issued_at="hour_at")
    midnights = pl.col("hour_at").dt.truncate("1d")
    issued = city.weather.with_columns(kind=pl.lit("forecast"), issued_at=midnights)
    yesterday = issued.with_columns(pl.col("issued_at") - pl.duration(days=1))
    before = issued.with_columns(pl.col("issued_at") - pl.duration(days=2))
    return {
        "latent_demand": city.latent_demand,
        "parkings": city.parkings,
        "calendar": city.calendar,
        "weather": city.weather,
        "weather_archive": pl.concat([observed, issued, yesterday, before]),
        "models": pl.DataFrame(
            schema={"fitted_at": pl.Datetime("us", "UTC"), "payload": pl.Binary}
        ),
        "backtests": pl.DataFrame(rows, schema_overrides={"wape": pl.Float64}),
    }


@pytest.fixture(scope="module")
def trained(rich_city: City) -> pl.DataFrame:
    """The stored models of the rich city."""
    context = ModelContext("testville", rich_city.as_of)
    built = build_forecast_models(_inputs(rich_city), context, PARAMETERS)
    return ForecastModelSchema.validate(built, cast=True)


def _forecast(city: City, trained: pl.DataFrame, **changes: float | None) -> pl.DataFrame:
    inputs = _inputs(city, **changes) | {"models": trained.select("fitted_at", "payload")}
    context = ModelContext("testville", city.as_of)
    return DemandForecastSchema.validate(
        build_demand_forecasts(inputs, context, PARAMETERS), cast=True
    )


def _truth(city: City) -> np.ndarray:
    """The true mean of the 48 hours ahead: the profile repeats, the rain is known."""
    week = city.latent_mean[:, -168:-120]
    hours = city.calendar["hour_at"].to_list()
    rain = city.weather["precipitation_mm"].to_numpy()
    end = hours.index(city.as_of)
    factor = np.where(rain > 0, 0.5, 1.0)
    return week / factor[end - 168 : end - 120] * factor[end : end + 48]


def test_the_model_is_nearer_to_the_true_mean_than_the_mean_of_weeks(
    rich_city: City, trained: pl.DataFrame
) -> None:
    """With rain in the forecast, the model errs less than the mean of four weeks."""
    errors = {}
    for name, wape in (("darts", 0.5), ("mean_4w", 0.7)):
        frame = _forecast(rich_city, trained, model_wape=wape).sort("parking_id", "hour_at")
        assert frame["model"].unique().to_list() == [name]
        counts = frame["forecast_count"].to_numpy().reshape(8, 48)
        errors[name] = np.abs(counts - _truth(rich_city)).sum()
    assert errors["darts"] < 0.8 * errors["mean_4w"]


def test_every_parking_gets_48_hours(rich_city: City, trained: pl.DataFrame) -> None:
    """Horizons run from 1, the hour of the clock, to 48."""
    frame = _forecast(rich_city, trained)
    assert frame.group_by("parking_id").len()["len"].to_list() == [48] * 8
    assert sorted(frame["horizon_h"].unique().to_list()) == list(range(1, 49))
    assert frame["hour_at"].min() == rich_city.as_of


def test_the_same_seed_gives_the_same_forecast(rich_city: City, trained: pl.DataFrame) -> None:
    """Training twice gives the same numbers to the last digit."""
    context = ModelContext("testville", rich_city.as_of)
    again = build_forecast_models(_inputs(rich_city), context, PARAMETERS)
    assert _forecast(rich_city, again).equals(_forecast(rich_city, trained))


def test_an_old_model_is_trained_anew(rich_city: City, trained: pl.DataFrame) -> None:
    """A payload of nine days ago is not used: the forecast equals that of a fresh model."""
    old = trained.with_columns(
        fitted_at=pl.col("fitted_at") - pl.duration(days=9), payload=pl.lit(b"broken")
    )
    assert _forecast(rich_city, old).equals(_forecast(rich_city, trained))


def test_a_payload_of_another_version_is_trained_anew(
    rich_city: City, trained: pl.DataFrame
) -> None:
    """Bytes without our header are never unpickled."""
    strange = trained.with_columns(payload=pl.lit(b"moow-forecast 0\nnot a pickle"))
    assert _forecast(rich_city, strange).equals(_forecast(rich_city, trained))


def test_a_payload_is_loaded_only_with_the_same_parameters(rich_city: City) -> None:
    """What was trained with other parameters counts as missing."""
    fitted = FittedForecasts(PARAMETERS, rich_city.as_of, {})
    assert load(dump(fitted), PARAMETERS) == fitted
    assert load(dump(fitted), ForecastParameters()) is None


def test_a_city_without_a_backtest_gets_the_mean(rich_city: City, trained: pl.DataFrame) -> None:
    """A model that nobody has judged is not published."""
    inputs = _inputs(rich_city)
    inputs["backtests"] = inputs["backtests"].clear()
    built = build_demand_forecasts(inputs, ModelContext("testville", rich_city.as_of), PARAMETERS)
    assert built["model"].unique().to_list() == ["mean_4w"]


def test_proven_is_better_and_not_merely_equal() -> None:
    """Equal WAPEs, or unknown ones, leave the mean in place."""
    rows = [
        ("parking", "low", "1-24", "darts", 0.6),
        ("parking", "low", "1-24", "mean_4w", 0.6),
        ("parking", "high", "1-24", "darts", 0.4),
        ("parking", "high", "1-24", "mean_4w", 0.6),
        ("parking", "medium", "1-24", "darts", None),
        ("parking", "medium", "1-24", "mean_4w", 0.6),
        ("city", "low", "25-48", "darts", 0.1),
        ("city", "low", "25-48", "mean_4w", 0.6),
    ]
    columns = ["level", "volume_class", "horizon_class", "model", "wape"]
    assert proven(pl.DataFrame(rows, schema=columns, orient="row"), "parking") == {("high", "1-24")}


def test_the_city_forecast_is_near_the_sum(rich_city: City) -> None:
    """The city's forecast of two days is within a fifth of the true sum."""
    context = ModelContext("testville", rich_city.as_of)
    built = build_city_demand_forecasts(_inputs(rich_city), context, PARAMETERS)
    checked = CityDemandForecastSchema.validate(built, cast=True)
    assert len(checked) == 48
    assert checked["model"].unique().to_list() == ["darts"]
    assert checked["forecast_count"].sum() == pytest.approx(_truth(rich_city).sum(), rel=0.2)


def test_the_backtest_prefers_the_model_where_rain_matters(rich_city: City) -> None:
    """Judged with the archived weather forecast, the model's WAPE is below the mean's."""
    context = ModelContext("testville", rich_city.as_of)
    built = build_forecast_backtests(_inputs(rich_city), context, PARAMETERS)
    scores = ForecastBacktestSchema.validate(built, cast=True)
    high = scores.filter(pl.col("volume_class") == "high", pl.col("horizon_class") == "1-24")
    by_model = dict(high.select("model", "wape").iter_rows())
    assert by_model["darts"] < by_model["mean_4w"]
    assert high["coverage_share"].min() > 0.7
    assert set(scores["level"]) == {"parking", "city"}


@pytest.mark.parametrize("days", [1, 3, 9])
def test_a_short_history_degrades_to_the_mean(rich_city: City, days: int) -> None:
    """With less than two weeks of history everything is built, and the mean is published."""
    as_of = rich_city.calendar["hour_at"].min() + timedelta(days=days)
    inputs = _inputs(rich_city)
    inputs["latent_demand"] = inputs["latent_demand"].filter(pl.col("hour_at") < pl.lit(as_of))
    context = ModelContext("testville", as_of)
    stored = build_forecast_models(inputs, context, PARAMETERS)
    inputs["models"] = stored.select("fitted_at", "payload")
    built = DemandForecastSchema.validate(
        build_demand_forecasts(inputs, context, PARAMETERS), cast=True
    )
    assert len(built) == 8 * 48
    assert built["model"].unique().to_list() == ["mean_4w"]
    tested = build_forecast_backtests(inputs, context, PARAMETERS)
    assert "darts" not in tested["model"].to_list()


def test_a_parking_that_began_yesterday_is_forecast_too(
    rich_city: City, trained: pl.DataFrame
) -> None:
    """A day of history does not stop the others, and gets a finite forecast."""
    begun = rich_city.as_of - timedelta(days=1)
    young = (pl.col("parking_id") == "p03") & (pl.col("hour_at") < pl.lit(begun))
    city = replace(rich_city, demand_hours=rich_city.demand_hours.filter(~young))
    context = ModelContext("testville", city.as_of)
    again = build_forecast_models(_inputs(city), context, PARAMETERS)
    counts = _forecast(city, again).filter(pl.col("parking_id") == "p03")["forecast_count"]
    assert len(counts) == 48
    assert counts.is_finite().all()


def test_no_history_gives_empty_frames(rich_city: City) -> None:
    """A city without demand gives no rows from any of the models."""
    inputs = _inputs(rich_city)
    inputs["latent_demand"] = inputs["latent_demand"].clear()
    context = ModelContext("testville", rich_city.as_of)
    for build in (
        build_forecast_models,
        build_forecast_backtests,
        build_demand_forecasts,
        build_city_demand_forecasts,
    ):
        assert build(inputs, context, PARAMETERS).is_empty()
