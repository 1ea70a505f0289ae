"""The two commands of the simulator: a history from nothing, and the next hours of it."""

import logging
import multiprocessing
import shutil
import signal
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from simulator.cities import find_city
from simulator.city_world import CityWorld
from simulator.history import MESSAGE_HOURS, History, collect
from simulator.parameters import WorldParameters
from simulator.state import CityState
from simulator.truth import truth_frames, write_truth
from simulator.world import World, fingerprint, load_world, new_city, save_world
from simulator.write import (
    append_to_database,
    check_database,
    claim_folder,
    write_all_weather,
    write_sources,
)
from warehouse.errors import SourceError
from warehouse.settings import Settings

_LOG = logging.getLogger(__name__)
#: Growing tables and the counter that numbers their rows.
_COUNTERS = {"rides": "ride", "service_events": "event", "app_searches": "search"}


@dataclass(frozen=True)
class SimulationReport:
    """What a command did.

    Attributes
    ----------
    cities
        Slugs.
    start, end
        The history as it now is, UTC.
    rows
        Rows, messages and lines written, by table or kind of file; empty when all was there.
    notes
        Sentences worth printing.
    """

    cities: tuple[str, ...]
    start: datetime
    end: datetime
    rows: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        written = ", ".join(f"{count:,} {name}" for name, count in sorted(self.rows.items()))
        span = f"{self.start:%Y-%m-%d %H:%M} to {self.end:%Y-%m-%d %H:%M} UTC"
        return " ".join(
            [f"{len(self.cities)} cities, {span}: {written or 'nothing new'}", *self.notes]
        )


def simulate(
    settings: Settings,
    *,
    cities: Sequence[str] = (),
    days: int = 56,
    ping_days: int = 7,
    seed: int | None = None,
    end: datetime,
    processes: int = 2,
    on_city: Callable[[str], None] | None = None,
) -> SimulationReport:
    """Simulate a history and write all sources; what is there already is left alone.

    Parameters
    ----------
    settings
        Where the sources are.
    cities
        Slugs; empty means all six.
    days, ping_days
        Length of the history, and of its last part that has pings.
    seed
        Seed of everything random; that of the settings when not given.
    end
        End of the history, a full hour.
    processes
        Cities are simulated in so many processes; 1 stays in this one.
    on_city
        Called with the slug of each city that is done.

    Raises
    ------
    SourceError
        When a parameter is impossible, or a source holds what the simulator did not write.
    """
    parameters = WorldParameters(
        seed=settings.seed if seed is None else seed,
        cities=tuple(cities),
        days=days,
        end=end,
        ping_days=ping_days,
    )
    if (kept := _already_there(settings, parameters)) is not None:
        return kept
    world = World(parameters)
    check_database(settings, world)
    claim_folder(settings.pings)
    fresh = Path(tempfile.mkdtemp(prefix=".fresh-", dir=settings.pings))
    try:
        histories = _run_cities(world, fresh, processes, on_city)
        world.issues = [world.hour]
        rows = write_sources(settings, world, histories, fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    save_world(settings.home, world)
    return SimulationReport(parameters.cities, parameters.start, world.now, rows)


def _already_there(settings: Settings, wanted: WorldParameters) -> SimulationReport | None:
    saved = load_world(settings.home)
    if saved is None or fingerprint(saved.parameters) != fingerprint(wanted):
        return None
    if saved.hour < wanted.end_hour or saved.parameters.ping_days < wanted.ping_days:
        return None
    return SimulationReport(
        saved.parameters.cities,
        saved.parameters.start,
        saved.now,
        notes=(f"This world was simulated before, up to {saved.now:%Y-%m-%d %H:%M} UTC.",),
    )


_Job = tuple[WorldParameters, str, Path]


def _simulate_city(job: _Job) -> tuple[str, CityState, History]:
    parameters, slug, fresh = job
    city = new_city(parameters, slug)
    history = collect(
        city,
        parameters.days * 24,
        fresh,
        pings_from=parameters.end_hour - parameters.ping_days * 24,
        messages_from=parameters.end_hour - MESSAGE_HOURS,
    )
    return slug, city.state, history


def _run_cities(
    world: World, fresh: Path, processes: int, on_city: Callable[[str], None] | None
) -> dict[str, History]:
    jobs: list[_Job] = [(world.parameters, slug, fresh) for slug in world.cities]
    histories: dict[str, History] = {}

    def keep(result: tuple[str, CityState, History]) -> None:
        slug, state, history = result
        world.cities[slug] = CityWorld(world.parameters.seed, find_city(slug), state=state)
        histories[slug] = history
        # Here, not where it was simulated: a process of its own has no log.
        rides, done = len(history.tables["rides"]), f"{len(histories)} of {len(jobs)} cities"
        _LOG.info("simulated %s: %d rides (%s)", slug, rides, done)
        if on_city is not None:
            on_city(slug)

    if processes <= 1 or len(jobs) == 1:
        for job in jobs:
            keep(_simulate_city(job))
        return histories
    # Threads of polars and numpy do not survive a fork.
    context = multiprocessing.get_context("spawn")
    # A Ctrl-C ends the workers too, without a word: it is the parent that answers it.
    with ProcessPoolExecutor(
        min(processes, len(jobs)), context, signal.signal, (signal.SIGINT, signal.SIG_DFL)
    ) as pool:
        for done in as_completed([pool.submit(_simulate_city, job) for job in jobs]):
            keep(done.result())
    return {slug: histories[slug] for slug in world.cities}


def advance(settings: Settings, hours: int) -> SimulationReport:
    """Let the saved world go on and append to all sources; planning sheets are left alone.

    The rows are those that a longer `simulate` would have written. Killed at any point, the next
    call begins the same hours again and replaces what was half written.

    Raises
    ------
    SourceError
        When no world was simulated, or the sources hold another one.
    """
    if hours < 1:
        raise SourceError(f"hours is {hours}; it must be 1 or more")
    world = load_world(settings.home)
    if world is None:
        raise SourceError(f"no world is kept in {settings.home}; simulate one first")
    check_database(settings, world)
    first_hour, last_hour = world.hour, world.hour + hours
    firsts = {slug: _first_numbers(city.state) for slug, city in world.cities.items()}
    histories = {
        slug: collect(
            city,
            hours,
            settings.pings,
            pings_from=first_hour,
            messages_from=last_hour - MESSAGE_HOURS,
        )
        for slug, city in world.cities.items()
    }
    world.issues.append(last_hour)
    for slug, history in histories.items():
        frames = truth_frames(world.cities[slug], history)
        write_truth(settings.home / "truth" / slug, frames, keep_before=first_hour)
    rows: dict[str, Any] = {"weather": write_all_weather(settings, world)}
    rows["pings"] = sum(history.ping_count for history in histories.values())
    rows |= append_to_database(settings, world, histories, firsts)
    save_world(settings.home, world)
    return SimulationReport(world.parameters.cities, world.parameters.start, world.now, rows)


def _first_numbers(state: CityState) -> dict[str, int]:
    return {table: state.counters.get(kind, 0) + 1 for table, kind in _COUNTERS.items()}
