"""The doctor: every setting and connection, a sentence each."""

import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from moow.console import console
from warehouse.connection import open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings, load_settings, make_home

_TABLES = {
    *("cities", "parkings", "scooters", "rides", "service_events", "app_searches"),
    "telemetry_messages",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes
    ----------
    is_good
        Whether it works.
    sentence
        What was found, and when it does not work what to do.
    """

    is_good: bool
    sentence: str


def examine() -> Iterator[Finding]:
    """Look at everything a run needs, one after the other."""
    try:
        settings = load_settings()
        make_home(settings)
    except MoowError as error:
        yield Finding(False, f"Settings: {error}.")
        return
    yield Finding(True, f"Settings: all values can be used; files lie in {settings.home}.")
    checks: tuple[Callable[[Settings], Finding], ...] = (
        _python,
        _warehouse,
        _operational,
        _pings,
        _planning,
        _weather,
        _dbt,
        _prefect,
        _disk,
    )
    for check in checks:
        try:
            yield check(settings)
        except MoowError as error:
            yield Finding(False, f"{check.__name__[1:].capitalize()}: {error}.")
        except OSError as error:
            cure = "its owner must let this user read it"
            yield Finding(False, f"{check.__name__[1:].capitalize()}: {_reason(error)}; {cure}.")


def show(findings: Iterator[Finding]) -> bool:
    """Print the findings as they come; whether all are good."""
    all_good = True
    for finding in findings:
        mark = "[green]ok[/]  " if finding.is_good else "[red]mend[/]"
        console.print(f"{mark} {finding.sentence}", soft_wrap=True)
        all_good = all_good and finding.is_good
    return all_good


def _python(_settings: Settings) -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return Finding(good, f"Python: {version}{'' if good else '; install 3.11 or later'}.")


def _warehouse(settings: Settings) -> Finding:
    with open_warehouse(settings) as warehouse:
        version = int(warehouse.fetch("select current_setting('server_version_num') as v")[0]["v"])
        kind = "configured" if settings.warehouse_url else "embedded"
        text = f"Warehouse: the {kind} Postgres {version // 10000} at {warehouse.address} answers"
    if version < 150000:
        return Finding(False, f"{text}; 15 or later is needed.")
    return Finding(True, f"{text}.")


def _operational(settings: Settings) -> Finding:
    url = make_url(settings.operational)
    name = url.render_as_string(hide_password=True)
    cure = "check MOOW_OPERATIONAL_URL and that the database runs"
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        cure = "run moow demo to simulate one, or set MOOW_OPERATIONAL_URL to yours"
        return Finding(False, f"Operational database: there is no {url.database}; {cure}.")
    try:
        engine = create_engine(url, connect_args={})
        there = inspect(engine)
        tables = {*there.get_table_names(), *there.get_view_names()}
        engine.dispose()
    except SQLAlchemyError as error:
        reason = str(error.__cause__ or error).splitlines()[0]
        return Finding(False, f"Operational database: {name} refuses ({reason}); {cure}.")
    missing = sorted(_TABLES - tables)
    if missing:
        return Finding(
            False, f"Operational database: {name} lacks {', '.join(missing)}; docs/sources.md."
        )
    return Finding(True, f"Operational database: {name} answers and has its tables.")


def _reason(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _no_folder(kind: str, folder: Path, setting: str) -> Finding | None:
    if folder.is_dir():
        return None
    cure = f"set {setting} to the folder that holds the files, or run moow demo"
    return Finding(False, f"{kind}: there is no folder {folder}; {cure}.")


def _pings(settings: Settings) -> Finding:
    lost = _no_folder("Pings", settings.pings, "MOOW_PING_FOLDER")
    if lost:
        return lost
    newest = max(settings.pings.rglob("*.jsonl.gz"), default=None)
    if newest is None:
        cure = "set MOOW_PING_FOLDER, or run moow demo to simulate some"
        return Finding(False, f"Pings: no ping files under {settings.pings}; {cure}.")
    changed = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    hours = (datetime.now(UTC) - changed).total_seconds() / 3600
    return Finding(True, f"Pings: the newest file was written {hours:.1f} hours ago.")


def _planning(settings: Settings) -> Finding:
    lost = _no_folder("Planning", settings.planning, "MOOW_PLANNING_FOLDER")
    if lost:
        return lost
    from extract.planning import read_planning  # it takes a second, and not every command needs it

    planning = read_planning(settings.planning)
    if planning.missing:
        files = ", ".join(f"{name}.csv" for name in sorted(planning.missing))
        cure = "set MOOW_PLANNING_FOLDER to the folder that holds them, or run moow demo"
        return Finding(False, f"Planning: {settings.planning} lacks {files}; {cure}.")
    notes = planning.notes()
    if notes:
        more = f" (and {len(notes) - 1} more)" if len(notes) > 1 else ""
        where = f"correct it in {settings.planning}, the MOOW_PLANNING_FOLDER"
        return Finding(False, f"Planning: {notes[0]}; {where}{more}.")
    return Finding(True, f"Planning: all worksheets are in {settings.planning}.")


def _weather(settings: Settings) -> Finding:
    lost = _no_folder("Weather", settings.weather, "MOOW_WEATHER_FOLDER")
    if lost:
        return lost
    cities = sorted(path.name.split(".")[0] for path in settings.weather.glob("*.csv*"))
    if not cities:
        cure = "set MOOW_WEATHER_FOLDER, or run moow demo; without it forecasts ignore the weather"
        return Finding(False, f"Weather: no files in {settings.weather}; {cure}.")
    return Finding(True, f"Weather: files of {', '.join(cities)}.")


def _dbt(_settings: Settings) -> Finding:
    path = Path(sys.executable).parent / "dbt"
    if not path.exists():
        return Finding(False, f"dbt: no {path}; install again with make setup.")
    return Finding(True, "dbt: installed beside this Python.")


def _prefect(settings: Settings) -> Finding:
    if not settings.prefect_api_url:
        return Finding(True, "Prefect: each run starts and stops a server of its own.")
    from flows.server import check_server

    check_server(settings.prefect_api_url)
    return Finding(True, f"Prefect: {settings.prefect_api_url} answers.")


def _disk(settings: Settings) -> Finding:
    folder = next(path for path in (settings.home, *settings.home.parents) if path.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    good = free_gb > 3
    return Finding(
        good, f"Disk: {free_gb:.0f} GB free{'' if good else '; the demo needs about 3 GB'}."
    )
