"""Where the time and the memory of the demo, and of the next hour's run, go.

Run as ``python -m benchmarks.demo``: a demo in a fresh folder, then one more simulated hour and
``moow run``. The reference of the ratio is the demo: how much of it the next hour still costs.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

from warehouse.connection import open_warehouse
from warehouse.settings import load_settings

MOOW = Path(sys.executable).parent / "moow"


class MemoryWatch(threading.Thread):
    """Samples the memory of a process, its children and the embedded Postgres of `home`.

    Shared pages count once (proportional set size), so the sum is what the machine gives.
    """

    def __init__(self, process: subprocess.Popen[str], home: Path) -> None:
        super().__init__(daemon=True)
        self.process, self.home, self.peak_mb = process, home, 0.0

    def run(self) -> None:
        """Sample until the process ends."""
        while self.process.poll() is None:
            members = [*self._family(self.process.pid), *self._postgres()]
            self.peak_mb = max(self.peak_mb, sum(_pss_mb(member) for member in members))
            time.sleep(0.5)

    def _family(self, pid: int) -> list[psutil.Process]:
        try:
            root = psutil.Process(pid)
            return [root, *root.children(recursive=True)]
        except psutil.Error:
            return []

    def _postgres(self) -> list[psutil.Process]:
        try:
            pid = int((self.home / "postgres/data/postmaster.pid").read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return []
        return self._family(pid)


def _pss_mb(process: psutil.Process) -> float:
    try:
        return float(process.memory_full_info().pss) / 1e6
    except psutil.Error:
        return 0.0


@dataclass(frozen=True)
class Measured:
    """Seconds and peak memory in MB of a command, and the overhead that its summary tells."""

    seconds: float
    peak_mb: float
    overhead_s: float | None


def measure(home: Path, *arguments: str) -> Measured:
    """Run a moow command on `home`, its output shown when it has ended."""
    environment = {**os.environ, "MOOW_HOME": str(home)}
    started = time.perf_counter()
    command = [str(MOOW), *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        watch = MemoryWatch(process, home)
        watch.start()
        said = process.stdout.read() if process.stdout else ""
        if process.wait():
            sys.exit(f"moow {' '.join(arguments)} failed")
    seconds = time.perf_counter() - started
    watch.join()
    print(said)
    told = re.search(r"of it overhead[^│]*│\s*([\d.]+)", said)
    return Measured(seconds, watch.peak_mb, float(told[1]) if told else None)


def read_steps(home: Path) -> list[dict[str, float]]:
    """Seconds of each step of each run, as they recorded them themselves, the first run first."""
    with open_warehouse(load_settings(home=home)) as warehouse:
        runs = warehouse.fetch("select steps from ops.runs order by started_at")
    return [{step["name"]: step["seconds"] for step in run["steps"]} for run in runs]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--days", type=int, default=56)
    parser.add_argument("--city", action="append", default=[])
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "moow"
        cities = [part for city in wanted.city for part in ("--city", city)]
        demo = measure(home, "demo", "--no-serve", "--days", str(wanted.days), *cities)
        simulated = measure(home, "simulate", "--hours", "1")
        hour = measure(home, "run")
        demo_steps, hour_steps = read_steps(home)
    result = {
        "name": "demo",
        "ours_s": round(hour.seconds, 1),
        "reference_s": round(demo.seconds, 1),
        "ratio": round(hour.seconds / demo.seconds, 3),
        "peak_mb": round(max(demo.peak_mb, hour.peak_mb)),
        "hourly_peak_mb": round(hour.peak_mb),
        "simulate_hour_s": round(simulated.seconds, 1),
        "demo_steps_s": demo_steps | {"overhead": demo.overhead_s},
        "hour_steps_s": hour_steps | {"overhead": hour.overhead_s},
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
