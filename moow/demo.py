"""The demo: six simulated cities, the whole job on them, the app."""

import json
import logging
import secrets
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from moow import serving
from moow.console import console, simulation_shown
from moow.runs import run_main_job
from simulator.cities import CITIES
from simulator.run import simulate
from warehouse.connection import Warehouse, open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings
from worker_app.credentials import set_pin

logger = logging.getLogger(__name__)

#: Days for which the demo keeps pings.
PING_DAYS = 7

_WORKERS = """
select w.worker_id, w.city_id, w.role, r.stop_count
from marts.dim_workers as w
left join ops.routes as r on r.worker_id = w.worker_id and r.status = 'published'
order by w.language <> 'en', r.stop_count desc nulls last, w.worker_id
"""

_CREDENTIALS = "select worker_id from ops.worker_credentials"

_RUN = """
select 1
from ops.runs
where
    status = 'completed' and city_ids @> %(cities)s and as_of_at >= %(end)s::timestamptz
    and to_regclass('marts.dim_workers') is not null
limit 1
"""

_BUILT = """
select table_schema || '.' || table_name as relation
from information_schema.tables
where table_schema in ('marts', 'ml', 'ops') and table_name in (
    'fct_rides', 'fct_parking_hours', 'demand_forecasts', 'parking_suggestions',
    'parking_targets', 'tasks', 'routes'
)
order by 1
"""


@dataclass(frozen=True)
class DemoRecord:
    """What a home folder's demo was made with, and how far it came.

    Attributes
    ----------
    cities, days, seed, end
        The simulated world.
    is_simulated
        Whether the sources are made; whether they were run, the warehouse tells.
    pins
        PIN by worker.
    """

    cities: tuple[str, ...]
    days: int
    seed: int
    end: str
    is_simulated: bool = False
    pins: dict[str, str] | None = None

    def save(self, path: Path) -> None:
        """Write the record whole, or not at all."""
        path.parent.mkdir(parents=True, exist_ok=True)
        made = path.with_suffix(".new")
        made.touch(mode=0o600)
        made.write_text(json.dumps(asdict(self)))
        made.replace(path)


def run_demo(
    settings: Settings,
    cities: Sequence[str] | None,
    *,
    days: int,
    seed: int,
    serve: bool,
    started: float,
) -> Sequence[str]:
    """Bring the demo to its end from where it stands, print what it did, serve the app.

    Returns
    -------
    sequence of str
        What a person must mend, as the summary of the run has told it; nothing when no run was due.

    Raises
    ------
    MoowError
        When the home folder holds a demo of another world.
    """
    path = settings.home / "demo.json"
    if serve:
        serving.check_port(settings.app_host, settings.app_port, "MOOW_APP_PORT")
    record = _begin(path, cities, days, seed)
    # Opened first: when it is down, that is told before minutes of simulation.
    with open_warehouse(settings) as warehouse:
        if not record.is_simulated:
            record = _simulate(settings, record)
            record.save(path)
        problems: Sequence[str] = ()
        if not _is_run(warehouse, record):
            clock = datetime.fromisoformat(record.end)
            begun = time.perf_counter()
            problems = run_main_job(settings, record.cities or None, clock, started=begun).problems
        pins = _give_pins(warehouse, record.pins)
        if pins != record.pins:
            record = replace(record, pins=pins)
            record.save(path)
        _show(settings, warehouse, time.perf_counter() - started)
        address = f"http://{settings.app_host}:{settings.app_port}"
        console.print(f"The app: {address}{'' if serve else ', once moow app runs'}")
        _show_people(warehouse, record, address)
        if serve:
            serving.serve(settings)
    return problems


def _begin(path: Path, cities: Sequence[str] | None, days: int, seed: int) -> DemoRecord:
    wanted = tuple(sorted(cities or ()))
    if not path.exists():
        end = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        return DemoRecord(wanted, days, seed, end.isoformat())
    try:
        kept = json.loads(path.read_text())
        known = {name: kept[name] for name in DemoRecord.__dataclass_fields__ if name in kept}
        record = DemoRecord(**{**known, "cities": tuple(known["cities"])})
    except (ValueError, TypeError, KeyError) as error:
        raise MoowError(
            f"{path} cannot be read; remove {path.parent} and start again, or set MOOW_HOME to "
            "another folder"
        ) from error
    if (record.cities, record.days, record.seed) != (wanted, days, seed):
        raise MoowError(
            f"{path.parent} holds a demo of {', '.join(record.cities) or 'all cities'}, "
            f"{record.days} days, seed {record.seed}; set MOOW_HOME to another folder for another "
            "one, or remove this one"
        )
    return record


def _simulate(settings: Settings, record: DemoRecord) -> DemoRecord:
    started = time.perf_counter()
    with simulation_shown(len(_slugs(record))) as on_city:
        report = simulate(
            settings,
            cities=record.cities,
            days=record.days,
            ping_days=PING_DAYS,
            seed=record.seed,
            end=datetime.fromisoformat(record.end),
            on_city=on_city,
        )
    console.print(f"{report} ({time.perf_counter() - started:.0f} s)")
    return replace(record, is_simulated=True)


def _is_run(warehouse: Warehouse, record: DemoRecord) -> bool:
    """Whether this warehouse has seen the demo's cities at its clock or later, whole."""
    values = {"cities": list(_slugs(record)), "end": record.end}
    return bool(warehouse.fetch(_RUN, values))


def _slugs(record: DemoRecord) -> tuple[str, ...]:
    return record.cities or tuple(city.slug for city in CITIES)


def _give_pins(warehouse: Warehouse, pins: dict[str, str] | None) -> dict[str, str]:
    """Let every worker of the demo sign in; the PIN by worker. A PIN that works is left alone."""
    can_sign_in = {row["worker_id"] for row in warehouse.fetch(_CREDENTIALS)}
    given = dict(pins or {})
    for worker in warehouse.fetch(_WORKERS):
        worker_id = worker["worker_id"]
        if pins is None or worker_id not in can_sign_in:
            given.setdefault(worker_id, f"{secrets.randbelow(1_000_000):06d}")
            set_pin(warehouse, worker_id, given[worker_id])
    return given


def _show(settings: Settings, warehouse: Warehouse, seconds: float) -> None:
    counts = {
        row["relation"]: warehouse.fetch(f"select count(*) as rows from {row['relation']}")[0][
            "rows"
        ]
        for row in warehouse.fetch(_BUILT)
    }
    console.print(
        "In the warehouse: " + ", ".join(f"{rows:,} {name}" for name, rows in counts.items()),
        soft_wrap=True,
    )
    took = f"{seconds:.0f} seconds" if seconds < 60 else f"{seconds / 60:.1f} minutes"
    console.print(f"Done after {took}, all of it in {settings.home}.")


def _show_people(warehouse: Warehouse, record: DemoRecord, address: str) -> None:
    """Who to sign in as: a worker of each of three cities, English first, and a dispatcher."""
    pins = record.pins or {}
    people = [row for row in warehouse.fetch(_WORKERS) if row["worker_id"] in pins]
    on_route = [row for row in people if row["role"] == "worker" and row["stop_count"]]
    by_city = {row["city_id"]: row for row in reversed(on_route)}
    chosen = [row for row in on_route if by_city[row["city_id"]] is row][:3]
    for row in chosen:
        console.print(
            f"  sign in as {row['worker_id']}, PIN {pins[row['worker_id']]} "
            f"(worker in {row['city_id']}, {row['stop_count']} stops)"
        )
    for row in [row for row in people if row["role"] == "dispatcher"][:1]:
        console.print(
            f"  sign in as {row['worker_id']}, PIN {pins[row['worker_id']]} "
            f"(dispatcher: the routes and {address}/dashboard)",
            soft_wrap=True,
        )
