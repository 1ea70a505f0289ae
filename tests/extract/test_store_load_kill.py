"""A load from the store that is killed, then run again, leaves what one that ran through does."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from extract.schemas import create_raw_tables
from extract.telemetry.ingest import ingest_telemetry
from extract.telemetry.read_back import StoreLoad
from extract.telemetry.victoria_metrics import open_store
from tests.extract.raw import count, pings_in
from tests.extract.sources import START, UNTIL, Operational, message, write_pings
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)

_CHILD = """
import os, sys, threading
from datetime import datetime
from pathlib import Path
from warehouse.connection import Warehouse
from warehouse.settings import load_settings
import extract.telemetry.read_back as read_back
from extract.telemetry.victoria_metrics import open_store
read_back._PAGES = 1
settings = load_settings(
    home=Path(sys.argv[1]), victoria_metrics_url=sys.argv[2], _env_file=None
)
warehouse, left = Warehouse(sys.argv[3]), int(sys.argv[5])
until = datetime.fromisoformat(sys.argv[4])
def step(frame, event, argument):
    # Counts calls of ours and of the client: the kill comes at much the same place each time.
    global left
    name = frame.f_code.co_filename
    if event == "call" and any(part in name for part in ("/extract/", "/httpx/", "/dlt/")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
threading.setprofile(step); sys.setprofile(step)
with open_store(settings.victoria_metrics_url) as store:
    read_back.StoreLoad(settings, warehouse, store, until).run()
sys.setprofile(None)
print("over", -left)
"""


def load(settings: Settings, warehouse: Warehouse, until: datetime) -> None:
    assert settings.victoria_metrics_url is not None
    with open_store(settings.victoria_metrics_url) as store:
        StoreLoad(settings, warehouse, store, until).run()


def test_a_load_killed_anywhere_then_run_again(
    settings: Settings, warehouse: Warehouse, operational: Operational, victoria_metrics_url: str
) -> None:
    """Killed at random moments, a load goes on with what was late and what was put off."""
    create_raw_tables(warehouse)
    for number in (1, 2):
        warehouse.execute(
            "insert into raw_operational.scooters (id, city, code)"
            f" values ({number}, 'thessaloniki', 'SKG-000{number}')"
        )
    with_store = settings.model_copy(update={"victoria_metrics_url": victoria_metrics_url})
    write_pings(settings.pings, START, [message(1, START - n * 5 * DAY) for n in range(12)])
    write_pings(settings.pings, UNTIL, [message(2, START - n * 10 * DAY) for n in range(1, 10)])
    ingest_telemetry(with_store, warehouse, None, UNTIL + HOUR)
    load(with_store, warehouse, UNTIL - HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 12
    late = [message(1, START - n * DAY - HOUR) for n in range(15)]
    write_pings(settings.pings, START + HOUR, late)
    ingest_telemetry(with_store, warehouse, None, UNTIL + HOUR)
    choose = random.Random(7)
    root = Path(__file__).resolve().parents[2]
    arguments = [str(settings.home), victoria_metrics_url, warehouse.url]
    arguments.append((UNTIL + HOUR).isoformat())
    environment = {**os.environ, "PYTHONPATH": str(root)}
    codes, loaded = [], []
    # A load that runs through makes about 800,000 calls.
    for bounds in ((20_000, 100_000), (150_000, 250_000), (150_000, 350_000)):
        command = [sys.executable, "-c", _CHILD, *arguments, str(choose.randint(*bounds))]
        run = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True)
        codes.append(run.returncode)
        loaded.append(count(warehouse, "raw_telemetry.pings"))
    assert set(codes) == {-signal.SIGKILL}
    # They were killed in the middle: some rows were there, and some were not.
    assert 12 <= loaded[0] < loaded[-1] < 12 + 9 + 15
    load(with_store, warehouse, UNTIL + HOUR)
    found = pings_in(warehouse)
    assert len(found) == 12 + 9 + 15
    warehouse.execute("drop schema raw_telemetry cascade; create schema raw_telemetry")
    create_raw_tables(warehouse)
    load(with_store, warehouse, UNTIL + HOUR)
    assert pings_in(warehouse) == found
