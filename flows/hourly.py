"""The hourly run: from the sources to a route on a phone."""

from collections.abc import Sequence
from datetime import datetime

from prefect import flow

import ml.models
from flows.run import Run, open_run
from flows.steps import (
    TWO_AT_ONCE,
    build_marts,
    each_city,
    ended,
    extract_sources,
    plan_routes,
    prepare_tables,
    run_models,
    set_clocks,
)


@flow(name="hourly", task_runner=TWO_AT_ONCE)
def hourly(cities: Sequence[str] | None = None, as_of: datetime | None = None) -> Run:
    """Extract, build the marts, forecast and set targets, plan the routes, build the feedback."""
    with open_run("hourly", cities, as_of) as run:
        prepare_tables(run)
        extract_sources(run)
        set_clocks(run)
        build_marts(run, "warehouse")
        each_city(run, "models", lambda city: run_models.submit(run, city, ml.models.HOURLY))
        each_city(run, "routes", lambda city: plan_routes.submit(run, city))
        build_marts(run, "feedback")
    return ended(run)
