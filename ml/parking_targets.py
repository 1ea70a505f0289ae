"""How many scooters each parking should hold at each hour of the coming day."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from ml.forecast_features import mean_of_weeks
from ml.forecast_panel import WEATHER_COLUMNS, build_panel, hour_frame
from ml.schemas import ParkingTargetSchema
from ml.stock_value import allocate, gains, newsvendor_count, use_probability
from warehouse.models import ModelContext

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

DEPLOYABLE = ("available", "low_battery", "on_trip", "in_van")
_NO_WEATHER = pl.DataFrame(
    schema={"hour_at": pl.Datetime("us", "UTC"), **dict.fromkeys(WEATHER_COLUMNS, pl.Float64)}
)


@dataclass(frozen=True)
class ParkingTargetParameters:
    """How targets are set.

    Attributes
    ----------
    cover_h
        Hours until the van is likely to come again: what a target has to last.
    minimum_cover_h
        Hours that the minimum has to last.
    ahead_h
        Hours ahead for which targets are given, besides the current one.
    default_capacity
        Capacity where none is known.
    """

    cover_h: int = 10
    minimum_cover_h: int = 3
    ahead_h: int = 24
    default_capacity: int = 20

    def __post_init__(self) -> None:
        if not 1 <= self.minimum_cover_h <= self.cover_h <= 24:
            raise ValueError(
                f"cover_h is {self.cover_h} and minimum_cover_h {self.minimum_cover_h}; "
                "allowed is 1 <= minimum_cover_h <= cover_h <= 24"
            )
        if not 0 <= self.ahead_h <= 24:
            raise ValueError(f"ahead_h is {self.ahead_h}; allowed is 0 to 24")
        if self.default_capacity < 1:
            raise ValueError(f"default_capacity is {self.default_capacity}; it must be at least 1")


@dataclass(frozen=True)
class Economy:
    """What a city's scooters earn and cost: money per ride and per move, and how many there are."""

    ride_value: float
    move_cost: float
    fleet_count: int


@dataclass(frozen=True)
class Limits:
    """Bounds of one hour, shape (parkings,); -1 in `planned` and `least` where not planned."""

    least: IntArray
    planned: IntArray
    most: IntArray


def build_parking_targets(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: ParkingTargetParameters
) -> pl.DataFrame:
    """Set targets of every active parking; no parkings or no calendar give no rows.

    A parking without a forecast is expected to have neither departures nor arrivals.
    """
    parkings = inputs["parkings"].filter("is_active").sort("parking_id")
    if parkings.is_empty() or inputs["cities"].is_empty():
        return ParkingTargetSchema.create_empty()
    origin = context.as_of.replace(minute=0, second=0, microsecond=0)
    hours = hour_frame(origin, parameters.ahead_h + 1 + parameters.cover_h)
    departures = _grid(_latest(inputs["forecasts"], context), parkings, hours)
    arrivals = _grid(expected_arrivals(inputs, context), parkings, hours)
    economy = _economy(inputs)
    parts = hours.join(inputs["calendar"], on="hour_at", how="left", maintain_order="left")
    frames = []
    for hour in range(parameters.ahead_h + 1):
        limits = _limits(parkings, inputs["plans"], parts["day_part"][hour], parameters)
        window = slice(hour, hour + parameters.cover_h)
        target, least = hour_targets(
            departures[:, window], arrivals[:, window], limits, economy, parameters.minimum_cover_h
        )
        frames.append(
            parkings.select("city_id", "parking_id").with_columns(
                hour_at=pl.lit(hours["hour_at"][hour]).cast(pl.Datetime("us", "UTC")),
                expected_departures=pl.Series(departures[:, hour]),
                expected_arrivals=pl.Series(arrivals[:, hour]),
                target_count=pl.Series(target),
                minimum_count=pl.Series(least),
                maximum_count=pl.Series(np.maximum(limits.most, target)),
                origin=pl.Series(np.where(limits.planned >= 0, "planning", "model").tolist()),
            )
        )
    return pl.concat(frames)


def hour_targets(
    departures: FloatArray,
    arrivals: FloatArray,
    limits: Limits,
    economy: Economy,
    minimum_cover_h: int,
) -> tuple[IntArray, IntArray]:
    """Targets and minimums of one hour.

    Parameters
    ----------
    departures, arrivals
        Expected counts until the next visit, shape (parkings, hours).
    limits, economy
        See there. Planned targets are taken as they are, even beyond the fleet; the other parkings
        share what is left of it.
    minimum_cover_h
        Hours of the window that the minimum has to last.

    Returns
    -------
    target, minimum
        Shape (parkings,), minimum <= target.
    """
    most = int(limits.most.max(initial=0))
    probability = use_probability(departures, arrivals, most)
    gain = gains(probability, economy.ride_value, economy.move_cost)
    planned = limits.planned >= 0
    left = economy.fleet_count - int(limits.planned[planned].sum())
    limit = np.where(planned, 0, limits.most)
    start = np.minimum(np.maximum(limits.least, 0), limit)
    target = np.where(planned, limits.planned, allocate(gain, start, limit, left))
    soon = use_probability(departures[:, :minimum_cover_h], arrivals[:, :minimum_cover_h], most)
    needed = newsvendor_count(soon, economy.ride_value, economy.move_cost)
    least = np.where(limits.least >= 0, limits.least, needed)
    return target, np.minimum(least, target)


def expected_arrivals(inputs: Mapping[str, pl.DataFrame], context: ModelContext) -> pl.DataFrame:
    """Mean arrivals of the same hour of the week: ``parking_id, hour_at, count``."""
    arrivals = inputs["demand_hours"].select(
        "parking_id", "hour_at", latent_count=pl.col("observed_arrival_count").cast(pl.Float64)
    )
    panel = build_panel(arrivals, inputs["calendar"], _NO_WEATHER, context.as_of)
    if panel is None:
        return pl.DataFrame(
            schema={
                "parking_id": pl.String,
                "hour_at": pl.Datetime("us", "UTC"),
                "count": pl.Float64,
            }
        )
    hours = hour_frame(panel.origin, panel.horizon_h)
    names = pl.DataFrame({"parking_id": panel.series})
    mean = mean_of_weeks(panel).ravel()
    return names.join(hours, how="cross", maintain_order="left_right").with_columns(
        count=pl.Series(mean)
    )


def _latest(forecasts: pl.DataFrame, context: ModelContext) -> pl.DataFrame:
    known = forecasts.filter(pl.col("issued_at") <= pl.lit(context.as_of))
    return known.filter(pl.col("issued_at") == pl.col("issued_at").max()).select(
        "parking_id", "hour_at", count="forecast_count"
    )


def _grid(counts: pl.DataFrame, parkings: pl.DataFrame, hours: pl.DataFrame) -> FloatArray:
    cells = parkings.select("parking_id").join(hours, how="cross", maintain_order="left_right")
    joined = cells.join(counts, on=["parking_id", "hour_at"], how="left", maintain_order="left")
    values = joined["count"].fill_null(0.0).to_numpy()
    return np.asarray(values.reshape(len(parkings), len(hours)), dtype=np.float64)


def _economy(inputs: Mapping[str, pl.DataFrame]) -> Economy:
    city = inputs["cities"].row(0, named=True)
    fleet = inputs["scooters"].filter(pl.col("state").is_in(DEPLOYABLE)).height
    return Economy(float(city["ride_value"]), float(city["move_cost"]), fleet)


def _limits(
    parkings: pl.DataFrame,
    plans: pl.DataFrame,
    day_part: str | None,
    parameters: ParkingTargetParameters,
) -> Limits:
    own = parkings.join(
        plans.filter(pl.col("day_part") == day_part).drop("city_id", strict=False),
        on="parking_id",
        how="left",
        maintain_order="left",
    )

    def column(name: str) -> IntArray:
        return own[name].fill_null(-1).cast(pl.Int64).to_numpy()

    capacity = np.where(
        column("capacity_count") >= 0, column("capacity_count"), parameters.default_capacity
    )
    most = np.where(column("maximum_count") >= 0, column("maximum_count"), capacity)
    return Limits(column("minimum_count"), column("target_count"), most)
