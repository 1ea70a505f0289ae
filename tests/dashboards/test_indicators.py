"""The figures at the top of the page."""

from datetime import date, timedelta

import polars as pl
import pytest

from dashboards.indicators import Indicator, compare_weeks

pytestmark = pytest.mark.unit

TODAY = date(2026, 6, 1)


def city_days(day_count: int = 15, **columns: list[float | None]) -> pl.DataFrame:
    """City days up to and with `TODAY`, oldest first."""
    dates = [TODAY - timedelta(days=back) for back in range(day_count - 1, -1, -1)]
    defaults = {
        "ride_count": [10.0] * day_count,
        "revenue": [30.0] * day_count,
        "deployed_scooters": [5.0] * day_count,
        "available_min": [80.0] * day_count,
        "deployed_min": [100.0] * day_count,
        "unmet_search_count": [2.0] * day_count,
    }
    return pl.DataFrame({"service_date": dates, **(defaults | columns)})


def indicator(days: pl.DataFrame, label: str) -> Indicator:
    """The indicator called `label`."""
    return next(each for each in compare_weeks(days, TODAY, "EUR") if each.label == label)


def test_today_is_left_out() -> None:
    """The running day belongs to neither week."""
    days = city_days(ride_count=[10.0] * 14 + [5000.0])
    assert indicator(days, "Rides").value == "70"
    assert indicator(days, "Rides").tone == "same"


def test_more_rides_are_good_and_more_unmet_searches_bad() -> None:
    """The tone follows whether more is better."""
    days = city_days(
        ride_count=[10.0] * 7 + [11.0] * 7 + [0.0],
        unmet_search_count=[2.0] * 7 + [3.0] * 7 + [0.0],
    )
    rides, unmet = indicator(days, "Rides"), indicator(days, "Unmet searches")
    assert (rides.change, rides.tone) == ("+10%", "good")
    assert (unmet.change, unmet.tone) == ("+50%", "bad")


def test_ratios_divide_sums() -> None:
    """A ratio is the week's numerator over the week's denominator, not a mean of daily ratios."""
    days = city_days(
        ride_count=[10.0] * 7 + [0.0] * 6 + [90.0] + [0.0],
        deployed_scooters=[5.0] * 7 + [10.0] * 6 + [30.0] + [0.0],
    )
    assert indicator(days, "Rides per scooter and day").value == "1.00"


def test_share_changes_in_points() -> None:
    """A share's change is in percentage points."""
    days = city_days(available_min=[80.0] * 7 + [75.0] * 7 + [0.0])
    availability = indicator(days, "Availability")
    assert (availability.value, availability.change) == ("75%", "−5 points")


@pytest.mark.parametrize(("day_count", "has_change"), [(14, False), (15, True)])
def test_a_short_week_is_not_compared(day_count: int, has_change: bool) -> None:
    """Without a whole week before there is no change."""
    rides = indicator(city_days(day_count), "Rides")
    assert (rides.tone != "unknown") == has_change


def test_nothing_recorded_is_a_dash() -> None:
    """An operator without prices sees a dash, not a zero."""
    revenue = indicator(city_days(revenue=[None] * 15), "Revenue")
    assert (revenue.value, revenue.change) == ("–", "not recorded")


def test_zero_denominator_is_a_dash() -> None:
    """No deployed scooter gives no ratio."""
    assert (
        indicator(city_days(deployed_scooters=[0.0] * 15), "Rides per scooter and day").value == "–"
    )
