"""The load of the operator's database dies at twenty moments, spread over all that it does."""

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

from extract.operational.tables import OPERATIONAL_TABLES, TABLES
from tests.extract.operator import load, settings_for, source_ids
from tests.extract.sources import UNTIL, Operational, naive, ride, scooter
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)
KILLS = 20

#: Imports once and forks for each load. The timer counts what the child computes, in all of its
#: threads, and ends it as kill -9 does: nothing is caught, flushed or closed.
_FORKING = """
import os, resource, signal, sys
from datetime import datetime
from pathlib import Path
import adbc_driver_postgresql.dbapi, connectorx, pyarrow.parquet, pymysql
import dlt.destinations.impl.postgres.postgres, dlt.load.load, dlt.normalize.normalize
from extract.operational.load import OperationalLoad
from extract.operational.reader import OperationalReader
from extract.schemas import create_raw_tables
from warehouse.connection import Warehouse
from warehouse.settings import load_settings
settings = load_settings(home=Path(sys.argv[1]), operational_url=sys.argv[2], _env_file=None)
print("ready", flush=True)
for line in sys.stdin:
    seconds, url, until = line.split()
    child = os.fork()
    if child == 0:
        signal.setitimer(signal.ITIMER_PROF, float(seconds))
        warehouse = Warehouse(url)
        create_raw_tables(warehouse)
        reader = OperationalReader(settings.operational)
        until = datetime.fromisoformat(until)
        OperationalLoad(settings, warehouse, reader, None, until).run()
        os._exit(0)
    _, status, used = os.wait4(child, 0)
    print(os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, flush=True)
"""


class Loads:
    """Loads in processes of their own, each of which may die after so many seconds of work."""

    def __init__(self, settings: Settings, warehouse: Warehouse) -> None:
        self.url = warehouse.url
        root = Path(__file__).resolve().parents[2]
        arguments = [str(settings.home / "killed"), settings.operational]
        self.process = subprocess.Popen(
            [sys.executable, "-c", _FORKING, *arguments],
            cwd=root,
            env={**os.environ, "PYTHONPATH": str(root)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._said()

    def run(self, seconds: float, until: Any, url: str | None = None) -> tuple[int, float]:
        """Return the exit code of a load, and how long it worked."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{seconds} {url or self.url} {until.isoformat()}\n")
        self.process.stdin.flush()
        code, used = self._said().split()
        return int(code), float(used)

    def _said(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End the process that forks."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


def change(maria: Operational, step: int, choose: random.Random) -> None:
    """Let the operator work on: rides come, change and go, good and bad ones."""
    changed = {"updated_at": naive(UNTIL + step * HOUR)}
    first = 1_000 + 100 * step
    maria.put("rides", *(ride(first + number, **changed) for number in range(40)))
    maria.put("rides", ride(first + 50, distance_m=-1.0, **changed))
    maria.put("scooters", scooter(10 + step, **changed))
    known = source_ids(maria, "rides")
    some = choose.sample(known, 3)
    maria.put("rides", *(ride(number, price=9.0, **changed) for number in some))
    with maria.engine.begin() as connection:
        connection.exec_driver_sql(f"delete from rides where id = {choose.choice(known)}")


def contents(warehouse: Warehouse) -> dict[str, list[dict[str, Any]]]:
    found = {}
    for table in TABLES:
        there = " where deleted_at is null" if table in OPERATIONAL_TABLES else ""
        columns = ", ".join(name for name in table.columns if name != "rejected_at")
        rows = f"select {columns} from {table.relation}{there} order by {', '.join(table.key)}"
        found[table.relation] = warehouse.fetch(rows)
    return found


def test_killed_at_twenty_moments(
    settings: Settings,
    warehouse: Warehouse,
    mariadb_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """However often it died, a clean load leaves what a first load into nothing gives."""
    maria = Operational(mariadb_url)
    maria.fill(rides=500)
    there = settings_for(settings, mariadb_url, user_hash_key="so that all of them hash alike")
    (there.home / "killed").mkdir(parents=True)
    monkeypatch.setenv("MOOW_USER_HASH_KEY", there.hash_key())
    loads = Loads(there, warehouse)
    choose = random.Random(3)
    try:
        whole = 1.2
        codes = []
        for step in range(1, KILLS + 1):
            # The moments are spread over the load, each in its own part.
            share = (step * 7 % KILLS + choose.random()) / KILLS
            change(maria, step, choose)
            code, used = loads.run(share * whole, UNTIL + step * HOUR)
            codes.append(code)
            if code == 0:
                whole = used
    finally:
        loads.close()
    assert set(codes) <= {0, -signal.SIGPROF}
    assert codes.count(-signal.SIGPROF) >= KILLS - 4
    last = UNTIL + (KILLS + 1) * HOUR
    load(there, warehouse, last)
    killed = contents(warehouse)
    for schema in {table.schema for table in TABLES}:
        warehouse.execute(f"drop schema {schema} cascade; create schema {schema}")
    load(there, warehouse, last)
    assert contents(warehouse) == killed
    assert len(killed["raw_operational.rides"]) + len(
        killed["raw_operational.rides_rejected"]
    ) == len(source_ids(maria, "rides"))
