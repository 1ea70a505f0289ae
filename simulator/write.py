"""Writing a simulated world where the real sources would be."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Delete, delete, update

from simulator.cities import City
from simulator.history import MESSAGE_HOURS, History
from simulator.operational import (
    GROWING,
    METADATA,
    RIDES,
    SCOOTERS,
    SIMULATED_WORLDS,
    TELEMETRY_MESSAGES,
    empty_tables,
    engine_for,
    sqlite_path,
    transaction,
    write_rows,
    written_world,
)
from simulator.pings import message_id_range
from simulator.planning import write_worksheets
from simulator.rows import Row, Tables, id_range, master_rows, ongoing_rows
from simulator.truth import corner_frame, truth_frames, write_truth
from simulator.weather_files import write_weather
from simulator.world import World, fingerprint
from warehouse.errors import SourceError
from warehouse.settings import Settings

_MARKER = ".simulated"


def claim_folder(folder: Path) -> None:
    """Make a folder ours, unless it holds files that are not.

    Raises
    ------
    SourceError
        When it does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    marker = folder / _MARKER
    if marker.exists():
        return
    if any(folder.iterdir()):
        raise SourceError(
            f"{folder} holds files that the simulator did not write; "
            "move them away or set another folder"
        )
    marker.touch()


def check_database(settings: Settings, world: World) -> None:
    """Refuse to write over what is not ours, before anything is computed.

    Raises
    ------
    SourceError
        When the database cannot be reached or holds something else.
    """
    path = sqlite_path(settings.operational)
    if path is not None and not path.exists():
        return
    with transaction(settings.operational) as connection:
        found = written_world(connection)
    # A SQLite file that a simulator wrote is ours to replace; a server may be shared.
    if path is None and found not in (None, fingerprint(world.parameters)):
        raise SourceError(
            f"the operational database holds another simulated world ({found}); "
            "empty it or use the same seed, cities and days"
        )


def write_sources(
    settings: Settings, world: World, histories: Mapping[str, History], fresh_pings: Path
) -> dict[str, int]:
    """Write a whole world: all sources and the truth; return rows by table or kind of file.

    Parameters
    ----------
    settings
        Where the sources are.
    world
        As it now is.
    histories
        All its hours, by slug.
    fresh_pings
        Folder of the ping files made on the way; they are moved to their place.
    """
    counts = {"pings": sum(history.ping_count for history in histories.values())}
    counts["weather"] = write_all_weather(settings, world)
    claim_folder(settings.planning)
    cities = [city.city for city in world.cities.values()]
    counts["planning"] = write_worksheets(settings.planning, cities)
    for slug, history in histories.items():
        city = world.cities[slug]
        frames = {**truth_frames(city, history), "corners": corner_frame(city)}
        write_truth(settings.home / "truth" / slug, frames, keep_before=None)
    _move_pings(settings.pings, fresh_pings, list(histories))
    tables = _all_tables(world, histories)
    _replace_database(settings.operational, world, tables)
    return counts | {name: len(rows) for name, rows in tables.items()}


def write_all_weather(settings: Settings, world: World) -> int:
    """Write the weather file of every city; return the number of rows."""
    claim_folder(settings.weather_files)
    first = world.parameters.start_hour
    return sum(
        write_weather(
            settings.weather_files,
            world.parameters.seed,
            city.city,
            first,
            world.hour,
            world.issues,
        )
        for city in world.cities.values()
    )


def _move_pings(folder: Path, fresh: Path, slugs: list[str]) -> None:
    claim_folder(folder)
    for slug in slugs:
        target, made = folder / slug, fresh / slug
        if target.exists():
            shutil.rmtree(target)
        if made.exists():
            made.replace(target)
    shutil.rmtree(fresh, ignore_errors=True)


def _all_tables(world: World, histories: Mapping[str, History]) -> Tables:
    tables: Tables = {}
    start_s = world.parameters.start_hour * 3600.0
    for slug, history in histories.items():
        city = world.cities[slug]
        parts = [master_rows(city, start_s), history.tables, {"rides": ongoing_rows(city)}]
        for part in parts:
            for name, rows in part.items():
                tables.setdefault(name, []).extend(rows)
    tables["rides"].sort(key=lambda row: int(row["id"]))
    return tables


def _replace_database(url: str, world: World, tables: Tables) -> None:
    path = sqlite_path(url)
    if path is None:
        engine = engine_for(url)
        METADATA.create_all(engine)
        engine.dispose()
        with transaction(url) as connection:
            empty_tables(connection)
            write_rows(connection, {**tables, SIMULATED_WORLDS.name: [_world_row(world)]})
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    partial.unlink(missing_ok=True)
    try:
        with transaction(f"sqlite:///{partial}") as connection:
            METADATA.create_all(connection)
            write_rows(connection, {**tables, SIMULATED_WORLDS.name: [_world_row(world)]})
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _world_row(world: World) -> Row:
    ended_at = world.now.replace(tzinfo=None)
    return {"id": 1, "fingerprint": fingerprint(world.parameters), "ended_at": ended_at}


def append_to_database(
    settings: Settings,
    world: World,
    histories: Mapping[str, History],
    firsts: Mapping[str, Mapping[str, int]],
) -> dict[str, int]:
    """Add hours to the database in one transaction; doing it twice changes nothing.

    Parameters
    ----------
    settings, world, histories
        As for `write_sources`; the histories are those of the added hours.
    firsts
        By slug and growing table, the first new number; rows from there on were written by an
        interrupted attempt and are replaced.

    Returns
    -------
    dict
        Rows written by table.

    Raises
    ------
    SourceError
        When the database holds anything but the saved world.
    """
    counts: dict[str, int] = {}
    with transaction(settings.operational) as connection:
        if written_world(connection) != fingerprint(world.parameters):
            raise SourceError(
                "the operational database does not hold the saved world; simulate it anew"
            )
        cutoff = (world.now - timedelta(hours=MESSAGE_HOURS)).replace(tzinfo=None)
        received_at = TELEMETRY_MESSAGES.c.received_at
        connection.execute(delete(TELEMETRY_MESSAGES).where(received_at < cutoff))
        for slug, history in histories.items():
            city = world.cities[slug]
            rides = [*history.tables.get("rides", []), *ongoing_rows(city)]
            scooters = master_rows(city, 0.0)["scooters"]
            rows = {**history.tables, "rides": rides, "scooters": scooters}
            for statement in _undo(city.city, history.first_hour, firsts[slug], rides):
                connection.execute(statement)
            write_rows(connection, rows)
            for name, added in rows.items():
                counts[name] = counts.get(name, 0) + len(added)
        ended_at = world.now.replace(tzinfo=None)
        connection.execute(update(SIMULATED_WORLDS).values(ended_at=ended_at))
    return counts


def _undo(
    city: City, first_hour: int, firsts: Mapping[str, int], rides: Sequence[Row]
) -> Iterator[Delete]:
    """Statements that take away what the new rows replace."""
    for table in GROWING:
        first, past_last = id_range(city, firsts[table.name])
        yield delete(table).where(table.c.id >= first, table.c.id < past_last)
    # Rides that were under way: their rows have an end now.
    before = id_range(city, firsts[RIDES.name])[0]
    known = [int(row["id"]) for row in rides if int(row["id"]) < before]
    for start in range(0, len(known), 500):
        yield delete(RIDES).where(RIDES.c.id.in_(known[start : start + 500]))
    yield delete(SCOOTERS).where(SCOOTERS.c.city_id == city.number)
    first, past_last = message_id_range(city, first_hour)
    message_id = TELEMETRY_MESSAGES.c.id
    yield delete(TELEMETRY_MESSAGES).where(message_id >= first, message_id < past_last)
