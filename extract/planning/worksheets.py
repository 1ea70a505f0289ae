"""The planning worksheets, declared: each column, what its cells may hold, what refers to what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from extract import cells
from extract.cells import Kind
from extract.planning.tables import (
    PLANNING_CITIES,
    PLANNING_PARKINGS,
    PRIORITIES,
    SHIFTS,
    VEHICLES,
    WORKERS,
)
from extract.raw_tables import RawTable

_TASK_KINDS = (
    *("low_battery", "outside_zone", "idle_too_long", "below_minimum", "below_target"),
    *("over_capacity", "not_reporting", "left_in_the_way"),
)
_COUNT = cells.integer(0, 100_000, optional=True)


@dataclass(frozen=True)
class Worksheet:
    """One worksheet.

    Parameters
    ----------
    table
        Where it goes; its key must not repeat within the sheet.
    columns
        Column names to kinds of cells.
    references
        Column names to ``(worksheet, column)`` whose cells they must be among.
    ascending
        Columns whose numbers must not fall from one to the next, empty cells passed over.
    """

    table: RawTable
    columns: Mapping[str, Kind]
    references: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    ascending: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Its name, which is also the name of its file without ``.csv``."""
        return self.table.name


_CITY = {"city": ("cities", "city")}

WORKSHEETS: tuple[Worksheet, ...] = (
    Worksheet(
        PLANNING_CITIES,
        {
            "city": cells.slug,
            "name_en": cells.text(),
            "name_el": cells.text(optional=True),
            "timezone": cells.timezone,
            "crs": cells.crs,
            "currency": cells.currency,
            "gps_tolerance_m": cells.number(0, 500),
            "low_battery_pct": cells.number(0, 100),
            "idle_hours": cells.number(0.5, 10_000),
            "silent_hours": cells.number(0.5, 10_000),
            "stale_hours": cells.number(0, 10_000),
            "search_radius_m": cells.number(0, 10_000),
            "ride_value": cells.number(0, 1_000_000),
            "move_cost": cells.number(0, 1_000_000),
            "depot_latitude": cells.number(-90, 90),
            "depot_longitude": cells.number(-180, 180),
            "service_start_hour": cells.integer(0, 24),
            "service_end_hour": cells.integer(0, 24),
        },
    ),
    Worksheet(
        PLANNING_PARKINGS,
        {
            "city": cells.slug,
            "parking_code": cells.text(),
            "day_part": cells.choice("morning", "afternoon", "evening", "night"),
            "minimum_count": _COUNT,
            "target_count": _COUNT,
            "maximum_count": _COUNT,
        },
        _CITY,
        ("minimum_count", "target_count", "maximum_count"),
    ),
    Worksheet(
        PRIORITIES,
        {
            "city": Kind(
                "a city of the sheet cities, or *",
                lambda cell: cell if cell == "*" else cells.slug.read(cell),
            ),
            "task_kind": cells.choice(*_TASK_KINDS),
            "weight": cells.number(0, 1_000_000),
            "value_per_task": cells.number(0, 1_000_000),
        },
        _CITY,
    ),
    Worksheet(
        WORKERS,
        {
            "worker": cells.slug,
            "city": cells.slug,
            "role": cells.choice("worker", "dispatcher"),
            "language": cells.choice("en", "el"),
            "skills": cells.text(optional=True),
        },
        _CITY,
    ),
    Worksheet(
        VEHICLES,
        {
            "vehicle": cells.slug,
            "city": cells.slug,
            "capacity_scooters": cells.integer(0, 1_000),
            "battery_stock": cells.integer(0, 10_000),
        },
        _CITY,
    ),
    Worksheet(
        SHIFTS,
        {
            "worker": cells.slug,
            "vehicle": cells.slug,
            "city": cells.slug,
            "weekdays": cells.weekdays,
            "start_local": cells.clock,
            "end_local": cells.clock,
        },
        {**_CITY, "worker": ("workers", "worker"), "vehicle": ("vehicles", "vehicle")},
    ),
)
NAMES = tuple(worksheet.name for worksheet in WORKSHEETS)
#: Worksheets that are written beside them and never read.
ALLOWED, TARGETS, SUGGESTIONS = "allowed_values", "suggested_targets", "suggested_parkings"
