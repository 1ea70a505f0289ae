"""VictoriaMetrics behind a proxy that does not let everything pass."""

from __future__ import annotations

import pytest

from extract.schemas import create_raw_tables
from extract.telemetry.ingest import ingest_telemetry
from extract.telemetry.read_back import StoreLoad
from extract.telemetry.victoria_metrics import open_store
from tests.extract.hiding_proxy import hiding
from tests.extract.raw import count
from tests.extract.sources import START, UNTIL, Operational, message, write_pings
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
FLUSH = "/internal/force_flush"


@pytest.fixture
def pings(settings: Settings, warehouse: Warehouse, operational: Operational) -> Settings:
    """Give settings with a file of two pings, of scooters that the warehouse knows."""
    create_raw_tables(warehouse)
    for number in (1, 2):
        warehouse.execute(
            "insert into raw_operational.scooters (id, city, code)"
            f" values ({number}, 'thessaloniki', 'SKG-000{number}')"
        )
    write_pings(settings.pings, START, [message(1, START), message(2, START)])
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
