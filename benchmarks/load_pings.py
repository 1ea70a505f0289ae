"""How long a first load of pings takes, against the fastest way by hand; how fast is the parsing.

Ping files (gzip, JSON lines of both firmwares, an hour a file) are made in a temporary folder, an
embedded Postgres is started, and two processes load the same files into it in turn. Ours is the
load of the telemetry: messages are parsed, checked against fleet, cities and clock, told from
those that came before, projected to metres, loaded by key with dlt and marked. The reference does
what cannot be left out: polars' NDJSON reader with a schema, the same columns, pyproj, and an ADBC
ingest into a table without a key; all messages are good, since bad ones stop it. The bare ingest of
its rows, ready in memory, is printed as well. The parsing is measured for several layouts of
messages, each with bad ones among them too. Times are those of the best round, the peak of memory
is the highest of all.
Run: ``python -m benchmarks.load_pings [--rows 1000000] [--rounds 1]``.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import psutil
import sqlalchemy as sa

from benchmarks.ping_messages import (
    BAD_SHARES,
    CITY,
    LAYOUTS,
    SCOOTERS,
    START,
    make_files,
    parse_ratio,
)
from extract.projection import Place, with_metres
from warehouse.embedded import embedded_postgres_running

PLACES = {CITY: Place("EPSG:2100", (40.63, 22.94))}


def main() -> None:
    """Make the files, run both in turn, print the ratios and, last, a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000, help="how many messages")
    parser.add_argument("--rounds", type=int, default=1, help="the best of so many runs counts")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(_child(*options.child)))
        return
    with tempfile.TemporaryDirectory(prefix="moow-benchmark-") as name:
        folder = Path(name)
        make_files(folder / "pings", options.rows)
        with embedded_postgres_running(folder / "postgres") as target:
            rounds = [_round(folder, target, number) for number in range(options.rounds)]
    best = {way: _best([one[way] for one in rounds]) for way in rounds[0]}
    ratio = best["ours"]["seconds"] / best["reference"]["seconds"]
    for way, found in best.items():
        more = f", the bare ingest of it {found['ingest_s']:.2f} s" if "ingest_s" in found else ""
        spent = f"{found['cpu_s']:.2f} s of CPU beside {found['server_cpu_s']:.2f} s of Postgres's"
        print(f"{way}: {found['seconds']:.2f} s, {spent}, peak {found['peak_mb']:.0f} MB{more}")
    print(f"{best['ours']['rows']:,} pings; ours takes {ratio:.2f} times the time by hand")
    parsing = _parse_ratios(options.rounds)
    result = {
        "name": "load_pings",
        "rows": options.rows,
        "ours_s": round(best["ours"]["seconds"], 2),
        "reference_s": round(best["reference"]["seconds"], 2),
        "ratio": round(ratio, 2),
        "peak_mb": round(best["ours"]["peak_mb"]),
        "cpu_ratio": round(_all_cpu(best["ours"]) / _all_cpu(best["reference"]), 2),
        "bare_ingest_s": round(best["reference"]["ingest_s"], 2),
        "parse_ratio": min(parsing["usual"]),
        "parse_ratios": parsing,
    }
    print(json.dumps(result))


def _best(rounds: list[dict[str, float]]) -> dict[str, float]:
    """Return the fastest round, with the highest peak of all: memory has no luck."""
    fastest = min(rounds, key=lambda it: it["seconds"])
    return {**fastest, "peak_mb": max(it["peak_mb"] for it in rounds)}


def _parse_ratios(rounds: int) -> dict[str, list[float]]:
    """Print, for each layout and share of bad messages, how fast the parsing is."""
    ratios: dict[str, list[float]] = {}
    for layout in LAYOUTS:
        for share in BAD_SHARES:
            wall, cpu = parse_ratio(layout, share, rounds)
            ratios.setdefault(layout, []).append(round(wall, 2))
            print(
                f"parsing, {layout}, {share:.1%} bad: {wall:.2f} times as fast as json.loads row "
                f"by row ({cpu:.2f} times less CPU)"
            )
    return ratios


def _all_cpu(found: dict[str, float]) -> float:
    return found["cpu_s"] + found["server_cpu_s"]


def _round(folder: Path, target: str, number: int) -> dict[str, dict[str, float]]:
    results = {}
    for way in ("reference", "ours"):
        database = f"{way}_{number}"
        address = target.replace("postgresql://", "postgresql+psycopg://")
        engine = sa.create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(sa.text(f"create database {database}"))
        engine.dispose()
        url = target.rsplit("/", 1)[0] + f"/{database}"
        command = [sys.executable, "-m", "benchmarks.load_pings", "--child", way, url]
        command += [str(folder / "pings"), str(folder / f"home_{number}")]
        before = _server_cpu_s(folder)
        output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        results[way] = json.loads(output.splitlines()[-1])
        results[way]["server_cpu_s"] = _server_cpu_s(folder) - before
    return results


def _server_cpu_s(folder: Path) -> float:
    """Return what Postgres and its processes have used: it tells the cost on a busy machine."""
    pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
    server = psutil.Process(pid)
    ended = server.cpu_times()
    used = ended.user + ended.system + ended.children_user + ended.children_system
    for process in server.children():
        with suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            used += times.user + times.system
    return used


def _child(way: str, url: str, folder: str, home: str) -> dict[str, float]:
    result = {"ours": _ours, "reference": _reference}[way](url, Path(folder), Path(home))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    cpu_s = usage.ru_utime + usage.ru_stime - result.pop("cpu_before")
    return {**result, "cpu_s": cpu_s, "peak_mb": usage.ru_maxrss / 1024}


def _ours(url: str, folder: Path, home: Path) -> dict[str, float]:
    import adbc_driver_postgresql.dbapi  # noqa: F401
    import pyarrow.dataset  # noqa: F401

    from extract.operational.reader import OperationalReader
    from extract.schemas import create_raw_tables
    from extract.telemetry.load import TelemetryLoad
    from warehouse.connection import Warehouse, apply_operations_schema
    from warehouse.settings import load_settings

    home.mkdir()
    database = f"sqlite:///{home / 'operational.db'}"
    with sa.create_engine(database).begin() as connection:
        connection.execute(
            sa.text("create table telemetry_messages (id integer, received_at text, payload text)")
        )
    settings = load_settings(
        home=home, ping_folder=folder, operational_url=database, _env_file=None
    )
    warehouse = Warehouse(url)
    apply_operations_schema(warehouse)
    create_raw_tables(warehouse)
    warehouse.execute(
        "insert into raw_operational.scooters (id, city, code) select number, %(city)s,"
        " 'SKG-' || lpad(number::text, 4, '0') from generate_series(0, %(last)s) as number",
        {"city": CITY, "last": SCOOTERS - 1},
    )
    warehouse.execute(
        "insert into raw_planning.cities (city, crs, depot_latitude, depot_longitude)"
        " values (%(city)s, 'EPSG:2100', 40.63, 22.94)",
        {"city": CITY},
    )
    reader = OperationalReader(settings.operational)
    cpu_before, began = time.process_time(), time.perf_counter()
    TelemetryLoad(settings, warehouse, reader, None, START + timedelta(days=2)).run()
    seconds = time.perf_counter() - began
    rows = warehouse.fetch("select count(*) as rows from raw_telemetry.pings")[0]["rows"]
    return {"seconds": seconds, "rows": rows, "cpu_before": cpu_before}


_SCHEMA: dict[str, Any] = {
    "device": pl.Struct({"id": pl.String, "fw": pl.String}),
    "sent_at": pl.String,
    "gps": pl.Struct(
        {"lat": pl.Float64, "lon": pl.Float64, "hdop": pl.Float64, "speed_kmh": pl.Float64}
    ),
    "battery": pl.Struct({"pct": pl.Float64}),
    "state": pl.Struct({"locked": pl.Boolean}),
    "id": pl.String,
    **dict.fromkeys(("ts", "lat", "lng", "spd", "bat", "lock", "hdop"), pl.Float64),
}


def _reference(url: str, folder: Path, _home: Path) -> dict[str, float]:
    import adbc_driver_postgresql.dbapi as adbc

    cpu_before, began = time.process_time(), time.perf_counter()
    ingest_s = 0.0
    with adbc.connect(url) as connection:
        rows = 0
        for path in sorted(folder.rglob("*.gz")):
            frame = _by_hand(path)
            table = frame.to_arrow(compat_level=pl.CompatLevel.oldest())
            rows += frame.height
            start = time.perf_counter()
            with connection.cursor() as cursor:
                cursor.adbc_ingest("pings", table, mode="create_append")
            connection.commit()
            ingest_s += time.perf_counter() - start
    seconds = time.perf_counter() - began
    return {"seconds": seconds, "rows": rows, "ingest_s": ingest_s, "cpu_before": cpu_before}


def _by_hand(path: Path) -> pl.DataFrame:
    content = gzip.decompress(path.read_bytes())
    read = pl.read_ndjson(content, schema=_SCHEMA, ignore_errors=True)

    def field(name: str, inner: str) -> pl.Expr:
        return pl.col(name).struct.field(inner)

    hour_at = START + timedelta(hours=int(path.name[:2]))
    sent = pl.col("sent_at").str.to_datetime("%Y-%m-%dT%H:%M:%S%.3fZ", time_unit="us")
    epoch = (pl.col("ts").cast(pl.Int64) * 1000).cast(pl.Datetime("us"))
    pings = read.select(
        pl.coalesce(field("device", "id"), "id").alias("scooter_code"),
        pl.lit(CITY).alias("city"),
        pl.coalesce(sent, epoch).dt.replace_time_zone("UTC").alias("reported_at"),
        pl.lit(hour_at, pl.Datetime("us", "UTC")).alias("received_at"),
        pl.coalesce(field("gps", "lat"), "lat").alias("latitude"),
        pl.coalesce(field("gps", "lon"), "lng").alias("longitude"),
        pl.coalesce(field("gps", "hdop"), "hdop").alias("hdop"),
        pl.coalesce(field("gps", "speed_kmh"), "spd").alias("speed_kmh"),
        pl.coalesce(field("battery", "pct"), "bat").alias("battery_pct"),
        pl.coalesce(field("state", "locked"), pl.col("lock") == 1).alias("is_locked"),
        field("device", "fw").fill_null("1").alias("firmware"),
        pl.lit(path.name).alias("source"),
    )
    return with_metres(pings, PLACES, {"": ""})


if __name__ == "__main__":
    main()
