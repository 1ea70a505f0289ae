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
    is_stale boolean, stale_reason text, data_source text, scooter_count integer,
    available_count integer, on_trip_count integer, low_battery_count integer,
    out_of_service_count integer, in_van_count integer, lost_count integer
);
create table bi.bi_city_days (
    city_id text, service_date date, ride_count bigint, revenue numeric(14, 2),
    deployed_scooters bigint, available_min double precision, deployed_min double precision,
    unmet_search_count bigint
);
create table bi.bi_demand_forecasts (
    city_id text, hour_at timestamptz, actual_count integer, forecast_count double precision,
    lower_count double precision, upper_count double precision
);
create table bi.bi_parkings (
    city_id text, parking_id text, parking_code text, parking_name text, latitude double precision,
    longitude double precision, zone_geojson text, capacity_count integer, is_active boolean,
    available_count bigint, target_count double precision
);
create table bi.bi_parking_suggestions (
    city_id text, suggestion_id text, suggestion_rank integer, latitude double precision,
    longitude double precision, zone_geojson text, event_count bigint, event_share double precision,
    nearest_parking_m double precision, capacity_count integer
);
create table bi.bi_tasks (
    city_id text, task_id text, task_kind text, task_label_en text, is_open boolean,
    parking_name text, scooter_code text,
    reason_en text, expected_value numeric(14, 2), opened_at timestamptz
);
"""


def make_bi(warehouse: Warehouse) -> None:
    """Make schema `bi` and fill it."""
    warehouse.execute(TABLES)
    frames = {
        "bi_cities": _cities(),
        "bi_city_days": _city_days(),
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
    told = ["city_id", "name_en", "as_of_at", "is_stale", "stale_reason", "scooter_count"]
    rows = [
        ("thessaloniki", "Thessaloniki", AS_OF, False, None, 420),
        ("kozani", "Kozani", AS_OF, True, "Last ping 9 hours ago", 90),
        ("newtown", "Newtown <b>", None, False, None, 0),
    ]
    return pl.DataFrame(rows, schema=told, orient="row").with_columns(
        pl.lit("Europe/Athens").alias("timezone"),
        pl.lit("EUR").alias("currency"),
        pl.lit("operational").alias("data_source"),
        (pl.col("scooter_count") * 8 // 10).alias("available_count"),
        (pl.col("scooter_count") // 10).alias("on_trip_count"),
        (pl.col("scooter_count") // 10).alias("low_battery_count"),
        *[pl.lit(0).alias(f"{state}_count") for state in ("out_of_service", "in_van", "lost")],
    )


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


def _forecasts() -> pl.DataFrame:
    rng = np.random.default_rng(2)
    rows: list[tuple[object, ...]] = []
    for ahead in range(-100, 48):
        hour = AS_OF + timedelta(hours=ahead)
        middle = _profile(hour)
        actual = int(rng.poisson(middle)) if ahead < 0 else None
        # A day ago the first forecast was made.
        said = (middle, middle * 0.7, middle * 1.35) if ahead >= -24 else (None, None, None)
        rows.append(("thessaloniki", hour, actual, *said))
    columns = ["city_id", "hour_at", "actual_count", "forecast_count", "lower_count", "upper_count"]
    return pl.DataFrame(rows, schema=columns, orient="row", infer_schema_length=None)


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
    columns = "city_id suggestion_id suggestion_rank latitude longitude zone_geojson event_count"
    return pl.DataFrame(
        rows,
        schema=[*columns.split(), "event_share", "nearest_parking_m", "capacity_count"],
        schema_overrides={"zone_geojson": pl.String},
        orient="row",
    )


def _tasks() -> pl.DataFrame:
    kinds = [("low_battery", 31), ("below_minimum", 9), ("outside_zone", 12), ("idle_too_long", 5)]
    rows: list[tuple[object, ...]] = [
        ("thessaloniki", f"{kind}-{number}", kind, kind.replace("_", " ").capitalize(), True,
         _reason(kind, number), float(2 + number % 7), AS_OF - timedelta(hours=number))
        for kind, many in kinds
        for number in range(many)
    ]  # fmt: skip
    rows.append(
        ("thessaloniki", "solved", "low_battery", "Low battery", False, "solved", 99.0, AS_OF)
    )
    columns = "city_id task_id task_kind task_label_en is_open reason_en expected_value opened_at"
    return pl.DataFrame(rows, schema=columns.split(), orient="row", infer_schema_length=None)


def _reason(kind: str, number: int) -> str:
    return {
        "low_battery": f"Battery at {5 + number % 15} %, below the 20 % of the city",
        "below_minimum": f"Parking {number} holds 0 scooters, at least 3 wanted at this hour",
        "outside_zone": f"Left {40 + number} m from the nearest parking",
    }.get(kind, f"Not moved for {30 + number} hours")
