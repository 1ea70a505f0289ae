"""What planning reads of the marts and of its own tasks, a city at a time."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from routing.errors import RoutingError
from routing.lifecycle import next_tasks
from warehouse.connection import Warehouse

Row = dict[str, Any]

_TASK_COLUMNS = (
    *("task_id", "city_id", "task_kind", "subject_id", "scooter_id", "scooter_code", "parking_id"),
    *("latitude", "longitude", "x_m", "y_m", "scooter_count", "battery_pct", "priority"),
    *("expected_value", "reason_en", "reason_el", "status", "opened_at", "last_seen_at"),
    *("missing_count", "claimed_at", "done_at", "done_by", "verified_at", "closed_at"),
    "closed_reason",
)


@dataclass(frozen=True)
class CityPicture:
    """The city as the marts see it at the clock."""

    city: Row
    scooters: tuple[Row, ...]
    parkings: Mapping[str, Row]


def read_city(warehouse: Warehouse, city_id: str) -> CityPicture:
    """Read a city, its scooters and its parkings.

    Raises
    ------
    RoutingError
        When the marts do not know the city, or it has no depot.
    """
    names = {"city_id": city_id}
    cities = warehouse.fetch(
        "select city_id, timezone, crs, low_battery_pct, depot_latitude, depot_longitude, "
        "depot_x_m, depot_y_m, is_stale, stale_reason from marts.dim_cities "
        "where city_id = %(city_id)s",
        names,
    )
    if not cities:
        raise RoutingError(
            f"city {city_id!r} is not in marts.dim_cities; load it and run dbt first"
        )
    if cities[0]["depot_x_m"] is None or cities[0]["depot_y_m"] is None:
        raise RoutingError(
            f"city {city_id!r} has no depot; fill in depot_latitude and depot_longitude in the "
            "worksheet cities"
        )
    scooters = warehouse.fetch(
        "select scooter_id, scooter_code, state, since_at, parking_id, latitude, longitude, x_m, "
        "y_m, battery_pct, last_reported_at from marts.fct_scooter_states "
        "where city_id = %(city_id)s order by scooter_id",
        names,
    )
    parkings = warehouse.fetch(
        "select parking_id, name, latitude, longitude, x_m, y_m, zone_geojson "
        "from marts.dim_parkings where city_id = %(city_id)s order by parking_id",
        names,
    )
    by_id = {row["parking_id"]: row for row in parkings}
    return CityPicture(cities[0], tuple(scooters), by_id)


def read_crew(warehouse: Warehouse, city_id: str) -> tuple[list[Row], list[Row], list[Row]]:
    """Shifts, workers and vehicles of a city, in a fixed order."""
    names = {"city_id": city_id}
    shifts = warehouse.fetch(
        "select shift_id, worker_id, vehicle_id, weekdays, start_local, end_local "
        "from marts.dim_shifts where city_id = %(city_id)s order by shift_id",
        names,
    )
    workers = warehouse.fetch(
        "select worker_id, skills from marts.dim_workers where city_id = %(city_id)s "
        "order by worker_id",
        names,
    )
    vehicles = warehouse.fetch(
        "select vehicle_id, capacity_scooters, battery_stock from marts.dim_vehicles "
        "where city_id = %(city_id)s order by vehicle_id",
        names,
    )
    return shifts, workers, vehicles


def update_tasks(warehouse: Warehouse, picture: CityPicture, as_of: datetime) -> dict[str, int]:
    """Bring the city's tasks up to date in one transaction.

    Returns
    -------
    dict of str to int
        How many tasks became `opened`, `refreshed`, `closed`, `verified` or `reopened`.
    """
    names = {"city_id": picture.city["city_id"]}
    columns = ", ".join(_TASK_COLUMNS)
    with warehouse.transaction() as connection:
        tasks = connection.execute(
            f"select {columns} from ops.tasks where city_id = %(city_id)s "
            "and status in ('open', 'assigned', 'done') order by task_id for update",
            names,
        ).fetchall()
        candidates = connection.execute(
            "select * from marts.fct_task_candidates where city_id = %(city_id)s "
            "order by candidate_id",
            names,
        ).fetchall()
        scooters = {row["scooter_id"]: row for row in picture.scooters}
        changed = next_tasks(tasks, candidates, scooters, as_of)
        updates = ", ".join(f"{name} = excluded.{name}" for name in _TASK_COLUMNS[1:])
        values = ", ".join(f"%({name})s" for name in _TASK_COLUMNS)
        with connection.cursor() as cursor:
            cursor.executemany(
                f"insert into ops.tasks ({columns}) values ({values}) "
                f"on conflict (task_id) do update set {updates}",
                [{name: row[name] for name in _TASK_COLUMNS} for row in changed],
            )
    return _count_changes({task["task_id"]: task["status"] for task in tasks}, changed)


def read_open_tasks(warehouse: Warehouse, city_id: str) -> list[Row]:
    """Tasks that routes may serve, ordered by id."""
    return warehouse.fetch(
        "select * from ops.tasks where city_id = %(city_id)s and status in ('open', 'assigned') "
        "order by task_id",
        {"city_id": city_id},
    )


def _count_changes(before: Mapping[str, str], changed: list[Row]) -> dict[str, int]:
    counts = dict.fromkeys(("opened", "refreshed", "closed", "verified", "reopened"), 0)
    for row in changed:
        was = before.get(row["task_id"])
        if was is None:
            counts["opened"] += 1
        elif row["status"] in {"closed", "verified"}:
            counts[row["status"]] += 1
        elif was == "done":
            counts["reopened"] += 1
        else:
            counts["refreshed"] += 1
    return counts
