from datetime import timedelta

import polars as pl
import pytest

from ml.parking_targets import ParkingTargetParameters, build_parking_targets
from ml.schemas import ParkingTargetSchema
from tests.ml.conftest import City
from warehouse.models import ModelContext

pytestmark = pytest.mark.unit
PLANS = {
    "parking_id": pl.String,
    "day_part": pl.String,
    "minimum_count": pl.Int32,
    "target_count": pl.Int32,
    "maximum_count": pl.Int32,
}


def _inputs(city: City, *, fleet: int = 500, departures: float = 1.0) -> dict[str, pl.DataFrame]:
    hours = city.calendar.select("hour_at").filter(pl.col("hour_at") >= pl.lit(city.as_of))
    forecasts = city.parkings.select("parking_id").join(hours, how="cross")
    states = ["available"] * fleet + ["lost"] * 5
    return {
        "forecasts": forecasts.with_columns(
            issued_at=pl.lit(city.as_of).cast(pl.Datetime("us", "UTC")),
            forecast_count=pl.lit(departures),
        ),
        "demand_hours": city.demand_hours.with_columns(observed_arrival_count=pl.lit(0)),
        "calendar": city.calendar,
        "parkings": city.parkings,
        "plans": pl.DataFrame(schema=PLANS),
        "cities": pl.DataFrame({"city_id": ["testville"], "ride_value": [4.0], "move_cost": [4.0]}),
        "scooters": pl.DataFrame({"state": states}),
    }


def _targets(city: City, inputs: dict[str, pl.DataFrame]) -> pl.DataFrame:
    context = ModelContext("testville", city.as_of)
    built = build_parking_targets(inputs, context, ParkingTargetParameters())
    return ParkingTargetSchema.validate(built, cast=True)


def test_targets_cover_the_current_hour_and_a_day(rich_city: City) -> None:
    """Every parking has 25 hours, from the hour of the clock on."""
    targets = _targets(rich_city, _inputs(rich_city))
    assert len(targets) == 8 * 25
    assert targets["hour_at"].min() == rich_city.as_of
    assert targets["hour_at"].max() == rich_city.as_of + timedelta(hours=24)


def test_a_target_lasts_until_the_next_visit(rich_city: City) -> None:
    """Half a departure an hour for ten hours, at even odds, asks for 5 scooters."""
    targets = _targets(rich_city, _inputs(rich_city, departures=0.5))
    assert targets["target_count"].unique().to_list() == [5]
    assert targets["origin"].unique().to_list() == ["model"]


def test_arrivals_lower_the_target(rich_city: City) -> None:
    """Where as many come as leave, fewer have to be brought."""
    inputs = _inputs(rich_city, departures=0.5)
    inputs["demand_hours"] = inputs["demand_hours"].with_columns(observed_arrival_count=pl.lit(1))
    assert (_targets(rich_city, inputs)["target_count"] <= 2).all()


def test_no_target_exceeds_the_capacity(rich_city: City) -> None:
    """Demand for thirty in a zone of ten gives ten."""
    targets = _targets(rich_city, _inputs(rich_city, departures=3.0))
    assert targets["target_count"].unique().to_list() == [10]
    assert (targets["maximum_count"] == 10).all()


def test_targets_never_exceed_the_fleet(rich_city: City) -> None:
    """The targets of an hour sum to at most the scooters that can be deployed."""
    targets = _targets(rich_city, _inputs(rich_city, fleet=21, departures=3.0))
    assert (targets.group_by("hour_at").agg(pl.sum("target_count"))["target_count"] == 21).all()


def test_the_planning_sheet_goes_before_the_model(rich_city: City) -> None:
    """A planned count holds in its part of the day and parking, and nowhere else."""
    inputs = _inputs(rich_city)
    inputs["plans"] = pl.DataFrame(
        [("p00", "morning", 2, 3, 4), ("p01", "morning", None, None, 6)],
        schema=PLANS,
        orient="row",
    )
    targets = _targets(rich_city, inputs).join(
        rich_city.calendar.select("hour_at", "day_part"), on="hour_at"
    )
    planned = targets.filter(pl.col("origin") == "planning")
    assert planned.select("parking_id", "day_part").unique().rows() == [("p00", "morning")]
    counts = planned.select("minimum_count", "target_count", "maximum_count").unique()
    assert counts.rows() == [(2, 3, 4)]
    bounded = targets.filter(pl.col("parking_id") == "p01", pl.col("day_part") == "morning")
    assert (bounded["maximum_count"] == 6).all()
    assert (bounded["origin"] == "model").all()


def test_a_planned_minimum_is_given_first(rich_city: City) -> None:
    """With a fleet of four, a planned minimum of four takes them all."""
    inputs = _inputs(rich_city, fleet=4)
    day_parts = ["night", "morning", "afternoon", "evening"]
    inputs["plans"] = pl.DataFrame(
        [("p05", part, 4, None, None) for part in day_parts], schema=PLANS, orient="row"
    )
    targets = _targets(rich_city, inputs).filter(pl.col("target_count") > 0)
    assert targets["parking_id"].unique().to_list() == ["p05"]


def test_without_forecasts_nothing_is_expected(rich_city: City) -> None:
    """A city without forecasts gets targets of nothing, and no error."""
    inputs = _inputs(rich_city)
    inputs["forecasts"] = inputs["forecasts"].clear()
    inputs["demand_hours"] = inputs["demand_hours"].clear()
    assert (_targets(rich_city, inputs)["target_count"] == 0).all()


def test_only_the_latest_forecast_counts(rich_city: City) -> None:
    """An older issue is not added to the newer one."""
    inputs = _inputs(rich_city, departures=0.5)
    older = inputs["forecasts"].with_columns(pl.col("issued_at") - pl.duration(hours=1))
    inputs["forecasts"] = pl.concat([older, inputs["forecasts"]])
    assert len(_targets(rich_city, inputs)) == 8 * 25


def test_no_parkings_give_no_rows(rich_city: City) -> None:
    """A city without parkings has no targets."""
    inputs = _inputs(rich_city)
    inputs["parkings"] = inputs["parkings"].clear()
    assert _targets(rich_city, inputs).is_empty()


@pytest.mark.parametrize(
    "wrong", [{"cover_h": 25}, {"minimum_cover_h": 0}, {"ahead_h": -1}, {"default_capacity": 0}]
)
def test_wrong_parameters_are_refused(wrong: dict[str, int]) -> None:
    """A parameter out of bounds is refused with its name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ParkingTargetParameters(**wrong)
