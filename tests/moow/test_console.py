"""The summary of a run."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.run import Run
from moow.console import show_run
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.unit

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)
LAST_TRIP = datetime(2019, 2, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clocks", "title"),
    [
        ({"louisville": LAST_TRIP}, "hourly run as of 2019-02-01 05:00 UTC"),
        ({"kozani": NOW, "trikala": NOW}, "hourly run as of 2026-06-01 06:00 UTC"),
        (
            {"kozani": NOW, "louisville": LAST_TRIP, "volos": NOW - timedelta(days=1)},
            "hourly run as of 2019-02-01 05:00 to 2026-06-01 06:00 UTC",
        ),
    ],
)
def test_the_title_tells_the_clocks_of_the_cities(
    settings: Settings,
    capsys: pytest.CaptureFixture[str],
    clocks: dict[str, datetime],
    title: str,
) -> None:
    """The clock that the cities share, or the first and the last; not the time of the start."""
    run = Run(settings, Warehouse("postgresql://db/none"), "hourly", None, NOW)
    run.cities, run.clocks = sorted(clocks), clocks
    show_run(run, 3.0, 1.0)
    assert title in " ".join(capsys.readouterr().out.split())
