"""What the warehouse knows of riders, built from a simulated city, before and after forgetting."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from extract.forgotten import forget
from extract.run import extract_all
from extract.schemas import create_raw_tables
from flows.dbt import MODELS_ONLY, run
from ml.models import MODELS
from simulator.run import simulate
from warehouse.connection import Warehouse
from warehouse.models import ensure_tables
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db

END = datetime(2026, 6, 1, 7, tzinfo=UTC)
#: Local days that are kept before the running one.
RIDE_DAYS, PING_DAYS = 10, 14
FIRST_KNOWN = date(2026, 5, 22)
MARTS = {
    "intermediate.int_scooter_state_intervals": ("scooter_id", "started_at"),
    "marts.fct_rides": ("ride_id",),
    "marts.fct_scooter_days": ("scooter_id", "service_date"),
    "marts.fct_parking_hours": ("parking_id", "hour_at"),
    "marts.rpt_city_days": ("service_date",),
    "bi_public.bi_public_city_days": ("service_date",),
    "bi_public.bi_public_parking_days": ("parking_id", "service_date"),
}


@dataclass(frozen=True)
class City:
    """A warehouse after an hourly step that follows on forgetting, and what it held before."""

    warehouse: Warehouse
    settings: Settings
    before: dict[str, pl.DataFrame]
    forgotten: dict[str, int]


def build(settings: Settings, warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """Build the marts up to what readers outside see; their rows."""
    names = ["+bi_public_city_days", "+bi_public_parking_days"]
    run(settings, warehouse.url, "build", "--select", *names, *MODELS_ONLY)
    return rows(warehouse)


def rows(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """All rows of the compared tables, by their keys."""
    return {
        relation: warehouse.read(f"select * from {relation}").sort(*key)
        for relation, key in MARTS.items()
    }


@pytest.fixture(scope="module")
def city(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> City:
    """Eighteen days of a small city, the first of which are then forgotten."""
    settings = load_settings(home=tmp_path_factory.mktemp("city"), _env_file=None)
    simulate(settings, cities=["kastoria"], days=18, ping_days=18, seed=7, end=END)
    create_raw_tables(module_warehouse)
    ensure_tables(MODELS, module_warehouse)
    extract_all(settings, module_warehouse, cities=None, until=END)
    module_warehouse.execute(
        "insert into ops.city_clocks (city_id, as_of_at) values ('kastoria', %(end)s)", {"end": END}
    )
    before = build(settings, module_warehouse)
    forgotten = forget(
        module_warehouse,
        "kastoria",
        timezone="Europe/Athens",
        as_of=END,
        ride_days=RIDE_DAYS,
        ping_days=PING_DAYS,
        scratch=settings.home / "dlt",
    )
    extract_all(settings, module_warehouse, cities=None, until=END, is_complete=True)
    build(settings, module_warehouse)
    return City(module_warehouse, settings, before, forgotten)


def test_marts_know_riders_by_keyed_hashes_alone(city: City) -> None:
    """No id of the operator's is in any table, view or seed of the warehouse."""
    with sa.create_engine(city.settings.operational).connect() as connection:
        ids = connection.exec_driver_sql("select distinct user_id from rides limit 50").scalars()
        users = [str(user) for user in ids if user is not None]
    assert len(users) == 50
    hashes = city.before["marts.fct_rides"]["user_hash"].drop_nulls()
    assert hashes.len() > 100
    assert hashes.str.contains(r"^[0-9a-f]{64}$").all()
    columns = city.warehouse.fetch(
        "select table_schema || '.' || table_name as relation, column_name as name"
        " from information_schema.columns where data_type = 'text' and table_schema !~ '^pg_'"
        " and table_schema not in ('information_schema', 'public')"
    )
    assert {column["relation"].split(".")[0] for column in columns} >= {"staging", "marts"}
    for column in columns:
        held = city.warehouse.fetch(
            f"select 1 from {column['relation']} where {column['name']} = any(%(users)s) limit 1",
            {"users": users},
        )
        assert held == [], column


def test_no_rider_is_in_bi(city: City) -> None:
    """The catalogue of bi and bi_public has no column that holds a hash of a rider."""
    columns = city.warehouse.fetch(
        "select table_schema || '.' || table_name as relation, column_name as name"
        " from information_schema.columns where table_schema in ('bi', 'bi_public')"
        " and data_type = 'text'"
    )
    assert {column["relation"] for column in columns} >= {"bi.bi_city_days"}
    for column in columns:
        held = city.warehouse.fetch(
            f"select 1 from {column['relation']}"
            f" where {column['name']} ~ '^[0-9a-f]{{64}}$' limit 1"
        )
        assert held == [], column


def test_readers_outside_see_no_small_count(city: City) -> None:
    """Every count that is told is ten or more, and some are told and some hidden."""
    for relation, counts in (
        ("bi_public_city_days", ("ride_count", "rider_count", "active_scooters")),
        ("bi_public_parking_days", ("departure_count",)),
    ):
        frame = city.before[f"bi_public.{relation}"]
        assert frame["service_date"].max() == date(2026, 5, 31)
        for count in counts:
            assert (frame[count].drop_nulls() >= 10).all()
            assert frame[count].drop_nulls().len() > 0
    hidden = city.before["bi_public.bi_public_parking_days"]
    hidden = hidden.filter(pl.col("departure_count").is_null()).group_by("service_date").len()
    assert (hidden["len"] >= 2).all()


def test_forgetting_leaves_the_marts(city: City) -> None:
    """But for who rode, an hourly step after forgetting builds what was there before.

    Days of unknown riders are hidden from readers outside: see the next test.
    """
    assert city.forgotten["rides without rider"] > 100
    assert city.forgotten["old pings deleted"] > 1000
    riders = ["user_hash", "rider_count", "day_fingerprint"]
    for relation, after in rows(city.warehouse).items():
        before = city.before[relation].drop(riders, strict=False)
        if relation == "bi_public.bi_public_city_days":
            is_kept = pl.col("service_date") >= FIRST_KNOWN
            after, before = after.filter(is_kept), before.filter(is_kept)
        assert_frame_equal(after.drop(riders, strict=False), before, check_exact=False)


def test_readers_outside_see_no_day_of_forgotten_riders(city: City) -> None:
    """Figures that were told are hidden once nobody can say how many riders stand behind them."""
    is_forgotten = pl.col("service_date") < FIRST_KNOWN
    before = city.before["bi_public.bi_public_city_days"].filter(is_forgotten)
    after = rows(city.warehouse)["bi_public.bi_public_city_days"].filter(is_forgotten)
    assert before["ride_count"].drop_nulls().len() > 0
    assert after.height == before.height
    assert after.drop("city_id", "city_name_en", "city_name_el", "service_date").null_count().row(
        0
    ) == (after.height,) * (after.width - 4)


def test_riders_of_kept_days_are_known(city: City) -> None:
    """From the first kept day on riders are as before; of the days before it they are unknown."""
    after = rows(city.warehouse)
    is_kept = pl.col("service_date") >= FIRST_KNOWN
    for relation, column in (("fct_rides", "user_hash"), ("rpt_city_days", "rider_count")):
        known = city.before[f"marts.{relation}"]
        kept = after[f"marts.{relation}"]
        assert kept.filter(is_kept)[column].equals(known.filter(is_kept)[column])
        assert kept.filter(is_kept)[column].drop_nulls().len() > 0
        assert kept.filter(~is_kept)[column].drop_nulls().len() == 0
        assert known.filter(~is_kept)[column].drop_nulls().len() > 0


def test_pings_of_kept_days_are_there(city: City) -> None:
    """Of the time before, a ping a scooter is left."""
    bound = datetime(2026, 5, 17, 21, tzinfo=UTC)
    old = city.warehouse.fetch(
        "select count(*) as pings, count(distinct scooter_code) as scooters"
        " from raw_telemetry.pings where reported_at < %(bound)s",
        {"bound": bound},
    )[0]
    assert old["pings"] == old["scooters"] > 0
    first = city.warehouse.fetch(
        "select min(reported_at) as first from raw_telemetry.pings where reported_at >= %(bound)s",
        {"bound": bound},
    )[0]
    assert first["first"] - bound < timedelta(minutes=10)
