"""The steps of a run as Prefect tasks; each a call into the package that does the work."""

import logging
from collections.abc import Callable, Iterable
from typing import Any, cast

from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectFuture
from prefect.runtime import deployment
from prefect.states import Completed
from prefect.task_runners import TaskRunner, ThreadPoolTaskRunner

import extract.forgotten
import extract.run
import extract.schemas
import ml.forecast_retention
import ml.models
import routing.models
import routing.run
from extract.planning.load import load_planning
from flows import clocks, dbt, planning_publish
from flows.orphans import stop_orphans
from flows.run import Run
from warehouse.errors import MoowError
from warehouse.models import ModelContext, PythonModel, ensure_tables, run_model

logger = logging.getLogger(__name__)

#: How many cities are at work at a time.
TWO_AT_ONCE = cast("TaskRunner[PrefectFuture[Any]]", ThreadPoolTaskRunner(max_workers=2))


@task(cache_policy=NO_CACHE)
def prepare_tables(run: Run) -> None:
    """Make every table that dbt reads, so that it builds on sources that are still empty.

    A dbt that a killed run left at work is stopped first: two would build the same tables.
    """
    stop_orphans(run.settings.home, "dbt")
    extract.schemas.create_raw_tables(run.warehouse)
    ensure_tables([*ml.models.MODELS, *routing.models.MODELS], run.warehouse)


@task(cache_policy=NO_CACHE)
def extract_sources(run: Run, is_complete: bool = False) -> None:
    """Load what the sources hold up to the clock into the raw schemas.

    With `is_complete` every row of the operational database is compared with what was loaded.

    Cities of trip files are loaded already, by ``moow load-trips``; a machine that knows no other
    city needs no sources, but for planning sheets that its settings name.
    """
    if clocks.has_trip_files_only(run.warehouse, run.settings, run.wanted_cities):
        has_planning = run.settings.planning_sheet or run.settings.planning_folder
        read = "the planning sheets alone were" if has_planning else "no source was"
        run.notes.append(f"only cities of trip files: {read} read")
        if has_planning:
            with run.step("extract"):
                loaded = load_planning(run.settings, run.warehouse, run.as_of)
            run.count("rows loaded", sum(loaded.counts.values()))
            run.notes.extend(loaded.notes)
            run.problems.extend(loaded.problems)
        return
    with run.step("extract"):
        report = extract.run.extract_all(
            run.settings,
            run.warehouse,
            cities=run.wanted_cities,
            until=run.as_of,
            is_complete=is_complete,
        )
    run.count("rows loaded", sum(report.rows.values()))
    run.count("rows rejected", sum(report.rejected.values()))
    run.notes.extend(report.notes)
    run.problems.extend(report.problems)


@task(cache_policy=NO_CACHE)
def set_clocks(run: Run) -> None:
    """Settle the cities of the run and set their clocks."""
    run.cities = clocks.choose_cities(run.warehouse, run.wanted_cities)
    if not run.cities:
        raise MoowError("no source holds a city; moow demo makes six, moow doctor checks yours")
    if run.is_clock_given:
        # Before anything is forgotten for it.
        clocks.check_clock(run.warehouse, run.wanted_cities, run.as_of, is_loaded=True)
    clocks.set_clocks(run.warehouse, run.cities, run.as_of)


@task(cache_policy=NO_CACHE)
def build_marts(run: Run, selector: str) -> None:
    """Let dbt build the models of a selector and test them.

    An hour tests the newest rows of large models; what is built first, and each night, tests all.
    """
    anew = run.full_refresh or clocks.is_rebuild_due(run.warehouse)
    with run.step(f"dbt {selector}") as overhead:
        report = dbt.build(
            run.settings,
            run.warehouse.url,
            selector,
            full_refresh=anew,
            tests_all_rows=run.flow == "nightly" or not clocks.has_marts(run.warehouse),
        )
        overhead.append(report.overhead_s)
    if anew and selector == "warehouse":
        clocks.rebuild_done(run.warehouse)
    run.count("dbt nodes", sum(report.counts.values()))
    run.notes.extend(f"dbt warns: {warning}" for warning in report.warnings)


@task(cache_policy=NO_CACHE)
def prune_forecasts(run: Run) -> None:
    """Delete forecasts that were issued longer ago than the settings keep them."""
    with run.step("pruning"):
        days = run.settings.forecast_retention_days
        cities = [city for city in run.cities if city not in run.failures]
        pruned = sum(
            ml.forecast_retention.prune_forecasts(
                run.warehouse, city, clocks.clock_of(run.warehouse, city), days
            )
            for city in cities
        )
    if pruned:
        run.count("old forecasts deleted", pruned)


@task(cache_policy=NO_CACHE)
def forget_riders(run: Run) -> None:
    """Forget who rode, paths and pings, of longer ago than the settings keep them.

    While somebody else loads the sources it is left to the next night.
    """
    zones = run.warehouse.fetch("select city_id, timezone from marts.dim_cities")
    with run.step("forgetting"):
        for zone in zones:
            if zone["city_id"] in run.cities:
                _forget(run, zone["city_id"], zone["timezone"])


def _forget(run: Run, city: str, timezone: str) -> None:
    try:
        counts = extract.forgotten.forget(
            run.warehouse,
            city,
            timezone=timezone,
            as_of=clocks.clock_of(run.warehouse, city),
            ride_days=run.settings.ride_retention_days,
            ping_days=run.settings.ping_retention_days,
            scratch=run.settings.home / "dlt",
        )
    except MoowError as error:
        run.notes.append(f"{city}: old riders and pings wait for the next night: {error}")
        return
    for name, count in counts.items():
        if count:
            run.count(name, count)


@task(cache_policy=NO_CACHE)
def write_docs(run: Run) -> None:
    """Write the documentation of the models."""
    with run.step("dbt docs"):
        dbt.generate_docs(run.settings, run.warehouse.url)


@task(cache_policy=NO_CACHE)
def publish_plans(run: Run) -> None:
    """Write suggested counts and parkings into the planners' spreadsheet, where there is one.

    A spreadsheet that cannot be written is noted: the next night writes the same again.
    """
    if run.settings.planning_sheet is None:
        return
    with run.step("publish"):
        try:
            planning_publish.publish_suggestions(run.settings, run.warehouse)
        except MoowError as error:
            run.notes.append(f"suggestions were not published: {error}")


@task(cache_policy=NO_CACHE, task_run_name="models of {city}")
def run_models(run: Run, city: str, models: Iterable[PythonModel]) -> None:
    """Run Python models over the marts of one city."""
    context = ModelContext(city, clocks.clock_of(run.warehouse, city), run.settings.seed)
    for model in models:
        run.count("model rows", run_model(model, run.warehouse, context))


@task(cache_policy=NO_CACHE, task_run_name="routes of {city}")
def plan_routes(run: Run, city: str) -> None:
    """Turn the candidates of one city into tasks, and the tasks into routes."""
    report = routing.run.plan_city(
        run.warehouse, run.settings, city, clocks.clock_of(run.warehouse, city), run.settings.seed
    )
    run.count("open tasks", report.open_task_count)
    run.count("routes", report.route_count)
    run.count("stops", report.stop_count)
    run.notes.extend(f"{city}: {note}" for note in report.notes)


def ended(run: Run) -> Run:
    """Return what a flow returns: the run, in a state that tells what a person must mend.

    The state is a completed one: what was good was published, and the next hour comes. Whoever
    calls the flow is given the run, and shows its problems; by the schedule nobody does, so they
    are logged.
    """
    if not run.problems:
        return run
    if deployment.id is not None:
        for problem in run.problems:
            logger.error("%s", problem)
    message = "; ".join(run.problems)
    return cast("Run", Completed(name="Completed, to mend", message=message, data=run))


def each_city(run: Run, name: str, submit: Callable[[str], PrefectFuture[Any]]) -> None:
    """Submit a task a city and wait; a city that fails is noted and left out of what follows."""
    with run.step(name):
        cities = [city for city in run.cities if city not in run.failures]
        futures = {city: submit(city) for city in cities}
        for city, future in futures.items():
            future.wait()
            state = future.state
            if not state.is_completed():
                error = state.result(raise_on_failure=False)
                run.failures[city] = f"{name}: {error}"
