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

from extract.telemetry.victoria_metrics import open_store
from moow.console import console
from warehouse.connection import open_warehouse
from warehouse.errors import MoowError
from warehouse.feeds import is_folder, parse_feeds
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
        _mds,
        _gbfs,
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
    from extract.operational.patience import reason_of
    from extract.operational.shapes import wrong_shapes

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
        said = f"{name} refuses ({reason_of(error)})"
        return Finding(False, f"Operational database: {said}; {cure}.")
    missing = sorted(_TABLES - tables)
    if missing:
        return Finding(
            False, f"Operational database: {name} lacks {', '.join(missing)}; docs/sources.md."
        )
    wrong = wrong_shapes(settings.operational)
    if wrong:
        return Finding(False, f"Operational database: {wrong[0]}.")
    return Finding(True, f"Operational database: {name} answers and has its tables and columns.")


def _reason(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename else str(error)


def _no_folder(kind: str, folder: Path, setting: str) -> Finding | None:
    if folder.is_dir():
        return None
    cure = f"set {setting} to the folder that holds the files, or run moow demo"
    return Finding(False, f"{kind}: there is no folder {folder}; {cure}.")


def _pings(settings: Settings) -> Finding:
    if settings.victoria_metrics_url is not None:
        return _store(settings.victoria_metrics_url)
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


def _store(url: str) -> Finding:
    with open_store(url) as store:
        retention = store.state().retention
    text = f"Pings: VictoriaMetrics at {store.address} answers"
    if retention == "1":
        cure = "start it with a longer -retentionPeriod, for instance 10y"
        return Finding(False, f"{text} but drops what is older than a month; {cure}.")
    return Finding(True, f"{text}{f', and keeps them for {retention}' if retention else ''}.")


def _planning(settings: Settings) -> Finding:
    from extract.planning.sheets import check_planning  # it takes a second, not always needed
    from extract.planning.source import read_grids

    place, ending = f"the folder {settings.planning}", ".csv"
    mend_in = f"{settings.planning}, the MOOW_PLANNING_FOLDER"
    cure = "set MOOW_PLANNING_FOLDER to the folder that holds them, or run moow demo"
    if settings.planning_sheet is not None:
        place, ending, mend_in = _spreadsheet(settings), "", "the spreadsheet"
        cure = "rename them back, or make them with moow planning template --to-sheet"
    else:
        lost = _no_folder("Planning", settings.planning, "MOOW_PLANNING_FOLDER")
        if lost:
            return lost
    planning = check_planning(read_grids(settings))
    if planning.missing:
        names = ", ".join(name + ending for name in sorted(planning.missing))
        return Finding(False, f"Planning: {place} lacks {names}; {cure}.")
    problems = planning.problems()
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return Finding(False, f"Planning: {problems[0]}; correct it in {mend_in}{more}.")
    return Finding(True, f"Planning: {place} has all worksheets.")


def _spreadsheet(settings: Settings) -> str:
    """Return which spreadsheet opens, and for whom."""
    from extract.planning.spreadsheet import open_spreadsheet

    spreadsheet = open_spreadsheet(settings)
    spreadsheet.describe()
    return f"the spreadsheet {spreadsheet.title!r} opens for {spreadsheet.account} and"


def _weather(settings: Settings) -> Finding:
    if settings.weather == "meteostat":
        return _meteostat(settings)
    lost = _no_folder("Weather", settings.weather_files, "MOOW_WEATHER_FOLDER")
    if lost:
        return lost
    cities = sorted(path.name.split(".")[0] for path in settings.weather_files.glob("*.csv*"))
    if not cities:
        cure = (
            "set MOOW_WEATHER=meteostat or MOOW_WEATHER_FOLDER, or run moow demo; without it "
            "forecasts ignore the weather"
        )
        return Finding(False, f"Weather: no files in {settings.weather_files}; {cure}.")
    return Finding(True, f"Weather: files of {', '.join(cities)}.")


def _meteostat(settings: Settings) -> Finding:
    from extract.weather.client import MeteostatClient
    from extract.weather.stations import RADIUS_M

    try:
        stations = MeteostatClient(settings).near(40.63, 22.94, RADIUS_M)
    except OSError as error:
        cure = "check the network, or MOOW_METEOSTAT_ENDPOINT and MOOW_METEOSTAT_STATIONS"
        return Finding(False, f"Weather: Meteostat gives {error}; {cure}.")
    return Finding(
        True, f"Weather: Meteostat's list of stations can be read ({len(stations)} near Salonica)."
    )


def _mds(settings: Settings) -> Finding:
    from extract.mds.load import open_feed

    feeds = parse_feeds(settings.mds_feeds)
    for city, address in feeds.items():
        feed = open_feed(settings, city, address, sleep=lambda _: None)
        try:
            answer = feed.get("vehicles")
        finally:
            feed.close()
        if answer.status != "given" and not is_folder(address):
            cure = "check its address in MOOW_MDS_FEEDS; moow mds check asks every endpoint"
            return Finding(False, f"MDS: the feed of {city} has no /vehicles; {cure}.")
    return Finding(True, f"MDS: feeds of {', '.join(feeds) or 'no city are set'}.")


def _gbfs(settings: Settings) -> Finding:
    from extract.gbfs.web import WebFeed

    bad = []
    feeds = parse_feeds(settings.gbfs_feeds)
    for city, place in feeds.items():
        if is_folder(place):
            if not Path(place).exists():
                bad.append(f"the folder {place} of {city} does not exist")
            continue
        feed = WebFeed(place, datetime.now(UTC), lambda _: None)
        if next(feed.snapshots(), None) is None:
            bad.append(f"{city}: {feed.notes[0] if feed.notes else 'it names no feed we read'}")
    if bad:
        return Finding(False, f"GBFS: {'; '.join(bad)}; check MOOW_GBFS_FEEDS.")
    return Finding(True, f"GBFS: feeds of {', '.join(feeds) or 'no city are set'}.")


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
