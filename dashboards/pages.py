"""The pages of this package, by path, ready to be mounted on the app."""

import logging
from collections.abc import Callable
from typing import Any

import panel as pn

from dashboards.city_page import Message, message_page, overview_page
from dashboards.overview import City, UnknownCityError, read_overview
from warehouse.connection import Warehouse
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

Page = tuple[str, Callable[[], Any]]

PATH = "/dashboard"

NOTHING_YET = Message(
    "Nothing to show yet",
    "The warehouse holds no city. Run “moow run” once and reload this page.",
)
NO_WAREHOUSE = Message(
    "The warehouse does not answer",
    "The figures could not be read. Try again in a minute; “moow doctor” says what is wrong.",
)


def build_pages(
    settings: Settings, warehouse_url: str, home_city: Callable[[], str | None] = lambda: None
) -> dict[str, Page]:
    """Return the pages of the manager's dashboard.

    Parameters
    ----------
    settings
        Of which only `tile_url` is used.
    warehouse_url
        A Postgres whose user may read schema `bi`; nothing else is read.
    home_city
        Gives the city of whoever looks, shown first; None is the one with most rides.

    Returns
    -------
    dict
        Path to (title, callable that gives the page), as ``panel.io.fastapi`` mounts them. A page
        takes its city from the address, ``/dashboard?city=thessaloniki``.
    """
    warehouse = Warehouse(warehouse_url)

    def page() -> pn.Template:
        return city_page(warehouse, asked_city(), home_city(), settings.tile_url)

    return {PATH: ("City overview", page)}


def asked_city() -> str | None:
    """Return the city named in the address of the running session; None when it names none."""
    values = pn.state.session_args.get("city", [])
    return values[0].decode("utf-8", "replace") or None if values else None


def city_page(
    warehouse: Warehouse, city_id: str | None, home_city: str | None, tile_url: str
) -> pn.Template:
    """Return the page of a city, or one that says in a sentence why there is none."""
    try:
        overview = read_overview(warehouse, city_id, home_city)
    except UnknownCityError as error:
        return message_page(Message(str(error), "These are the ones there are:"), error.cities)
    except WarehouseError:
        logger.exception("the dashboard of %s could not be read", city_id or "the busiest city")
        return message_page(NO_WAREHOUSE, [])
    if overview is None:
        return message_page(NOTHING_YET, [])
    if not overview.has_data:
        return message_page(no_data(overview.city), overview.cities)
    return overview_page(overview, tile_url)


def no_data(city: City) -> Message:
    """Say that a city is known but has nothing to show."""
    text = "Its rides and parkings show here after the next run that finds any."
    return Message(f"{city.name} has no data yet", text)
