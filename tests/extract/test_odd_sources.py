"""The operator's data as it comes: past times, user ids, views, broken files, swapped zones."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import timedelta
from pathlib import Path

import pytest

from extract.run import extract_all
from extract.schemas import RAW_TABLES
from geography.zones import circle_zone
from tests.extract.raw import contents, count, reasons
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    SHEETS,
    UNTIL,
    Operational,
    app_search,
    city,
    naive,
    parking,
    ride,
    scooter,
    service_event,
    write_sheets,
    write_weather,
)
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


def test_a_past_time_gives_the_same_rides_whatever_was_seen_since(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A ride under way at the bound, and an event mended since, are read; a later one is not."""
    began = {"started_at": naive(UNTIL - HOUR / 2), "ended_at": naive(UNTIL + HOUR / 2)}
    operational.put("rides", ride(30, **began, updated_at=naive(UNTIL + HOUR / 2)))
    later = {"started_at": naive(UNTIL + HOUR), "ended_at": naive(UNTIL + 2 * HOUR)}
    operational.put("rides", ride(31, **later, updated_at=naive(UNTIL + 2 * HOUR)))
    operational.put("service_events", service_event(2, updated_at=naive(UNTIL + HOUR)))
    known = "select * from raw_operational.rides where started_at <= %(until)s order by id"
    extract_all(settings, warehouse, cities=None, until=UNTIL + 24 * HOUR)
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    seen = warehouse.fetch(known, {"until": UNTIL})
    for schema in {table.schema for table in RAW_TABLES}:
        warehouse.execute(f"drop schema {schema} cascade; create schema {schema}")
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert warehouse.fetch(known, {"until": UNTIL}) == seen
    assert count(warehouse, "raw_operational.rides") == len(seen) == 21
    assert count(warehouse, "raw_operational.service_events") == 2
    changed = {**began, "ended_at": naive(UNTIL + HOUR), "updated_at": naive(UNTIL + HOUR)}
    operational.put("rides", ride(30, **changed))
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    ended = warehouse.fetch("select ended_at from raw_operational.rides where id = 30")
    assert ended == [{"ended_at": UNTIL + HOUR}]


def test_user_ids_arrive_as_hashes_only(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """The same user has the same hash in rides, searches and rejected rows; none stays none."""
    user = 4_242_424_242
    operational.put("rides", ride(1, user_id=user), ride(2, user_id=None))
    operational.put("rides", ride(3, user_id=user, distance_m=-1.0))
    operational.put("app_searches", app_search(1, user_id=user))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    key = settings.hash_key().encode()
    expected = hmac.new(key, str(user).encode(), hashlib.sha256).hexdigest()
    rides = warehouse.fetch("select user_id from raw_operational.rides where id < 3 order by id")
    assert [ride["user_id"] for ride in rides] == [expected, None]
    searches = warehouse.fetch("select user_id from raw_operational.app_searches")
    assert searches == [{"user_id": expected}]
    assert str(user) not in str(contents(warehouse))
    bad = warehouse.fetch("select original from raw_operational.rides_rejected")
    assert json.loads(bad[0]["original"])["user_id"] == expected


def test_a_view_is_read_as_a_table(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """An operator whose table is called otherwise makes a view of our name."""
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("alter table rides rename to trips")
        connection.exec_driver_sql("create view rides as select * from trips")
        connection.exec_driver_sql("create view broken as select * from not_there")
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_operational.rides") == 20


def test_a_view_that_names_a_city_twice_gives_it_once(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """The last one said counts, in a first load and in later ones."""
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("alter table cities rename to towns")
        connection.exec_driver_sql(
            "create view cities as select id, slug, 'old' as name, timezone, currency, updated_at"
            " from towns union all"
            " select id, slug, name, timezone, currency, updated_at from towns"
        )
    for until in (UNTIL, UNTIL + HOUR):
        extract_all(settings, warehouse, cities=None, until=until)
        cities = warehouse.fetch("select id, name from raw_operational.cities order by id")
        assert cities == [{"id": 1, "name": "Thessaloniki"}, {"id": 2, "name": "Kozani"}]
        with operational.engine.begin() as connection:
            connection.exec_driver_sql("update towns set updated_at = '2026-06-01 08:30:00'")
    assert count(warehouse, "raw_operational.rides") == 20


def test_a_broken_database_file_is_a_sentence(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Pages that are damaged, or a file that is none, are named and not traced back."""
    path = Path(operational.engine.url.database or "")
    with operational.engine.begin() as connection:
        connection.exec_driver_sql("alter table cities rename to towns")
        connection.exec_driver_sql(
            "create view cities as select abs(-9223372036854775807 - 1) as id, slug, name,"
            " timezone, currency, updated_at from towns"
        )
    with pytest.raises(MoowError, match="table 'cities' of the operational database cannot be"):
        extract_all(settings, warehouse, cities=None, until=UNTIL)
    operational.engine.dispose()
    path.write_bytes(b"no database at all, " * 1000)
    with pytest.raises(MoowError, match="cannot be read"):
        extract_all(settings, warehouse, cities=None, until=UNTIL)


def test_a_swapped_zone_does_not_choose_the_coordinate_system(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Of a city without a planning row, the other zones tell where it is."""
    ring = json.loads(circle_zone(LATITUDE, LONGITUDE, 15.0, "EPSG:2100"))["coordinates"][0]
    swapped = json.dumps({"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]})
    operational.put("parkings", parking(20, city_id=2, zone_geojson=swapped))
    operational.put("parkings", *(parking(number, city_id=2) for number in (21, 22)))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert "swapped" in reasons(warehouse, "raw_operational.parkings")["20"]
    places = warehouse.fetch("select x_m from raw_operational.parkings where city = 'kozani'")
    assert [place["x_m"] for place in places] == [pytest.approx(410204.74, abs=0.1)] * 2


def test_rides_say_where_a_city_of_one_zone_is(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A swapped zone is found even when no other zone and no planning row tells where the city is.

    Without rides it would lie in another land, and all rides be projected there.
    """
    ring = json.loads(circle_zone(LATITUDE, LONGITUDE, 15.0, "EPSG:2100"))["coordinates"][0]
    swapped = json.dumps({"type": "Polygon", "coordinates": [[[y, x] for x, y in ring]]})
    operational.put("parkings", parking(20, city_id=2, zone_geojson=swapped))
    operational.put("scooters", scooter(20, city_id=2))
    operational.put("rides", *(ride(n, city_id=2, scooter_id=20) for n in (40, 41)))
    operational.put("rides", ride(42, city_id=2, scooter_id=20, start_latitude=0.0))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert "swapped" in reasons(warehouse, "raw_operational.parkings")["20"]
    rides = warehouse.fetch("select start_x_m from raw_operational.rides where id = 40")
    assert rides[0]["start_x_m"] == pytest.approx(410204.74, abs=0.1)


def test_a_sheet_that_makes_every_scooter_idle_is_refused(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Idle and silent hours of zero are no thresholds."""
    for name in ("idle_hours", "silent_hours"):
        write_sheets(settings.planning, {**SHEETS, "cities": [{**SHEETS["cities"][0], name: 0}]})
        report = extract_all(settings, warehouse, cities=None, until=UNTIL)
        assert any(
            f"column {name}: '0' is not a number from 0.5 to 10000" in problem
            for problem in report.problems
        )


def test_a_bad_weather_line_that_changes_is_a_new_one(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Rejected lines are known by what they say, not by where they stand."""
    for hours, bad in ((0, "hot"), (1, "cold")):
        line = f"2026-06-01T06:00:00Z,observed,,{bad},0,5,50,1"
        write_weather(settings.weather_files, [line, line])
        extract_all(settings, warehouse, cities=None, until=UNTIL + hours * HOUR)
    assert count(warehouse, "raw_weather.hourly_rejected") == 2


def test_a_city_of_half_hours_is_not_loaded(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A city whose hours cannot be counted is told and left out; one that was known stays so."""
    operational.put("cities", {**city(3, "pune"), "timezone": "Asia/Kolkata"})
    report = extract_all(settings, warehouse, cities=None, until=UNTIL)
    (problem,) = (line for line in report.problems if "pune" in line)
    assert problem.startswith("city 'pune' of the operational database is not loaded: 'Asia/Kol")
    known = "select slug, timezone, deleted_at from raw_operational.cities order by slug"
    before = warehouse.fetch(known)
    assert [row["slug"] for row in before] == ["kozani", "thessaloniki"]
    operational.put("cities", {**city(2, "kozani"), "timezone": "Athens time"})
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert any("'Athens time' is no time zone" in line for line in report.problems)
    assert warehouse.fetch(known) == before
    assert {row["deleted_at"] for row in before} == {None}
