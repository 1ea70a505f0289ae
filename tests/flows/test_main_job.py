"""The main job from an empty folder to routes: whole, repeatable, and safe to kill."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.flows.digest import digests
from warehouse.connection import Warehouse, open_warehouse
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")
CITY = "kastoria"
KEY = "a key that both homes share"


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    return {**kept, "MOOW_HOME": str(home), "MOOW_USER_HASH_KEY": KEY}


def _moow(home: Path, *arguments: str) -> str:
    result = subprocess.run(
        [MOOW, *arguments],
        env=_environment(home),
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def _settings(home: Path) -> Settings:
    return load_settings(home=home, _env_file=None)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home folder of a demo of one small city."""
    home = tmp_path_factory.mktemp("demo") / "moow"
    _moow(home, "demo", "--no-serve", "--city", CITY, "--days", "15")
    return home


@pytest.fixture(scope="module")
def demo_digests(demo: Path) -> dict[str, str]:
    with open_warehouse(_settings(demo)) as warehouse:
        return digests(warehouse)


def _count(warehouse: Warehouse, relation: str) -> int:
    return int(warehouse.fetch(f"select count(*) as rows from {relation}")[0]["rows"])


def test_every_layer_has_something_to_show(demo: Path) -> None:
    """After the demo there are rides, occupancy, forecasts, suggestions, targets and routes."""
    with open_warehouse(_settings(demo)) as warehouse:
        for relation in (
            *("marts.fct_rides", "marts.fct_parking_hours", "marts.rpt_city_days"),
            *("ml.latent_demand", "ml.demand_forecasts", "ml.city_demand_forecasts"),
            *("ml.parking_suggestions", "ml.parking_targets", "ml.forecast_backtests"),
            *("ops.tasks", "ops.routes", "ops.route_stops", "bi.bi_city_days"),
        ):
            assert _count(warehouse, relation) > 0, relation
        run = warehouse.fetch("select status from ops.runs")
    assert run == [{"status": "completed"}]


def test_a_second_demo_changes_nothing(demo: Path, demo_digests: dict[str, str]) -> None:
    """Repeated, the demo says who can sign in and leaves every table as it is."""
    text = _moow(demo, "demo", "--no-serve", "--city", CITY, "--days", "15")
    assert "sign in as kastoria-" in text
    with open_warehouse(_settings(demo)) as warehouse:
        assert digests(warehouse) == demo_digests
        assert _count(warehouse, "ops.runs") == 1


def test_another_demo_in_the_same_home_is_refused(demo: Path) -> None:
    """A demo of other days in the same home is refused in one sentence."""
    result = subprocess.run(
        [MOOW, "demo", "--no-serve", "--city", CITY, "--days", "20"],
        env=_environment(demo),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "holds a demo of kastoria, 15 days" in result.stderr
    assert "Traceback" not in result.stderr


def _run_and_kill(home: Path, as_of: str, after_s: float) -> bool:
    """Begin a run and kill it, and all it started, with no warning; whether it was still on."""
    with (home.parent / "killed.log").open("a") as log:
        process = subprocess.Popen(
            [MOOW, "run", "--as-of", as_of],
            env=_environment(home),
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            process.wait(after_s)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return True
    return False


def test_killed_and_run_again_it_gives_the_same_tables(
    demo: Path, demo_digests: dict[str, str], tmp_path: Path
) -> None:
    """From the same sources, runs killed at random moments and then one let be give equal tables.

    Equal to those of an undisturbed run in another home: so the run is reproducible too.
    """
    home = tmp_path / "moow"
    shutil.copytree(demo / "sources", home / "sources")
    as_of = json.loads((demo / "demo.json").read_text())["end"]
    started = time.perf_counter()
    moments = random.Random(7)
    killed = [_run_and_kill(home, as_of, moments.uniform(8, 40)) for _ in range(3)]
    assert any(killed), f"no run was killed in {time.perf_counter() - started:.0f} s"
    _moow(home, "run", "--as-of", as_of)
    with open_warehouse(_settings(home)) as warehouse:
        assert digests(warehouse) == demo_digests
        statuses = {row["status"] for row in warehouse.fetch("select status from ops.runs")}
    assert "running" not in statuses


def test_the_next_hour_is_added(demo: Path) -> None:
    """One more simulated hour and a run: the clock moves, what was forecast before is kept."""
    with open_warehouse(_settings(demo)) as warehouse:
        before = warehouse.fetch("select as_of_at from ops.city_clocks")[0]["as_of_at"]
        rides = _count(warehouse, "marts.fct_rides")
        forecasts = _count(warehouse, "ml.demand_forecasts")
    _moow(demo, "simulate", "--hours", "3")
    _moow(demo, "run")
    with open_warehouse(_settings(demo)) as warehouse:
        assert warehouse.fetch("select as_of_at from ops.city_clocks")[0]["as_of_at"] > before
        assert _count(warehouse, "marts.fct_rides") >= rides
        assert _count(warehouse, "ml.demand_forecasts") > forecasts
        assert _count(warehouse, "marts.fct_forecasts") > 0


def test_a_clock_set_back_gives_what_a_fresh_start_gives(demo: Path, tmp_path: Path) -> None:
    """A warehouse that has seen later hours, run for an earlier clock, equals one that has not.

    But for the count of rejected rows: those of later hours have been seen, and stay seen.
    """
    end = datetime.fromisoformat(json.loads((demo / "demo.json").read_text())["end"])
    earlier = (end - timedelta(hours=26)).isoformat()
    home = tmp_path / "moow"
    shutil.copytree(demo / "sources", home / "sources")
    _moow(home, "run", "--as-of", earlier)
    _moow(demo, "run", "--as-of", earlier)
    found = []
    for folder in (home, demo):
        with open_warehouse(_settings(folder)) as warehouse:
            found.append(digests(warehouse))
    for rejections in ("marts.rpt_data_quality", "bi.bi_data_quality"):
        for side in found:
            side.pop(rejections, None)
    fresh, set_back = found
    different = sorted(name for name in fresh if fresh[name] != set_back.get(name))
    assert different == []
