"""VictoriaMetrics behind a proxy that does not let everything pass."""

from __future__ import annotations

import shutil
import time

import pytest

from extract.schemas import create_raw_tables
from extract.telemetry import kept
from extract.telemetry.ingest import ingest_telemetry
from extract.telemetry.read_back import StoreLoad
from extract.telemetry.victoria_metrics import open_store
from moow.doctor.finding import Home
from moow.doctor.sources import look_at_pings
from tests.extract.hiding_proxy import hiding
from tests.extract.raw import count
from tests.extract.sources import START, UNTIL, Operational, message, write_pings
from tests.victoria import VictoriaServer
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
METRICS = "/metrics"
FLUSH = "/internal/force_flush"


@pytest.fixture
def pings(settings: Settings, warehouse: Warehouse, operational: Operational) -> Settings:
    """Give settings with a file of two pings, of scooters that are known, and a broken message."""
    create_raw_tables(warehouse)
    for number in (1, 2):
        warehouse.execute(
            "insert into raw_operational.scooters (id, city, code)"
            f" values ({number}, 'thessaloniki', 'SKG-000{number}')"
        )
    write_pings(settings.pings, START, [message(1, START), message(2, START), "{bad"])
    return settings


def test_a_store_that_may_not_be_flushed(
    pings: Settings, warehouse: Warehouse, victoria_metrics_url: str
) -> None:
    """What was written is waited for, and not taken for thrown away."""
    with hiding(victoria_metrics_url, FLUSH) as url, open_store(url) as store:
        with_store = pings.model_copy(update={"victoria_metrics_url": url})
        assert ingest_telemetry(with_store, warehouse, None, UNTIL).written == 2
        StoreLoad(with_store, warehouse, store, UNTIL).run()
    assert count(warehouse, "raw_telemetry.pings") == 2


def test_a_restart_that_cannot_be_seen(
    pings: Settings,
    warehouse: Warehouse,
    victoria_metrics: VictoriaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Killed while what was written may be in its memory alone, it is given it again."""
    waits: list[float] = []

    def forget() -> None:
        victoria_metrics.kill()
        shutil.rmtree(victoria_metrics.folder / "data")
        victoria_metrics.start()

    def wait(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 1:
            forget()
        time.sleep(seconds)

    monkeypatch.setattr(kept, "_IN_MEMORY_S", 0.5)
    monkeypatch.setattr(kept, "wait", wait)
    with hiding(victoria_metrics.url, METRICS) as url, open_store(url) as store:
        with_store = pings.model_copy(update={"victoria_metrics_url": url})
        report = ingest_telemetry(with_store, warehouse, None, UNTIL)
        if not waits:
            forget()
        again = ingest_telemetry(with_store, warehouse, None, UNTIL)
        StoreLoad(with_store, warehouse, store, UNTIL).run()
    assert count(warehouse, "raw_telemetry.pings") == 2
    assert (report.files, report.written, report.rejected) == (1, 4, 1)
    assert (again.files, again.written) == (0, 0)


def test_the_doctor_names_what_is_hidden(settings: Settings, victoria_metrics_url: str) -> None:
    """An operator learns why an ingest takes twice as long."""
    with hiding(victoria_metrics_url, METRICS) as url:
        hidden = look_at_pings(Home(settings.model_copy(update={"victoria_metrics_url": url})))
    shown = {"victoria_metrics_url": victoria_metrics_url}
    open_to_all = look_at_pings(Home(settings.model_copy(update=shown)))
    assert hidden.is_good
    assert "shows no /metrics" in hidden.sentence
    assert "/metrics" not in open_to_all.sentence
