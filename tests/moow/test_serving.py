"""The app as a process: it answers, and leaves nothing running behind."""

import signal
import socket
from pathlib import Path

import pytest

from extract.schemas import create_raw_tables
from moow.serving import give_pin
from tests.app_process import free_port, start_app, wait_until_it_answers
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_stopping_the_app_stops_what_it_started(tmp_path: Path, ending: signal.Signals) -> None:
    """On an empty warehouse the app answers; Ctrl-C or a stop ends it and its Postgres."""
    port = free_port()
    app = start_app(tmp_path, port)
    wait_until_it_answers(app, port)
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
        app = start_app(tmp_path, taken.getsockname()[1])
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
