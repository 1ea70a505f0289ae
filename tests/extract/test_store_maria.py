"""From MariaDB through VictoriaMetrics to the warehouse: each of the three a real one."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest

from extract.run import extract_all
from extract.telemetry.ingest import ingest_telemetry
from tests.extract.operator import settings_for
from tests.extract.raw import pings_in, reasons
from tests.extract.sources import (
    START,
    UNTIL,
    Operational,
    message,
    naive,
    old_message,
    write_sheets,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
MINUTE = timedelta(minutes=1)


@pytest.fixture
def maria(mariadb_url: str) -> Operational:
    """Give a MariaDB with a fleet, and its messages of half an hour: good, double and bad ones."""
    made = Operational(mariadb_url)
    made.fill()
    for number in range(30):
        at = START + number * MINUTE
        put(made, number, at, [message(1, at), old_message(2, at)])
    put(made, 30, START + 30 * MINUTE, message(1, START))
    put(made, 31, START + 31 * MINUTE, message(9, START))
    put(made, 32, START + 32 * MINUTE, "{")
    return made


def put(maria: Operational, number: int, at: datetime, content: Any) -> None:
    """Let a message, or a text that is none, arrive 1.5 s after a time."""
    payload = content if isinstance(content, str) else json.dumps(content)
    row = {"id": number, "received_at": naive(at + timedelta(seconds=1.5)), "payload": payload}
    maria.put("telemetry_messages", row)


def test_messages_of_a_mariadb_through_the_store(
    settings: Settings,
    warehouse: Warehouse,
    maria: Operational,
    mariadb_url: str,
    victoria_metrics_url: str,
) -> None:
    """What the store gives back is what the messages say; a later ingest writes the new ones."""
    write_sheets(settings.planning)
    extract_all(settings_for(settings, mariadb_url), warehouse, cities=None, until=UNTIL)
    wanted, refused = pings_in(warehouse), reasons(warehouse, "raw_telemetry.pings")
    assert len(wanted) == 60
    assert refused == {"message 31": "unknown scooter", "message 32": "not JSON"}
    warehouse.execute("drop schema raw_telemetry cascade; create schema raw_telemetry")
    there = settings_for(settings, mariadb_url, victoria_metrics_url=victoria_metrics_url)
    report = ingest_telemetry(there, warehouse, None, UNTIL)
    assert (report.written, report.rejected) == (60, 2)
    assert reasons(warehouse, "raw_telemetry.pings") == refused
    extract_all(there, warehouse, cities=None, until=UNTIL)
    assert pings_in(warehouse) == wanted
    late = START + 45 * MINUTE
    put(maria, 40, late, message(2, late))
    assert ingest_telemetry(there, warehouse, None, UNTIL).written == 1
    extract_all(there, warehouse, cities=None, until=UNTIL)
    assert len(pings_in(warehouse)) == 61
