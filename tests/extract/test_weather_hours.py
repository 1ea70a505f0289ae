"""From stations to one row an hour: the nearest counts, short gaps are filled, forecasts apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from extract.weather.client import VALUES
from extract.weather.hours import forecast_hours, missing_hours, observed_hours
from extract.weather.stations import Station, at_similar_height

pytestmark = pytest.mark.unit
START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def values(
    numbers: list[float | None], element: str = "temperature_c", *, is_model: bool = False
) -> pl.DataFrame:
    """Values of one element, an hour each from `START`; None is missing."""
    rows = [
        (START + n * HOUR, element, number, "model" if is_model else "isd_lite", is_model)
        for n, number in enumerate(numbers)
        if number is not None
    ]
    return pl.DataFrame(rows, schema=VALUES, orient="row")


def last(hours: int) -> datetime:
    return START + (hours - 1) * HOUR


def test_the_nearest_measured_value_counts() -> None:
    """Each hour has the nearest station's value, then the next one's, then a model's, marked."""
    near = pl.concat([values([1.0, None, None]), values([None, 50.0, 50.0], is_model=True)])
    far = values([9.0, 2.0, None])
    hours = observed_hours([("A", near), ("B", far)], START, last(3))
    assert hours["temperature_c"].to_list() == [1.0, 2.0, 50.0]
    assert hours["station_id"].to_list() == ["A", "B", "A"]
    assert hours["is_filled"].to_list() == [False, False, True]
    assert hours["source"].to_list() == ["isd_lite", "isd_lite", "model"]


def test_a_gap_of_three_hours_is_filled_and_marked() -> None:
    """Three missing hours lie on the line between those around them, four stay missing."""
    three = observed_hours([("A", values([1.0, None, None, None, 5.0]))], START, last(5))
    assert three["temperature_c"].to_list() == [1.0, 2.0, 3.0, 4.0, 5.0]
    assert three["is_filled"].to_list() == [False, True, True, True, False]
    assert three["source"].to_list()[1] == "interpolation"
    four = observed_hours([("A", values([1.0, None, None, None, None, 6.0]))], START, last(6))
    assert four["temperature_c"].to_list() == [1.0, 6.0]


def test_nothing_is_guessed_beyond_the_last_hour() -> None:
    """Hours before the first and after the last known one are not filled."""
    hours = observed_hours([("A", values([None, 2.0, None]))], START, last(3))
    assert hours["hour_at"].to_list() == [START + HOUR]


def test_a_condition_code_has_no_middle() -> None:
    """Between the codes 1 and 9 no code is made up, while the temperature is interpolated."""
    frame = pl.concat([values([1.0, None, 3.0]), values([1.0, None, 9.0], "condition_code")])
    hours = observed_hours([("A", frame)], START, last(3))
    assert hours["condition_code"].to_list() == [1.0, None, 9.0]
    assert hours["temperature_c"].to_list() == [1.0, 2.0, 3.0]


def test_a_forecast_is_what_a_model_says_of_later_hours() -> None:
    """Modelled hours after the clock are the forecast; measured later hours are the future."""
    frame = pl.concat([values([1.0, 2.0, 3.0, 4.0], is_model=True), values([7.0] * 4)])
    forecast = forecast_hours([("A", frame)], START + HOUR, timedelta(hours=10))
    assert forecast["hour_at"].to_list() == [START + 2 * HOUR, START + 3 * HOUR]
    assert forecast["temperature_c"].to_list() == [3.0, 4.0]


def test_an_hour_is_complete_with_four_measured_elements() -> None:
    """An hour that lacks one element, or has it from a model only, counts as missing."""
    names = ["temperature_c", "precipitation_mm", "wind_kmh", "humidity_pct"]
    full = pl.concat([values([1.0, 1.0], name) for name in names])
    assert missing_hours([("A", full)], 2) == 0
    lacking = pl.concat([full.filter(pl.col("element") != "wind_kmh"), values([1.0], "wind_kmh")])
    modelled = values([None, 1.0], "wind_kmh", is_model=True)
    assert missing_hours([("A", lacking)], 2) == 1
    assert missing_hours([("A", pl.concat([lacking, modelled]))], 2) == 1


def test_a_station_on_the_mountain_does_not_stand_for_the_town() -> None:
    """A station 300 m above the nearest one may stand for it, one 301 m above may not."""
    stations = [
        Station(name, 40.0, 22.0, height)
        for name, height in [("town", 100.0), ("hill", 400.0), ("peak", 401.0), ("unknown", None)]
    ]
    assert [s.station_id for s in at_similar_height(stations)] == ["town", "hill", "unknown"]
