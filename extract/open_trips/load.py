"""Files of trips of any city -> raw_open_trips: cities, trips, stations.

One row a trip with times and either coordinates or station ids; how columns are found stands in
`columns`, how times are read in `times`, how vehicles are inferred in `virtual_vehicles`. The same
file loaded twice adds nothing. Not loaded: other columns.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from extract.loading import LOCK_WAIT_S, Batch, RawPipeline
from extract.open_trips.files import ORIGINAL, read_trips
from extract.open_trips.request import LoadReport, LoadTrips
from extract.open_trips.rules import at_stations, centre, checked, typed, with_ids
from extract.open_trips.stations import read_checked_stations
from extract.open_trips.tables import (
    OPEN_TRIPS,
    STATIONS,
    STATIONS_REJECTED,
    TRIP_CITIES,
    TRIPS,
    TRIPS_REJECTED,
)
from extract.open_trips.virtual_vehicles import Fleet, with_vehicles
from extract.projection import Place, with_metres
from extract.rejections import REASON, accepted, rejected
from extract.schemas import create_raw_tables
from geography.crs import check_crs
from geography.zones import misplaced
from warehouse.errors import SettingsError, SourceError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

__all__ = ["LoadReport", "LoadTrips", "load_trips"]

logger = logging.getLogger(__name__)


def load_trips(settings: Settings, warehouse: Warehouse, request: LoadTrips) -> LoadReport:
    """Load trips of a city, and its stations.

    Parameters
    ----------
    settings
        ``home`` holds the scratch folder of the load.
    warehouse
        Where the raw tables are; they are made when missing.
    request
        The files and how to read them.

    Returns
    -------
    LoadReport
        What was new, known and rejected.

    Raises
    ------
    SettingsError
        When the city is an operator's, or was loaded with another zone or coordinate system.
    SourceError
        When a file is missing, no CSV, lacks columns or holds no trip that can be true; when its
        dates put the day first, or its places lie far from where the coordinate system is used.
    WarehouseError
        When the warehouse cannot be reached, or another extraction is at work on it.
    """
    now = request.loaded_at or datetime.now(UTC)
    texts = pl.concat(
        read_trips(path, request.columns, request.stations is not None) for path in request.paths
    )
    with warehouse.lock("extract", LOCK_WAIT_S):
        create_raw_tables(warehouse)
        _check_city(warehouse, request)
        stations = None
        if request.stations is not None:
            path = Path(request.stations)
            stations = read_checked_stations(path, request.city, request.crs)
        good_stations = None if stations is None else accepted(stations)
        trips = at_stations(with_ids(typed(texts, request.timezone)), good_stations)
        middle = _known_centre(warehouse, request.city) or centre(trips)
        marked = checked(trips, middle, request.max_distance_km).with_columns(
            city=pl.lit(request.city)
        )
        good = accepted(marked)
        if good.is_empty() or middle is None:
            raise SourceError(f"no trip of {_names(request)} can be used: {_first_reason(marked)}")
        _check_place(request, middle)
        new = _new_trips(warehouse, request, good)
        batches = [
            *_city_batch(warehouse, request, middle, now),
            *_station_batches(stations, now),
            Batch(TRIPS_REJECTED, _rejected_trips(marked, request.city, now), "keep"),
            Batch(TRIPS, new, "keep"),
        ]
        rows = RawPipeline(settings, warehouse, OPEN_TRIPS).load(batches)
    return _report(texts, marked, stations, new, rows, good.height)


def _check_place(request: LoadTrips, middle: tuple[float, float]) -> None:
    wrong = misplaced(*middle, request.crs)
    if wrong is not None:
        raise SourceError(
            f"the trips of {_names(request)} cannot be placed: of their median start, {wrong}; "
            "give the --crs of the city, and --column where a name is mistaken"
        )


def _check_city(warehouse: Warehouse, request: LoadTrips) -> None:
    city = request.city
    if warehouse.fetch(
        "select 1 from raw_operational.cities where slug = %(city)s", {"city": city}
    ):
        raise SettingsError(
            f"the city {city!r} is one of the operational database; give the trips another name"
        )
    if warehouse.fetch("select 1 from raw_mds.cities where city = %(city)s", {"city": city}):
        raise SettingsError(
            f"the city {city!r} has an MDS feed, whose trips these would double; give the trips "
            "another name"
        )
    for row in warehouse.fetch(
        "select crs, timezone from raw_open_trips.cities where city = %(city)s", {"city": city}
    ):
        for before, now, name in (
            (check_crs(row["crs"]), check_crs(request.crs), "coordinate system"),
            (row["timezone"], request.timezone, "time zone"),
        ):
            if before != now:
                raise SettingsError(
                    f"the city {city!r} was loaded with the {name} {before}, and now {now} is "
                    f"given; give {before}, or give the trips another name"
                )


def _known_centre(warehouse: Warehouse, city: str) -> tuple[float, float] | None:
    """Return the centre of an earlier load: a second load must judge rows as the first did."""
    rows = warehouse.fetch(
        "select depot_latitude, depot_longitude from raw_open_trips.cities where city = %(city)s",
        {"city": city},
    )
    return (rows[0]["depot_latitude"], rows[0]["depot_longitude"]) if rows else None


def _new_trips(warehouse: Warehouse, request: LoadTrips, good: pl.DataFrame) -> pl.DataFrame:
    there = warehouse.read(
        "select trip_id, vehicle_id, is_vehicle_inferred, ended_at, end_x_m, end_y_m"
        " from raw_open_trips.trips where city = %(city)s order by ended_at, trip_id",
        {"city": request.city},
    )
    new = good.join(there, on="trip_id", how="anti", maintain_order="left")
    places = {request.city: Place(request.crs)}
    new = with_metres(new, places, {"start_": "start_", "end_": "end_"})
    return with_vehicles(new, _fleet(there))


def _fleet(there: pl.DataFrame) -> Fleet:
    """Return the virtual vehicles where the trips loaded earlier left them."""
    fleet = Fleet()
    last = there.filter("is_vehicle_inferred").unique("vehicle_id", keep="last")
    for row in last.sort("vehicle_id").iter_rows(named=True):
        fleet.park(row["vehicle_id"], row["ended_at"].timestamp(), row["end_x_m"], row["end_y_m"])
        fleet.count += 1
    return fleet


def _city_batch(
    warehouse: Warehouse, request: LoadTrips, middle: tuple[float, float], now: datetime
) -> list[Batch]:
    row = {
        **{"city": request.city, "name": request.name or request.city.replace("-", " ").title()},
        **{"timezone": request.timezone, "crs": request.crs, "currency": request.currency},
        **{"depot_latitude": middle[0], "depot_longitude": middle[1]},
    }
    frame = with_metres(
        pl.DataFrame([row]), {request.city: Place(request.crs)}, {"depot_": "depot_"}
    )
    there = warehouse.read("select * from raw_open_trips.cities")
    same = frame.join(there, on=list(row), how="semi") if not there.is_empty() else frame.clear()
    if not same.is_empty():
        return []
    return [Batch(TRIP_CITIES, frame.with_columns(loaded_at=pl.lit(now)))]


def _station_batches(stations: pl.DataFrame | None, now: datetime) -> list[Batch]:
    if stations is None:
        return []
    key = pl.format("{}:{}", "city", "row_key")
    bad = rejected(stations, key, pl.col(ORIGINAL), now)
    return [Batch(STATIONS, accepted(stations)), Batch(STATIONS_REJECTED, bad, "keep")]


def _rejected_trips(marked: pl.DataFrame, city: str, now: datetime) -> pl.DataFrame:
    bad = rejected(
        marked, pl.format("{}:{}", pl.lit(city), pl.col("row_key")), pl.col(ORIGINAL), now
    )
    return bad.unique("row_key", keep="first", maintain_order=True)


def _report(
    texts: pl.DataFrame,
    marked: pl.DataFrame,
    stations: pl.DataFrame | None,
    new: pl.DataFrame,
    rows: dict[str, int],
    good: int,
) -> LoadReport:
    reasons = dict(marked[REASON].drop_nulls().value_counts().iter_rows())
    if stations is not None:
        counted = stations[REASON].drop_nulls().value_counts()
        reasons.update({f"station: {text}": count for text, count in counted.iter_rows()})
    notes = []
    if new["is_vehicle_inferred"].any():
        notes.append(
            "the file names no vehicles: trips were chained into virtual ones, which is a lower "
            "bound of the fleet"
        )
    return LoadReport(
        read=texts.height,
        rows=rows,
        rejected=reasons,
        known=good - new.height,
        vehicles=new["vehicle_id"].n_unique(),
        notes=notes,
    )


def _names(request: LoadTrips) -> str:
    return ", ".join(path.name for path in request.paths)


def _first_reason(marked: pl.DataFrame) -> str:
    reasons = marked[REASON].drop_nulls().value_counts(sort=True)
    if reasons.is_empty():
        return "there is no row in it"
    reason, count = reasons.row(0)
    return f"{count:,} rows were rejected as: {reason}"
