"""What can be told before anything starts: cities that nobody knows, clocks before all data."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from flows import clocks
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

_CURE = (
    "moow demo simulates one, moow load-trips brings in a city from a file, "
    "MOOW_OPERATIONAL_URL names yours"
)


def check_request(
    settings: Settings, warehouse: Warehouse, wanted: Sequence[str] | None, as_of: datetime | None
) -> None:
    """Refuse a run that cannot succeed, by what is loaded already and the operational database.

    A database that does not answer is left to the extraction, which says so.

    Raises
    ------
    SourceError
        Naming the unknown city and those there are, or the clock and the range of the data.
    """
    known = {**clocks.known_cities(warehouse), **dict.fromkeys(settings.feed_cities, False)}
    unknown = [city for city in wanted or () if city not in known]
    if unknown:
        _check_operational(settings, unknown, sorted(known))
    elif not known and _lost_database(settings):
        database = make_url(settings.operational).database
        raise SourceError(f"there is no operational database {database}; {_CURE}")
    if as_of is not None:
        clocks.check_clock(warehouse, wanted, as_of, is_loaded=False)


def _check_operational(settings: Settings, cities: Sequence[str], known: Sequence[str]) -> None:
    if _lost_database(settings):
        there_are = f"there are {', '.join(known)}" if known else "no source has a city yet"
        raise SourceError(f"no source knows the city {cities[0]!r}; {there_are}; {_CURE}")
    slugs = _operational_cities(settings)
    unknown = [] if slugs is None else [city for city in cities if city not in slugs]
    if unknown:
        there_are = ", ".join(sorted({*(slugs or ()), *known})) or "none"
        raise SourceError(f"no source knows the city {unknown[0]!r}; there are {there_are}")


def _lost_database(settings: Settings) -> bool:
    url = make_url(settings.operational)
    return url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file()


def _operational_cities(settings: Settings) -> set[str] | None:
    """Cities of the operational database; None when it does not tell."""
    try:
        engine = create_engine(settings.operational)
        try:
            with engine.connect() as connection:
                return {
                    str(row.slug) for row in connection.execute(text("select slug from cities"))
                }
        finally:
            engine.dispose()
    except SQLAlchemyError:
        return None
