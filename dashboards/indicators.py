"""The figures at the top of the page: the last seven full days against the seven before."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import polars as pl

from dashboards import wording

Tone = Literal["good", "bad", "same", "unknown"]

#: A change smaller than this is called "same".
SAME_SHARE = 0.005


@dataclass(frozen=True)
class Indicator:
    """One figure, ready to be shown.

    Attributes
    ----------
    label
        What it is.
    value
        The last seven full days, in words.
    change
        Against the week before, in words.
    tone
        Whether the change is good news.
    hint
        What the figure means, in one sentence.
    """

    label: str
    value: str
    change: str
    tone: Tone
    hint: str


@dataclass(frozen=True)
class Measure:
    """How an indicator comes from city days: a sum, or a sum over another sum."""

    label: str
    numerator: str
    denominator: str | None
    write: Callable[[float | None], str]
    more_is_better: bool
    hint: str
    in_points: bool = False

    def of(self, days: pl.DataFrame) -> float | None:
        """Return the measure over `days`; None when nothing was recorded or it divides by 0."""
        known = days.drop_nulls(self.numerator)
        if known.is_empty():
            return None
        total = float(known[self.numerator].sum())
        if self.denominator is None:
            return total
        divisor = float(known[self.denominator].sum() or 0)
        return total / divisor if divisor else None


def measures(currency: str) -> tuple[Measure, ...]:
    """Return the five measures of the page, amounts in `currency`."""
    return (
        Measure("Rides", "ride_count", None, wording.count, True, "Completed rides"),
        Measure(
            "Revenue", "revenue", None, lambda value: wording.money(value, currency), True,
            "What riders paid",
        ),
        Measure(
            "Rides per scooter and day", "ride_count", "deployed_scooters", wording.ratio, True,
            "Completed rides divided by deployed scooter days",
        ),
        Measure(
            "Availability", "available_min", "deployed_min", wording.percent, True,
            "Share of the fleet's time in which a scooter could be rented", in_points=True,
        ),
        Measure(
            "Unmet searches", "unmet_search_count", None, wording.count, False,
            "App searches shown no scooter, made within walking distance of a parking",
        ),
    )  # fmt: skip


def compare_weeks(days: pl.DataFrame, today: date, currency: str) -> list[Indicator]:
    """Return each measure over the seven days before `today` against the seven before those.

    Parameters
    ----------
    days
        City days: service_date and the columns the measures name.
    today
        The city's local date; today itself is not over and does not count.
    currency
        Currency of the amounts.

    Returns
    -------
    list of Indicator
        Always all five; a dash where nothing was recorded.
    """
    this_week = _days_before(days, today, 7)
    week_before = _days_before(days, today - timedelta(days=7), 7)
    return [_indicator(measure, this_week, week_before) for measure in measures(currency)]


def _days_before(days: pl.DataFrame, day: date, count: int) -> pl.DataFrame:
    start = day - timedelta(days=count)
    return days.filter((pl.col("service_date") >= start) & (pl.col("service_date") < day))


def _indicator(measure: Measure, this_week: pl.DataFrame, week_before: pl.DataFrame) -> Indicator:
    now, before = measure.of(this_week), measure.of(week_before)
    # Half a week against a whole one would look like a change that nobody made.
    if this_week.height != week_before.height:
        before = None
    change, tone = _change(measure, now, before)
    return Indicator(measure.label, measure.write(now), change, tone, measure.hint)


def _change(measure: Measure, now: float | None, before: float | None) -> tuple[str, Tone]:
    if now is None:
        return "not recorded", "unknown"
    if before is None or (before == 0 and not measure.in_points):
        return "no full week before", "unknown"
    difference = now - before if measure.in_points else now / before - 1
    if abs(difference) < SAME_SHARE:
        return "same as week before", "same"
    unit = " points" if measure.in_points else "%"
    tone: Tone = "good" if (difference > 0) == measure.more_is_better else "bad"
    return f"{difference * 100:+.0f}{unit}".replace("-", "−"), tone
