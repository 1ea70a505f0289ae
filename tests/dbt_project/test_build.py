"""dbt on a simulated city, whose truth is known."""

import json
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from extract.run import extract_all
from extract.schemas import create_raw_tables
from flows.dbt import MODELS_ONLY, build, dbt_command, dbt_environment, run
from ml.models import MODELS
from simulator.run import simulate
from tests.bi_reader import as_role, new_role
from tests.dbt_project.truth import STATES, true_scooter_days
from warehouse.bi_role import grant_bi_access
from warehouse.connection import Warehouse, apply_operations_schema
from warehouse.models import ensure_tables
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db

CITY = "kastoria"
DAYS = 4
END = datetime(2026, 6, 1, 7, tzinfo=UTC)
#: What a step of an hour builds on and what may be incremental, by key.
COMPARED = {
    "intermediate.int_ping_marks": ("scooter_id", "reported_at"),
    "intermediate.int_points_located": ("point_kind", "point_id"),
    "intermediate.int_rides_located": ("ride_id",),
    "intermediate.int_scooter_state_intervals": ("scooter_id", "started_at"),
    "intermediate.int_parking_flows": ("parking_id", "hour_at"),
    "intermediate.int_search_hours": ("parking_id", "hour_at"),
    "intermediate.int_parking_day_parts": ("parking_id", "service_date", "utc_date"),
    "intermediate.int_scooter_day_states": ("scooter_id", "service_date", "city_id"),
    "intermediate.int_scooter_day_charges": ("scooter_id", "service_date", "city_id"),
    "intermediate.int_city_ride_days": ("city_id", "service_date"),
    "intermediate.int_parking_ride_days": ("parking_id", "service_date"),
    "intermediate.int_parking_occupancy_hours": ("parking_id", "hour_at"),
    "marts.dim_dates": ("city_id", "service_date"),
    "marts.fct_rides": ("ride_id",),
    "marts.fct_scooter_states": ("scooter_id",),
    "marts.fct_scooter_days": ("scooter_id", "service_date"),
    "marts.fct_parking_hours": ("parking_id", "hour_at"),
    "marts.fct_demand_hours": ("parking_id", "hour_at"),
    "marts.fct_task_candidates": ("candidate_id",),
    "marts.rpt_city_days": ("service_date",),
    "marts.rpt_fleet_health": ("service_date",),
    "marts.rpt_parking_scorecards": ("parking_id", "week_date"),
}


@dataclass(frozen=True)
class Built:
    """A warehouse after two hourly steps, and what it held before a full refresh."""

    warehouse: Warehouse
    settings: Settings
    truth: Path
    after_steps: dict[str, pl.DataFrame]
    deleted_ride: int
    moved_parking: int
    closed_parking: int
    grown_parking: int


def prepare(warehouse: Warehouse) -> None:
    """Make every table that dbt reads."""
    apply_operations_schema(warehouse)
    create_raw_tables(warehouse)
    ensure_tables(MODELS, warehouse)


def set_clock(warehouse: Warehouse, as_of: datetime) -> None:
    """Put the city's clock."""
    warehouse.execute(
        "insert into ops.city_clocks values (%(city)s, %(as_of)s)"
        " on conflict (city_id) do update set as_of_at = excluded.as_of_at",
        {"city": CITY, "as_of": as_of},
    )


def step(settings: Settings, warehouse: Warehouse, *flags: str) -> None:
    """Build the marts without tests: the full refresh, which gives the same, has them."""
    run(settings, warehouse.url, "build", "--selector", "warehouse", *MODELS_ONLY, *flags)


def snapshot(warehouse: Warehouse) -> dict[str, pl.DataFrame]:
    """All compared tables, in the order of their keys."""
    return {
        relation: warehouse.read(f"select * from {relation}").sort(*key)
        for relation, key in COMPARED.items()
    }


def delete_a_ride(settings: Settings) -> int:
    """Take a ride out of the middle of the operator's history; its id."""
    with sa.create_engine(settings.operational).begin() as connection:
        middle = "select id from rides where status = 'completed' order by started_at limit 1"
        count = connection.exec_driver_sql("select count(*) from rides").scalar_one()
        ride = connection.exec_driver_sql(f"{middle} offset {count // 2}").scalar_one()
        connection.exec_driver_sql(f"delete from rides where id = {ride}")
    return int(ride)


def move_a_parking(settings: Settings) -> int:
    """Move the zone of the busiest parking by a kilometre, a minute before the end; its id."""
    with sa.create_engine(settings.operational).begin() as connection:
        parkings = connection.exec_driver_sql("select id, zone_geojson from parkings").fetchall()
        busiest = connection.exec_driver_sql(
            "select parking_id from service_events where parking_id is not null"
            " group by parking_id order by count(*) desc, parking_id limit 1"
        ).scalar_one()
        zone = json.loads({row.id: row.zone_geojson for row in parkings}[busiest])
        polygon = zone.get("geometry", zone)
        polygon["coordinates"] = [
            [[longitude, latitude + 0.009] for longitude, latitude in ring]
            for ring in polygon["coordinates"]
        ]
        connection.execute(
            sa.text("update parkings set zone_geojson = :zone, updated_at = :at where id = :id"),
            {"zone": json.dumps(zone), "at": f"{END - timedelta(minutes=1):%F %T}", "id": busiest},
        )
    return int(busiest)


def close_and_enlarge(settings: Settings) -> tuple[int, int]:
    """Close the parking that crews visit least, give the next one a place more; their ids.

    Both an hour and a half before the end, within an hour.
    """
    at = f"{END - timedelta(minutes=90):%F %T}"
    with sa.create_engine(settings.operational).begin() as connection:
        closed, grown = connection.exec_driver_sql(
            "select parkings.id from parkings left join service_events on parking_id = parkings.id"
            " group by parkings.id order by count(*), parkings.id limit 2"
        ).scalars()
        for change, parking in (("is_active = false", closed), ("capacity = capacity + 1", grown)):
            connection.execute(
                sa.text(f"update parkings set {change}, updated_at = :at where id = :id"),
                {"at": at, "id": parking},
            )
    return int(closed), int(grown)


def tell_late(settings: Settings) -> None:
    """Let the operator tell, at the end, what happened long before.

    A ride and a swap of two days ago, and that a scooter was retired yesterday, rides of later
    hours notwithstanding.
    """
    told = f"{END - timedelta(seconds=30):%F %T}"
    with sa.create_engine(settings.operational).begin() as connection:
        (ridden, retired) = connection.exec_driver_sql(
            "select scooter_id from rides where status = 'completed'"
            " group by scooter_id order by count(*) desc, scooter_id limit 2"
        ).scalars()
        for table, times, hours in (
            ("rides", ("started_at", "ended_at"), (50.0, 49.9)),
            ("service_events", ("occurred_at",), (49.5,)),
        ):
            row = dict(
                connection.exec_driver_sql(f"select * from {table} order by id limit 1")
                .mappings()
                .one()
            )
            late = {
                name: f"{END - timedelta(hours=before):%F %T}"
                for name, before in zip(times, hours, strict=True)
            }
            row |= {"id": row["id"] + 10**8, "scooter_id": ridden, "updated_at": told, **late}
            if table == "service_events":
                row["kind"] = "battery_swap"
            else:
                row["status"] = "completed"
            marks = ", ".join(f":{name}" for name in row)
            connection.execute(sa.text(f"insert into {table} values ({marks})"), row)
        connection.execute(
            sa.text(
                "update scooters set status = 'retired', retired_at = :at, updated_at = :told"
                " where id = :id"
            ),
            {"at": f"{END - timedelta(hours=26):%F %T}", "told": told, "id": retired},
        )


def set_status(settings: Settings, status: str, at: datetime) -> str:
    """Set the status of the scooter that nobody touched for longest, without an event; its id."""
    with sa.create_engine(settings.operational).begin() as connection:
        quiet = connection.exec_driver_sql(
            "select scooters.id from scooters inner join ("
            " select scooter_id, ended_at as at from rides union all"
            " select scooter_id, occurred_at as at from service_events"
            ") as acts on scooters.id = acts.scooter_id where scooters.retired_at is null"
            " group by scooters.id order by max(acts.at), scooters.id limit 1"
        ).scalar_one()
        connection.execute(
            sa.text("update scooters set status = :status, updated_at = :at where id = :id"),
            {"status": status, "at": f"{at:%F %T}", "id": quiet},
        )
    return str(quiet)


@pytest.fixture(scope="module")
def built(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A city built in three steps: its history, hours more, a part of an hour.

    With the last one a ride is gone, and one parking has moved, one closed, one grown.
    """
    settings = load_settings(
        # What an operator changes is told hours late, as some replicas do.
        home=tmp_path_factory.mktemp("city"),
        operational_overlap_minutes=180,
        _env_file=None,
    )
    simulate(settings, cities=[CITY], days=DAYS, seed=7, end=END)
    prepare(module_warehouse)
    extract_all(settings, module_warehouse, cities=None, until=END)
    deleted = moved = closed = grown = 0
    for behind in (timedelta(hours=6), timedelta(minutes=20), timedelta(0)):
        if not behind:
            deleted, moved = delete_a_ride(settings), move_a_parking(settings)
            closed, grown = close_and_enlarge(settings)
            extract_all(settings, module_warehouse, cities=None, until=END)
        set_clock(module_warehouse, END - behind)
        step(settings, module_warehouse)
    steps = snapshot(module_warehouse)
    truth = settings.home / "truth" / CITY
    return Built(module_warehouse, settings, truth, steps, deleted, moved, closed, grown)


def test_a_deleted_ride_leaves_the_marts(built: Built) -> None:
    """The next incremental run knows nothing of it; its raw row says when it was missed."""
    found = {"ride": str(built.deleted_ride)}
    there = "select 1 from marts.fct_rides where ride_id = %(ride)s"
    assert built.warehouse.fetch(there, found) == []
    raw = "select deleted_at from raw_operational.rides where id = %(ride)s::bigint"
    assert built.warehouse.fetch(raw, found) == [{"deleted_at": END}]


def test_history_keeps_the_zone_of_its_time(built: Built) -> None:
    """Rides to a parking that has moved since stay rides to it; the dimension shows where it is."""
    parking = {"parking": str(built.moved_parking)}
    rides = built.after_steps["marts.fct_rides"]
    ended_there = rides.filter(pl.col("end_parking_id") == parking["parking"])
    assert ended_there.height > 20
    (moved,) = built.warehouse.fetch(
        "select y_m from marts.dim_parkings where parking_id = %(parking)s", parking
    )
    assert (ended_there["end_y_m"] - moved["y_m"]).abs().min() > 800
    versions = built.warehouse.fetch(
        "select valid_from_at::text as since from intermediate.int_parking_versions"
        " where parking_id = %(parking)s order by valid_from_at",
        parking,
    )
    assert [row["since"] for row in versions] == ["-infinity", "2026-06-01 06:59:00+00"]
    searches = built.after_steps["intermediate.int_search_hours"]
    assert searches.filter(pl.col("parking_id") == parking["parking"]).height > 3


def test_a_closed_parking_is_not_empty(built: Built) -> None:
    """It has no hours that began after it closed, and keeps those before."""
    hours = built.after_steps["marts.fct_parking_hours"]
    closed = hours.filter(pl.col("parking_id") == str(built.closed_parking))
    observed = closed.filter(pl.col("observed_min") > 0)
    assert observed["hour_at"].max() == END - timedelta(hours=2)
    assert closed.filter(pl.col("hour_at") > END - timedelta(hours=2))["empty_min"].sum() == 0
    assert observed.height > 24 * (DAYS - 1)


def test_a_parking_was_not_empty_before_it_was_there(built: Built) -> None:
    """The database says when a parking was made: no hour of an earlier time is observed."""
    hours = built.after_steps["marts.fct_parking_hours"].filter(pl.col("observed_min") > 0)
    assert hours["hour_at"].min() == END - timedelta(days=DAYS)


def test_history_keeps_the_room_of_its_time(built: Built) -> None:
    """A place that was made at half past five is there from six on."""
    hours = built.after_steps["marts.fct_parking_hours"]
    grown = hours.filter(pl.col("parking_id") == str(built.grown_parking)).sort("hour_at")
    (new,) = built.warehouse.fetch(
        "select capacity_count from marts.dim_parkings where parking_id = %(parking)s",
        {"parking": str(built.grown_parking)},
    )
    made = pl.col("hour_at") > END - timedelta(hours=2)
    assert set(grown.filter(made)["capacity_count"]) == {new["capacity_count"]}
    assert set(grown.filter(~made)["capacity_count"]) == {new["capacity_count"] - 1}


def test_occupancy_is_the_truth(built: Built) -> None:
    """Hourly occupancy and empty minutes are the simulator's, but for a few unlucky fixes."""
    seen = built.warehouse.read(
        "select parking_code, hour_at, average_count, empty_min from marts.fct_parking_hours"
        " inner join marts.dim_parkings using (parking_id) where observed_min = 60"
    )
    truth = pl.read_parquet(built.truth / "occupancy.parquet")
    both = seen.join(truth, on=["parking_code", "hour_at"], suffix="_true")
    assert both.height > 0.95 * truth.height
    assert (both["average_count"] - both["average_count_true"]).abs().mean() < 0.05
    assert (both["empty_min"] - both["empty_min_true"]).abs().mean() < 0.5


def test_state_durations_are_the_truth(built: Built) -> None:
    """Scooters spend as long in each state as the simulator says."""
    seen = built.warehouse.read(
        "select scooter_code, state,"
        " extract(epoch from sum(ended_at - started_at))::float8 / 60 as seen_min"
        " from intermediate.int_scooter_state_intervals"
        " inner join marts.dim_scooters using (scooter_id) group by scooter_code, state"
    )
    truth = (
        pl.read_parquet(built.truth / "scooter_states.parquet")
        .with_columns(
            true_min=(pl.col("ended_at") - pl.col("started_at")).dt.total_milliseconds() / 60_000
        )
        .group_by("scooter_code", "state")
        .agg(pl.col("true_min").sum())
    )
    both = truth.join(seen, on=["scooter_code", "state"], how="left").fill_null(0)
    for state in ("on_trip", "in_van", "low_battery"):
        rows = both.filter(pl.col("state") == state)
        wrong = (rows["true_min"] - rows["seen_min"]).abs().sum()
        assert wrong <= max(60.0, 0.05 * rows["true_min"].sum()), state


def test_occupancy_of_each_parking_is_the_truth(built: Built) -> None:
    """No parking is off by more than a tenth of a scooter on average, nor any hour by two.

    A fix that errs by more than the tolerance puts a scooter beside its zone, or into the next
    one, until it is ridden again: a whole scooter for some hours, which is what is allowed.
    """
    seen = built.warehouse.read(
        "select parking_code, hour_at, average_count, empty_min from marts.fct_parking_hours"
        " inner join marts.dim_parkings using (parking_id) where observed_min = 60"
    )
    truth = pl.read_parquet(built.truth / "occupancy.parquet")
    both = seen.join(truth, on=["parking_code", "hour_at"], suffix="_true").with_columns(
        wrong_count=(pl.col("average_count") - pl.col("average_count_true")).abs(),
        wrong_min=(pl.col("empty_min") - pl.col("empty_min_true")).abs(),
    )
    parkings = both.group_by("parking_code").agg(pl.col("wrong_count", "wrong_min").mean())
    assert parkings.height == truth["parking_code"].n_unique()
    assert parkings["wrong_count"].max() < 0.1
    assert parkings["wrong_min"].max() < 1
    assert both["wrong_count"].max() < 2


def test_scooter_days_are_the_truth(built: Built) -> None:
    """What is recorded is true to the second on each scooter's day, what is inferred on nearly all.

    Rides, vans and repairs have events, so nothing is allowed but the rounding of a minute to its
    ten-thousandth. That a battery ran low is known from the next ping, and silence is called a loss
    after silent_hours though the scooter stands there: those, and what they take from available,
    may be off by more than ten minutes on one day in fifty.
    """
    columns = ", ".join(f"{state}_min as {state}" for state in STATES)
    seen = built.warehouse.read(
        f"select scooter_code, service_date, {columns} from marts.fct_scooter_days"
        " inner join marts.dim_scooters using (scooter_id) where is_whole_day"
        # The truth still has the ride that was taken out of the operator's books.
        " and scooter_id not in"
        " (select scooter_id::text from raw_operational.rides where id = %(ride)s)",
        {"ride": built.deleted_ride},
    )
    keys = ["scooter_code", "service_date", "state"]
    both = (
        seen.unpivot(on=STATES, index=keys[:2], variable_name="state", value_name="seen_min")
        .join(true_scooter_days(built.truth, END), on=keys, how="left")
        .with_columns(wrong_min=(pl.col("seen_min") - pl.col("true_min").fill_null(0)).abs())
    )
    assert seen["service_date"].n_unique() == DAYS - 1
    for state in STATES:
        wrong = both.filter(pl.col("state") == state)["wrong_min"]
        if state in ("on_trip", "in_van", "out_of_service"):
            assert wrong.max() < 0.001, state
        else:
            assert (wrong > 10).mean() <= 0.02, state


def test_full_days_have_all_their_minutes(built: Built) -> None:
    """A scooter that is there all day has the day's 1380, 1440 or 1500 minutes."""
    days = built.warehouse.read(
        "select d.total_min, h.day_min from marts.fct_scooter_days as d"
        " inner join (select service_date, 60.0 * count(*) as day_min from intermediate.int_hours"
        " group by service_date) as h on d.service_date = h.service_date"
        " inner join marts.dim_scooters as s on d.scooter_id = s.scooter_id"
        " where s.retired_at is null and d.service_date > %(first)s and d.service_date < %(last)s",
        {"first": (END - timedelta(days=DAYS)).date(), "last": END.date()},
    )
    assert days.height > 0
    assert set(days["day_min"]) <= {1380.0, 1440.0, 1500.0}
    assert (days["total_min"] - days["day_min"]).abs().max() < 0.01


def test_candidates_are_one_a_subject(built: Built) -> None:
    """A scooter is in at most one kind of task that moves it; each candidate has its reasons."""
    candidates = built.after_steps["marts.fct_task_candidates"]
    assert candidates.height > 0
    moved = candidates.filter(
        pl.col("task_kind").is_in(["outside_zone", "idle_too_long", "not_reporting"])
    )
    assert not moved["scooter_id"].is_duplicated().any()
    assert candidates["reason_el"].str.contains(r"\p{Greek}").all()
    assert candidates["priority"].min() > 0


def test_stale_city_has_no_candidates(built: Built) -> None:
    """A clock that runs ahead of the data leaves the city without tasks, and says why."""
    set_clock(built.warehouse, END + timedelta(hours=10))
    step(built.settings, built.warehouse)
    (city,) = built.warehouse.fetch("select is_stale, stale_reason from marts.dim_cities")
    assert city["is_stale"]
    assert "allowed" in city["stale_reason"]
    assert built.warehouse.read("select * from marts.fct_task_candidates").is_empty()
    (check,) = built.warehouse.fetch(
        "select severity from marts.rpt_data_quality where check_name = 'stale_city'"
    )
    assert check["severity"] == "error"


def test_steps_equal_a_full_refresh(built: Built) -> None:
    """Hourly steps, a clock that ran ahead and came back, late news and a full refresh agree.

    A scooter that was but set to maintenance, and back, has that in its history.
    """
    set_clock(built.warehouse, END)
    step(built.settings, built.warehouse)
    returned = snapshot(built.warehouse)
    broken_at, mended_at = END - timedelta(hours=2.5), END - timedelta(hours=1)
    set_status(built.settings, "maintenance", broken_at)
    extract_all(built.settings, built.warehouse, cities=None, until=END)
    run(built.settings, built.warehouse.url, "snapshot", "--select", "snap_scooters")
    mended = set_status(built.settings, "active", mended_at)
    tell_late(built.settings)
    extract_all(built.settings, built.warehouse, cities=None, until=END)
    resumes = "select count(*) as count from intermediate.int_timeline_resumes"
    step(built.settings, built.warehouse)
    assert built.warehouse.fetch(resumes)[0]["count"] > 10
    late = snapshot(built.warehouse)
    build(built.settings, built.warehouse.url, "warehouse", full_refresh=True)
    assert built.warehouse.fetch(resumes)[0]["count"] == 0
    refreshed = snapshot(built.warehouse)
    for relation in COMPARED:
        assert_frame_equal(returned[relation], built.after_steps[relation], check_exact=False)
        assert_frame_equal(late[relation], refreshed[relation], check_exact=False)
    assert late["marts.fct_rides"].height == returned["marts.fct_rides"].height + 1
    repairs = built.warehouse.fetch(
        "select started_at, ended_at from intermediate.int_scooter_state_intervals"
        " where scooter_id = %(mended)s and state = 'out_of_service' and ended_at > %(broken)s",
        {"mended": mended, "broken": broken_at},
    )
    assert repairs == [{"started_at": broken_at, "ended_at": mended_at}]


def test_a_day_without_rows_is_worked_once(built: Built) -> None:
    """A day that gives a model no row is not missing in each run from then on."""
    alone = END - timedelta(days=20)
    with sa.create_engine(built.settings.operational).begin() as connection:
        row = dict(
            connection.exec_driver_sql(
                "select * from service_events where kind = 'battery_swap' order by id limit 1"
            )
            .mappings()
            .one()
        )
        newest = connection.exec_driver_sql("select max(id) from service_events").scalar_one()
        row |= {"id": newest + 1, "occurred_at": f"{alone:%F %T}", "updated_at": f"{END:%F %T}"}
        marks = ", ".join(f":{name}" for name in row)
        connection.execute(sa.text(f"insert into service_events values ({marks})"), row)
    extract_all(built.settings, built.warehouse, cities=None, until=END)
    empty = (
        "select day::text from ops.empty_days where city_id = %(city)s"
        " and relation_name like '%%\"int_rides_located\"'"
    )
    for _ in range(2):
        step(built.settings, built.warehouse)
        days = [row["day"] for row in built.warehouse.fetch(empty, {"city": CITY})]
        assert days == [f"{alone:%F}"]
    (compiled,) = (built.settings.home / "dbt" / "target" / "compiled").rglob(
        "int_rides_located.sql"
    )
    assert "cast('infinity' as timestamp with time zone)" in compiled.read_text()
    with sa.create_engine(built.settings.operational).begin() as connection:
        connection.exec_driver_sql(f"delete from service_events where id = {row['id']}")
    extract_all(built.settings, built.warehouse, cities=None, until=END)
    step(built.settings, built.warehouse)
    assert built.warehouse.fetch(empty, {"city": CITY}) == []


def test_other_settings_judge_all_pings_again(built: Built) -> None:
    """Pings past the lookback as well; marks of pings that are gone stay as they were."""
    kept_at = {"kept": END - timedelta(days=3)}
    low = {**kept_at, "low": 55}

    def marks(times: str) -> pl.DataFrame:
        return built.warehouse.read(
            "select scooter_id, reported_at, is_battery_mark, low_battery_pct"
            f" from intermediate.int_ping_marks where reported_at {times}"
            " order by scooter_id, reported_at",
            kept_at,
        )

    forgotten = marks("< %(kept)s")
    assert not forgotten.is_empty()
    built.warehouse.execute("delete from raw_telemetry.pings where reported_at < %(kept)s", kept_at)
    built.warehouse.execute("update raw_planning.cities set low_battery_pct = %(low)s", low)
    days = json.dumps({"ping_lookback_days": 1})
    step(built.settings, built.warehouse, "--vars", days)
    crossings = built.warehouse.read(
        "select scooter_id, reported_at from (select *, lag(battery_pct) over ("
        "partition by scooter_id order by reported_at) as before from intermediate.int_pings_known"
        " where reported_at >= %(kept)s) as pings where battery_pct < %(low)s and before >= %(low)s"
        " order by 1, 2",
        low,
    )
    judged = marks(">= %(kept)s").filter("is_battery_mark")
    both = judged.join(crossings, on=["scooter_id", "reported_at"], how="semi")
    assert both.height == crossings.height > 20
    assert set(judged["low_battery_pct"]) == {55}
    assert_frame_equal(marks("< %(kept)s"), forgotten)


def test_feedback(built: Built) -> None:
    """What depends on the Python models builds without a warning before any of them ran."""
    assert build(built.settings, built.warehouse.url, "feedback").warnings == ()


def test_unit_tests(built: Built) -> None:
    """Every unit test of the project passes."""
    done = subprocess.run(
        dbt_command(built.settings, "test", "--selector", "unit"),
        env=dbt_environment(built.warehouse.url),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "Nothing to do" not in done.stdout


def test_empty_sources(warehouse: Warehouse, settings: Settings) -> None:
    """The project builds on empty sources: no row, no failure, no warning.

    A BI tool's role reads the tables that dbt makes for the first time, and those made anew.
    """
    prepare(warehouse)
    with new_role(warehouse) as role:
        reader = as_role(warehouse, role, grant_bi_access(warehouse, role))
        for selector in ("warehouse", "feedback"):
            assert build(settings, warehouse.url, selector).warnings == ()
        assert reader.fetch("select * from bi.bi_city_days") == []
        run(settings, warehouse.url, "run", "--select", "bi_cities")
        assert reader.fetch("select * from bi.bi_cities") == []
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.fetch("select * from marts.dim_cities")
