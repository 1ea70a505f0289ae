"""The doctor: every setting and connection, a sentence each."""

import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
from rich.markup import escape

from flows.clocks import has_trip_files_only
from moow.console import console
from moow.doctor.app import look_at_app
from moow.doctor.feeds import look_at_gbfs, look_at_mds
from moow.doctor.finding import Finding, Home
from moow.doctor.sources import (
    look_at_operational,
    look_at_pings,
    look_at_planning,
    look_at_weather,
)
from warehouse.connection import open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings, load_settings, make_home


def examine() -> Iterator[Finding]:
    """Look at everything a run and the app need, one after the other."""
    try:
        settings = load_settings()
        make_home(settings)
    except MoowError as error:
        yield Finding(False, f"Settings: {error}.")
        return
    yield Finding(True, f"Settings: all values can be used; files lie in {settings.home}.")
    yield _python()
    alone = "feeds" if settings.has_feeds_alone else None
    try:
        finding, is_trips_alone = _warehouse(settings)
        alone = "trip files" if is_trips_alone else alone
        yield finding
    except psycopg.Error as error:
        cure = "give the user of MOOW_WAREHOUSE_URL the right to read all that runs made"
        yield Finding(
            False, f"Warehouse: it refuses a query ({str(error).splitlines()[0]}); {cure}."
        )
    except (MoowError, OSError) as error:
        yield _fault("Warehouse", error)
    home = Home(settings, alone)
    checks: dict[str, Callable[[Home], Finding]] = {
        "Operational database": look_at_operational,
        "Pings": look_at_pings,
        "Planning": look_at_planning,
        "Weather": look_at_weather,
        "MDS": look_at_mds,
        "GBFS": look_at_gbfs,
        "dbt": _dbt,
        "Prefect": _prefect,
        "App": look_at_app,
        "Disk": _disk,
    }
    for name, look in checks.items():
        try:
            yield look(home)
        except (MoowError, OSError) as error:
            yield _fault(name, error)


def show(findings: Iterator[Finding]) -> bool:
    """Print the findings as they come; whether all are good."""
    all_good = True
    for finding in findings:
        mark = "[green]ok[/]  " if finding.is_good else "[red]mend[/]"
        console.print(f"{mark} {escape(finding.sentence)}", soft_wrap=True)
        all_good = all_good and finding.is_good
    return all_good


def _fault(name: str, error: Exception) -> Finding:
    if isinstance(error, OSError):
        reason = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        return Finding(False, f"{name}: {reason}; its owner must let this user read it.")
    return Finding(False, f"{name}: {error}.")


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    good = sys.version_info >= (3, 11)
    return Finding(good, f"Python: {version}{'' if good else '; install 3.11 or later'}.")


def _warehouse(settings: Settings) -> tuple[Finding, bool]:
    """Ask the warehouse for its version, and whether trip files are all there is to run."""
    with open_warehouse(settings) as warehouse:
        version = int(warehouse.fetch("select current_setting('server_version_num') as v")[0]["v"])
        is_trips_alone = has_trip_files_only(warehouse, settings, None)
        kind = "configured" if settings.warehouse_url else "embedded"
        text = f"Warehouse: the {kind} Postgres {version // 10000} at {warehouse.address} answers"
    if version < 150000:
        return Finding(False, f"{text}; 15 or later is needed."), is_trips_alone
    return Finding(True, f"{text}."), is_trips_alone


def _dbt(_home: Home) -> Finding:
    path = Path(sys.executable).parent / "dbt"
    if not path.exists():
        return Finding(False, f"dbt: no {path}; install again with make setup.")
    return Finding(True, "dbt: installed beside this Python.")


def _prefect(home: Home) -> Finding:
    address = home.settings.prefect_api_url
    if not address:
        return Finding(True, "Prefect: each run starts and stops a server of its own.")
    from flows.server import check_server

    check_server(address)
    return Finding(True, f"Prefect: {address} answers.")


def _disk(home: Home) -> Finding:
    place = home.settings.home
    folder = next(path for path in (place, *place.parents) if path.exists())
    free_gb = shutil.disk_usage(folder).free / 1e9
    good = free_gb > 3
    return Finding(
        good, f"Disk: {free_gb:.0f} GB free{'' if good else '; the demo needs about 3 GB'}."
    )
