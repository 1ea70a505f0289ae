"""What the warehouse knows of riders, built from a simulated city, before and after forgetting."""

from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.dbt_project.bi_fields import bi_models, kind_of
from tests.dbt_project.project import described_models
from warehouse.connection import Warehouse
from warehouse.models import ensure_tables
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db

END = datetime(2026, 6, 1, 7, tzinfo=UTC)
#: Local days that are kept before the running one.
RIDE_DAYS, PING_DAYS = 10, 14
#: What every id of a rider begins with.
RIDER = "918273645546372"
FIRST_KNOWN = date(2026, 5, 22)
#: A day with nine rides in the whole city.
QUIET = date(2026, 5, 25)
#: States in which a scooter is in the public right of way.
DEPLOYED = ("available", "on_trip", "low_battery", "out_of_service")
MARTS = {
    "intermediate.int_scooter_state_intervals": ("scooter_id", "started_at"),
    "marts.fct_rides": ("ride_id",),
    "marts.fct_scooter_days": ("scooter_id", "service_date"),
    "marts.fct_parking_hours": ("parking_id", "hour_at"),
    "marts.rpt_city_days": ("service_date",),
    "bi.bi_parking_hours": ("parking_id", "hour_at"),
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
    names = ["+bi_public_city_days", "+bi_public_parking_days", "+bi_parking_hours"]
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
    name_riders(settings)
    leave_nine_rides(settings, QUIET)
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


def name_riders(settings: Settings) -> None:
    """Give the riders numbers as ids at the source: long ones, which no other figure is."""
    tables = ("rides", "app_searches")
    with sa.create_engine(settings.operational).begin() as connection:
        for table in tables:
            connection.exec_driver_sql(f"create index {table}_users on {table} (user_id)")
        users = connection.exec_driver_sql(
            " union ".join(f"select user_id from {table}" for table in tables)
        ).scalars()
        known = sorted(user for user in users if user is not None)
        for number, user in enumerate(known):
            for table in tables:
                connection.exec_driver_sql(
                    f"update {table} set user_id = ? where user_id = ?",
                    (f"{RIDER}{number:04}", user),
                )


def leave_nine_rides(settings: Settings, day: date) -> None:
    """Take all rides of a local day but nine from the source."""
    with sa.create_engine(settings.operational).begin() as connection:
        connection.exec_driver_sql(
            "delete from rides where started_at >= ? and started_at < ? and id not in"
            " (select id from rides where started_at >= ? order by started_at limit 9)",
            (f"{day - timedelta(days=1)} 20:00", f"{day} 22:00", f"{day} 08:00"),
        )


def holding(warehouse: Warehouse, text: str) -> set[str]:
    """Tables, views and seeds of which some row holds a text, in a column of whatever type."""
    relations = warehouse.fetch(
        "select format('%I.%I', table_schema, table_name) as name from information_schema.tables"
        " where table_schema !~ '^pg_' and table_schema <> 'information_schema'"
    )
    query = "select 1 from {} as held where held::text like %(part)s limit 1"
    return {
        str(relation["name"])
        for relation in relations
        if warehouse.fetch(query.format(relation["name"]), {"part": f"%{text}%"})
    }


def test_marts_know_riders_by_keyed_hashes_alone(city: City) -> None:
    """No id of a rider is anywhere in the warehouse: as text, as a number or within a text."""
    with sa.create_engine(city.settings.operational).connect() as connection:
        ids = connection.exec_driver_sql("select distinct user_id from rides").scalars().all()
    named = [user for user in ids if user is not None]
    assert len(named) > 50
    assert all(user.startswith(RIDER) for user in named)
    hashes = city.before["marts.fct_rides"]["user_hash"].drop_nulls()
    assert hashes.len() > 100
    assert hashes.str.contains(r"^[0-9a-f]{64}$").all()
    # Without its first digit, after which a number that is not whole has its point.
    assert holding(city.warehouse, RIDER[1:]) == set()


@pytest.mark.parametrize(
    "value",
    ["'{0}'", "{0}::bigint", "{0}::float8", """'{{"user": {0}}}'::json""", "'of {0}, whose'"],
)
def test_ids_are_found_in_columns_of_every_type(city: City, value: str) -> None:
    """The search of the test above finds an id that is there."""
    held = value.format(f"{RIDER}0007")
    with dropped(city.warehouse, "staging.held"):
        city.warehouse.execute(f"create table staging.held as select 1 as number, {held} as value")
        assert holding(city.warehouse, RIDER[1:]) == {"staging.held"}


@contextmanager
def dropped(warehouse: Warehouse, table: str) -> Iterator[None]:
    """A table that a test makes is gone at its end."""
    try:
        yield
    finally:
        warehouse.execute(f"drop table if exists {table}")


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


def behind(marts: dict[str, pl.DataFrame]) -> dict[str, pl.DataFrame]:
    """How many of each kind stand behind the figures of each row for readers outside."""
    rides = marts["marts.fct_rides"].filter(pl.col("status") != "cancelled")
    counts = [pl.len().alias("rides"), pl.col("user_hash").drop_nulls().n_unique().alias("riders")]
    deployed_min = pl.sum_horizontal(f"{state}_min" for state in DEPLOYED)
    fleet = marts["marts.fct_scooter_days"].filter(deployed_min > 0)
    fleet_days = fleet.group_by("service_date").agg(
        pl.len().alias("deployed"), (pl.col("ride_count") > 0).sum().alias("active")
    )
    city_days = rides.group_by("service_date").agg(counts).join(fleet_days, "service_date")
    parking_days = rides.group_by("service_date", parking_id="start_parking_id").agg(counts)
    return {
        "bi_public.bi_public_city_days": city_days,
        "bi_public.bi_public_parking_days": parking_days.drop_nulls("parking_id"),
    }


def test_every_figure_outside_is_hidden_where_few_stand_behind_it(city: City) -> None:
    """Where the rides, riders or scooters of a row are under ten, all its figures are NULL.

    Some rows are told and some are hidden; what is told is told to a few digits.
    """
    models = behind(city.before)
    assert {name.split(".")[1] for name in models} == {
        name for name in bi_models() if name.startswith("bi_public_")
    }
    for relation, counts in models.items():
        keys = MARTS[relation]
        figures = figures_of(relation)
        fewest = pl.min_horizontal(counts.drop(keys).columns).fill_null(0)
        frame = city.before[relation].join(counts, on=keys, how="left")
        few = frame.filter(fewest < 10).select(figures)
        assert few.height > 0
        assert few.null_count().row(0) == (few.height,) * len(figures)
        for figure in figures:
            told = frame[figure].drop_nulls()
            assert told.len() > 0
            assert told.equals(told.round(2))
        assert frame.filter(pl.col("service_date") == QUIET).select(figures).drop_nulls().is_empty()


def figures_of(relation: str) -> list[str]:
    """The columns of a model for BI that are figures."""
    columns = described_models()[relation.split(".")[1]]["columns"]
    return [column["name"] for column in columns if kind_of(column).startswith("measure")]


def test_no_hour_tells_where_one_who_left_has_come_to(city: City) -> None:
    """Arrivals are told of hours in which five or more left and arrived in the city, others not.

    So no hour has one departure at one parking and one arrival at another.
    """
    flows = ["departure_count", "arrival_count"]
    facts = city.before["marts.fct_parking_hours"]
    hours = facts.group_by("hour_at").agg(pl.col(flows).sum().name.prefix("city_"))
    is_quiet = pl.min_horizontal("city_departure_count", "city_arrival_count") < 5
    pinned = (pl.col("city_departure_count") == 1) & (pl.col("city_arrival_count") == 1)
    assert hours.filter(pinned).height > 0
    shown = city.before["bi.bi_parking_hours"].join(hours, "hour_at")
    quiet, busy = shown.filter(is_quiet), shown.filter(~is_quiet)
    assert quiet["arrival_count"].null_count() == quiet.height > 0
    for frame, names in ((quiet, flows[:1]), (busy, flows)):
        told = facts.join(frame.select("parking_id", "hour_at"), on=("parking_id", "hour_at"))
        assert_frame_equal(told.select(names), frame.select(names), check_row_order=False)
    assert busy["arrival_count"].sum() > 0


def test_forgetting_leaves_the_marts(city: City) -> None:
    """But for who rode, an hourly step after forgetting builds what was there before.

    Days of unknown riders are hidden from readers outside: see the next test.
    """
    assert city.forgotten["rides without rider"] > 100
    assert city.forgotten["old pings deleted"] > 1000
    riders = ["user_hash", "rider_count", "day_fingerprint"]
    for relation, after in rows(city.warehouse).items():
        before = city.before[relation].drop(riders, strict=False)
        if relation.startswith("bi_public."):
            is_kept = pl.col("service_date") >= FIRST_KNOWN
            after, before = after.filter(is_kept), before.filter(is_kept)
        assert_frame_equal(after.drop(riders, strict=False), before, check_exact=False)


@pytest.mark.parametrize("relation", [name for name in MARTS if name.startswith("bi_public.")])
def test_readers_outside_see_no_day_of_forgotten_riders(city: City, relation: str) -> None:
    """Figures that were told are hidden once nobody can say how many riders stand behind them."""
    figures = figures_of(relation)
    is_forgotten = pl.col("service_date") < FIRST_KNOWN
    before = city.before[relation].filter(is_forgotten)
    after = rows(city.warehouse)[relation].filter(is_forgotten)
    assert before[figures[0]].drop_nulls().len() > 0
    assert after.height == before.height
    assert after.select(figures).null_count().row(0) == (after.height,) * len(figures)


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
