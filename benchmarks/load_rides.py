"""How long a first load of rides takes, against the fastest way by hand.

A MariaDB and a Postgres are started on loopback and filled with rides. Ours is the load of the
operational database: rows are read in windows of ids, checked, projected to metres, the lengths of
their paths computed, user ids hashed, merged by key and counted with their cursor. The reference
does none of it: connectorx streams the same columns of the same rows, ADBC writes them to a table
without a key. Each runs in a process of its own, so that its peak memory is its own.
Run: ``python -m benchmarks.load_rides [--rows 1000000] [--rounds 1]``.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa

from geography.polylines import encode
from tests.mariadb import make_database, mariadb_running
from warehouse.embedded import embedded_postgres_running

START = datetime(2026, 1, 1)
#: So many different rides, told apart by their id, time and rider.
PATTERNS = 2_000
USERS = 50_000
SCOOTERS = 1_000
#: What a server has in memory is not what is measured: the rows fit.
_MARIADB = ("--innodb-buffer-pool-size=1G", "--skip-log-bin")


def main() -> None:
    """Fill the source, run both in turn, print the ratio and, last, a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many rides")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many runs counts")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_child(*options.child)))
        return
    with tempfile.TemporaryDirectory(prefix="moow-benchmark-") as name:
        folder = Path(name)
        with (
            mariadb_running(folder / "mariadb", *_MARIADB) as server,
            embedded_postgres_running(folder / "postgres") as target,
        ):
            source = make_database(server, "moow")
            fill(source, options.rows)
            rounds = [_round(source, target, number) for number in range(options.rounds)]
    ours = min(ours["seconds"] for ours, _ in rounds)
    reference = min(reference["seconds"] for _, reference in rounds)
    result = {
        "name": "load_rides",
        "rows": options.rows,
        "ours_s": round(ours, 2),
        "reference_s": round(reference, 2),
        "ratio": round(ours / reference, 2),
        "cpu_s": round(min(ours["cpu_s"] for ours, _ in rounds), 2),
        "reference_cpu_s": round(min(one["cpu_s"] for _, one in rounds), 2),
        "peak_mb": round(max(ours["peak_mb"] for ours, _ in rounds)),
        "reference_peak_mb": round(max(one["peak_mb"] for _, one in rounds)),
    }
    print(f"ours {ours:.2f} s, by hand {reference:.2f} s, ratio {ours / reference:.2f}")
    print(json.dumps(result))


def _round(source: str, target: str, number: int) -> tuple[dict[str, float], dict[str, float]]:
    results = []
    for way in ("reference", "ours"):
        database = f"{way}_{number}"
        engine = sa.create_engine(
            target.replace("postgresql://", "postgresql+psycopg://"), isolation_level="AUTOCOMMIT"
        )
        with engine.connect() as connection:
            connection.execute(sa.text(f"create database {database}"))
            connection.execute(sa.text("checkpoint"))
        engine.dispose()
        command = [sys.executable, "-m", "benchmarks.load_rides", "--child", way, source]
        command.append(f"{target.rsplit('/', 1)[0]}/{database}")
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        results.append(json.loads(done.stdout.splitlines()[-1]))
        print(f"{way}: {json.dumps(results[-1])}")
    reference, ours = results
    if ours["rows"] != reference["rows"]:
        raise SystemExit(f"ours has {ours['rows']} rows, the reference {reference['rows']}")
    return ours, reference


def _child(way: str, source: str, target: str) -> dict[str, float]:
    rows, seconds, cpu_s = {"ours": _ours, "reference": _by_hand}[way](source, target)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"rows": rows, "seconds": seconds, "cpu_s": cpu_s, "peak_mb": peak / 1024}


def _spent(began: tuple[float, float]) -> tuple[float, float]:
    """Seconds by the clock and of this process's processor time since `began`."""
    return time.perf_counter() - began[0], time.process_time() - began[1]


def _ours(source: str, target: str) -> tuple[int, float, float]:
    # Neither side is charged for its imports.
    import adbc_driver_postgresql.dbapi  # noqa: F401
    import connectorx  # noqa: F401
    import dlt.destinations.impl.postgres.postgres  # noqa: F401
    import pyarrow.parquet  # noqa: F401

    from extract.operational.load import OperationalLoad
    from extract.operational.reader import OperationalReader
    from extract.schemas import create_raw_tables
    from warehouse.connection import Warehouse, apply_operations_schema
    from warehouse.settings import load_settings

    warehouse = Warehouse(target)
    with tempfile.TemporaryDirectory(prefix="moow-home-") as home:
        settings = load_settings(home=Path(home), operational_url=source, _env_file=None)
        apply_operations_schema(warehouse)
        create_raw_tables(warehouse)
        until = (START + timedelta(days=365)).replace(tzinfo=UTC)
        began = time.perf_counter(), time.process_time()
        reader = OperationalReader(settings.operational)
        counts = OperationalLoad(settings, warehouse, reader, None, until).run()
        reader.close()
        return counts["raw_operational.rides"], *_spent(began)


def _by_hand(source: str, target: str) -> tuple[int, float, float]:
    import adbc_driver_postgresql.dbapi as adbc
    import connectorx

    from extract.operational.shapes import source_schema
    from extract.operational.tables import RIDES

    columns = ", ".join(source_schema(RIDES))
    began = time.perf_counter(), time.process_time()
    batches = connectorx.read_sql(
        source.replace("mysql+pymysql", "mysql"),
        f"select {columns} from rides",
        return_type="arrow_stream",
        batch_size=50_000,
    )
    with adbc.connect(target) as connection, connection.cursor() as cursor:
        rows = cursor.adbc_ingest("rides", batches, mode="create")
        connection.commit()
    return rows, *_spent(began)


def fill(url: str, rows: int) -> None:
    """Make the tables of an operator with `rows` rides of one city."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in _TABLES:
            connection.execute(sa.text(statement))
        connection.execute(sa.text("insert into pattern values (" + _PATTERN + ")"), _patterns())
        connection.execute(
            sa.text(_RIDES), {"rows": rows, "users": USERS, "patterns": PATTERNS, "start": START}
        )
        connection.execute(sa.text("drop table pattern"))
        connection.execute(sa.text("analyze table rides")).all()
    engine.dispose()


def _patterns() -> list[dict[str, Any]]:
    """Rides of one city; paths of 8 to 30 points are about as long as the simulator's."""
    choose = random.Random(7)
    noise = np.random.default_rng(7)
    rides = []
    for number in range(PATTERNS):
        points = choose.randint(8, 30)
        steps = noise.normal(0, 3e-4, (2, points)).cumsum(axis=1)
        latitude, longitude = 40.63 + steps[0], 22.94 + steps[1]
        rides.append(
            {
                **{"id": number, "scooter_id": number % SCOOTERS + 1},
                **{"minutes": choose.randint(3, 40), "distance_m": choose.uniform(200, 2_000)},
                **{"start_latitude": latitude[0], "start_longitude": longitude[0]},
                **{"end_latitude": latitude[-1], "end_longitude": longitude[-1]},
                **{"hdop": choose.uniform(0.6, 3.0), "battery": choose.uniform(20, 100)},
                **{"polyline": encode(latitude, longitude)},
                "price": round(choose.uniform(1, 8), 2),
            }
        )
    return [{name: getattr(v, "item", lambda v=v: v)() for name, v in r.items()} for r in rides]


_PATTERN = (
    ":id, :scooter_id, :minutes, :distance_m, :start_latitude, :start_longitude, :end_latitude,"
    " :end_longitude, :hdop, :battery, :polyline, :price"
)
_TIME = "updated_at datetime(3), key (updated_at)"
_TABLES = (
    "create table cities (id bigint primary key, slug varchar(50), name varchar(100),"
    " timezone varchar(50), currency varchar(3), updated_at datetime(3))",
    "insert into cities values (1, 'thessaloniki', 'Thessaloniki', 'Europe/Athens', 'EUR',"
    " '2026-01-01')",
    "create table parkings (id bigint primary key, city_id bigint, code varchar(50),"
    " name varchar(100), zone_geojson text, capacity bigint, is_active boolean,"
    f" created_at datetime(3), {_TIME})",
    "create table scooters (id bigint primary key, city_id bigint, code varchar(50),"
    " model varchar(50), battery_wh double, status varchar(50), commissioned_at datetime(3),"
    f" retired_at datetime(3), {_TIME})",
    "insert into scooters select seq, 1, concat('SKG-', seq), 'M', 460, 'active', '2026-01-01',"
    f" null, '2026-01-01' from seq_1_to_{SCOOTERS}",
    "create table rides (id bigint primary key, city_id bigint, scooter_id bigint, user_id bigint,"
    " status varchar(50), started_at datetime(3), ended_at datetime(3), start_latitude double,"
    " start_longitude double, start_hdop double, end_latitude double, end_longitude double,"
    " end_hdop double, start_battery_pct double, end_battery_pct double, distance_m double,"
    f" polyline text, price decimal(14,2), {_TIME})",
    "create table service_events (id bigint primary key, city_id bigint, scooter_id bigint,"
    " worker varchar(50), kind varchar(50), occurred_at datetime(3), latitude double,"
    f" longitude double, battery_pct double, parking_id bigint, {_TIME})",
    "create table app_searches (id bigint primary key, city_id bigint, user_id bigint,"
    " searched_at datetime(3), latitude double, longitude double, available_count bigint,"
    " created_at datetime(3), key (created_at))",
    "create table pattern (id bigint primary key, scooter_id bigint, minutes int,"
    " distance_m double, start_latitude double, start_longitude double, end_latitude double,"
    " end_longitude double, hdop double, battery double, polyline text, price decimal(14,2))",
)
_RIDES = (
    "insert into rides select seq, 1, scooter_id, mod(seq * 7919, :users) + 1, 'completed',"
    " date_add(:start, interval seq second),"
    " date_add(:start, interval seq + minutes * 60 second),"
    " start_latitude, start_longitude, hdop, end_latitude, end_longitude, hdop, battery,"
    " battery - 5, distance_m, polyline, price,"
    " date_add(:start, interval seq + minutes * 60 second)"
    " from seq_1_to_100000000 join pattern on pattern.id = mod(seq, :patterns)"
    " where seq <= :rows"
)


if __name__ == "__main__":
    main()
