"""How the marts grow: a full build and an hourly step of the models, by length of history.

Run as ``python -m benchmarks.warehouse``: the six simulated cities (about 1,000 scooters) with 30,
120 and 360 days of rides, each built whole and then with one new hour. Printed are the seconds of
each model, and, against the bare join of points and zones on a GiST index, those of locating the
rides. The reference of the hourly step is that of the shortest history.
"""

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.demo import measure
from extract.run import extract_all
from extract.schemas import create_raw_tables
from flows.dbt import MODELS_ONLY
from ml.models import MODELS
from simulator.run import simulate
from warehouse.connection import Warehouse, apply_operations_schema, open_warehouse
from warehouse.models import ensure_tables
from warehouse.settings import Settings, load_settings

END = datetime(2026, 6, 1, 7, tzinfo=UTC)
_HOUR = timedelta(hours=1)
_LOCATING = "dbt/target/compiled/moow/models/intermediate/parkings/int_points_located.sql"
_CLOCKS = """
insert into ops.city_clocks (city_id, as_of_at)
select city, %(as_of)s from raw_operational.cities
on conflict (city_id) do update set as_of_at = excluded.as_of_at
"""
_POINTS = """
create table bench.points as
select *, point(x_m, y_m) as place from intermediate.int_points
where point_kind in ('ride_start', 'ride_end');
create index on bench.points using gist (place);
create table bench.zones as
select parking_id, zone_polygon from intermediate.int_parkings where zone_polygon is not null;
analyze bench.points;
analyze bench.zones;
"""
_BARE_JOIN = """
create temp table located as
select points.point_kind, points.point_id, zones.parking_id
from bench.zones inner join bench.points on points.place <@ zones.zone_polygon
"""


@dataclass(frozen=True)
class Build:
    """One build: seconds of each model, of the whole command, and its peak memory."""

    models: dict[str, float]
    command_s: float
    peak_mb: float

    @property
    def seconds(self) -> float:
        """Seconds of all models together."""
        return sum(self.models.values())


def main() -> None:
    """Measure and print; last a JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, nargs="+", default=[30, 120, 360])
    parser.add_argument("--city", action="append", default=[], help="only these cities")
    options = parser.parse_args()
    full, step, located = {}, {}, 0.0
    for days in options.days:
        with tempfile.TemporaryDirectory() as folder:
            settings = load_settings(home=Path(folder) / "moow")
            full[days], step[days], located = _measure(settings, days, options.city)
        _print(days, full[days], step[days])
    least, most = min(options.days), max(options.days)
    result = {
        "name": "warehouse",
        f"hourly_step_ratio_{most}_to_{least}": round(step[most].seconds / step[least].seconds, 2),
        "hourly_step_s": [round(step[days].seconds, 1) for days in options.days],
        "full_build_s": [round(full[days].seconds, 1) for days in options.days],
        "days": options.days,
        "slowest_model": max(step[most].models, key=lambda name: step[most].models[name]),
        "located_rides_ratio": round(located, 2),
        "peak_mb": round(max(build.peak_mb for build in [*full.values(), *step.values()])),
    }
    print(json.dumps(result))


def _measure(settings: Settings, days: int, cities: list[str]) -> tuple[Build, Build, float]:
    """The full build, the hourly step after it, and locating rides against the bare join."""
    simulate(settings, cities=cities, days=days, end=END)
    with open_warehouse(settings) as warehouse:
        apply_operations_schema(warehouse)
        create_raw_tables(warehouse)
        ensure_tables(MODELS, warehouse)
        _advance(settings, warehouse, END - _HOUR)
        full = _build(settings)
        # As it was compiled for all days; the hourly step has but the last ones.
        locating = (settings.home / _LOCATING).read_text()
        _advance(settings, warehouse, END)
        step = _build(settings)
        return full, step, _located_ratio(warehouse, locating)


def _advance(settings: Settings, warehouse: Warehouse, until: datetime) -> None:
    extract_all(settings, warehouse, cities=None, until=until)
    warehouse.execute(_CLOCKS, {"as_of": until})


def _build(settings: Settings) -> Build:
    arguments = ["dbt", "build", "--selector", "warehouse", "--quiet", *MODELS_ONLY]
    measured = measure(settings.home, *arguments)
    results = json.loads((settings.home / "dbt" / "target" / "run_results.json").read_text())
    seconds = {
        node["unique_id"].split(".")[-1]: float(node["execution_time"])
        for node in results["results"]
        if node["unique_id"].startswith(("model.", "snapshot."))
    }
    return Build(seconds, measured.seconds, measured.peak_mb)


def _located_ratio(warehouse: Warehouse, locating: str) -> float:
    """Seconds of our way from points to parkings over those of the bare join on the same points."""
    warehouse.execute("create schema bench")
    with warehouse.transaction() as connection:
        for statement in _POINTS.split(";")[:-1]:
            connection.execute(statement)
    database = warehouse.fetch("select current_database() as name")[0]["name"]
    ours = locating.replace(f'"{database}"."intermediate"."int_points"', "bench.points")
    seconds = {}
    for name, statement in (("bare", _BARE_JOIN), ("ours", f"create temp table located as {ours}")):
        with warehouse.transaction() as connection:
            if name == "ours":
                # As the model's own hook does (join_by_hash).
                connection.execute("set local enable_nestloop = off")
                connection.execute("set local enable_mergejoin = off")
            started = time.perf_counter()
            connection.execute(statement)
            seconds[name] = time.perf_counter() - started
    print(f"locating rides: {seconds['ours']:.2f} s, the bare join {seconds['bare']:.2f} s")
    return seconds["ours"] / seconds["bare"]


def _print(days: int, full: Build, step: Build) -> None:
    print(
        f"{days} days: full {full.seconds:.1f} s, hourly step {step.seconds:.1f} s (of all models)"
    )
    slowest = sorted(step.models, key=lambda name: -step.models[name])
    for name in slowest:
        if max(full.models[name], step.models[name]) >= 0.2:
            print(f"  {name}: {full.models[name]:.2f} s, {step.models[name]:.2f} s")


if __name__ == "__main__":
    main()
