"""The city page as Panel serves it: text from templates, figures from the charts. A view only."""

from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

import panel as pn
from jinja2 import Environment, FileSystemLoader

from dashboards import wording
from dashboards.charts import demand_chart, rides_chart
from dashboards.city_map import city_map
from dashboards.overview import City, CityOverview
from dashboards.stock import count_by_status

FOLDER = Path(__file__).parent
#: How many tasks are shown one by one.
FIRST_TASKS = 6

_fragments = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, lstrip_blocks=True
)


class Message(NamedTuple):
    """What stands on a page that has no figures to show."""

    title: str
    text: str


def overview_page(overview: CityOverview, tile_url: str = "") -> pn.Template:
    """Return the page of a city."""
    figures = _figures(overview, tile_url)
    top = _render(
        "top.html",
        city=overview.city,
        cities=overview.cities,
        as_of=_as_of(overview.city),
        indicators=overview.indicators(),
        period=_period(overview),
    )
    return _page(
        top,
        figures,
        has_forecast=not overview.forecast.is_empty(),
        map_legend=_map_legend(overview, tile_url),
        tasks=_tasks(overview),
    )


def message_page(message: Message, cities: list[City]) -> pn.Template:
    """Return a page that says one thing and offers the cities there are."""
    return _page(_render("top.html", message=message, cities=cities), {}, has_city=False)


def _page(top: str, figures: dict[str, Any], **variables: Any) -> pn.Template:
    page = pn.Template((FOLDER / "page.html").read_text())
    for name, drawing in figures.items():
        pane: Any = pn.pane.Bokeh
        page.add_panel(name, pane(drawing, sizing_mode=drawing.sizing_mode))
    shown = {
        "page_css": (FOLDER / "page.css").read_text(),
        "top": top,
        "charts": list(figures),
        "has_city": True,
        **variables,
    }
    for name, value in shown.items():
        page.add_variable(name, value)
    return page


def _figures(overview: CityOverview, tile_url: str) -> dict[str, Any]:
    figures: dict[str, Any] = {}
    if not overview.days.is_empty():
        figures["rides"] = rides_chart(overview.days, overview.today)
    now = overview.city.as_of_local
    if now and not (overview.actual.is_empty() and overview.forecast.is_empty()):
        figures["demand"] = demand_chart(overview.actual, overview.forecast, now)
    if not (overview.parkings.is_empty() and overview.suggestions.is_empty()):
        figures["map"] = city_map(overview.parkings, overview.suggestions, tile_url)
    return figures


def _map_legend(overview: CityOverview, tile_url: str) -> str:
    statuses = [
        {"status": status, "label": label, "parking_count": parkings}
        for status, label, parkings in count_by_status(overview.parkings)
    ]
    return _render(
        "legend.html",
        statuses=statuses,
        suggestion_count=overview.suggestions.height,
        has_grid=not tile_url,
    )


def _tasks(overview: CityOverview) -> str:
    def money(value: float | None) -> str:
        return wording.money(value, overview.city.currency)

    kinds = overview.task_kinds()
    first = [
        {
            "subject": row["subject"],
            "reason": row["reason_en"],
            "worth": money(row["expected_value"]),
        }
        for row in overview.tasks.head(FIRST_TASKS).iter_rows(named=True)
    ]
    most = max((kind.task_count for kind in kinds), default=1)
    return _render(
        "tasks.html",
        kinds=kinds,
        first=first,
        most=most,
        money=money,
        is_stale=overview.city.stale_reason is not None,
    )


def _as_of(city: City) -> str | None:
    return None if city.as_of_local is None else wording.moment_text(city.as_of_local)


def _period(overview: CityOverview) -> str:
    first, last = overview.today - timedelta(days=7), overview.today - timedelta(days=1)
    return (
        f"Seven full days, {wording.day_text(first)} to {wording.day_text(last)}, "
        "against the seven before."
    )


def _render(template: str, **values: Any) -> str:
    return _fragments.get_template(template).render(**values)
