"""The operator's database as MariaDB holds it: its types, its people, its changes of mind."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from extract.operational.address import Address
from extract.operational.reader import OperationalReader
from extract.operational.shapes import source_columns, wrong_shapes
from extract.operational.tables import RIDES
from extract.run import extract_all
from extract.schemas import RAW_TABLES
from geography.zones import circle_zone
from tests.extract.operator import TABLES, assert_equal, change, ids, load, settings_for
from tests.extract.raw import count, reasons
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    START,
    UNTIL,
    Operational,
    naive,
    parking,
    ride,
    scooter,
    service_event,
    write_sheets,
)
from warehouse.connection import Warehouse
from warehouse.errors import MoowError, SourceError
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)
UNSIGNED_MAXIMUM = 2**64 - 1


@pytest.fixture(params=["connectorx", "pymysql"])
def client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the rows with each of the two clients."""
    monkeypatch.setattr(Address, "fits_connectorx", request.param == "connectorx")


@pytest.mark.usefixtures("client")
def test_types_of_its_own(there: Settings, warehouse: Warehouse, maria: Operational) -> None:
    """Bits, JSON, unsigned, decimals, TIMESTAMP in another zone and emoji arrive as they are."""
    change(
        maria,
        "alter table parkings modify zone_geojson json, modify is_active bit(1),"
        " modify capacity int unsigned",
        "alter table scooters modify updated_at timestamp(3) null, modify model enum('M', 'Ω')",
        "update scooters set updated_at = '2026-06-01 06:00:00', model = 'Ω' where id = 1",
        "alter table rides modify distance_m decimal(20, 6), modify price decimal(24, 4),"
        " modify user_id bigint unsigned, modify start_hdop float, modify id bigint unsigned",
        f"update rides set user_id = {UNSIGNED_MAXIMUM}, price = 123456789012.34 where id = 1",
        "update parkings set capacity = 4000000000",
    )
    name = "Ωραία πλατεία 🛴 café"
    maria.put("parkings", parking(2, name=f"{name}\x00"))
    with maria.engine.begin() as connection:
        zone = connection.exec_driver_sql("select @@global.time_zone").scalar()
        connection.exec_driver_sql("set global time_zone = '+05:00'")
    try:
        load(there, warehouse)
    finally:
        change(maria, f"set global time_zone = '{zone}'")
    parkings = "select name, capacity, is_active from raw_operational.parkings order by id"
    assert [tuple(row.values()) for row in warehouse.fetch(parkings)] == [
        ("A", 4_000_000_000, True),
        (f"{name}\ufffd", 8, True),
    ]
    (first,) = warehouse.fetch("select * from raw_operational.scooters where id = 1")
    assert (first["updated_at"], first["model"]) == (START, "Ω")
    (first,) = warehouse.fetch("select * from raw_operational.rides where id = 1")
    assert (first["distance_m"], str(first["price"])) == (1200.0, "123456789012.34")
    assert first["started_at"] == START + timedelta(seconds=1)
    assert count(warehouse, "raw_operational.rides") == 20


@pytest.mark.usefixtures("client")
def test_dates_of_zeros_and_ids_too_large(
    there: Settings, warehouse: Warehouse, maria: Operational
) -> None:
    """A zero date is no date; a number beyond ours rejects its row; a second run adds nothing."""
    change(
        maria,
        "alter table rides modify id bigint unsigned, modify scooter_id bigint unsigned",
        "update rides set started_at = '0000-00-00 00:00:00' where id = 3",
        "update rides set ended_at = '2026-00-10 00:00:00' where id = 4",
        "update rides set updated_at = '0000-00-00 00:00:00' where id = 5",
        f"update rides set id = {UNSIGNED_MAXIMUM} where id = 6",
        f"update rides set scooter_id = {2**63} where id = 7",
    )
    load(there, warehouse)
    assert reasons(warehouse, "raw_operational.rides") == {
        "3": "no start time",
        "4": "completed without an end time",
        str(UNSIGNED_MAXIMUM): f"id is '{UNSIGNED_MAXIMUM}', which is no number",
        "7": f"scooter_id is '{2**63}', which is no number",
    }
    (fifth,) = warehouse.fetch("select updated_at from raw_operational.rides where id = 5")
    assert fifth["updated_at"] is None
    assert load(there, warehouse, UNTIL + HOUR).rows == {}


@pytest.mark.parametrize(
    ("column", "deleted", "live"),
    [
        ("deleted_at datetime(3)", "'2026-06-01 09:00:00'", "null"),
        ("is_deleted bit(1) not null default 0", "1", "0"),
        ("deleted tinyint(1)", "1", "null"),
    ],
)
def test_soft_deletes(
    there: Settings,
    warehouse: Warehouse,
    maria: Operational,
    column: str,
    deleted: str,
    live: str,
) -> None:
    """What the operator marks as deleted is marked here, and back again."""
    name = column.split()[0]
    later = naive(UNTIL + HOUR)
    change(
        maria,
        f"alter table rides add {column}",
        f"update rides set {name} = {deleted} where id = 2",
    )
    load(there, warehouse)
    assert ids(warehouse, "rides", "deleted_at is not null") == [2]
    mark = f"update rides set updated_at = '{later}', {name} ="
    change(maria, f"{mark} {live} where id = 2", f"{mark} {deleted} where id = 3")
    load(there, warehouse, UNTIL + 2 * HOUR)
    assert ids(warehouse, "rides", "deleted_at is not null") == [3]
    assert load(there, warehouse, UNTIL + 2 * HOUR).rows == {}


def test_rows_that_vanish_and_come_back(
    there: Settings, warehouse: Warehouse, maria: Operational
) -> None:
    """A row that is gone is marked with the time of the run, one that is back is not marked."""
    maria.put("rides", ride(21, distance_m=-1.0))
    load(there, warehouse)
    change(maria, "delete from rides where id in (4, 5, 21)", "delete from cities where id = 2")
    load(there, warehouse, UNTIL + HOUR)
    gone = "select id, deleted_at from raw_operational.rides where deleted_at is not null"
    assert [tuple(row.values()) for row in warehouse.fetch(f"{gone} order by id")] == [
        (4, UNTIL + HOUR),
        (5, UNTIL + HOUR),
    ]
    assert reasons(warehouse, "raw_operational.rides") == {}
    assert ids(warehouse, "cities") == [1]
    maria.put("rides", ride(4))  # in the same version as before
    load(there, warehouse, UNTIL + 2 * HOUR)
    assert [row["id"] for row in warehouse.fetch(gone)] == [5]
    assert load(there, warehouse, UNTIL + 3 * HOUR).rows == {}


def test_a_table_that_is_nearly_empty_is_not_believed(
    there: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """More than the share that is set marks nothing and says so; what was archived stays."""
    maria.put("rides", *(ride(number) for number in range(1, 301)))
    load(there, warehouse)
    change(maria, "delete from rides where id > 149")
    told = load(there, warehouse, UNTIL + HOUR)
    assert "'rides' of the operational database lacks 151 of 300 rows" in told.problems[0]
    assert len(ids(warehouse, "rides")) == 300
    archive = settings_for(there, mariadb_url, operational_archive_days=1)
    load(archive, warehouse, UNTIL + 48 * HOUR)
    assert len(ids(warehouse, "rides")) == 300
    sure = settings_for(there, mariadb_url, operational_most_deleted_pct=100)
    assert load(sure, warehouse, UNTIL + HOUR).problems == []
    assert len(ids(warehouse, "rides")) == 149


def test_equal_times_and_late_commits(
    there: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """Rows of the cursor's own time, or committed long after they say, are found all the same."""
    tight = settings_for(there, mariadb_url, operational_overlap_minutes=0)
    maria.put("rides", ride(30, updated_at=naive(UNTIL)))
    load(tight, warehouse)
    maria.put("rides", ride(31, updated_at=naive(UNTIL)))
    maria.put("rides", ride(32, updated_at=naive(UNTIL - 50 * HOUR)))
    load(tight, warehouse, UNTIL + HOUR)
    assert ids(warehouse, "rides", "id > 20") == [30, 31, 32]
    maria.put("rides", ride(32, updated_at=naive(UNTIL - 40 * HOUR), price=9.0))
    assert load(tight, warehouse, UNTIL + 2 * HOUR).rows == {}
    load(tight, warehouse, UNTIL + 3 * HOUR, is_complete=True)
    assert_equal(maria, warehouse)


def test_large_tables_are_compared_in_turn(
    there: Settings, warehouse: Warehouse, maria: Operational, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a large table each hour compares a part; a whole turn, or a complete sweep, finds all."""
    for name, value in (("CHUNK_IDS", 10), ("NEWEST_CHUNKS", 1), ("PARTS", 3)):
        monkeypatch.setattr(f"extract.operational.sweep.{name}", value)
    maria.put("rides", *(ride(number) for number in range(1, 100)))
    load(there, warehouse)
    change(maria, "delete from rides where id in (15, 45, 75, 99)")
    load(there, warehouse, UNTIL + HOUR)
    assert len(ids(warehouse, "rides", "deleted_at is not null")) == 2  # the newest, and a part
    load(there, warehouse, UNTIL + 2 * HOUR)
    load(there, warehouse, UNTIL + 3 * HOUR)
    assert ids(warehouse, "rides", "deleted_at is not null") == [15, 45, 75, 99]
    change(maria, "delete from rides where id in (16, 46, 76)")
    load(there, warehouse, UNTIL + 4 * HOUR, is_complete=True)
    assert len(ids(warehouse, "rides", "deleted_at is not null")) == 7


def test_a_ride_never_arrives_without_its_scooter(
    there: Settings, warehouse: Warehouse, maria: Operational
) -> None:
    """City, scooter and ride that are added while the load runs arrive together."""

    class Meanwhile(OperationalReader):
        def read(self, table, *arguments, **options):  # type: ignore[no-untyped-def]
            yield from super().read(table, *arguments, **options)
            if table == "scooters" and 9 not in ids_of(maria, "scooters"):
                change(
                    maria,
                    "insert into cities select 3, 'trikala', 'Trikala', timezone, currency,"
                    " updated_at from cities where id = 1",
                )
                maria.put("scooters", scooter(9, city_id=3))
                maria.put("rides", ride(900, city_id=3, scooter_id=9))

    load(there, warehouse, reader=Meanwhile)
    assert 900 in ids(warehouse, "rides")
    assert 9 in ids(warehouse, "scooters")
    assert 3 in ids(warehouse, "cities")
    assert reasons(warehouse, "raw_operational.rides") == {}
    assert load(there, warehouse, UNTIL + HOUR).rows == {}


def ids_of(maria: Operational, table: str) -> list[int]:
    with maria.engine.connect() as connection:
        return [row[0] for row in connection.exec_driver_sql(f"select id from {table}")]


def test_a_new_column_is_loaded_for_all_rows(
    there: Settings, warehouse: Warehouse, maria: Operational
) -> None:
    """What the operator adds arrives, for old rows too; what may name a person does not."""
    load(there, warehouse)
    change(
        maria,
        "alter table rides add tariff varchar(20) default 'day', add rider_email varchar(50)"
        " default 'a@b', add lock_count int default 2, add path point",
    )
    told = load(there, warehouse, UNTIL + HOUR)
    (note,) = told.notes
    assert "rider_email (may say who a person is)" in note
    assert "path (point)" in note
    rows = warehouse.fetch("select distinct tariff, lock_count from raw_operational.rides")
    assert rows == [{"tariff": "day", "lock_count": 2}]
    assert load(there, warehouse, UNTIL + 2 * HOUR).rows == {}
    change(maria, "alter table rides modify lock_count varchar(20)")
    (problem,) = load(there, warehouse, UNTIL + 3 * HOUR).problems
    assert "column lock_count of table 'rides'" in problem
    change(maria, "alter table rides drop lock_count")
    maria.put("rides", ride(40, updated_at=naive(UNTIL + 3 * HOUR)))
    load(there, warehouse, UNTIL + 4 * HOUR)
    rows = warehouse.fetch("select lock_count from raw_operational.rides where id = 40")
    assert rows == [{"lock_count": None}]
    # While another column remains, what was known of the lost one is not forgotten.
    change(maria, "alter table rides add lock_count varchar(20)")
    (problem,) = load(there, warehouse, UNTIL + 5 * HOUR).problems
    assert "column lock_count of table 'rides' of the operational database was bigint" in problem
    change(maria, "alter table rides drop lock_count, add lock_count int default 3")
    assert load(there, warehouse, UNTIL + 6 * HOUR).problems == []
    rows = warehouse.fetch("select distinct lock_count from raw_operational.rides")
    assert rows == [{"lock_count": 3}]


@pytest.mark.parametrize(
    ("table", "column"),
    [("rides", "polyline"), ("rides", "start_latitude"), ("scooters", "code"), ("parkings", "id")],
)
def test_a_lost_column_stops_its_table_alone(
    there: Settings, warehouse: Warehouse, maria: Operational, table: str, column: str
) -> None:
    """Renamed after good loads, the run goes on and names it; before the first, nothing begins."""
    write_sheets(there.planning)
    extract_all(there, warehouse, cities=None, until=UNTIL)
    later = naive(UNTIL + HOUR)
    rename = f"alter table {table} rename column {{}} to {{}}"
    maria.put("service_events", service_event(2, updated_at=later))
    change(maria, f"update {table} set updated_at = '{later}'", rename.format(column, "lost"))
    report = extract_all(there, warehouse, cities=None, until=UNTIL + HOUR)
    (problem,) = report.problems
    assert f"table '{table}' of the operational database" in problem
    assert f"lacks {column}; it has " in problem
    assert f"give each its name back, or make a view '{table}'" in problem
    assert ids(warehouse, "service_events") == [1, 2]
    held = f"select count(*) as rows from raw_operational.{table} where updated_at = '{later}'"
    assert warehouse.fetch(held)[0]["rows"] == 0
    change(maria, rename.format("lost", column))
    assert extract_all(there, warehouse, cities=None, until=UNTIL + 2 * HOUR).problems == []
    assert_equal(maria, warehouse)
    change(maria, rename.format(column, "lost"))
    for schema in {one.schema for one in RAW_TABLES}:
        warehouse.execute(f"drop schema {schema} cascade; create schema {schema}")
    with pytest.raises(SourceError, match=f"lacks {column}"):
        extract_all(there, warehouse, cities=None, until=UNTIL)
    assert warehouse.fetch("select to_regclass('raw_planning.cities') as made") == [{"made": None}]


@pytest.mark.parametrize(
    ("column", "words", "before"),
    [("distance_m", "varchar(20)", "double"), ("id", "varchar(20)", "bigint")],
)
def test_a_changed_type_stops_its_table_alone(
    there: Settings, warehouse: Warehouse, maria: Operational, column: str, words: str, before: str
) -> None:
    """The sentence names the column; the last good rows stay, the other tables go on."""
    load(there, warehouse)
    later = naive(UNTIL + HOUR)
    change(maria, f"alter table rides modify {column} {words}")
    maria.put("scooters", scooter(3, updated_at=later))
    change(maria, f"update rides set updated_at = '{later}', price = 9 where id = 1")
    (problem,) = load(there, warehouse, UNTIL + HOUR).problems
    assert f"column {column} of table 'rides' of the operational database is varchar" in problem
    assert "raw_operational.rides stays as it was" in problem
    assert wrong_shapes(there.operational) == [problem.split("; until then")[0]]
    assert ids(warehouse, "scooters") == [1, 2, 3]
    price = "select price from raw_operational.rides where id = 1"
    assert str(warehouse.fetch(price)[0]["price"]) == "2.50"
    change(maria, f"alter table rides modify {column} {before}")
    assert load(there, warehouse, UNTIL + 2 * HOUR).problems == []
    assert str(warehouse.fetch(price)[0]["price"]) == "9.00"


def test_reading_is_enough(
    there: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """A user who may only select loads everything."""
    database = mariadb_url.rsplit("/", 1)[1]
    change(
        maria,
        "create or replace user 'reader'@'127.0.0.1' identified by 'secret'",
        f"grant select on {database}.* to 'reader'@'127.0.0.1'",
    )
    reading = settings_for(there, mariadb_url.replace("//moow:", "//reader:"))
    engine = sa.create_engine(reading.operational)
    with (
        engine.begin() as connection,
        pytest.raises(sa.exc.OperationalError, match="DELETE command denied"),
    ):
        connection.exec_driver_sql("delete from rides")
    load(reading, warehouse)
    assert_equal(maria, warehouse)


def test_columns_that_may_not_be_seen(
    there: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """A user who may read our columns of a table only is enough, and loads only those."""
    database = mariadb_url.rsplit("/", 1)[1]
    others = [table for table in TABLES if table != "rides"]
    change(
        maria,
        "alter table rides add tariff varchar(20) default 'day'",
        "create or replace user 'narrow'@'127.0.0.1' identified by 'secret'",
        *(f"grant select on {database}.{table} to 'narrow'@'127.0.0.1'" for table in others),
        f"grant select ({', '.join(source_columns(RIDES))}) on {database}.rides"
        " to 'narrow'@'127.0.0.1'",
    )
    load(settings_for(there, mariadb_url.replace("//moow:", "//narrow:")), warehouse)
    assert_equal(maria, warehouse)
    assert "tariff" not in warehouse.read("select * from raw_operational.rides").columns


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [(":secret@", ":wrong@", "Access denied"), ("/test_", "/nothing_", "Unknown database")],
)
def test_what_is_refused_is_said_at_once(
    there: Settings, warehouse: Warehouse, mariadb_url: str, old: str, new: str, words: str
) -> None:
    """Wrong credentials and an unknown database are a sentence with the setting, not a wait."""
    wrong = settings_for(there, mariadb_url.replace(old, new))
    with pytest.raises(MoowError, match=words) as raised:
        load(wrong, warehouse)
    assert "MOOW_OPERATIONAL_URL" in str(raised.value)
    assert "secret" not in str(raised.value).replace("password", "")


def test_zones_as_json(there: Settings, warehouse: Warehouse, maria: Operational) -> None:
    """A zone in a JSON column is the zone that it would be as text."""
    change(maria, "alter table parkings modify zone_geojson json")
    maria.put(
        "parkings", parking(5, zone_geojson=circle_zone(LATITUDE, LONGITUDE, 15.0, "EPSG:2100"))
    )
    load(there, warehouse)
    areas = warehouse.fetch("select distinct round(area_m2) as area from raw_operational.parkings")
    assert len(areas) == 1
