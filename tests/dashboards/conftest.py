"""A small schema `bi`, made by hand: one busy city, one with old data, one not run yet."""

import json
from datetime import UTC, date, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from warehouse.connection import Warehouse

#: 09:00 on a Monday in Thessaloniki.
AS_OF = datetime(2026, 6, 1, 6, tzinfo=UTC)
TODAY = date(2026, 6, 1)

TABLES = """
create schema bi;
create table bi.bi_cities (
    city_id text, name_en text, timezone text, currency text, as_of_at timestamptz,
    is_stale boolean, stale_reason text
);
create table bi.bi_city_days (
    city_id text, service_date date, ride_count bigint, revenue numeric(14, 2),
    deployed_scooters bigint, available_min double precision, deployed_min double precision,
    unmet_search_count bigint
);
create table bi.bi_parking_hours (
    city_id text, parking_id text, hour_at timestamptz, departure_count bigint
);
create table bi.bi_demand_forecasts (
    city_id text, issued_at timestamptz, hour_at timestamptz, forecast_count double precision,
    lower_count double precision, upper_count double precision
);
create table bi.bi_parkings (
    city_id text, parking_id text, parking_code text, parking_name text, latitude double precision,
    longitude double precision, zone_geojson text, capacity_count integer, is_active boolean,
    available_count bigint, target_count double precision
);
create table bi.bi_parking_suggestions (
    city_id text, suggestion_id text, rank integer, latitude double precision,
    longitude double precision, zone_geojson text, event_count bigint, share double precision,
    nearest_parking_m double precision, capacity_count integer
);
create table bi.bi_tasks (
    city_id text, task_id text, task_kind text, status text, reason_en text,
    expected_value numeric(14, 2), opened_at timestamptz, closed_at timestamptz
);
"""


def make_bi(warehouse: Warehouse) -> None:
    """Make schema `bi` and fill it."""
    warehouse.execute(TABLES)
    frames = {
        "bi_cities": _cities(),
        "bi_city_days": _city_days(),
        "bi_parking_hours": _parking_hours(),
        "bi_demand_forecasts": _forecasts(),
        "bi_parkings": _parkings(),
        "bi_parking_suggestions": _suggestions(),
        "bi_tasks": _tasks(),
    }
    for table, frame in frames.items():
        warehouse.append(frame, f"bi.{table}")


@pytest.fixture
def empty_bi(warehouse: Warehouse) -> Warehouse:
    """A warehouse whose `bi` tables exist and are empty."""
    warehouse.execute(TABLES)
    return warehouse


@pytest.fixture(scope="module")
def bi(module_warehouse: Warehouse) -> Warehouse:
    """A warehouse with three cities in schema `bi`."""
    make_bi(module_warehouse)
    return module_warehouse


def _cities() -> pl.DataFrame:
    columns = ["city_id", "name_en", "timezone", "currency", "as_of_at", "is_stale", "stale_reason"]
    athens = "Europe/Athens"
    rows = [
        ("thessaloniki", "Thessaloniki", athens, "EUR", AS_OF, False, None),
        ("kozani", "Kozani", athens, "EUR", AS_OF, True, "Last ping 9 hours ago"),
        ("newtown", "Newtown <b>", athens, "EUR", None, False, None),
    ]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _city_days() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    days = [TODAY - timedelta(days=back) for back in range(41, -1, -1)]
    rows = []
    for city, scale in (("thessaloniki", 420), ("kozani", 90)):
        for day in days:
            share = 0.4 if day == TODAY else 1.0
            rides = int(
                scale * (2.4 if day.weekday() >= 5 else 1.9) * share * rng.uniform(0.9, 1.1)
            )
            minutes = scale * 1440.0 * share
            unmet = int(rides * rng.uniform(0.03, 0.06))
            rows.append((city, day, rides, rides * 2.9, scale, minutes * 0.83, minutes, unmet))
    columns = "city_id service_date ride_count revenue deployed_scooters available_min deployed_min"
    return pl.DataFrame(rows, schema=[*columns.split(), "unmet_search_count"], orient="row")


def _profile(hour: datetime) -> float:
    local_hour = (hour.hour + 3) % 24
    peaks = np.exp(-((local_hour - 9) ** 2) / 6) + 1.6 * np.exp(-((local_hour - 19) ** 2) / 10)
    return float(6 + 55 * peaks)


def _parking_hours() -> pl.DataFrame:
    rng = np.random.default_rng(2)
    hours = [AS_OF - timedelta(hours=back) for back in range(100, 0, -1)]
    rows = [
        ("thessaloniki", f"p{half}", hour, int(rng.poisson(_profile(hour) / 2)))
        for hour in hours
        for half in (1, 2)
    ]
    return pl.DataFrame(
        rows, schema=["city_id", "parking_id", "hour_at", "departure_count"], orient="row"
    )


def _forecasts() -> pl.DataFrame:
    rows = []
    for ahead in range(48):
        hour = AS_OF + timedelta(hours=ahead)
        middle = _profile(hour)
        rows.append(("thessaloniki", AS_OF, hour, middle, middle * 0.7, middle * 1.35))
        # An older forecast of the same hours, which the newer one takes the place of.
        rows.append(("thessaloniki", AS_OF - timedelta(days=1), hour, 999.0, 999.0, 999.0))
    columns = ["city_id", "issued_at", "hour_at", "forecast_count", "lower_count", "upper_count"]
    return pl.DataFrame(rows, schema=columns, orient="row")


def _square(latitude: float, longitude: float) -> str:
    half = 0.00025
    corners = [(-half, -half), (half, -half), (half, half), (-half, half), (-half, -half)]
    ring = [[longitude + east, latitude + north] for east, north in corners]
    return json.dumps({"type": "Polygon", "coordinates": [ring]})


def _parkings() -> pl.DataFrame:
    rng = np.random.default_rng(3)
    rows = []
    for number in range(60):
        along, off = rng.uniform(-1, 1), rng.normal(0, 0.006)
        latitude, longitude = 40.625 - 0.03 * along + off, 22.955 + 0.035 * along + off
        target = float(rng.integers(3, 11)) if number % 9 else None
        current = 0 if number % 7 == 0 else int(rng.poisson(target or 5))
        rows.append(
            ("thessaloniki", f"p{number}", f"SKG-P{number:02}", f"Parking {number}", latitude,
             longitude, _square(latitude, longitude), 14, True, current, target)
        )  # fmt: skip
    columns = "city_id parking_id parking_code parking_name latitude longitude zone_geojson"
    counts = ["capacity_count", "is_active", "available_count", "target_count"]
    return pl.DataFrame(rows, schema=[*columns.split(), *counts], orient="row")


def _suggestions() -> pl.DataFrame:
    rows = [
        ("thessaloniki", f"s{rank}", rank, 40.60 + 0.011 * rank, 22.99 - 0.013 * rank, None,
         400 - 50 * rank, 0.05, 260.0 + rank, 8)
        for rank in range(1, 5)
    ]  # fmt: skip
    columns = "city_id suggestion_id rank latitude longitude zone_geojson event_count share"
    return pl.DataFrame(
        rows,
        schema=[*columns.split(), "nearest_parking_m", "capacity_count"],
        schema_overrides={"zone_geojson": pl.String},
        orient="row",
    )


def _tasks() -> pl.DataFrame:
    kinds = [("low_battery", 31), ("below_minimum", 9), ("outside_zone", 12), ("idle_too_long", 5)]
    rows = [
        ("thessaloniki", f"{kind}-{number}", kind, "open", _reason(kind, number),
         float(2 + number % 7), AS_OF - timedelta(hours=number), None)
        for kind, many in kinds
        for number in range(many)
    ]  # fmt: skip
    rows.append(
        ("thessaloniki", "solved", "low_battery", "closed", "solved by itself", 99.0, AS_OF, AS_OF)
    )
    columns = "city_id task_id task_kind status reason_en expected_value opened_at closed_at"
    return pl.DataFrame(rows, schema=columns.split(), orient="row", infer_schema_length=None)


def _reason(kind: str, number: int) -> str:
    return {
        "low_battery": f"Battery at {5 + number % 15} %, below the 20 % of the city",
        "below_minimum": f"Parking {number} holds 0 scooters, at least 3 wanted at this hour",
        "outside_zone": f"Left {40 + number} m from the nearest parking",
    }.get(kind, f"Not moved for {30 + number} hours")
