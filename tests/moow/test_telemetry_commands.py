"""`moow telemetry` and what the doctor says of the store, against a real VictoriaMetrics."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from typer.testing import CliRunner

from moow import telemetry
from moow.doctor.examination import examine
from moow.main import app
from tests.extract.sources import START, Operational, message, write_pings, write_sheets
from tests.victoria import VictoriaServer
from warehouse.connection import Warehouse
from warehouse.errors import SettingsError, SourceError, WarehouseError
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]


@pytest.fixture
def ready(
    settings: Settings,
    warehouse: Warehouse,
    victoria_metrics: VictoriaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> VictoriaServer:
    """Give a store that is set in the environment, and sources of two pings."""
    settings.sources_folder.mkdir(parents=True)
    Operational(settings.operational).fill()
    write_sheets(settings.planning)
    write_pings(settings.pings, START, [message(1, START), message(2, START)])
    monkeypatch.setenv("MOOW_HOME", str(settings.home))
    monkeypatch.setenv("MOOW_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("MOOW_VICTORIA_METRICS_URL", victoria_metrics.url)
    return victoria_metrics


def run(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["telemetry", *arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


def test_ingest_tells_what_it_did(ready: VictoriaServer) -> None:
    """The figures are printed; what is not over at the clock given waits."""
    early = (START + timedelta(minutes=59)).isoformat()
    late = (START + timedelta(hours=1)).isoformat()
    assert "0 pings written, 0 messages rejected, 0 files read" in run("ingest", "--as-of", early)
    assert "2 pings written, 0 messages rejected, 1 files read" in run("ingest", "--as-of", late)


def test_status_tells_how_long_pings_are_kept(ready: VictoriaServer) -> None:
    """The address, the start and the retention of the server are printed."""
    output = run("status")
    assert f"VictoriaMetrics at {ready.url} answers" in output
    assert "keeps 100y" in output


def test_without_a_store(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the setting both commands say which to set."""
    monkeypatch.setenv("MOOW_HOME", str(settings.home))
    for command in ("ingest", "status"):
        with pytest.raises(SettingsError, match="MOOW_VICTORIA_METRICS_URL is not set"):
            run(command)


def test_a_second_ingest_at_once(ready: VictoriaServer, warehouse: Warehouse) -> None:
    """While one ingest is at work another one says so and ends."""
    with (
        warehouse.lock("telemetry ingest"),
        pytest.raises(WarehouseError, match="another telemetry ingest is at work"),
    ):
        run("ingest")


def test_what_is_away_is_tried_again_the_next_time(
    ready: VictoriaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --every a store that is away is told, and filled when it is back."""
    ready.stop()
    rounds: list[int] = []

    def rest(seconds: int) -> None:
        rounds.append(seconds)
        if len(rounds) == 2:
            raise KeyboardInterrupt
        ready.start()

    monkeypatch.setattr(telemetry, "rest", rest)
    monkeypatch.setattr("extract.telemetry.victoria_metrics.wait", lambda _: None)
    output = run("ingest", "--every", "60", "--as-of", (START + timedelta(hours=1)).isoformat())
    assert "does not answer" in output
    assert "2 pings written" in output
    assert rounds == [60, 60]


def test_a_folder_that_was_set_must_exist(
    ready: VictoriaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A misspelt folder is an error, not an ingest of nothing."""
    monkeypatch.setenv("MOOW_PING_FOLDER", "/nowhere/pings")
    with pytest.raises(SettingsError, match="MOOW_PING_FOLDER is /nowhere/pings"):
        run("ingest")


def test_a_database_that_is_away(ready: VictoriaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages of a database that is not there are an error; --no-messages does without."""
    url = sa.engine.make_url("sqlite:////nowhere/operational.db")
    monkeypatch.setenv("MOOW_OPERATIONAL_URL", str(url))
    with pytest.raises(SourceError, match=r"/nowhere/operational\.db does not exist"):
        run("ingest")
    late = (START + timedelta(hours=1)).isoformat()
    assert "2 messages rejected" in run("ingest", "--no-messages", "--as-of", late)


@pytest.mark.parametrize(("retention", "is_good"), [("1", False), ("10y", True)])
def test_the_doctor_knows_how_long_pings_are_kept(
    ready: VictoriaServer, retention: str, is_good: bool
) -> None:
    """A store with the retention of a month, its default, is to be mended."""
    ready.stop()
    ready.retention = retention
    ready.start()
    finding = next(it for it in examine() if it.sentence.startswith("Pings"))
    assert finding.is_good == is_good
    assert ("-retentionPeriod" in finding.sentence) != is_good
