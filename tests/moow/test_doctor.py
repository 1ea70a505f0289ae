"""The doctor: whatever is wrong, one sentence that names the setting and the cure."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from moow.doctor.examination import show
from moow.doctor.finding import Finding
from simulator.run import simulate
from tests.app_process import free_port
from tests.loopback import QuietHandler, http_running
from tests.moow.findings import to_mend
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sources of two days of one small city."""
    home = tmp_path_factory.mktemp("doctor") / "moow"
    settings = load_settings(home=home, _env_file=None)
    simulate(settings, cities=["kastoria"], end=datetime(2026, 6, 1, tzinfo=UTC), days=2, seed=7)
    return home / "sources"


@pytest.fixture
def home(
    sources: Path, settings: Settings, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A home in which everything is right."""
    shutil.copytree(sources, settings.home / "sources")
    monkeypatch.setenv("MOOW_HOME", str(settings.home))
    monkeypatch.setenv("MOOW_WAREHOUSE_URL", warehouse.url)
    monkeypatch.setenv("MOOW_APP_PORT", str(free_port()))
    return settings.home


def test_nothing_is_found_where_all_is_right(home: Path) -> None:
    """A home as the simulator leaves it needs no mending."""
    assert to_mend() == []


@pytest.mark.parametrize(
    ("setting", "value", "cure"),
    [
        ("MOOW_WAREHOUSE_URL", "postgresql://moow:hunter2@127.0.0.1:1/moow", "check that it runs"),
        ("MOOW_WAREHOUSE_URL", "words", "for instance postgresql://"),
        ("MOOW_OPERATIONAL_URL", "sqlite:////nowhere/moow.db", "run moow demo"),
        ("MOOW_OPERATIONAL_URL", "mysql+pymysql://a:hunter2@127.0.0.1:1/b", "database runs"),
        ("MOOW_PING_FOLDER", "/nowhere/pings", "there is no folder /nowhere/pings"),
        ("MOOW_PLANNING_FOLDER", "/nowhere/plans", "there is no folder /nowhere/plans"),
        ("MOOW_WEATHER_FOLDER", "/nowhere/weather", "there is no folder /nowhere/weather"),
        ("MOOW_PING_FOLDER", "/proc/self/net", "no ping files"),
        ("MOOW_PREFECT_API_URL", "http://127.0.0.1:1/api", "start it, or correct"),
        ("MOOW_PREFECT_API_URL", "http://127.0.0.1:port/api", "for instance http://prefect"),
        ("MOOW_PREFECT_API_URL", "prefect", "for instance http://prefect:4200/api"),
        ("MOOW_HOME", "/dev/null/moow", "a folder that can be made"),
        ("MOOW_HOME", "/proc/x", "set it to a folder"),
        ("MOOW_FORECAST_RETENTION_DAYS", "1", "greater than or equal to 7"),
        ("MOOW_APP_HOST", "192.0.2.1", "set MOOW_APP_HOST to an address of this machine"),
        ("MOOW_TILE_URL", "httpnonsense{z}{x}{y}", "for instance https://"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    home: Path, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, cure: str
) -> None:
    """It names the setting and the cure, on one line, and no password."""
    monkeypatch.setenv(setting, value)
    (sentence,) = to_mend()
    assert setting in sentence
    assert cure in sentence
    assert "\n" not in sentence
    assert "hunter2" not in sentence


def test_a_bad_cell_of_a_sheet_is_one_sentence(home: Path) -> None:
    """The time zone that does not exist is quoted with its sheet, row and column."""
    path = home / "sources" / "planning" / "cities.csv"
    path.write_text(path.read_text().replace("Europe/Athens", "Europe/Atlantis"))
    (sentence,) = to_mend()
    for part in ("sheet cities, row 2, column timezone", "Europe/Atlantis", "MOOW_PLANNING_FOLDER"):
        assert part in sentence


def test_a_missing_sheet_is_one_sentence(home: Path) -> None:
    """The file that lacks is named."""
    (home / "sources" / "planning" / "shifts.csv").unlink()
    (sentence,) = to_mend()
    assert "lacks shifts.csv; set MOOW_PLANNING_FOLDER" in sentence


def test_a_user_without_rights_is_one_sentence(
    home: Path, warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A warehouse user that may not make tables is told which right it lacks."""
    with psycopg.connect(warehouse.url, autocommit=True) as connection:
        connection.execute("drop schema ops cascade")
        connection.execute("drop role if exists doctors_guest")
        connection.execute("create role doctors_guest login password 'guest'")
    host = warehouse.url.rsplit("@", 1)[1]
    monkeypatch.setenv("MOOW_WAREHOUSE_URL", f"postgresql://doctors_guest:guest@{host}")
    (sentence,) = to_mend()
    assert "permission denied" in sentence
    assert "MOOW_WAREHOUSE_URL the right to create schemas" in sentence


class _Pages(QuietHandler):
    def answer(self) -> None:
        self.reply(200, b"<html>Prefect</html>", {"Content-Type": "text/html"})


@pytest.fixture
def pages() -> Iterator[str]:
    """Address of a server that answers everything with a page."""
    with http_running(_Pages) as address:
        yield address


def test_pages_are_no_prefect_api(home: Path, pages: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address of Prefect's pages, which answers anything, is not taken for its API."""
    monkeypatch.setenv("MOOW_PREFECT_API_URL", pages)
    (sentence,) = to_mend()
    assert "is no Prefect API" in sentence
    assert "MOOW_PREFECT_API_URL" in sentence


class _Healthy(QuietHandler):
    def answer(self) -> None:
        self.reply(200, b'{"healthy": true}')


def test_a_port_that_is_taken_is_no_fault_of_the_app_itself(
    home: Path, pages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where another program listens the port is to be changed; where the app does all is well."""
    monkeypatch.setenv("MOOW_APP_PORT", pages.rsplit(":", 1)[1])
    (sentence,) = to_mend()
    assert "set MOOW_APP_PORT to a free port" in sentence
    with http_running(_Healthy) as address:
        monkeypatch.setenv("MOOW_APP_PORT", address.rsplit(":", 1)[1])
        assert to_mend() == []


def test_what_is_found_is_printed_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Square brackets of a sentence are no markup."""
    assert not show(iter([Finding(False, "Weather: it said [red]alert[/] and [404].")]))
    assert "it said [red]alert[/] and [404]." in capsys.readouterr().out
