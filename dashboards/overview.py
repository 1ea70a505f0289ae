"""The state of the city page: everything it shows, read at once and kept without any display."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Protocol

import polars as pl

from dashboards import queries, wording
from dashboards.indicators import Indicator, compare_weeks
from dashboards.stock import add_status

#: How far back the chart of rides and the chart of demand reach.
RIDE_DAYS = 42
DEMAND_HOURS = 72

#: The states of scooters on the page, in its order.
FLEET_STATES = {
    "available_count": "available",
    "on_trip_count": "riding",
    "low_battery_count": "low on battery",
    "out_of_service_count": "out of service",
    "in_van_count": "in a van",
    "lost_count": "lost",
}


class Reader(Protocol):
    """Whatever answers a statement with a frame: a `warehouse.connection.Warehouse`."""

    def read(self, statement: str, parameters: Mapping[str, Any] | None = None, /) -> pl.DataFrame:
        """Return the rows of `statement`."""


class UnknownCityError(Exception):
    """The page was asked for a city that the warehouse does not hold."""

    def __init__(self, city_id: str, cities: list["City"]) -> None:
        super().__init__(f"There is no city called {city_id!r} here.")
        self.cities = cities


@dataclass(frozen=True)
class City:
    """A city of the selector.

    Attributes
    ----------
    as_of_at
        The city's clock: everything on the page was true at this moment; None before its first run.
    stale_reason
        Why the data is too old to plan with; None when it is fresh.
    records_sales
        Whether the source holds prices and app searches; files of trips do not.
    scooter_count, fleet
        Scooters there are, and how many are in each state, in words.
    """

    city_id: str
    name: str
    timezone: str
    currency: str
    as_of_at: datetime | None
    stale_reason: str | None
    records_sales: bool
    scooter_count: int
    fleet: list[tuple[str, int]]

    @property
    def as_of_local(self) -> datetime | None:
        """The clock on the city's walls."""
        return None if self.as_of_at is None else wording.local(self.as_of_at, self.timezone)


@dataclass(frozen=True)
class TaskKind:
    """The open tasks of one kind: how many, and what doing them is worth."""

    label: str
    task_count: int
    expected_value: float


@dataclass(frozen=True)
class CityOverview:
    """All that the page of one city shows.

    Attributes
    ----------
    city, cities
        The city shown, and all there are.
    days
        service_date, ride_count and the other columns of the indicators, oldest first.
    actual, forecast
        local_at (wall clock, no zone) with actual_count, and with forecast_count, lower_count,
        upper_count.
    parkings
        One row a parking, with its status (see `dashboards.stock`).
    suggestions
        Suggested parkings, best first.
    tasks
        Open tasks, the most valuable first.
    """

    city: City
    cities: list[City]
    days: pl.DataFrame
    actual: pl.DataFrame
    forecast: pl.DataFrame
    parkings: pl.DataFrame
    suggestions: pl.DataFrame
    tasks: pl.DataFrame

    @property
    def today(self) -> date:
        """The city's local date at its clock; before its first run, the day after its last one."""
        if self.city.as_of_local is not None:
            return self.city.as_of_local.date()
        last = self.days["service_date"].max()
        return last + timedelta(days=1) if isinstance(last, date) else date.min

    @property
    def has_data(self) -> bool:
        """Whether there is anything to show."""
        return not (self.days.is_empty() and self.parkings.is_empty())

    def indicators(self) -> list[Indicator]:
        """Return the figures at the top of the page."""
        if self.days.is_empty():
            return []
        return compare_weeks(self.days, self.today, self.city.currency)

    def task_kinds(self) -> list[TaskKind]:
        """Return the open tasks by kind, the most frequent first."""
        kinds = (
            self.tasks.group_by("task_label_en")
            .agg(pl.len().alias("task_count"), pl.col("expected_value").sum())
            .sort("task_count", "task_label_en", descending=[True, False])
        )
        return [TaskKind(label, tasks, value or 0.0) for label, tasks, value in kinds.iter_rows()]


def read_cities(warehouse: Reader) -> list[City]:
    """Return the cities by name; none before the first run."""
    if not warehouse.read(queries.IS_BUILT).item():
        return []
    return [_city(row) for row in warehouse.read(queries.CITIES).iter_rows(named=True)]


def _city(row: dict[str, Any]) -> City:
    return City(
        city_id=row["city_id"],
        name=row["name_en"],
        timezone=row["timezone"],
        currency=row["currency"] or "",
        as_of_at=row["as_of_at"],
        stale_reason=(row["stale_reason"] or "The data is too old") if row["is_stale"] else None,
        records_sales=row["data_source"] != "open_trips",
        scooter_count=row["scooter_count"],
        fleet=[(words, row[column]) for column, words in FLEET_STATES.items() if row[column]],
    )


def read_overview(
    warehouse: Reader, city_id: str | None = None, home_city: str | None = None
) -> CityOverview | None:
    """Read everything the page of a city shows.

    Parameters
    ----------
    warehouse
        Holds schema `bi`.
    city_id
        The city asked for.
    home_city
        The reader's own, shown where none was asked for; without one it is that with most rides.

    Returns
    -------
    CityOverview or None
        None when the warehouse holds no city yet.

    Raises
    ------
    UnknownCityError
        When there are cities, but not this one.
    """
    cities = read_cities(warehouse)
    if not cities:
        return None
    home = [city.city_id for city in cities if city.city_id == home_city]
    city_id = city_id or next(iter(home), None) or _busiest(warehouse) or cities[0].city_id
    city = next((city for city in cities if city.city_id == city_id), None)
    if city is None:
        raise UnknownCityError(city_id, cities)
    return _read_city(warehouse, city, cities)


def _busiest(warehouse: Reader) -> str | None:
    found = warehouse.read(queries.BUSIEST_CITY)
    return None if found.is_empty() else str(found.item())


def _read_city(warehouse: Reader, city: City, cities: list[City]) -> CityOverview:
    as_of_at = city.as_of_at or datetime.min
    params = {
        "city_id": city.city_id,
        "from_at": as_of_at - timedelta(hours=DEMAND_HOURS) if city.as_of_at else as_of_at,
        "from_date": (as_of_at - timedelta(days=RIDE_DAYS)).date() if city.as_of_at else date.min,
    }
    # At once: each statement takes a connection of its own, and most of the time goes into that.
    with ThreadPoolExecutor(max_workers=len(queries.OF_A_CITY)) as pool:
        days, demand, parkings, suggestions, tasks = pool.map(
            lambda statement: warehouse.read(statement, params), queries.OF_A_CITY
        )
    hours = _local_hours(demand, city.timezone)
    return CityOverview(
        city=city,
        cities=cities,
        days=_recorded(days, city),
        actual=hours.drop_nulls("actual_count"),
        forecast=hours.drop_nulls("forecast_count"),
        parkings=add_status(parkings),
        suggestions=suggestions,
        tasks=tasks,
    )


def _recorded(days: pl.DataFrame, city: City) -> pl.DataFrame:
    """Leave empty what the city's source does not record: a zero would read as a figure."""
    if city.records_sales:
        return days
    unknown = pl.lit(None, dtype=pl.Float64)
    return days.with_columns(revenue=unknown, unmet_search_count=unknown)


def _local_hours(hours: pl.DataFrame, timezone: str) -> pl.DataFrame:
    wall_clock = (
        pl.col("hour_at")
        .cast(pl.Datetime("us", "UTC"))
        .dt.convert_time_zone(timezone)
        .dt.replace_time_zone(None)
    )
    return hours.with_columns(wall_clock.alias("local_at")).sort("hour_at")
