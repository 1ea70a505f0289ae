"""An ingest that is killed, then run again, leaves in the store what the source holds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from extract.schemas import create_raw_tables
from extract.telemetry.ingest import ingest_telemetry
from extract.telemetry.read_back import StoreLoad
from extract.telemetry.samples import ALL, read_pings
from extract.telemetry.victoria_metrics import open_store
from tests.extract.raw import count
from tests.extract.sources import START, UNTIL, Operational, message, old_message, write_pings
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]

_CHILD = """
import os, sys, threading
from datetime import datetime
from pathlib import Path
from warehouse.connection import Warehouse
from warehouse.settings import load_settings
import extract.telemetry.samples as samples
from extract.telemetry.ingest import ingest_telemetry
samples._REQUEST_PINGS = 20
settings = load_settings(
    home=Path(sys.argv[1]), victoria_metrics_url=sys.argv[2], _env_file=None
)
warehouse, left = Warehouse(sys.argv[3]), int(sys.argv[5])
until = datetime.fromisoformat(sys.argv[4])
def step(frame, event, argument):
    # Counts calls of ours and of the client: the kill comes at the same place each time.
    global left
    name = frame.f_code.co_filename
    if event == "call" and any(part in name for part in ("/extract/telemetry", "/httpx/", "/dlt/")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
threading.setprofile(step); sys.setprofile(step)
ingest_telemetry(settings, warehouse, None, until)
sys.setprofile(None)
print("over", -left)
"""


def load(settings: Settings, warehouse: Warehouse, until: datetime) -> None:
    assert settings.victoria_metrics_url is not None
    with open_store(settings.victoria_metrics_url) as store:
        StoreLoad(settings, warehouse, store, until).run()


def test_killed_anywhere_then_run_again(
    settings: Settings, warehouse: Warehouse, operational: Operational, victoria_metrics_url: str
) -> None:
    """Killed at random moments, the next ingest leaves each ping of the source once, whole.

    And the warehouse, which has read later hours by then, goes back to all of them.
    """
    create_raw_tables(warehouse)
    for number in (1, 2):
        warehouse.execute(
            "insert into raw_operational.scooters (id, city, code)"
            f" values ({number}, 'thessaloniki', 'SKG-000{number}')"
        )
    with_store = settings.model_copy(update={"victoria_metrics_url": victoria_metrics_url})
    later = UNTIL + timedelta(days=20)
    write_pings(
        settings.pings, later - timedelta(hours=2), [message(1, later - timedelta(hours=2))]
    )
    ingest_telemetry(with_store, warehouse, None, later)
    load(with_store, warehouse, later)
    lines = [message(1, START + n * timedelta(milliseconds=1)) for n in range(150)]
    lines += [old_message(2, START + n * timedelta(seconds=1)) for n in range(150)]
    write_pings(settings.pings, START, [*lines, "{bad", lines[0]])
    choose = random.Random(5)
    root = Path(__file__).resolve().parents[2]
    codes = []
    # Before the first sample is written, twice while they are, and while rejections are loaded.
    for bounds in ((500, 2300), (2500, 5000), (4000, 8000), (8000, 300_000)):
        arguments = [str(settings.home), victoria_metrics_url, warehouse.url, UNTIL.isoformat()]
        command = [sys.executable, "-c", _CHILD, *arguments, str(choose.randint(*bounds))]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        run = subprocess.run(command, cwd=root, env=environment, check=False, capture_output=True)
        codes.append(run.returncode)
    assert codes.count(-signal.SIGKILL) >= 3
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    with open_store(victoria_metrics_url) as store:
        content = store.read(ALL, 0, int(UNTIL.timestamp() * 1000), 10**9)
    pings = read_pings(content or b"")
    times = pings.group_by("scooter_code").agg(pl.len(), pl.col("latitude").unique())
    assert sorted(times.rows()) == [("SKG-0001", 150, [40.63]), ("SKG-0002", 150, [40.63])]
    assert pings.drop("hdop").null_count().sum_horizontal().item() == 0
    assert count(warehouse, "raw_telemetry.pings_rejected") == 1
    files = "select path from raw_telemetry.ingested where not starts_with(path, 'second look')"
    assert len(warehouse.fetch(files)) == 2
    load(with_store, warehouse, later + timedelta(hours=1))
    assert count(warehouse, "raw_telemetry.pings") == 301
