"""The columns and rules of everything that the models write."""

import dataframely as dy
import polars as pl


def _time() -> dy.Datetime:
    return dy.Datetime(nullable=False, time_zone="UTC", time_unit="us")


class LatentDemandSchema(dy.Schema):
    """One row per parking and hour: departures seen, and those that stock would have allowed."""

    city_id = dy.String(nullable=False)
    parking_id = dy.String(nullable=False)
    hour_at = _time()
    observed_count = dy.Int32(nullable=False, min=0)
    latent_count = dy.Float64(nullable=False, min=0)
    is_censored = dy.Bool(nullable=False)

    @dy.rule()
    def latent_is_never_below_observed(cls) -> pl.Expr:  # noqa: N805
        """People who rode certainly wanted to."""
        return pl.col("latent_count") >= pl.col("observed_count")


class CityDemandForecastSchema(dy.Schema):
    """One row per city, issue and hour."""

    city_id = dy.String(nullable=False)
    issued_at = _time()
    hour_at = _time()
    horizon_h = dy.Int32(nullable=False, min=1)
    model = dy.String(nullable=False, regex="^(darts|mean_4w)$")
    forecast_count = dy.Float64(nullable=False, min=0)
    lower_count = dy.Float64(nullable=False, min=0)
    upper_count = dy.Float64(nullable=False, min=0)

    @dy.rule()
    def interval_holds_the_forecast(cls) -> pl.Expr:  # noqa: N805
        """The mean lies within its interval."""
        return pl.col("forecast_count").is_between(pl.col("lower_count"), pl.col("upper_count"))


class DemandForecastSchema(CityDemandForecastSchema):
    """One row per parking, issue and hour."""

    parking_id = dy.String(nullable=False)


class ForecastBacktestSchema(dy.Schema):
    """One row per level, volume class, horizon class and model."""

    city_id = dy.String(nullable=False)
    evaluated_at = _time()
    level = dy.String(nullable=False, regex="^(parking|city)$")
    volume_class = dy.String(nullable=False)
    horizon_class = dy.String(nullable=False)
    model = dy.String(nullable=False, regex="^(darts|mean_4w)$")
    wape = dy.Float64(nullable=True, min=0)
    mase = dy.Float64(nullable=True, min=0)
    pinball_loss = dy.Float64(nullable=False, min=0)
    coverage_share = dy.Float64(nullable=False, min=0, max=1)
    observation_count = dy.Int32(nullable=False, min=1)


class ForecastModelSchema(dy.Schema):
    """One row per city: the trained models as bytes."""

    city_id = dy.String(nullable=False)
    fitted_at = _time()
    payload = dy.Binary(nullable=False)


class ParkingSuggestionSchema(dy.Schema):
    """One row per suggested parking, best first."""

    city_id = dy.String(nullable=False)
    suggestion_id = dy.String(nullable=False)
    rank = dy.Int32(nullable=False, min=1)
    latitude = dy.Float64(nullable=False)
    longitude = dy.Float64(nullable=False)
    x_m = dy.Float64(nullable=False)
    y_m = dy.Float64(nullable=False)
    radius_m = dy.Float64(nullable=False, min_exclusive=0)
    zone_geojson = dy.String(nullable=False)
    event_count = dy.Int32(nullable=False, min=1)
    share = dy.Float64(nullable=False, min=0, max=1)
    nearest_parking_m = dy.Float64(nullable=True, min=0)
    capacity_count = dy.Int32(nullable=False, min=1)
    zone_polygon_m = dy.String(nullable=False)
    area_m2 = dy.Float64(nullable=False, min_exclusive=0)


class ParkingTargetSchema(dy.Schema):
    """One row per parking and hour: how many scooters should stand there."""

    city_id = dy.String(nullable=False)
    parking_id = dy.String(nullable=False)
    hour_at = _time()
    expected_departures = dy.Float64(nullable=False, min=0)
    expected_arrivals = dy.Float64(nullable=False, min=0)
    target_count = dy.Int32(nullable=False, min=0)
    minimum_count = dy.Int32(nullable=False, min=0)
    maximum_count = dy.Int32(nullable=False, min=0)
    origin = dy.String(nullable=False, regex="^(model|planning)$")

    @dy.rule()
    def target_lies_between(cls) -> pl.Expr:  # noqa: N805
        """Minimum <= target <= maximum."""
        return pl.col("target_count").is_between(pl.col("minimum_count"), pl.col("maximum_count"))
