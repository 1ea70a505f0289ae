"""The nightly run: the hourly one, with models trained anew, judged, and the docs written."""

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
    forget_riders,
    plan_routes,
    prepare_tables,
    prune_forecasts,
    publish_plans,
    run_models,
    set_clocks,
    write_docs,
)


@flow(name="nightly", task_runner=TWO_AT_ONCE)
def nightly(
    cities: Sequence[str] | None = None, as_of: datetime | None = None, full_refresh: bool = False
) -> Run:
    """Do the hourly run with training, backtests and parking suggestions in its middle."""
    with open_run("nightly", cities, as_of, full_refresh=full_refresh) as run:
        prepare_tables(run)
        extract_sources(run, is_complete=True)
        set_clocks(run)
        build_marts(run, "warehouse")
        each_city(run, "training", lambda city: run_models.submit(run, city, ml.models.NIGHTLY))
        each_city(run, "models", lambda city: run_models.submit(run, city, ml.models.HOURLY))
        each_city(run, "routes", lambda city: plan_routes.submit(run, city))
        prune_forecasts(run)
        forget_riders(run)
        build_marts(run, "feedback")
        if as_of is None:  # planners are told of today, not of a day that is looked at again
            publish_plans(run)
        write_docs(run)
    return ended(run)
