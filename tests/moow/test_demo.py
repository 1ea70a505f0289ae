"""What the demo does again, and what it leaves alone."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from flows.run import Run
from moow import demo, serving
from moow.demo import run_demo
from moow.main import app
from warehouse.connection import Warehouse
from warehouse.errors import MoowError, WarehouseError
from warehouse.settings import Settings

pytestmark = pytest.mark.db

END = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def made(settings: Settings, warehouse: Warehouse) -> Settings:
    """A home whose demo.json says that all was done, as an earlier version wrote it."""
    settings.home.mkdir(parents=True)
    record = {"cities": ["kozani"], "days": 10, "seed": 7, "end": END.isoformat()}
    record |= {"is_simulated": True, "is_run": True, "pins": {"kozani-1": "123456"}}
    (settings.home / "demo.json").write_text(json.dumps(record))
    return settings.model_copy(update={"warehouse_url": warehouse.url})


@pytest.fixture
def problems() -> list[str]:
    """What a run has to mend: nothing, unless a test adds to it."""
    return []


@pytest.fixture
def runs(
    warehouse: Warehouse, problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> list[datetime]:
    """Clocks of the runs that the demo asked for; each leaves what a run leaves of its workers."""
    clocks: list[datetime] = []

    def run_main_job(_settings: Settings, cities: list[str], clock: datetime, **_: object) -> Run:
        clocks.append(clock)
        warehouse.execute(
            "create schema if not exists marts;"
            " create table if not exists marts.dim_workers as select 'kozani-1' as worker_id,"
            " 'kozani' as city_id, 'worker' as role, 'en' as language"
        )
        warehouse.execute(
            "insert into ops.runs (run_id, flow, city_ids, as_of_at, started_at, status)"
            " values (%(id)s, 'nightly', %(cities)s, %(clock)s, now(), 'completed')",
            {"id": str(len(clocks)), "cities": list(cities), "clock": clock},
        )
        return Run(_settings, warehouse, "nightly", cities, clock, problems=problems)

    monkeypatch.setattr(demo, "run_main_job", run_main_job)
    return clocks


def _demo(settings: Settings) -> None:
    run_demo(settings, ["kozani"], days=10, seed=7, serve=False, started=0.0)


@pytest.mark.parametrize("text", ["{", "[]", '{"days": 10}', ""])
def test_a_damaged_record_is_a_sentence(made: Settings, text: str) -> None:
    """A demo.json that cannot be read is told with what to do."""
    (made.home / "demo.json").write_text(text)
    with pytest.raises(MoowError, match=r"demo\.json cannot be read; remove"):
        _demo(made)


def test_an_emptied_warehouse_is_run_again(
    made: Settings, runs: list[datetime], warehouse: Warehouse
) -> None:
    """Whether it was run is asked of the warehouse; then it is not run twice, and PINs stay."""
    _demo(made)
    _demo(made)
    assert runs == [END]
    credentials = warehouse.fetch("select worker_id, pin_hash from ops.worker_credentials")
    assert [row["worker_id"] for row in credentials] == ["kozani-1"]
    kept = json.loads((made.home / "demo.json").read_text())
    assert kept["pins"] == {"kozani-1": "123456"}


@pytest.mark.parametrize(
    ("column", "value"),
    [("status", "failed"), ("city_ids", "{kastoria}"), ("as_of_at", "2026-05-31T23:00Z")],
)
def test_only_a_whole_run_of_the_demo_counts(
    made: Settings, runs: list[datetime], warehouse: Warehouse, column: str, value: str
) -> None:
    """A run that failed, was of another city or of an earlier clock is made good."""
    _demo(made)
    warehouse.execute(f"update ops.runs set {column} = '{value}'")
    _demo(made)
    assert runs == [END, END]


def test_a_warehouse_that_is_down_is_told_before_the_simulation(
    settings: Settings, tmp_path: Path
) -> None:
    """Nothing is simulated for a warehouse that does not answer."""
    url = "postgresql://moow:secret@127.0.0.1:1/moow"
    with pytest.raises(WarehouseError, match="does not answer"):
        _demo(settings.model_copy(update={"warehouse_url": url}))
    assert not settings.sources_folder.exists()


def test_what_is_to_be_mended_is_the_exit_code(
    made: Settings, runs: list[datetime], problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of ``moow run`` it is 1 when a cell is bad, and 0 when nothing is."""
    monkeypatch.setenv("MOOW_HOME", str(made.home))
    monkeypatch.setenv("MOOW_WAREHOUSE_URL", str(made.warehouse_url))
    monkeypatch.setattr("moow.console.set_up_logging", lambda _level: None)
    problems.append("a bad cell")
    command = ["demo", "--no-serve", "--city", "kozani", "--days", "10"]
    assert CliRunner().invoke(app, command).exit_code == 1
    assert CliRunner().invoke(app, command).exit_code == 0
    assert runs == [END]


def test_a_bad_cell_does_not_keep_the_app_from_being_served(
    made: Settings, runs: list[datetime], problems: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run has told it before; the rest of the demo is there to be seen."""
    problems.append("a bad cell")
    served: list[datetime] = []
    monkeypatch.setattr(serving, "check_port", lambda *_: None)
    monkeypatch.setattr(serving, "serve", lambda _settings: served.extend(runs))
    to_mend = run_demo(made, ["kozani"], days=10, seed=7, serve=True, started=0.0)
    assert (served, to_mend) == ([END], ["a bad cell"])
