"""The planning spreadsheet as the operator's planners would keep it, one CSV a worksheet."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from geography.crs import unproject
from simulator.cities import CRS, CURRENCY, TIMEZONE, City
from simulator.parameters import LOW_BATTERY_PCT, stream
from simulator.places import load_map
from simulator.shifts import BATTERY_STOCK, shifts_of, van_capacity

Cells = dict[str, object]

_DAY_PARTS = ("morning", "afternoon", "evening", "night")
#: Where a type of place wants its scooters, by day part.
_EMPHASIS = {
    "home": (1.3, 0.9, 0.9, 1.1),
    "work": (0.8, 1.3, 1.0, 0.7),
    "leisure": (0.8, 1.0, 1.3, 1.1),
}
_PRIORITIES = (
    ("low_battery", 1.0, 4.0),
    ("left_in_the_way", 1.1, 4.0),
    ("outside_zone", 0.8, 3.0),
    ("idle_too_long", 0.4, 1.5),
    ("below_minimum", 1.2, 5.0),
    ("below_target", 0.6, 2.5),
    ("over_capacity", 0.7, 2.0),
    ("not_reporting", 0.5, 2.0),
)


def worksheets(cities: Sequence[City]) -> dict[str, list[Cells]]:
    """Rows of every worksheet; a cell that planners left empty is None."""
    return {
        "cities": [_city_row(city) for city in cities],
        "parkings": [row for city in cities for row in _parking_rows(city)],
        "priorities": [
            {"city": "*", "task_kind": kind, "weight": weight, "value_per_task": value}
            for kind, weight, value in _PRIORITIES
        ],
        "workers": [row for city in cities for row in _worker_rows(city)],
        "vehicles": [
            {
                "vehicle": f"{city.slug}-van-{van + 1}",
                "city": city.slug,
                "capacity_scooters": van_capacity(van),
                "battery_stock": BATTERY_STOCK,
            }
            for city in cities
            for van in range(city.van_count)
        ],
        "shifts": [
            {
                "worker": shift.worker,
                "vehicle": f"{city.slug}-van-{shift.van + 1}",
                "city": city.slug,
                "weekdays": shift.weekdays,
                "start_local": f"{shift.start_hour:02d}:00",
                "end_local": f"{shift.end_hour:02d}:00",
            }
            for city in cities
            for shift in shifts_of(city)
        ],
    }


def _city_row(city: City) -> Cells:
    city_map = load_map(city)
    # The depot is the crossing farthest from the centre: workshops are at the edge of a town.
    away = np.hypot(city_map.node_x_m - city_map.x_m[0], city_map.node_y_m - city_map.y_m[0])
    edge = int(np.argmax(away))
    latitude, longitude = unproject([city_map.node_x_m[edge]], [city_map.node_y_m[edge]], CRS)
    return {
        "city": city.slug,
        "name_en": city.name_en,
        "name_el": city.name_el,
        "timezone": TIMEZONE,
        "crs": CRS,
        "currency": CURRENCY,
        "gps_tolerance_m": 15,
        "low_battery_pct": round(LOW_BATTERY_PCT),
        "idle_hours": 48,
        "silent_hours": 6,
        "stale_hours": 6,
        "search_radius_m": round(city.walking_m),
        "ride_value": 2.5 if city.van_count > 1 else 2.0,
        "move_cost": 3.0,
        "depot_latitude": round(float(latitude[0]), 6),
        "depot_longitude": round(float(longitude[0]), 6),
        "service_start_hour": 6,
        "service_end_hour": 22,
    }


def _parking_rows(city: City) -> list[Cells]:
    """Counts for each parking and day part; planners fill in about half of the cells."""
    city_map = load_map(city)
    draw = stream(0, city.number, "planning")
    expected = city.scooter_count * 0.85 * city_map.weight / city_map.weight.sum()
    rows: list[Cells] = []
    for place, code in enumerate(city_map.code):
        capacity = int(city_map.capacity[place])
        for part, day_part in enumerate(_DAY_PARTS):
            emphasis = _EMPHASIS[city_map.place_type[place]][part]
            target = int(np.clip(round(expected[place] * emphasis), 1, capacity))
            blank_minimum, blank_target, blank_maximum = draw.random(3) < (0.4, 0.55, 0.5)
            rows.append(
                {
                    "city": city.slug,
                    "parking_code": code,
                    "day_part": day_part,
                    "minimum_count": None if blank_minimum else max(1, target // 2),
                    "target_count": None if blank_target else target,
                    "maximum_count": None if blank_maximum else capacity,
                }
            )
    return rows


def _worker_rows(city: City) -> list[Cells]:
    crew: list[Cells] = [
        {
            "worker": shift.worker,
            "city": city.slug,
            "role": "worker",
            # Two shifts a van: each of them has its English speakers.
            "language": "el" if number % 4 > 1 else "en",
            "skills": "swap;move",
        }
        for number, shift in enumerate(shifts_of(city))
    ]
    dispatcher: Cells = {
        "worker": f"{city.slug}-dispatch",
        "city": city.slug,
        "role": "dispatcher",
        "language": "en",
        "skills": None,
    }
    return [*crew, dispatcher]


def write_worksheets(folder: Path, cities: Sequence[City]) -> int:
    """Write every worksheet, each whole; return the number of rows."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for name, rows in worksheets(cities).items():
        text = io.StringIO()
        writer = csv.DictWriter(text, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        partial = folder / f"{name}.csv.partial"
        partial.write_text(text.getvalue(), encoding="utf-8")
        partial.replace(folder / f"{name}.csv")
        total += len(rows)
    return total
