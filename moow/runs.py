"""Runs of the command line: a Prefect server, one flow, a summary."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime

from flows.run import Run
from flows.server import prefect_server
from moow.console import show_run, steps_shown
from warehouse.connection import Warehouse, open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings

_TRAINED = """
select max(fitted_at) as fitted_at from ml.forecast_models
"""


def parse_as_of(text: str | None) -> datetime | None:
    """Read a clock such as ``2026-06-01T06:00Z``; a time without zone is UTC.

    Raises
    ------
    MoowError
        When it is no time.
    """
    if text is None:
        return None
    try:
        clock = datetime.fromisoformat(text)
    except ValueError as error:
        raise MoowError(f"--as-of {text!r} is no time; give one like 2026-06-01T06:00Z") from error
    return clock.astimezone(UTC) if clock.tzinfo else clock.replace(tzinfo=UTC)


def run_main_job(
    settings: Settings,
    cities: Sequence[str] | None,
    as_of: datetime | None,
    *,
    started: float,
    is_nightly: bool = False,
    full_refresh: bool = False,
) -> Run:
    """Run the main job once and print its summary.

    The nightly form is taken when asked for, when a clock is given (the result must not depend
    on models trained at another time), and when no model was trained for a day.

    Raises
    ------
    MoowError
        With what failed.
    """
    # Held open, so that the embedded Postgres starts once.
    with open_warehouse(settings) as warehouse, prefect_server(settings):
        is_nightly = is_nightly or as_of is not None or not _is_trained(warehouse)
        from flows.hourly import hourly
        from flows.nightly import nightly

        ready = time.perf_counter()
        wanted = list(cities) if cities else None
        with steps_shown():
            if is_nightly:
                run = nightly(wanted, as_of, full_refresh or as_of is not None)
            else:
                run = hourly(wanted, as_of)
        steps_end = time.perf_counter()
    ended = time.perf_counter()
    between = (steps_end - ready) - run.seconds
    show_run(run, ended - started, (ready - started) + max(0.0, between) + (ended - steps_end))
    return run


def _is_trained(warehouse: Warehouse) -> bool:
    """Whether a forecast model was trained within a day."""
    known = warehouse.fetch("select to_regclass('ml.forecast_models') is not null as there")
    if not known[0]["there"]:
        return False
    fitted_at = warehouse.fetch(_TRAINED)[0]["fitted_at"]
    return fitted_at is not None and (datetime.now(UTC) - fitted_at).total_seconds() < 86_400
