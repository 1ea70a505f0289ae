"""The app as a process: it answers, and leaves nothing running behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from extract.schemas import create_raw_tables
from moow.serving import give_pin
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start_app(home: Path, port: int) -> subprocess.Popen[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    environment = {**kept, "MOOW_HOME": str(home), "MOOW_APP_PORT": str(port)}
    return subprocess.Popen([MOOW, "app"], env=environment, stderr=subprocess.PIPE, text=True)


def _wait_until_it_answers(app: subprocess.Popen[str], port: int) -> None:
    for _ in range(1200):
        assert app.poll() is None, app.stderr and app.stderr.read()
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").json() == {"healthy": True}:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the app did not answer within two minutes")


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_stopping_the_app_stops_what_it_started(tmp_path: Path, ending: signal.Signals) -> None:
    """On an empty warehouse the app answers; Ctrl-C or a stop ends it and its Postgres."""
    port = _free_port()
    app = _start_app(tmp_path, port)
    _wait_until_it_answers(app, port)
    postmaster = tmp_path / "postgres" / "data" / "postmaster.pid"
    assert postmaster.exists()
    app.send_signal(ending)
    _, said = app.communicate(timeout=120)
    assert not postmaster.exists()
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    """A port somebody else listens on is named with the setting that changes it."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        app = _start_app(tmp_path, taken.getsockname()[1])
        _, said = app.communicate(timeout=120)
    assert app.returncode == 1
    assert "MOOW_APP_PORT" in said
    assert "Traceback" not in said


def test_a_pin_is_for_a_city_there_is(settings: Settings, warehouse: Warehouse) -> None:
    """Once cities are known another one is refused; before, each is taken."""
    embedded = settings.model_copy(update={"warehouse_url": warehouse.url})
    give_pin(embedded, "maria", "123456", "atlantis")
    create_raw_tables(warehouse)
    warehouse.execute("insert into raw_open_trips.cities (city, name) values ('louisville', '')")
    give_pin(embedded, "maria", "123456", "louisville")
    with pytest.raises(SourceError, match="'atlantis'; there are louisville"):
        give_pin(embedded, "maria", "123456", "atlantis")
