"""One run: for which cities and clock, what it did, how long each step took."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from warehouse.connection import Warehouse, open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings, load_settings

logger = logging.getLogger(__name__)

#: Called with the name of each step as it begins, and with None when it ends.
StepListener = Callable[[str | None], None]

#: Who hears of the steps; the command line shows them on a terminal.
STEP_LISTENER: ContextVar[StepListener] = ContextVar("step_listener", default=lambda _name: None)

#: How long a run waits for another one on the same warehouse to end, seconds.
LOCK_WAIT_S = 600.0

# One for all runs of the process, so that a run stays plain data.
_COUNTING = threading.Lock()


@dataclass(frozen=True)
class Step:
    """One step of a run.

    Attributes
    ----------
    name
        What was done.
    seconds
        Wall-clock.
    overhead_s
        The part of it in which no data moved: tools that start.
    """

    name: str
    seconds: float
    overhead_s: float = 0.0


@dataclass
class Run:
    """A run in progress, handed from step to step.

    Attributes
    ----------
    settings, warehouse
        Where everything is.
    flow
        ``hourly`` or ``nightly``.
    wanted_cities
        The cities asked for; None is all.
    as_of
        The clock asked for, UTC.
    full_refresh
        Whether dbt builds everything anew.
    is_clock_given
        Whether somebody asked for this clock; else it is the minute of the start.
    cities
        The cities of the run, once the sources are read.
    clocks
        The clock of each of them, UTC, once the run has ended: that of a city of trip files is the
        end of its last trip.
    steps, notes, failures
        What was done, what a person should know, which cities failed with what.
    problems
        What a person must mend; the run went on with what was good.
    counts
        Rows loaded, rejected, modelled; tasks and routes.
    """

    settings: Settings
    warehouse: Warehouse
    flow: str
    wanted_cities: Sequence[str] | None
    as_of: datetime
    full_refresh: bool = False
    is_clock_given: bool = False
    run_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    cities: list[str] = field(default_factory=list)
    clocks: dict[str, datetime] = field(default_factory=dict)
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    @contextmanager
    def step(self, name: str) -> Iterator[list[float]]:
        """Time a step; a number appended to what is given counts as its overhead."""
        overhead: list[float] = []
        listener = STEP_LISTENER.get()
        listener(name)
        logger.info("%s begins", name)
        started = time.perf_counter()
        try:
            yield overhead
        finally:
            seconds = time.perf_counter() - started
            self.steps.append(Step(name, seconds, sum(overhead)))
            listener(None)
            logger.info("%s: %.1f s", name, seconds)

    def count(self, name: str, number: int) -> None:
        """Add to one of the counts; cities at work at the same time may."""
        with _COUNTING:
            self.counts[name] = self.counts.get(name, 0) + number

    @property
    def seconds(self) -> float:
        """Wall-clock of all steps."""
        return sum(step.seconds for step in self.steps)

    @property
    def overhead_s(self) -> float:
        """Seconds in which tools started and no data moved."""
        return sum(step.overhead_s for step in self.steps)


@contextmanager
def open_run(
    flow: str,
    cities: Sequence[str] | None,
    as_of: datetime | None,
    *,
    full_refresh: bool = False,
) -> Iterator[Run]:
    """Begin a run with the settings of this process; without `as_of` its clock is this minute.

    Raises
    ------
    WarehouseError
        When the warehouse does not answer, or another run is at work on it for too long.
    MoowError
        At the end, when some city failed.
    """
    settings = load_settings()
    clock = as_of or datetime.now(UTC).replace(second=0, microsecond=0)
    with open_warehouse(settings) as warehouse:
        run = Run(settings, warehouse, flow, cities, clock, full_refresh, as_of is not None)
        with _recorded(run):
            yield run


@contextmanager
def _recorded(run: Run) -> Iterator[None]:
    """Hold the lock of a run and keep its record in ``ops.runs``, however it ends."""
    with run.warehouse.lock("run", LOCK_WAIT_S):
        _write(run, "running", None)
        try:
            yield
        except BaseException as error:
            _write(run, "failed", f"{type(error).__name__}: {error}")
            for problem in run.problems:  # one of them may be the cause
                logger.error("%s", problem)
            raise
        run.clocks = _clocks(run)
        failed = "; ".join(f"{city}: {why}" for city, why in sorted(run.failures.items()))
        to_mend = "; ".join(run.problems)
        _write(run, "failed" if failed else "completed", failed or to_mend or None)
        if failed:
            also = f"; also to be mended: {to_mend}" if to_mend else ""
            raise MoowError(f"the run ended, but not for every city: {failed}{also}")


def _clocks(run: Run) -> dict[str, datetime]:
    rows = run.warehouse.fetch(
        "select city_id, as_of_at from ops.city_clocks where city_id = any(%(cities)s)",
        {"cities": run.cities},
    )
    return {row["city_id"]: row["as_of_at"] for row in rows}


def _write(run: Run, status: str, message: str | None) -> None:
    values: dict[str, Any] = {
        "run_id": run.run_id,
        "flow": run.flow,
        "cities": run.cities or list(run.wanted_cities or ()),
        "as_of": run.as_of,
        "started_at": run.started_at,
        "ended_at": None if status == "running" else datetime.now(UTC),
        "status": status,
        "steps": json.dumps([{"name": s.name, "seconds": round(s.seconds, 2)} for s in run.steps]),
        "message": message,
    }
    with run.warehouse.transaction() as connection:
        if status == "running":
            # We hold the lock: whoever is still "running" was killed.
            connection.execute(
                "update ops.runs set status = 'killed', ended_at = now() where status = 'running'"
            )
        connection.execute(
            "insert into ops.runs (run_id, flow, city_ids, as_of_at, started_at, ended_at, status,"
            " steps, message) values (%(run_id)s, %(flow)s, %(cities)s, %(as_of)s, %(started_at)s,"
            " %(ended_at)s, %(status)s, %(steps)s, %(message)s) on conflict (run_id) do update set"
            " city_ids = excluded.city_ids, ended_at = excluded.ended_at,"
            " status = excluded.status, steps = excluded.steps, message = excluded.message",
            values,
        )
