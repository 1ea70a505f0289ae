"""Every model of this package, declared in one place: what it reads, writes and how it is run.

``HOURLY`` and ``NIGHTLY`` are in the order of running: a model comes after those it reads. The
nightly ones run before the hourly ones, for the forecasts are published with what they left.
"""

from ml.forecast_backtest import build_forecast_backtests
from ml.forecast_fit import ForecastParameters
from ml.forecast_publish import build_city_demand_forecasts, build_demand_forecasts
from ml.forecast_training import build_forecast_models
from ml.latent_demand import LatentDemandParameters, build_latent_demand
from ml.parking_suggestions import ParkingSuggestionParameters, build_parking_suggestions
from ml.parking_targets import ParkingTargetParameters, build_parking_targets
from ml.schemas import (
    CityDemandForecastSchema,
    DemandForecastSchema,
    ForecastBacktestSchema,
    ForecastModelSchema,
    LatentDemandSchema,
    ParkingSuggestionSchema,
    ParkingTargetSchema,
)
from warehouse.models import PythonModel, Read

#: Days of history learnt from: eight weeks, and one more for the lags.
HISTORY_DAYS = 63
WEATHER = ("hour_at", "temperature_c", "precipitation_mm", "wind_kmh")
CALENDAR = ("hour_at", "hour_of_day", "day_of_week", "hour_of_week", "day_part", "is_holiday")

_calendar = Read("intermediate.int_hours", CALENDAR, "hour_at", HISTORY_DAYS + 1, 4)
_parkings = Read(
    "marts.dim_parkings",
    ("city_id", "parking_id", "capacity_count", "x_m", "y_m", "is_active"),
)
_panel = {
    "latent_demand": Read(
        "ml.latent_demand", ("parking_id", "hour_at", "latent_count"), "hour_at", HISTORY_DAYS, 0
    ),
    "parkings": _parkings,
    "calendar": _calendar,
    "weather": Read("marts.fct_weather_hours", WEATHER, "hour_at", HISTORY_DAYS + 1, 4),
}
_stored = {
    "models": Read("ml.forecast_models", ("fitted_at", "payload"), "fitted_at", 9, 0),
    "backtests": Read(
        "ml.forecast_backtests", ("level", "volume_class", "horizon_class", "model", "wape")
    ),
}

LATENT_DEMAND = PythonModel(
    name="latent_demand",
    reads={
        "demand_hours": Read(
            "marts.fct_demand_hours",
            (
                "city_id",
                "parking_id",
                "hour_at",
                "hour_of_week",
                "x_m",
                "y_m",
                "observed_departure_count",
                "unmet_search_count",
                "empty_min",
            ),
            "hour_at",
            HISTORY_DAYS,
            0,
        )
    },
    writes="ml.latent_demand",
    schema=LatentDemandSchema,
    key=("city_id", "parking_id", "hour_at"),
    build=build_latent_demand,
    parameters=LatentDemandParameters(),
)

FORECAST_MODELS = PythonModel(
    name="forecast_models",
    reads=_panel,
    writes="ml.forecast_models",
    schema=ForecastModelSchema,
    key=("city_id",),
    build=build_forecast_models,
    parameters=ForecastParameters(),
)

FORECAST_BACKTESTS = PythonModel(
    name="forecast_backtests",
    reads={
        **_panel,
        # The mart keeps only what is known now; judging a past forecast takes every issue.
        "weather_archive": Read(
            "staging.stg_weather__hours",
            (*WEATHER, "kind", "issued_at"),
            "hour_at",
            HISTORY_DAYS + 1,
            4,
        ),
    },
    writes="ml.forecast_backtests",
    schema=ForecastBacktestSchema,
    key=("city_id", "level", "volume_class", "horizon_class", "model"),
    build=build_forecast_backtests,
    parameters=ForecastParameters(),
)

DEMAND_FORECASTS = PythonModel(
    name="demand_forecasts",
    reads={**_panel, **_stored},
    writes="ml.demand_forecasts",
    schema=DemandForecastSchema,
    key=("city_id", "parking_id", "issued_at", "hour_at"),
    build=build_demand_forecasts,
    parameters=ForecastParameters(),
    replaces=("city_id", "issued_at"),
)

CITY_DEMAND_FORECASTS = PythonModel(
    name="city_demand_forecasts",
    reads={**_panel, **_stored},
    writes="ml.city_demand_forecasts",
    schema=CityDemandForecastSchema,
    key=("city_id", "issued_at", "hour_at"),
    build=build_city_demand_forecasts,
    parameters=ForecastParameters(),
    replaces=("city_id", "issued_at"),
)

PARKING_SUGGESTIONS = PythonModel(
    name="parking_suggestions",
    reads={
        "rides": Read(
            "marts.fct_rides",
            (
                "started_at",
                "ended_at",
                "start_x_m",
                "start_y_m",
                "end_x_m",
                "end_y_m",
                "is_start_outside",
                "is_end_outside",
            ),
            "started_at",
            HISTORY_DAYS,
            0,
        ),
        "parkings": _parkings,
        "cities": Read("marts.dim_cities", ("city_id", "crs")),
    },
    writes="ml.parking_suggestions",
    schema=ParkingSuggestionSchema,
    key=("suggestion_id",),
    build=build_parking_suggestions,
    parameters=ParkingSuggestionParameters(),
)

PARKING_TARGETS = PythonModel(
    name="parking_targets",
    reads={
        "forecasts": Read(
            "ml.demand_forecasts",
            ("parking_id", "issued_at", "hour_at", "forecast_count"),
            "issued_at",
            1,
            0,
        ),
        "demand_hours": Read(
            "marts.fct_demand_hours",
            ("parking_id", "hour_at", "observed_arrival_count"),
            "hour_at",
            30,
            0,
        ),
        "calendar": _calendar,
        "parkings": _parkings,
        "plans": Read(
            "marts.dim_parking_plans",
            ("parking_id", "day_part", "minimum_count", "target_count", "maximum_count"),
        ),
        "cities": Read("marts.dim_cities", ("city_id", "ride_value", "move_cost")),
        "scooters": Read("marts.fct_scooter_states", ("scooter_id", "state")),
    },
    writes="ml.parking_targets",
    schema=ParkingTargetSchema,
    key=("city_id", "parking_id", "hour_at"),
    build=build_parking_targets,
    parameters=ParkingTargetParameters(),
)

NIGHTLY: tuple[PythonModel, ...] = (
    LATENT_DEMAND,
    FORECAST_MODELS,
    FORECAST_BACKTESTS,
    PARKING_SUGGESTIONS,
)
HOURLY: tuple[PythonModel, ...] = (
    LATENT_DEMAND,
    DEMAND_FORECASTS,
    CITY_DEMAND_FORECASTS,
    PARKING_TARGETS,
)
MODELS: tuple[PythonModel, ...] = (
    LATENT_DEMAND,
    FORECAST_MODELS,
    FORECAST_BACKTESTS,
    DEMAND_FORECASTS,
    CITY_DEMAND_FORECASTS,
    PARKING_SUGGESTIONS,
    PARKING_TARGETS,
)
