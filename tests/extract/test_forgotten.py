"""What is forgotten of riders, on both sides of the boundary, and that it does not come back."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.forgotten import forget, read_forgotten
from extract.run import extract_all
from tests.extract.mds_records import START, point
from tests.extract.mds_server import serving
from tests.extract.mds_world import HOUR, UNTIL, settings_for, small_provider
from tests.extract.mds_world import load as load_feed
from tests.extract.raw import contents, count
from tests.extract.sources import (
    Operational,
    app_search,
    message,
    naive,
    old_message,
    ride,
    write_pings,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db

NOW = datetime(2026, 6, 20, 9, tzinfo=UTC)
#: Midnight in Athens ten days before the running local day.
BOUND = datetime(2026, 6, 9, 21, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def forget_ten_days(warehouse: Warehouse, **changes: Any) -> dict[str, int]:
    """Forget what is older than ten days of Thessaloniki."""
    values: dict[str, Any] = {"timezone": "Europe/Athens", "as_of": NOW, "ride_days": 10}
    values |= {"ping_days": None, "scratch": Path("/nowhere")}
    return forget(warehouse, "thessaloniki", **{**values, **changes})


def put_around_the_bound(operational: Operational) -> None:
    """A ride and a search a second before the boundary, and at it, and a wrong ride long ago."""
    for number, began in ((1, BOUND - SECOND), (2, BOUND)):
        ended = naive(began + timedelta(minutes=10))
        times = {"started_at": naive(began), "ended_at": ended, "updated_at": ended}
        operational.put("rides", ride(number, **times))
        times = {"searched_at": naive(began), "created_at": naive(began)}
        operational.put("app_searches", app_search(number, **times))
    operational.put("rides", ride(3, distance_m=-1.0))


def riders(warehouse: Warehouse, table: str = "rides") -> list[bool]:
    """Whether each row of a table still tells its rider."""
    rows = warehouse.fetch(f"select user_id from raw_operational.{table} order by id")
    return [row["user_id"] is not None for row in rows]


@pytest.fixture
def loaded(settings: Settings, warehouse: Warehouse, operational: Operational) -> Warehouse:
    """Rides and searches on both sides of the boundary, and nothing else."""
    with operational.engine.begin() as connection:
        connection.execute(operational.metadata.tables["rides"].delete())
        connection.execute(operational.metadata.tables["app_searches"].delete())
    put_around_the_bound(operational)
    extract_all(settings, warehouse, cities=None, until=BOUND + timedelta(hours=1))
    return warehouse


def test_riders_are_forgotten_a_day_at_a_time(loaded: Warehouse) -> None:
    """Before the local midnight so many days ago nobody is known, from it on everybody is."""
    before = loaded.fetch("select * from raw_operational.rides order by id")
    assert forget_ten_days(loaded) == {"rides without rider": 1, "old pings deleted": 0}
    assert riders(loaded) == riders(loaded, "app_searches") == [False, True]
    after = loaded.fetch("select * from raw_operational.rides order by id")
    emptied = {"user_id": None, "polyline": None}
    assert after == [{**before[0], **emptied}, before[1]]
    assert forget_ten_days(loaded) == {"rides without rider": 0, "old pings deleted": 0}


def test_rejected_rows_forget_their_rider(loaded: Warehouse) -> None:
    """A row that was rejected before the boundary keeps what was wrong, not who it was."""
    forget_ten_days(loaded, as_of=BOUND + timedelta(days=10))
    kept = "select original::json as original from raw_operational.rides_rejected"
    assert loaded.fetch(kept)[0]["original"]["user_id"]
    forget_ten_days(loaded, as_of=BOUND + timedelta(days=11, hours=2))
    original = loaded.fetch(kept)[0]["original"]
    assert original["distance_m"] == -1.0
    assert not {"user_id", "polyline"} & set(original)


def test_nothing_forgotten_lies_about(loaded: Warehouse, settings: Settings) -> None:
    """No table or scratch file holds the hash of a rider whose rides were all forgotten."""
    rider = loaded.fetch("select user_id from raw_operational.rides where id = 1")[0]["user_id"]
    loaded.execute("update raw_operational.rides set user_id = 'another' where id = 2")
    loaded.execute("update raw_operational.app_searches set user_id = 'another' where id = 2")
    loaded.execute("create schema if not exists raw_operational_staging")
    loaded.execute(
        "create table if not exists raw_operational_staging.rides as"
        " select * from raw_operational.rides where id = 1"
    )
    copy = settings.home / "dlt" / "raw_operational" / "load" / "rides.parquet"
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(rider)
    forget_ten_days(loaded, as_of=NOW + timedelta(days=1), scratch=settings.home / "dlt")
    assert not copy.exists()
    relations = loaded.fetch(
        "select schemaname || '.' || tablename as relation from pg_tables"
        " where schemaname ~ '^raw_'"
    )
    assert len(relations) > 20
    for row in relations:
        found = loaded.fetch(
            f"select count(*) as rows from {row['relation']} as kept"
            " where strpos(kept::text, %(rider)s) > 0",
            {"rider": rider},
        )
        assert found == [{"rows": 0}], row["relation"]


@pytest.mark.parametrize("what", ["change", "column", "emptied"])
def test_riders_do_not_come_back(
    loaded: Warehouse, settings: Settings, operational: Operational, what: str
) -> None:
    """Whatever makes the source be read again, what was forgotten of its rows stays so."""
    forget_ten_days(loaded)
    length = "select path_length_m from raw_operational.rides where id = 1"
    before = loaded.fetch(length)
    if what == "change":
        began = naive(BOUND - SECOND)
        ended = began + timedelta(minutes=12)
        changed = {"started_at": began, "ended_at": ended, "updated_at": naive(NOW)}
        operational.put("rides", ride(1, **changed))
        operational.put("app_searches", app_search(1, searched_at=began, created_at=naive(NOW)))
    elif what == "column":
        with operational.engine.begin() as connection:
            connection.exec_driver_sql("alter table rides add column surge double")
    elif what == "emptied":
        loaded.execute("truncate raw_operational.rides, raw_operational.app_searches")
        loaded.execute("drop table raw_operational._dlt_pipeline_state")
    extract_all(settings, loaded, cities=None, until=NOW, is_complete=True)
    assert riders(loaded) == riders(loaded, "app_searches") == [False, True]
    assert loaded.fetch(length) == before


def test_a_clock_set_back_remembers_nothing_again(loaded: Warehouse) -> None:
    """What was forgotten stays forgotten, also when more days are to be kept."""
    forget_ten_days(loaded)
    forget_ten_days(loaded, as_of=NOW - timedelta(days=5))
    forget_ten_days(loaded, ride_days=100)
    assert read_forgotten(loaded).rides == {"thessaloniki": BOUND}
    assert read_forgotten(loaded).pings == {}


def test_another_city_is_left_alone(loaded: Warehouse) -> None:
    """Each city has its own clock, and so its own boundary."""
    values: dict[str, Any] = {"timezone": "Europe/Athens", "as_of": NOW, "ride_days": 7}
    forget(loaded, "kozani", **values, ping_days=14, scratch=Path("/nowhere"))
    assert riders(loaded) == riders(loaded, "app_searches") == [True, True]


def pings(warehouse: Warehouse) -> list[datetime]:
    """When the pings were reported that there are."""
    rows = warehouse.fetch("select reported_at from raw_telemetry.pings order by reported_at")
    return [row["reported_at"] for row in rows]


def test_old_pings_go_but_for_the_newest(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """From the boundary on all pings stay; before it the newest one of each scooter."""
    times = [BOUND - 3 * SECOND, BOUND - 2 * SECOND, BOUND - SECOND, BOUND, BOUND + SECOND]
    hour = BOUND.replace(minute=0, second=0)
    for number, part in ((-1, times[:3]), (0, times[3:])):
        write_pings(settings.pings, hour + timedelta(hours=number), [message(1, at) for at in part])
    extract_all(settings, warehouse, cities=None, until=NOW)
    assert pings(warehouse) == times
    counts = forget_ten_days(warehouse, ride_days=100, ping_days=10)
    assert counts["old pings deleted"] == 2
    assert pings(warehouse) == times[2:]
    counts = forget_ten_days(warehouse, ride_days=100, ping_days=10)
    assert counts["old pings deleted"] == 0


def test_old_pings_do_not_come_back(
    settings: Settings, warehouse: Warehouse, operational: Operational, ping_file: Path
) -> None:
    """A file that is touched, or comes late, brings no ping of before the boundary."""
    extract_all(settings, warehouse, cities=None, until=NOW)
    forget_ten_days(warehouse, ping_days=10)
    before = contents(warehouse)["raw_telemetry.pings"]
    late = old_message(2, BOUND - SECOND), old_message(2, BOUND)
    write_pings(settings.pings, BOUND.replace(minute=0), list(late))
    lines = gzip.decompress(ping_file.read_bytes()).decode().splitlines()
    extra = json.dumps(message(1, NOW - timedelta(days=15)))
    ping_file.write_bytes(gzip.compress("\n".join([*lines, extra, ""]).encode()))
    extract_all(settings, warehouse, cities=None, until=NOW)
    after = contents(warehouse)["raw_telemetry.pings"]
    assert len(after) == len(before) + 1
    assert pings(warehouse)[-1] == BOUND


def test_old_points_of_a_feed_do_not_come_back(settings: Settings, warehouse: Warehouse) -> None:
    """A feed that is read again brings no point of before the boundary, not as rejected either."""
    provider = small_provider()
    provider.lists["telemetry"].append(point(99, START + HOUR / 9, battery_percent=101))
    there = "select reported_at from raw_mds.telemetry order by reported_at"
    with serving(provider):
        where = settings_for(settings, provider)
        load_feed(where, warehouse, UNTIL)
        assert count(warehouse, "raw_mds.telemetry") == 36
        assert count(warehouse, "raw_mds.telemetry_rejected") == 1
        # Midnight in Sao Paulo, three hours after the first point.
        values: dict[str, Any] = {"timezone": "America/Sao_Paulo", "as_of": START + 28 * HOUR}
        values |= {"ride_days": 1, "ping_days": 1, "scratch": Path("/nowhere")}
        forget(warehouse, "volos", **values)
        kept = warehouse.fetch(there)
        assert len(kept) == 1 + 18
        assert kept[1]["reported_at"] == START + 3 * HOUR
        warehouse.execute("truncate raw_mds.telemetry_rejected")
        load_feed(where, warehouse, UNTIL, since=START)
        assert warehouse.fetch(there) == kept
        warehouse.execute("truncate raw_mds.telemetry")
        load_feed(where, warehouse, UNTIL, since=START)
    assert warehouse.fetch(there) == kept[1:]
    assert count(warehouse, "raw_mds.telemetry_rejected") == 0
