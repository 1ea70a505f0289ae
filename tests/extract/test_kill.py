"""A load that is killed, then run again, gives what an undisturbed one gives."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.operational.tables import OPERATIONAL_TABLES
from extract.run import extract_all
from extract.schemas import RAW_TABLES
from extract.telemetry.tables import PINGS
from tests.extract.sources import START, UNTIL, Operational, message, ride, write_pings
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db

_CHILD = """
import logging, os, sys
from datetime import datetime
from pathlib import Path
from warehouse.connection import Warehouse
from warehouse.settings import load_settings
settings = load_settings(home=Path(sys.argv[1]), _env_file=None)
from extract.run import extract_all
import extract.loading as loading, dlt.load.load as load
left = int(sys.argv[4])
def step(frame, event, argument):
    # Counts calls within extraction and loading: the kill comes at the same place each time.
    global left
    name = frame.f_code.co_filename
    if event == "call" and any(part in name for part in ("/extract/", "/dlt/load", "/dlt/dest")):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), 9)
import threading
threading.setprofile(step); sys.setprofile(step)
until = datetime.fromisoformat(sys.argv[3])
extract_all(settings, Warehouse(sys.argv[2]), cities=None, until=until)
sys.setprofile(None)
print(-left)
"""


def _all_rows(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    return {
        table.relation: warehouse.fetch(
            f"select {', '.join(table.columns)} from {table.relation}"
            f" order by {', '.join(table.key)}"
        )
        for table in RAW_TABLES
    }


def _run_and_kill(settings: Settings, warehouse: Warehouse, calls: int) -> int:
    arguments = [str(settings.home), warehouse.url, UNTIL.isoformat(), str(calls)]
    command = [sys.executable, "-c", _CHILD, *arguments]
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    return subprocess.run(command, cwd=root, env=environment, check=False).returncode


def test_killed_anywhere_then_run_again(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Killed at three random places, the next whole run leaves the source's rows, each once."""
    operational.put("rides", *(ride(number) for number in range(1, 400)))
    operational.put("rides", ride(400, distance_m=-5.0))
    pings = [message(1, START + timedelta(seconds=number)) for number in range(500)]
    write_pings(settings.pings, START, [*pings, "{bad"])
    choose = random.Random(11)
    codes = [
        _run_and_kill(settings, warehouse, choose.randint(*bounds))
        for bounds in ((500, 5_000), (5_000, 10_000), (6_000, 12_000))
    ]
    assert -signal.SIGKILL in codes
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    killed = _all_rows(warehouse)
    for schema in {table.schema for table in RAW_TABLES}:
        warehouse.execute(f"drop schema {schema} cascade; create schema {schema}")
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert _all_rows(warehouse) == killed
    assert len(killed[PINGS.relation]) == 500
    assert [len(killed[table.relation]) for table in OPERATIONAL_TABLES] == [2, 1, 2, 399, 1, 1]
