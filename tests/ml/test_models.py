from datetime import timedelta

import polars as pl
import pytest

from ml.models import HOURLY, MODELS, NIGHTLY
from tests.ml.conftest import City, make_city
from warehouse.connection import Warehouse
from warehouse.models import ModelContext, ensure_tables, run_model

MARTS = {
    "intermediate.int_hours": """city_id text, hour_at timestamptz, hour_of_day integer,
        day_of_week integer, hour_of_week integer, day_part text, is_holiday boolean""",
    "marts.dim_parkings": """city_id text, parking_id text, capacity_count bigint,
        x_m double precision, y_m double precision, is_active boolean""",
    "marts.dim_cities": "city_id text, crs text, ride_value numeric, move_cost numeric",
    "marts.dim_parking_plans": """city_id text, parking_id text, day_part text,
        minimum_count integer, target_count integer, maximum_count integer""",
    "marts.fct_demand_hours": """city_id text, parking_id text, hour_at timestamptz,
        hour_of_week integer, x_m double precision, y_m double precision,
        observed_departure_count bigint, observed_arrival_count bigint,
        unmet_search_count bigint, empty_min double precision""",
    "marts.fct_weather_hours": """city_id text, hour_at timestamptz,
        temperature_c double precision, precipitation_mm double precision,
        wind_kmh double precision""",
    "staging.stg_weather__hours": """city_id text, hour_at timestamptz, kind text,
        issued_at timestamptz, temperature_c double precision,
        precipitation_mm double precision, wind_kmh double precision""",
    "marts.fct_scooter_states": "city_id text, scooter_id text, state text",
    "marts.fct_rides": """city_id text, started_at timestamptz, ended_at timestamptz,
        start_x_m double precision, start_y_m double precision, end_x_m double precision,
        end_y_m double precision, is_start_outside boolean, is_end_outside boolean""",
}


def _make_marts(warehouse: Warehouse) -> None:
    for schema in ("intermediate", "marts", "staging"):
        warehouse.execute(f"create schema if not exists {schema}")
    for table, columns in MARTS.items():
        warehouse.execute(f"create table {table} ({columns})")
    ensure_tables(MODELS, warehouse)


def _fill(warehouse: Warehouse, city: City) -> None:
    testville = pl.lit("testville").alias("city_id")
    observed = city.weather.with_columns(testville, kind=pl.lit("observed"), issued_at="hour_at")
    frames = {
        "intermediate.int_hours": city.calendar.with_columns(testville),
        "marts.dim_parkings": city.parkings,
        "marts.fct_weather_hours": city.weather.with_columns(testville),
        "staging.stg_weather__hours": observed,
    }
    for table, frame in frames.items():
        warehouse.append(frame, table)
    names = [part.split()[0] for part in MARTS["marts.fct_demand_hours"].split(",")]
    warehouse.append(city.demand_hours.select(names), "marts.fct_demand_hours")
    warehouse.execute("insert into marts.dim_cities values ('testville', 'EPSG:2100', 4, 2)")
    warehouse.execute(
        "insert into marts.fct_scooter_states "
        "select 'testville', number::text, 'available' from generate_series(1, 40) as number"
    )
    warehouse.execute(
        """insert into marts.fct_rides
        select 'testville', moment, moment, 412000, 4498000, 412000 + mod(number, 7), 4498000,
            true, true
        from generate_series(1, 100) as number,
            lateral (select %(as_of)s::timestamptz - number * interval '1 hour' as moment) as time
        """,
        {"as_of": city.as_of},
    )


@pytest.mark.unit
def test_every_model_runs_at_night_or_by_the_hour() -> None:
    """No declared model is left out of both runs, and none is run that is not declared."""
    assert {model.name for model in (*NIGHTLY, *HOURLY)} == {model.name for model in MODELS}


@pytest.mark.unit
def test_a_model_runs_after_those_it_reads() -> None:
    """Within nightly, then hourly, what a model reads from ml was written before."""
    written: set[str] = set()
    for model in (*NIGHTLY, *HOURLY):
        needed = {read.relation for read in model.reads.values()}
        assert {name for name in needed if name.startswith("ml.")} <= written, model.name
        written.add(model.writes)


@pytest.mark.db
def test_all_models_run_on_marts(warehouse: Warehouse) -> None:
    """Nightly and hourly runs fill every table, and a second run changes no row."""
    city = make_city(parkings=4, days=24, seed=2, mean_level=1.0, stock=4)
    _make_marts(warehouse)
    _fill(warehouse, city)
    context = ModelContext("testville", city.as_of, seed=7)
    first = {model.name: run_model(model, warehouse, context) for model in (*NIGHTLY, *HOURLY)}
    assert first["latent_demand"] == 4 * 24 * 24
    assert first["demand_forecasts"] == 4 * 48
    assert first["city_demand_forecasts"] == 48
    assert first["parking_targets"] == 4 * 25
    assert first["forecast_models"] == 1
    assert first["parking_suggestions"] >= 1
    assert first["forecast_backtests"] >= 4
    tables = ("demand_forecasts", "parking_targets", "latent_demand")
    before = {
        name: warehouse.read(f"select * from ml.{name} order by 1, 2, 3, 4") for name in tables
    }
    for model in HOURLY:
        run_model(model, warehouse, context)
    for name in tables:
        assert warehouse.read(f"select * from ml.{name} order by 1, 2, 3, 4").equals(before[name])


@pytest.mark.db
def test_the_next_hour_adds_an_issue_and_replaces_targets(warehouse: Warehouse) -> None:
    """Forecasts of an hour ago stay; targets are those of now alone."""
    city = make_city(parkings=2, days=3, seed=2, mean_level=1.0, stock=4)
    _make_marts(warehouse)
    _fill(warehouse, city)
    for as_of in (city.as_of - timedelta(hours=1), city.as_of):
        for model in HOURLY:
            run_model(model, warehouse, ModelContext("testville", as_of))
    issues = warehouse.read("select distinct issued_at from ml.demand_forecasts")
    targets = warehouse.read("select min(hour_at) as first from ml.parking_targets")
    assert len(issues) == 2
    assert targets["first"][0] == city.as_of


@pytest.mark.db
def test_a_city_without_data_gives_no_rows(warehouse: Warehouse) -> None:
    """On empty marts every model writes nothing and none fails."""
    _make_marts(warehouse)
    context = ModelContext(
        "nowhere", make_city(parkings=1, days=1, seed=1, mean_level=1.0, stock=1).as_of
    )
    assert [run_model(model, warehouse, context) for model in (*NIGHTLY, *HOURLY)] == [0] * 8
