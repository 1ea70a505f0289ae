"""The schedule: what runs when, served from one process."""

from prefect import serve

from flows.hourly import hourly
from flows.nightly import nightly

#: Minute 5 of each hour, but for the one the nightly run takes (UTC).
HOURLY_CRON = "5 0,2-23 * * *"
NIGHTLY_CRON = "5 1 * * *"


def serve_schedule() -> None:
    """Run the hourly and the nightly flow by the clock until stopped."""
    serve(
        hourly.to_deployment(name="hourly", cron=HOURLY_CRON),
        nightly.to_deployment(name="nightly", cron=NIGHTLY_CRON),
        pause_on_shutdown=False,
        limit=1,
    )
