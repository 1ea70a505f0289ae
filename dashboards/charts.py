"""The two charts of the page: rides per day, and demand hour by hour. Views only."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
from bokeh.models import (
    ColumnDataSource,
    FixedTicker,
    HoverTool,
    NumeralTickFormatter,
)
from bokeh.models.annotations import Label, Span

from dashboards import palette
from dashboards.canvas import FONT, Figure, new_figure

HEIGHT_PX = 260


def rides_chart(days: pl.DataFrame, today: date) -> Figure:
    """Draw rides per day as bars and their seven-day mean as a line; the running day is paler.

    Parameters
    ----------
    days
        service_date and ride_count, oldest first, not empty.
    today
        The city's local date.
    """
    drawn = days.select("service_date", pl.col("ride_count").cast(pl.Float64)).with_columns(
        pl.col("service_date").cast(pl.Datetime("ms")).alias("day_at"),
        pl.col("service_date").dt.strftime("%a %-d %b %Y").alias("day_text"),
        pl.when(pl.col("service_date") >= today)
        .then(pl.lit(palette.ACCENT_PALE))
        .when(pl.col("service_date").dt.weekday() >= 6)
        .then(pl.lit(palette.ACCENT))
        .otherwise(pl.lit(palette.ACCENT_LIGHT))
        .alias("colour"),
    )
    mean = drawn.filter(pl.col("service_date") < today).with_columns(
        pl.col("ride_count").rolling_mean(7).alias("mean_count")
    )
    chart = _chart(y_top=_top(drawn["ride_count"]))
    bars = chart.vbar(
        x="day_at", top="ride_count", width=timedelta(hours=17), color="colour",
        source=_source(drawn), border_radius=2,
    )  # fmt: skip
    chart.line(
        "day_at", "mean_count", source=_source(mean), color=palette.INK, line_width=2, alpha=0.75
    )
    _label_x(chart, _mondays(drawn["day_at"]), "%-d %b")
    chart.add_tools(_hover(bars, [("", "@day_text"), ("Rides", "@ride_count{0,0}")]))
    return chart


def demand_chart(actual: pl.DataFrame, forecast: pl.DataFrame, now: datetime) -> Figure:
    """Draw past departures, the forecast with its band, and the moment between them.

    Parameters
    ----------
    actual
        local_at and actual_count; may be empty.
    forecast
        local_at, forecast_count, lower_count and upper_count; hours past are drawn dashed.
    now
        The city's clock on its walls.
    """
    tops = [actual["actual_count"], forecast["upper_count"]]
    chart = _chart(y_top=max(_top(top) for top in tops))
    # The running hour is not over, so it is still a forecast.
    running = now.replace(minute=0, second=0, microsecond=0)
    ahead = _source(_with_hour_text(forecast.filter(pl.col("local_at") >= running)))
    past = _source(_with_hour_text(forecast.filter(pl.col("local_at") <= running)))
    seen = _source(_with_hour_text(actual))
    chart.varea("local_at", "lower_count", "upper_count", source=ahead, color=palette.FORECAST_PALE)
    chart.line(
        "local_at", "forecast_count", source=past, color=palette.FORECAST, line_width=1.5,
        line_dash="dotted",
    )  # fmt: skip
    line = chart.line("local_at", "actual_count", source=seen, color=palette.ACCENT, line_width=2)
    expected = chart.line(
        "local_at", "forecast_count", source=ahead, color=palette.FORECAST, line_width=2.5
    )
    _mark_now(chart, now)
    _label_x(chart, _midnights(actual, forecast), "%a %-d")
    chart.add_tools(
        _hover(line, [("", "@hour_text"), ("Rides", "@actual_count{0,0}")]),
        _hover(
            expected,
            [
                ("", "@hour_text"),
                ("Expected", "@forecast_count{0,0}"),
                ("Likely between", "@lower_count{0,0} and @upper_count{0,0}"),
            ],
        ),
    )
    return chart


def _chart(y_top: float) -> Figure:
    chart = new_figure(
        height=HEIGHT_PX,
        sizing_mode="stretch_width",
        x_axis_type="datetime",
        y_range=(0, y_top),
        tools="",
        toolbar_location=None,
        min_border_right=12,
    )
    chart.xgrid.grid_line_color = None
    chart.x_range.range_padding = 0.02
    chart.yaxis.formatter = NumeralTickFormatter(format="0,0")
    chart.yaxis.ticker.desired_num_ticks = 5
    return chart


def _hover(renderer: Any, tooltips: list[tuple[str, str]]) -> HoverTool:
    return HoverTool(renderers=[renderer], tooltips=tooltips, mode="vline", visible=False)


def _source(frame: pl.DataFrame) -> ColumnDataSource:
    # A missing number must be NaN: the browser draws a null as zero.
    floats = [name for name, dtype in frame.schema.items() if dtype.is_float()]
    whole = frame.with_columns(pl.col(floats).fill_null(float("nan"))) if floats else frame
    return ColumnDataSource({name: whole[name].to_list() for name in whole.columns})


def _top(values: pl.Series) -> float:
    highest = values.drop_nulls().max()
    return max(float(highest) * 1.12, 1.0) if isinstance(highest, int | float) else 1.0


def _with_hour_text(hours: pl.DataFrame) -> pl.DataFrame:
    return hours.with_columns(pl.col("local_at").dt.strftime("%a %-d %b, %H:%M").alias("hour_text"))


def _mark_now(chart: Figure, now: datetime) -> None:
    chart.add_layout(
        Span(location=now, dimension="height", line_color=palette.MUTED, line_dash="dashed")
    )
    chart.add_layout(
        Label(
            x=now, y=chart.y_range.end, text_baseline="top", x_offset=5, text="now",
            text_color=palette.MUTED,
            text_font=FONT, text_font_size="12px",
        )
    )  # fmt: skip


def _label_x(chart: Figure, moments: list[datetime], pattern: str) -> None:
    labels = {_milliseconds(moment): moment.strftime(pattern) for moment in moments}
    chart.xaxis.ticker = FixedTicker(ticks=list(labels))
    chart.xaxis.major_label_overrides = labels


def _milliseconds(moment: datetime) -> float:
    return (moment - datetime(1970, 1, 1)).total_seconds() * 1000


def _mondays(days: pl.Series) -> list[datetime]:
    mondays = [day for day in days.to_list() if day.weekday() == 0]
    # Every second one, counted from the last: all of them crowd on a phone.
    return mondays[::-2] or days.to_list()


def _midnights(actual: pl.DataFrame, forecast: pl.DataFrame) -> list[datetime]:
    hours = pl.concat([actual["local_at"], forecast["local_at"]]).unique().sort()
    return [hour for hour in hours.to_list() if hour.hour == 0]
