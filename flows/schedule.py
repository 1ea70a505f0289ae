"""The schedule: what runs when, served from one process."""

from prefect import Flow, serve
from prefect.deployments.runner import RunnerDeployment

from flows.hourly import hourly
from flows.nightly import nightly
from flows.run import Run

#: Minute 5 of each hour, but for the one the nightly run takes (UTC).
HOURLY_CRON = "5 0,2-23 * * *"
NIGHTLY_CRON = "5 1 * * *"


def serve_schedule() -> None:
    """Run the hourly and the nightly flow by the clock until stopped."""
    serve(
        _deployed(hourly, HOURLY_CRON),
        _deployed(nightly, NIGHTLY_CRON),
        pause_on_shutdown=False,
        limit=1,
    )


def _deployed(flow: Flow[..., Run], cron: str) -> RunnerDeployment:
    deployment = flow.to_deployment(name=flow.name, cron=cron)
    if not isinstance(deployment, RunnerDeployment):  # a coroutine within an event loop only
        raise TypeError("the schedule is served from plain code, outside any event loop")
    return deployment
