"""The clock of each city: the one "now" that marts, models and routes know."""

from collections.abc import Sequence
from datetime import datetime

from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

_KNOWN = """
select distinct slug as city_id, false as is_open from raw_operational.cities
union
select distinct city, true from raw_open_trips.cities
"""

_LAST_TRIPS = """
select
    city as city_id,
    date_trunc('hour', max(ended_at) + interval '59 minutes 59.999999 seconds') as as_of_at
from raw_open_trips.trips
group by 1
"""


def known_cities(warehouse: Warehouse) -> dict[str, bool]:
    """Cities of all sources; the value tells whether the city comes from a file of trips."""
    return {row["city_id"]: row["is_open"] for row in warehouse.fetch(_KNOWN)}


def has_trip_files_only(
    warehouse: Warehouse, settings: Settings, wanted: Sequence[str] | None
) -> bool:
    """Whether a run of the wanted cities has nothing to read but trip files.

    So it is when each wanted city is known from a file; without a wish, when files are all there
    is: no other city was ever loaded and the embedded sources were never made.
    """
    known = known_cities(warehouse)
    if wanted:
        return all(known.get(city, False) for city in wanted)
    is_untouched = settings.operational_url is None and not settings.sources_folder.exists()
    return is_untouched and bool(known) and all(known.values())


def choose_cities(warehouse: Warehouse, wanted: Sequence[str] | None) -> list[str]:
    """Check the wanted cities against those the sources know; None is all of them.

    Raises
    ------
    SourceError
        Naming the unknown city and those there are.
    """
    known = sorted(known_cities(warehouse))
    unknown = [city for city in wanted or () if city not in known]
    if unknown:
        there_are = f"there are {', '.join(known)}" if known else "no source has a city yet"
        raise SourceError(f"no source knows the city {unknown[0]!r}; {there_are}")
    return sorted(wanted) if wanted else known


def set_clocks(warehouse: Warehouse, cities: Sequence[str], as_of: datetime) -> bool:
    """Set the clocks of `cities` to `as_of`; a city of a trip file to the end of its last trip.

    Returns
    -------
    bool
        Whether some clock went backwards: then nothing that was built before may stay.
    """
    is_open = known_cities(warehouse)
    last = {row["city_id"]: row["as_of_at"] for row in warehouse.fetch(_LAST_TRIPS)}
    before = {
        row["city_id"]: row["as_of_at"]
        for row in warehouse.fetch("select city_id, as_of_at from ops.city_clocks")
    }
    went_back = False
    with warehouse.transaction() as connection:
        for city in cities:
            clock = min(as_of, last.get(city, as_of)) if is_open[city] else as_of
            went_back = went_back or clock < before.get(city, clock)
            connection.execute(
                "insert into ops.city_clocks values (%(city)s, %(clock)s)"
                " on conflict (city_id) do update set as_of_at = excluded.as_of_at",
                {"city": city, "clock": clock},
            )
    return went_back


def clock_of(warehouse: Warehouse, city_id: str) -> datetime:
    """The city's clock.

    Raises
    ------
    SourceError
        When the city has none yet.
    """
    rows = warehouse.fetch(
        "select as_of_at from ops.city_clocks where city_id = %(city)s", {"city": city_id}
    )
    if not rows:
        raise SourceError(f"{city_id} has not been run yet; moow run --city {city_id} does it")
    clock: datetime = rows[0]["as_of_at"]
    return clock
