"""Runs of the command line: a Prefect server, one flow, a summary."""

import time
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from extract.readiness import check_folders
from flows.preflight import check_request
from flows.run import Run
from flows.server import prefect_server
from moow.console import show_run, steps_shown
from warehouse.connection import Warehouse, open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings

# A city not run yet has no clock, so it is not among these.
_UNTRAINED = """
select clocks.city_id
from ops.city_clocks as clocks
left join ml.forecast_models as models
    on clocks.city_id = models.city_id and models.fitted_at > clocks.as_of_at - interval '1 day'
where models.city_id is null
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
    try:
        clock = clock.astimezone(UTC) if clock.tzinfo else clock.replace(tzinfo=UTC)
    except OverflowError as error:
        raise MoowError(f"--as-of {text!r} is out of range; give a time of this century") from error
    if not datetime(2000, 1, 1, tzinfo=UTC) <= clock <= datetime.now(UTC) + timedelta(days=1):
        raise MoowError(f"--as-of {text!r} must lie between the year 2000 and tomorrow")
    return clock


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
    check_folders(settings)
    # Held open, so that the embedded Postgres starts once.
    with ExitStack() as held:
        warehouse = held.enter_context(open_warehouse(settings))
        check_request(settings, warehouse, cities, as_of)
        held.enter_context(prefect_server(settings))
        is_nightly = is_nightly or as_of is not None or not _is_trained(warehouse, cities)
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


def _is_trained(warehouse: Warehouse, cities: Sequence[str] | None) -> bool:
    """Whether each of the cities, or every one that was run, has a model of the last day."""
    known = warehouse.fetch("select to_regclass('ml.forecast_models') is not null as there")
    if not known[0]["there"]:
        return False
    clocks = {row["city_id"] for row in warehouse.fetch("select city_id from ops.city_clocks")}
    untrained = {row["city_id"] for row in warehouse.fetch(_UNTRAINED)}
    asked = set(cities or clocks)
    return bool(clocks) and asked <= clocks and not asked & untrained
