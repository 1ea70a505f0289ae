"""Loads of the feeds in processes of their own, which a test may kill at any moment."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

#: Imports once and forks for each load.
_FORKING = """
import os, sys
from datetime import datetime
from pathlib import Path
import adbc_driver_postgresql.dbapi, meteostat, pandas, pyarrow.parquet
import dlt.destinations.impl.postgres.postgres, dlt.load.load, dlt.normalize.normalize
from extract.gbfs.source import GbfsSource
from extract.loading import RawPipeline
from extract.mds.load import MdsLoad
from extract.schemas import create_raw_tables
from extract.weather.service import MeteostatSource
from warehouse.connection import Warehouse
from warehouse.settings import load_settings

def load(until):
    settings = load_settings(home=Path(sys.argv[1]), _env_file=None)
    warehouse = Warehouse(sys.argv[2])
    with warehouse.reading():
        create_raw_tables(warehouse)
        MdsLoad(settings, warehouse, None, until).run()
        pipeline = RawPipeline(settings, warehouse, "raw_gbfs")
        source = GbfsSource(settings, warehouse, pipeline.state, None, until)
        pipeline.load(source.observed())
        pipeline.load(source.inferred())
        pipeline = RawPipeline(settings, warehouse, "raw_weather")
        source = MeteostatSource(settings, warehouse, pipeline.state, None, until, until)
        pipeline.load(source.batches())

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            load(datetime.fromisoformat(line.strip()))
            code = 0
        finally:
            os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


class FeedLoads:
    """Loads all feeds as an hourly run does.

    Parameters
    ----------
    home, url
        Of the settings, and of the warehouse.
    environment
        Names the feeds.
    """

    def __init__(self, home: Path, url: str, environment: dict[str, str]) -> None:
        root = Path(__file__).resolve().parents[2]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FORKING, str(home), url],
            cwd=root,
            env={**os.environ, **environment, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        assert self._said() == "ready"

    def run(self, until: datetime, killed_after_s: float | None = None) -> tuple[int, float]:
        """Return the exit code of a load, killed after so many seconds, and how long it took."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{until.isoformat()}\n")
        self.process.stdin.flush()
        child = int(self._said())
        began = time.monotonic()
        if killed_after_s is not None:
            ended, _, _ = select.select([self.process.stdout], [], [], killed_after_s)
            if not ended:
                os.kill(child, signal.SIGKILL)
        code = int(self._said())
        return code, time.monotonic() - began

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End the process that forks."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()
