"""Loads of all sources in processes of their own, which can be killed at any moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from warehouse.connection import Warehouse

#: Imports once and forks for each load. It kills by the clock, as kill -9 does: while the load
#: computes, and just as well while it waits for an answer of a server.
_FORKING = """
import json, os, select, signal, sys, time, traceback
from datetime import datetime
import adbc_driver_postgresql.dbapi, connectorx, pyarrow.parquet, pymysql
import dlt.destinations.impl.postgres.postgres, dlt.load.load, dlt.normalize.normalize
from extract.operational import reader, sweep
from extract.run import extract_all
from extract.telemetry import checks, parts
from warehouse.connection import Warehouse
from warehouse.settings import load_settings
# Small: a kill may fall between two windows, two chunks, two batches, two parts of a load.
reader.CHUNK_ROWS, sweep.CHUNK_IDS, checks._BATCH_ROWS, parts._PART_BYTES = 100, 512, 50, 30_000
settings = load_settings(**json.loads(sys.argv[1]), _env_file=None)
print("ready", flush=True)
for line in sys.stdin:
    seconds, url, until = line.split()
    begun = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            until = datetime.fromisoformat(until)
            extract_all(settings, Warehouse(url), cities=None, until=until)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    ended, _, _ = select.select([os.pidfd_open(child)], [], [], float(seconds))
    if not ended:
        os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    print(os.waitstatus_to_exitcode(status), time.monotonic() - begun, flush=True)
"""


class Loads:
    """Loads in processes of their own, each of which may be killed after so many seconds."""

    def __init__(self, settings: dict[str, Any]) -> None:
        root = Path(__file__).resolve().parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FORKING, json.dumps(settings)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._said() == "ready"

    def run(
        self, warehouse: Warehouse, until: datetime, kill_after_s: float = 600.0
    ) -> tuple[int, float]:
        """Return the exit code of a load, and how long it took."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{kill_after_s} {warehouse.url} {until.isoformat()}\n")
        self.process.stdin.flush()
        code, seconds = self._said().split()
        return int(code), float(seconds)

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End the process that forks."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
