"""The clock of each city: the one "now" that marts, models and routes know."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from psycopg import sql

from warehouse.connection import Connection, Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

_KNOWN = """
select city_id, bool_and(is_open) as is_open
from (
    select slug as city_id, false as is_open from raw_operational.cities
    union all
    select city, false from raw_mds.cities
    union all
    select city, false from raw_gbfs.systems
    union all
    select city, true from raw_open_trips.cities
) as cities
group by city_id
"""

_LAST_TRIPS = """
select
    city as city_id,
    date_trunc('hour', max(ended_at) + interval '59 minutes 59.999999 seconds') as as_of_at
from raw_open_trips.trips
group by 1
"""

# What a city has done by itself; sheets and weather tell nothing about when it began.
_RANGES = """
select city as city_id, min(started_at) as first_at, max(started_at) as last_at
from raw_operational.rides
where city = any(%(cities)s)
group by 1
union all
select city, min(started_at), max(started_at)
from raw_open_trips.trips
where city = any(%(cities)s)
group by 1
union all
select city, min(started_at), max(started_at)
from raw_mds.trips
where city = any(%(cities)s)
group by 1
union all
select city, min(observed_at), max(observed_at)
from raw_gbfs.vehicle_observations
where city = any(%(cities)s)
group by 1
order by 1
"""

#: Model outputs that keep what was issued before.
_ISSUED = (
    ("ml.demand_forecasts", "issued_at"),
    ("ml.city_demand_forecasts", "issued_at"),
    ("ml.forecast_models", "fitted_at"),
)

_FORGET_ROUTES = """
delete from ops.routes
where city_id = %(city)s and not exists (
    select from ops.route_stops
    where route_stops.route_id = routes.route_id and route_stops.status <> 'planned'
)
"""

_FORGET_TASKS = """
delete from ops.tasks
where city_id = %(city)s and done_at is null and not exists (
    select from ops.route_stops where tasks.task_id = any(route_stops.task_ids)
)
"""


def known_cities(warehouse: Warehouse) -> dict[str, bool]:
    """Cities of all sources; the value tells whether a file of trips is all there is of it."""
    if not _has_tables(warehouse):
        return {}
    return {row["city_id"]: row["is_open"] for row in warehouse.fetch(_KNOWN)}


def _has_tables(warehouse: Warehouse) -> bool:
    """Whether a run or a load has made the raw tables; all come in one transaction."""
    there = "select to_regclass('raw_open_trips.trips') is not null as there"
    return bool(warehouse.fetch(there)[0]["there"])


def check_clock(
    warehouse: Warehouse, wanted: Sequence[str] | None, as_of: datetime, *, is_loaded: bool
) -> None:
    """Refuse a clock before the first ride of a wanted city; without a wish, before all rides.

    Parameters
    ----------
    is_loaded
        Whether all that the sources held before the clock is in the warehouse: then no ride at all
        is refused too. Else a city without rides may yet get some.

    Raises
    ------
    SourceError
        Naming the range of the data and a clock that fits.
    """
    cities = list(wanted or known_cities(warehouse))
    ranges = warehouse.fetch(_RANGES, {"cities": cities}) if _has_tables(warehouse) else []
    late = [row for row in ranges if row["first_at"] >= as_of]
    given = f"--as-of {as_of:%Y-%m-%dT%H:%MZ}"
    if is_loaded and not ranges:
        raise SourceError(
            f"{given} is before the first ride of {' and '.join(cities) or 'any city'}: the sources"
            " hold none that began earlier; give a later clock, or none for all there is"
        )
    if late and (wanted or len(late) == len(ranges)):
        first, last = late[0]["first_at"], late[0]["last_at"]
        # An hour's end some days in, so that there is something to see.
        fits = min(last, first + timedelta(days=14)).replace(minute=0, second=0, microsecond=0)
        raise SourceError(
            f"{given} is before the first ride of {late[0]['city_id']}: those loaded are from "
            f"{first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC; give a clock after the first, "
            f"for instance --as-of {fits + timedelta(hours=1):%Y-%m-%dT%H:%MZ}"
        )


def has_trip_files_only(
    warehouse: Warehouse, settings: Settings, wanted: Sequence[str] | None
) -> bool:
    """Whether a run of the wanted cities has nothing to read but trip files.

    So it is when each wanted city is known from a file; without a wish, when files are all there
    is: no other city was ever loaded, no feed is set and the embedded sources were never made.
    """
    known = known_cities(warehouse)
    feeds = settings.feed_cities
    if wanted:
        return all(known.get(city, False) and city not in feeds for city in wanted)
    is_untouched = settings.operational_url is None and not settings.sources_folder.exists()
    return is_untouched and not feeds and bool(known) and all(known.values())


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


def set_clocks(warehouse: Warehouse, cities: Sequence[str], as_of: datetime) -> None:
    """Set the clocks of `cities` to `as_of`; a city of a trip file to the end of its last trip.

    A city whose clock goes back forgets what was forecast and planned later, but for what a
    worker has begun or done, and its marts become due to be built anew (`is_rebuild_due`).
    """
    is_open = known_cities(warehouse)
    last = {row["city_id"]: row["as_of_at"] for row in warehouse.fetch(_LAST_TRIPS)}
    before = {
        row["city_id"]: row["as_of_at"]
        for row in warehouse.fetch("select city_id, as_of_at from ops.city_clocks")
    }
    with warehouse.transaction() as connection:
        for city in cities:
            clock = min(as_of, last.get(city, as_of)) if is_open[city] else as_of
            went_back = clock < before.get(city, clock)
            if went_back:
                forget_later(connection, city, clock)
            connection.execute(
                "insert into ops.city_clocks values (%(city)s, %(clock)s, %(due)s)"
                " on conflict (city_id) do update set as_of_at = excluded.as_of_at,"
                " is_rebuild_due = city_clocks.is_rebuild_due or excluded.is_rebuild_due",
                {"city": city, "clock": clock, "due": went_back},
            )


def is_rebuild_due(warehouse: Warehouse) -> bool:
    """Whether some clock went back and the marts were not built anew since."""
    return bool(warehouse.fetch("select 1 from ops.city_clocks where is_rebuild_due limit 1"))


def has_marts(warehouse: Warehouse) -> bool:
    """Whether the marts were ever built."""
    there = "select to_regclass('marts.fct_rides') is not null as there"
    return bool(warehouse.fetch(there)[0]["there"])


def rebuild_done(warehouse: Warehouse) -> None:
    """Note that the marts were built anew for all clocks."""
    warehouse.execute("update ops.city_clocks set is_rebuild_due = false where is_rebuild_due")


def forget_later(connection: Connection, city: str, clock: datetime) -> None:
    """Take back what a city's models issued after `clock`, and what was planned but not begun."""
    values = {"city": city, "clock": clock}
    for table, column in _ISSUED:
        there = connection.execute(
            "select to_regclass(%(table)s) is not null as there", {"table": table}
        ).fetchone()
        if there and there["there"]:
            connection.execute(
                sql.SQL("delete from {} where city_id = %(city)s and {} > %(clock)s").format(
                    sql.Identifier(*table.split(".")), sql.Identifier(column)
                ),
                values,
            )
    connection.execute(_FORGET_ROUTES, values)
    connection.execute(_FORGET_TASKS, values)


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
