from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from geography.crs import project
from geography.zones import parse_zone
from ml.parking_suggestions import (
    ParkingSuggestionParameters,
    build_parking_suggestions,
    capacity_of,
    events_outside,
)
from ml.schemas import ParkingSuggestionSchema
from warehouse.models import ModelContext

pytestmark = pytest.mark.unit

CRS = "EPSG:2100"
AS_OF = datetime(2026, 6, 1, tzinfo=UTC)
CONTEXT = ModelContext("thessaloniki", AS_OF, seed=7)


def _rides(*, outside: bool = True) -> pl.DataFrame:
    """300 rides from one crowd to another, 1 km apart, in Thessaloniki, over ten days."""
    rng = np.random.default_rng(4)
    x, y = project([40.63], [22.94], CRS)
    start = rng.normal((x[0], y[0]), 15, (300, 2))
    end = rng.normal((x[0] + 1000, y[0]), 15, (300, 2))
    at = [AS_OF - timedelta(days=10) + timedelta(minutes=48 * number) for number in range(300)]
    return pl.DataFrame(
        {
            "started_at": at,
            "ended_at": [moment + timedelta(minutes=10) for moment in at],
            "start_x_m": start[:, 0],
            "start_y_m": start[:, 1],
            "end_x_m": end[:, 0],
            "end_y_m": end[:, 1],
            "is_start_outside": [False] * 300,
            "is_end_outside": [outside] * 300,
        }
    )


def _parkings(*places: tuple[float, float]) -> pl.DataFrame:
    schema = {"x_m": pl.Float64, "y_m": pl.Float64}
    return pl.DataFrame(list(places), schema=schema, orient="row").with_columns(
        is_active=pl.lit(True)
    )


def _suggest(rides: pl.DataFrame, parkings: pl.DataFrame) -> pl.DataFrame:
    cities = pl.DataFrame({"city_id": ["thessaloniki"], "crs": [CRS]})
    inputs = {"rides": rides, "parkings": parkings, "cities": cities}
    built = build_parking_suggestions(inputs, CONTEXT, ParkingSuggestionParameters())
    return ParkingSuggestionSchema.validate(built, cast=True)


def test_a_city_without_parkings_counts_every_start_and_end() -> None:
    """Both crowds become suggestions, each with half of the events, in valid zones."""
    suggestions = _suggest(_rides(outside=False), _parkings())
    assert suggestions["rank"].to_list() == [1, 2]
    assert suggestions["event_count"].to_list() == [300, 300]
    assert suggestions["share"].to_list() == pytest.approx([0.5, 0.5])
    assert suggestions["nearest_parking_m"].to_list() == [None, None]
    for geojson in suggestions["zone_geojson"]:
        parse_zone(geojson, CRS)


def test_a_city_with_parkings_counts_only_what_is_outside() -> None:
    """Ends outside zones become one suggestion, with its distance to the nearest parking."""
    x, y = project([40.63], [22.94], CRS)
    suggestions = _suggest(_rides(), _parkings((float(x[0]), float(y[0]))))
    assert len(suggestions) == 1
    assert suggestions["event_count"][0] == 300
    assert suggestions["nearest_parking_m"][0] == pytest.approx(1000, abs=20)


def test_nothing_is_suggested_beside_a_parking() -> None:
    """A crowd outside its zone, but within the least distance of it, is no new parking."""
    x, y = project([40.63], [22.94], CRS)
    beside = _parkings((float(x[0]) + 1060, float(y[0])))
    assert _suggest(_rides(), beside).is_empty()


def test_too_few_events_suggest_nothing() -> None:
    """No rides, and fewer than the least events, give no rows."""
    assert _suggest(_rides().head(0), _parkings()).is_empty()
    assert _suggest(_rides().head(7), _parkings()).is_empty()


def test_the_days_are_those_the_events_span() -> None:
    """300 rides every 48 minutes span ten days."""
    _, days = events_outside(_rides(), has_parkings=False)
    assert days == pytest.approx(10, abs=0.1)


def test_capacity_holds_the_scooters_that_stand_at_once() -> None:
    """Thirty arrivals a day that stand 8 h each are 10 at once, 14 nine times in ten."""
    assert capacity_of(600, days=10, dwell_h=8) == 14
    assert capacity_of(1, days=100, dwell_h=8) == 2


def test_real_trips_give_parkings_where_the_trips_are(shared_data: Path) -> None:
    """A month of real trips gives at least 20 places that hold a quarter of all events."""
    file = shared_data / "louisville_scooter_trips" / "trips_2019-01.csv"
    trips = pl.read_csv(file).filter(pl.col("start_latitude").is_not_null())
    crs = "EPSG:32616"
    ends = {}
    for end in ("start", "end"):
        latitude, longitude = trips[f"{end}_latitude"], trips[f"{end}_longitude"]
        ends[f"{end}_x_m"], ends[f"{end}_y_m"] = project(latitude, longitude, crs)
    number = pl.int_range(pl.len())
    rides = pl.DataFrame(ends).with_columns(
        started_at=pl.lit(AS_OF) - pl.duration(minutes=number * 6),
        ended_at=pl.lit(AS_OF) - pl.duration(minutes=number * 6),
        is_start_outside=pl.lit(True),
        is_end_outside=pl.lit(True),
    )
    inputs = {
        "rides": rides.filter(pl.all_horizontal(pl.col("start_x_m", "end_x_m").is_finite())),
        "parkings": _parkings(),
        "cities": pl.DataFrame({"city_id": ["louisville"], "crs": [crs]}),
    }
    built = build_parking_suggestions(inputs, CONTEXT, ParkingSuggestionParameters())
    assert len(built) >= 20
    assert built["share"].sum() > 0.25


@pytest.mark.parametrize(
    "wrong", [{"bandwidth_m": 0}, {"min_bin_freq": 0}, {"largest_radius_m": 1.0}]
)
def test_wrong_parameters_are_refused(wrong: dict[str, float]) -> None:
    """A parameter out of bounds is refused with its name."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        ParkingSuggestionParameters(**wrong)
