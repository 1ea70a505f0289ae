from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from ml.latent_demand import (
    LatentDemandParameters,
    build_latent_demand,
    distance_weights,
    estimate_latent,
)
from ml.metrics import wape
from ml.schemas import LatentDemandSchema
from tests.ml.conftest import City
from warehouse.models import ModelContext

pytestmark = pytest.mark.unit
PARAMETERS = LatentDemandParameters()


def _built(city: City, demand: pl.DataFrame | None = None) -> pl.DataFrame:
    frame = city.demand_hours if demand is None else demand
    context = ModelContext("testville", city.as_of)
    return build_latent_demand({"demand_hours": frame}, context, PARAMETERS)


def test_the_estimate_is_closer_to_the_truth_than_what_was_observed(scarce_city: City) -> None:
    """Over the hours that ran out, the estimate errs less against the true mean than the counts."""
    built = _built(scarce_city)
    dry = built["is_censored"].to_numpy()
    truth = scarce_city.latent_mean.ravel()[dry]
    observed = built["observed_count"].to_numpy()[dry].astype(float)
    assert dry.mean() > 0.1
    error = wape(truth, built["latent_count"].to_numpy()[dry])
    assert error is not None
    assert error < 0.8 * (wape(truth, observed) or 0)


def test_whole_hours_without_stock_are_estimated_within_a_third(scarce_city: City) -> None:
    """Where nobody could ride, so that chance plays no part, the estimate is near the true mean."""
    built = _built(scarce_city)
    dry = scarce_city.demand_hours["empty_min"].to_numpy() >= 60
    error = wape(scarce_city.latent_mean.ravel()[dry], built["latent_count"].to_numpy()[dry])
    assert error is not None
    assert error < 0.33


def test_the_number_of_missed_rides_is_right(scarce_city: City) -> None:
    """The total estimated demand of censored hours is within 5 % of the people who came."""
    built = _built(scarce_city)
    dry = built["is_censored"].to_numpy()
    total = built["latent_count"].to_numpy()[dry].sum()
    assert total == pytest.approx(scarce_city.latent_count.ravel()[dry].sum(), rel=0.05)


def test_hours_in_which_a_parking_was_closed_say_nothing(scarce_city: City) -> None:
    """A parking that opened late is estimated as if nothing was told of it before."""
    demand = scarce_city.demand_hours
    opened_at = demand["hour_at"].min() + timedelta(days=14)
    is_closed = (pl.col("parking_id") == demand["parking_id"][0]) & (pl.col("hour_at") < opened_at)
    seen = {"empty_min": None, "observed_departure_count": 0, "unmet_search_count": 1}
    told = demand.with_columns(
        pl.when(is_closed).then(pl.lit(value)).otherwise(pl.col(name)).alias(name)
        for name, value in seen.items()
    )
    assert_frame_equal(_built(scarce_city, told), _built(scarce_city, demand.filter(~is_closed)))
    assert _built(scarce_city, told).height < demand.height


def test_hours_with_stock_keep_their_counts(scarce_city: City) -> None:
    """Where nothing ran out, the estimate is the observed count."""
    kept = _built(scarce_city).filter(~pl.col("is_censored"))
    assert (kept["latent_count"] == kept["observed_count"]).all()


def test_the_output_is_as_declared(scarce_city: City) -> None:
    """Every parking and hour has one row, never below what was observed."""
    checked = LatentDemandSchema.validate(_built(scarce_city), cast=True)
    assert len(checked) == len(scarce_city.demand_hours)


def test_a_parking_that_was_always_empty_learns_from_its_neighbours(scarce_city: City) -> None:
    """Without an hour of stock the demand is that of the places around, not nothing."""
    lost = pl.col("parking_id") == "p00"
    demand = scarce_city.demand_hours.with_columns(
        observed_departure_count=pl.when(lost).then(0).otherwise("observed_departure_count"),
        unmet_search_count=pl.lit(0),
        empty_min=pl.when(lost).then(60.0).otherwise("empty_min"),
    )
    built = _built(scarce_city, demand).filter(lost)
    truth = scarce_city.latent_mean[0].sum()
    assert 0.4 * truth < built["latent_count"].sum() < 2.5 * truth


def test_searches_raise_the_estimate_of_their_hour(scarce_city: City) -> None:
    """An hour with many searches that found nothing is estimated higher than without."""
    demand = scarce_city.demand_hours
    dry = demand["empty_min"].to_numpy() > 30
    row = int(np.flatnonzero(dry)[5])
    many = demand["unmet_search_count"].to_numpy().copy()
    many[row] += 5
    before = estimate_latent(demand, PARAMETERS)
    after = estimate_latent(demand.with_columns(unmet_search_count=pl.Series(many)), PARAMETERS)
    assert after[row] > before[row]


def test_a_city_without_searches_is_estimated_all_the_same(scarce_city: City) -> None:
    """Operators that log no searches get an estimate, and a finite one."""
    demand = scarce_city.demand_hours.with_columns(unmet_search_count=pl.lit(None, pl.Int64))
    latent = estimate_latent(demand, PARAMETERS)
    assert np.isfinite(latent).all()
    assert latent.sum() > demand["observed_departure_count"].sum()


def test_no_rows_give_no_rows(scarce_city: City) -> None:
    """An empty city gives an empty frame with the declared columns."""
    built = _built(scarce_city, scarce_city.demand_hours.clear())
    assert built.is_empty()
    assert set(built.columns) == set(LatentDemandSchema.column_names())


def test_a_city_without_any_ride_has_no_demand(scarce_city: City) -> None:
    """Nothing counted anywhere is estimated as nothing."""
    demand = scarce_city.demand_hours.with_columns(
        observed_departure_count=pl.lit(0), unmet_search_count=pl.lit(0)
    )
    assert _built(scarce_city, demand)["latent_count"].sum() == 0


def test_an_hour_that_has_not_ended_is_left_out(scarce_city: City) -> None:
    """Only whole hours before the clock count."""
    early = replace(scarce_city, as_of=scarce_city.as_of.replace(minute=30))
    assert len(_built(early)) == len(_built(scarce_city))


def test_weights_fall_with_distance() -> None:
    """A neighbour at the decay distance weighs 1/e of the place itself."""
    weights = distance_weights(np.array([0.0, 400.0]), np.zeros(2), decay_m=400.0)
    assert weights == pytest.approx(np.array([[1, np.exp(-1)], [np.exp(-1), 1]]))


@pytest.mark.parametrize("wrong", [{"decay_m": 0}, {"neighbour_share": 1.1}, {"factor_events": 0}])
def test_wrong_parameters_are_refused(wrong: dict[str, float]) -> None:
    """A parameter out of bounds is refused with its name and value."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        LatentDemandParameters(**wrong)
