"""Commands for a city that is known from a file of trips."""

from collections.abc import Sequence
from pathlib import Path

from extract.open_trips.load import LoadTrips
from extract.open_trips.load import load_trips as load_into_warehouse
from flows import clocks
from flows.server import prefect_server
from moow.console import console, show_notes, steps_shown
from warehouse.connection import open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings

_ADOPTED = "select count(*) as count from ops.adopted_parkings where city_id = %(city)s"


def load(
    settings: Settings,
    paths: Sequence[Path],
    *,
    city: str,
    timezone: str,
    crs: str,
    stations: Path | None,
    columns: Sequence[str],
    max_distance_km: float,
    currency: str,
) -> None:
    """Load the trips of the files and print what was taken and what was not.

    Raises
    ------
    MoowError
        When a file or an argument cannot be used; nothing is loaded then.
    """
    request = LoadTrips(
        path=tuple(paths),
        city=city,
        timezone=timezone,
        crs=crs,
        columns=dict(_pair(text) for text in columns),
        stations=stations,
        max_distance_km=max_distance_km,
        currency=currency,
    )
    with open_warehouse(settings) as warehouse, warehouse.lock("run", wait_s=600):
        report = load_into_warehouse(settings, warehouse, request)
    console.print(str(report), soft_wrap=True)
    adopt_first = "" if stations else f"moow adopt-parkings --city {city}, then "
    console.print(f"Next: {adopt_first}moow run --city {city}")


def adopt(settings: Settings, city: str, count: int) -> None:
    """Suggest parkings for the city and adopt the best of them.

    Raises
    ------
    MoowError
        When no city of that name was loaded.
    """
    with open_warehouse(settings) as warehouse:
        clocks.choose_cities(warehouse, [city])
        in_all = warehouse.fetch(_ADOPTED, {"city": city})[0]["count"]
        if in_all >= count:
            show_notes([f"{in_all} parkings of {city} are adopted already; --count asks for more"])
            return
        with prefect_server(settings), steps_shown():
            from flows.adoption import adopt_parkings

            adopted = adopt_parkings(city, count)
    console.print(f"{adopted} parkings adopted in {city}")
    if not adopted:
        show_notes([f"no place in {city} has enough rides far from the parkings it has"])


def _pair(text: str) -> tuple[str, str]:
    ours, separator, theirs = text.partition("=")
    if not separator or not ours or not theirs:
        raise MoowError(
            f"--column {text!r} is no pair; give OURS=THEIRS, for instance started_at=Starttime"
        )
    return ours, theirs
