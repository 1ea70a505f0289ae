"""The doctor on the operator's own sources: the database, pings, planning sheets, weather."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from extract.telemetry.victoria_metrics import open_store
from moow.doctor.finding import Finding, Home
from warehouse.settings import Settings

_TABLES = {
    *("cities", "parkings", "scooters", "rides", "service_events", "app_searches"),
    "telemetry_messages",
}
#: So many weather stations are asked for the hours of so long, until one has some.
_MOST_ASKED = 3
_LATELY = timedelta(days=7)


def look_at_operational(home: Home) -> Finding:
    """Open the operational database, look for its tables and columns, and compare its clock."""
    from extract.operational.local_times import times_ahead
    from extract.operational.patience import reason_of
    from extract.operational.shapes import wrong_shapes

    settings = home.settings
    if home.alone:
        return Finding(True, f"Operational database: none is needed for {home.alone} alone.")
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
    wrong = wrong_shapes(settings.operational) or times_ahead(settings.operational)
    if wrong:
        return Finding(False, f"Operational database: {wrong[0]}.")
    return Finding(True, f"Operational database: {name} answers and has its tables and columns.")


def look_at_pings(home: Home) -> Finding:
    """Ask the store of pings, or look for files of them."""
    settings = home.settings
    if settings.victoria_metrics_url is not None:
        return _store(settings.victoria_metrics_url)
    if home.alone and settings.ping_folder is None:
        return Finding(True, f"Pings: none are needed for {home.alone} alone.")
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
        state = store.state()
    retention = state.retention
    text = f"Pings: VictoriaMetrics at {store.address} answers"
    if retention == "1":
        cure = "start it with a longer -retentionPeriod, for instance 10y"
        return Finding(False, f"{text} but drops what is older than a month; {cure}.")
    if not state.started_at:
        hidden = "but shows no /metrics: ingests read everything twice, as restarts go unseen"
        return Finding(True, f"{text} {hidden}.")
    return Finding(True, f"{text}{f', and keeps them for {retention}' if retention else ''}.")


def look_at_planning(home: Home) -> Finding:
    """Read the planning sheets and check every cell."""
    from extract.planning.sheets import check_planning  # it takes a second, not always needed
    from extract.planning.source import read_grids

    settings = home.settings
    place, ending = f"the folder {settings.planning}", ".csv"
    mend_in = f"{settings.planning}, the MOOW_PLANNING_FOLDER"
    cure = "set MOOW_PLANNING_FOLDER to the folder that holds them, or run moow demo"
    if settings.planning_sheet is not None:
        place, ending, mend_in = _spreadsheet(settings), "", "the spreadsheet"
        cure = "rename them back, or make them with moow planning template --to-sheet"
    else:
        if home.alone and settings.planning_folder is None and not settings.planning.is_dir():
            more = "MOOW_PLANNING_FOLDER or MOOW_PLANNING_SHEET names some"
            return Finding(True, f"Planning: no sheets, and runs do without; {more}.")
        lost = _no_folder("Planning", settings.planning, "MOOW_PLANNING_FOLDER")
        if lost:
            return lost
    planning = check_planning(read_grids(settings))
    names = ", ".join(name + ending for name in sorted(planning.missing))
    # Who has no database need not plan everything; a place without any sheet is a wrong one.
    do_without = bool(home.alone and planning.sheets)
    if names and not do_without:
        return Finding(False, f"Planning: {place} lacks {names}; {cure}.")
    problems = planning.problems()
    if problems:
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        return Finding(False, f"Planning: {problems[0]}; correct it in {mend_in}{more}.")
    if names:
        return Finding(True, f"Planning: {place} lacks {names}, and runs do without.")
    return Finding(True, f"Planning: {place} has all worksheets.")


def _spreadsheet(settings: Settings) -> str:
    """Return which spreadsheet opens, and for whom."""
    from extract.planning.spreadsheet import open_spreadsheet

    spreadsheet = open_spreadsheet(settings)
    spreadsheet.describe()
    return f"the spreadsheet {spreadsheet.title!r} opens for {spreadsheet.account} and"


def look_at_weather(home: Home) -> Finding:
    """Look for weather files, or ask Meteostat for its list and the hours of a station."""
    settings = home.settings
    if settings.weather == "meteostat":
        return _meteostat(settings)
    if home.alone and settings.weather_folder is None and not settings.weather_files.is_dir():
        more = "MOOW_WEATHER or MOOW_WEATHER_FOLDER names some"
        return Finding(True, f"Weather: none, and forecasts go by the calendar alone; {more}.")
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

    client = MeteostatClient(settings)
    try:
        stations = client.near(40.63, 22.94, RADIUS_M)
    except OSError as error:
        cure = "check the network, or MOOW_METEOSTAT_ENDPOINT and MOOW_METEOSTAT_STATIONS"
        return Finding(False, f"Weather: Meteostat gives {error}; {cure}.")
    near = f"({len(stations)} near Salonica)"
    mirror = _folder_of(settings.meteostat_endpoint)
    if mirror is not None and not mirror.is_dir():
        cure = "set MOOW_METEOSTAT_ENDPOINT to where the files of hours lie"
        return Finding(False, f"Weather: there is no folder {mirror}; {cure}.")
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    asked = stations[:_MOST_ASKED]
    for station in asked:
        reading = client.hours(station.station_id, now - _LATELY, now)
        if reading.faults:
            cure = "check the network, MOOW_METEOSTAT_ENDPOINT and MOOW_METNO_USER_AGENT"
            return Finding(False, f"Weather: hours cannot be read ({reading.faults[0]}); {cure}.")
        if not reading.values.is_empty():
            return Finding(True, f"Weather: Meteostat's stations {near} and hours can be read.")
    # No fault: a mirror may hold the hours of other places alone.
    none = f"no hours of {len(asked)} of them" if asked else "no hours were asked for"
    return Finding(True, f"Weather: Meteostat's stations can be read {near}; {none}.")


def _folder_of(endpoint: str) -> Path | None:
    """Return the folder of a mirror on this machine, up to the first part that varies."""
    if not endpoint.startswith("file://"):
        return None
    return Path(unquote(urlsplit(endpoint.split("{")[0]).path + "x")).parent


def _no_folder(kind: str, folder: Path, setting: str) -> Finding | None:
    if folder.is_dir():
        return None
    cure = f"set {setting} to the folder that holds the files, or run moow demo"
    return Finding(False, f"{kind}: there is no folder {folder}; {cure}.")
