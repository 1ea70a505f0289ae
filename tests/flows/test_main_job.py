"""The main job from an empty folder to routes: whole, repeatable, and safe to kill."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import numpy as np
import polars as pl
import psutil
import pytest
import sqlalchemy as sa

from geography.crs import haversine_m
from ml.metrics import wape
from tests.app_process import free_port, start_app, wait_until_it_answers
from tests.flows.digest import digests
from tests.parsed_project import ParsedProject
from warehouse.connection import Warehouse, open_warehouse
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")
CITY = "kastoria"
KEY = "a key that both homes share"


def _environment(home: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    return {**kept, "MOOW_HOME": str(home), "MOOW_USER_HASH_KEY": KEY}


def _moow(home: Path, *arguments: str, code: int = 0) -> str:
    result = subprocess.run(
        [MOOW, *arguments],
        env=_environment(home),
        cwd=home.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == code, result.stdout + result.stderr
    return result.stdout + result.stderr


def _settings(home: Path) -> Settings:
    return load_settings(home=home, _env_file=None)


@pytest.fixture(scope="module")
def demo(parsed_project: ParsedProject, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Home folder of a demo of one small city."""
    home = tmp_path_factory.mktemp("demo") / "moow"
    _moow(home, "demo", "--no-serve", "--city", CITY, "--days", "15")
    parsed_project.keep_of_command(home)
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
        (run,) = warehouse.fetch("select status, steps from ops.runs")
    assert run["status"] == "completed"
    names = [step["name"] for step in run["steps"]]
    assert names[:3] == ["extract", "dbt warehouse", "training"]
    assert names[3:] == ["models", "routes", "pruning", "forgetting", "dbt feedback", "dbt docs"]


def test_a_run_changes_no_candidate_of_its_clock(demo: Path) -> None:
    """Candidates are what they were before the run opened their tasks: again, it plans the same."""
    candidates = "select * from marts.fct_task_candidates order by candidate_id"
    with open_warehouse(_settings(demo)) as warehouse, warehouse.transaction() as connection:
        after = connection.execute(candidates).fetchall()
        with connection.transaction(force_rollback=True):
            ended = connection.execute("update ops.tasks set status = 'verified'").rowcount
            before = connection.execute(candidates).fetchall()
    assert ended > 0
    assert after == before


def test_what_was_missed_is_known_by_the_truth(demo: Path) -> None:
    """Latent demand of hours that ran out is nearer to the people who came than the rides are.

    The simulator knows them; a suggested parking is where many ride that has no parking.
    """
    truth = demo / "truth" / CITY
    with open_warehouse(_settings(demo)) as warehouse:
        hours = warehouse.read(
            "select parking_code, hour_at, observed_count, latent_count, empty_min"
            " from ml.latent_demand inner join marts.dim_parkings using (parking_id)"
            " inner join marts.fct_demand_hours using (parking_id, hour_at) where empty_min > 0"
        )
        suggested = warehouse.fetch("select latitude, longitude from ml.parking_suggestions")
    both = hours.join(
        pl.read_parquet(truth / "latent_demand.parquet"),
        on=["parking_code", "hour_at"],
        suffix="_true",
    )
    came, seen = both["latent_count_true"].sum(), both["observed_count"].sum()
    assert seen < 0.8 * came
    assert both["latent_count"].sum() == pytest.approx(came, rel=0.2)
    dry = both.filter(pl.col("empty_min") > 59)
    error = wape(dry["latent_mean"].to_numpy(), dry["latent_count"].to_numpy())
    assert error is not None
    assert error < 0.8
    corners = pl.read_parquet(truth / "corners.parquet")
    for place in suggested:
        away_m = haversine_m(
            corners["latitude"].to_numpy(),
            corners["longitude"].to_numpy(),
            np.float64(place["latitude"]),
            np.float64(place["longitude"]),
        )
        assert away_m.min() < 100


def test_the_first_worker_named_sees_the_route(demo: Path) -> None:
    """The PIN that the demo tells opens the route that the demo planned; so do the dashboards."""
    pins = json.loads((demo / "demo.json").read_text())["pins"]
    with open_warehouse(_settings(demo)) as warehouse:
        (planned,) = warehouse.fetch(
            "select worker_id, count(*) as stops from ops.routes"
            " inner join ops.route_stops using (route_id) group by route_id, worker_id"
        )
    port = free_port()
    app = start_app(demo, port)
    try:
        wait_until_it_answers(app, port)
        base = f"http://127.0.0.1:{port}"
        with httpx.Client(base_url=base, follow_redirects=True, timeout=60) as browser:
            assert "sign-in" in browser.get("/").text
            person = {"worker_id": planned["worker_id"], "pin": pins[planned["worker_id"]]}
            assert browser.post("/api/sign-in", json=person).status_code == 200
            assert browser.get("/").status_code == 200
            route = browser.get("/api/route").json()
            assert len(route["route"]["stops"]) == planned["stops"]
            assert browser.get("/dispatch").status_code == 403
            boss = f"{CITY}-dispatch"
            browser.post("/api/sign-in", json={"worker_id": boss, "pin": pins[boss]})
            for page in ("/dispatch", "/dashboard"):
                assert browser.get(page).status_code == 200
    finally:
        app.send_signal(signal.SIGTERM)
        app.communicate(timeout=120)


def test_the_docs_are_served(demo: Path) -> None:
    """``moow docs`` writes every model's columns and serves the page until it is stopped."""
    port = free_port()
    command = [MOOW, "docs", "--port", str(port)]
    with subprocess.Popen(
        command, env=_environment(demo), stdout=subprocess.PIPE, text=True
    ) as serving:
        try:
            for line in serving.stdout or ():
                if line.startswith("Serving "):
                    break
            page = httpx.get(f"http://127.0.0.1:{port}/static_index.html")
        finally:
            serving.send_signal(signal.SIGINT)
    assert page.status_code == 200
    assert "model.moow.fct_parking_hours" in page.text
    assert "utilisation_share" in page.text


def test_a_second_demo_changes_nothing(demo: Path, demo_digests: dict[str, str]) -> None:
    """Repeated, the demo says who can sign in and leaves every table as it is."""
    text = _moow(demo, "demo", "--no-serve", "--city", CITY, "--days", "15")
    assert "sign in as kastoria-" in text
    with open_warehouse(_settings(demo)) as warehouse:
        assert digests(warehouse) == demo_digests
        assert _count(warehouse, "ops.runs") == 1


@pytest.mark.parametrize("other", [("--days", "20"), ("--days", "15", "--seed", "8")])
def test_another_demo_in_the_same_home_is_refused(demo: Path, other: tuple[str, ...]) -> None:
    """A demo of other days, or of another seed, in the same home is refused in one sentence."""
    result = subprocess.run(
        [MOOW, "demo", "--no-serve", "--city", CITY, *other],
        env=_environment(demo),
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert "holds a demo of kastoria, 15 days, seed 7" in result.stderr
    assert "Traceback" not in result.stderr


@dataclass(frozen=True)
class Kill:
    """One kill of a run.

    Attributes
    ----------
    step
        The step in which it happens.
    within_s
        At most so long after the step's beginning.
    is_alone
        Only the main process is killed: dbt and Prefect's server stay behind, at work.
    """

    step: str
    within_s: float
    is_alone: bool = False


def _run_and_kill(home: Path, command: list[str], kill: Kill, chance: random.Random) -> list[int]:
    """Begin a run and kill it with no warning in a step; the processes that it left behind."""
    with subprocess.Popen(
        command,
        env=_environment(home),
        cwd=PROJECT_ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        lines: list[str] = []
        for line in process.stderr or ():
            lines.append(line)
            if line.endswith(f"flows.run: {kill.step} begins\n"):
                break
        assert process.poll() is None, f"no step {kill.step} in {''.join(lines[-30:])}"
        with suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, kill.within_s))
        started = [child.pid for child in psutil.Process(process.pid).children(recursive=True)]
        if kill.is_alone:
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, f"the run ended before the kill in {kill.step}"
    return [pid for pid in started if _is_alive(pid)] if kill.is_alone else []


def _is_alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(scope="module")
def earlier(demo: Path) -> str:
    """A clock of a day before the demo's end."""
    end = datetime.fromisoformat(json.loads((demo / "demo.json").read_text())["end"])
    return (end - timedelta(hours=26)).isoformat()


@pytest.fixture(scope="module")
def recovered(
    demo: Path,
    earlier: str,
    parsed_project: ParsedProject,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """A home with the demo's sources, whose first runs were killed in their steps; then one let be.

    Of the run whose main process alone is killed, dbt and Prefect's server stay behind; the next
    run stops them.
    """
    home = tmp_path_factory.mktemp("recovered") / "moow"
    shutil.copytree(demo / "sources", home / "sources")
    parsed_project.hand_to_command(home)
    command = [MOOW, "run", "--as-of", earlier]
    chance = random.Random(7)
    _run_and_kill(home, command, Kill("extract", 3), chance)
    left = _run_and_kill(home, command, Kill("dbt warehouse", 12, is_alone=True), chance)
    assert len(left) >= 2, "dbt and Prefect's server"
    _run_and_kill(home, command, Kill("training", 4), chance)
    assert not any(_is_alive(pid) for pid in left)
    _moow(home, "run", "--as-of", earlier)
    return home


def test_a_run_killed_in_its_steps_is_made_good_by_the_next(recovered: Path) -> None:
    """Each kill is told of; what the last run gave is compared below."""
    with open_warehouse(_settings(recovered)) as warehouse:
        runs = warehouse.fetch("select status from ops.runs order by started_at")
    assert [run["status"] for run in runs] == ["killed", "killed", "killed", "completed"]


#: The run of the next hour, but that its clock is told: two homes cannot share "now".
_HOURLY = """
import sys
from datetime import datetime
from flows.server import prefect_server
from moow.console import set_up_logging
from warehouse.connection import open_warehouse
from warehouse.settings import load_settings

set_up_logging("INFO")
settings = load_settings()
with open_warehouse(settings), prefect_server(settings):
    from flows.hourly import hourly

    hourly(None, datetime.fromisoformat(sys.argv[1]))
"""


def _spoil_zone(home: Path) -> None:
    """Spoil the zone of a parking as the operator's last change; the row is kept beside it."""
    with sa.create_engine(_settings(home).operational).begin() as connection:
        for statement in (
            "create table kept_parking as select * from parkings order by id limit 1",
            "update parkings set zone_geojson = 'no zone',"
            " updated_at = (select max(updated_at) from rides)"
            " where id = (select id from kept_parking)",
        ):
            connection.exec_driver_sql(statement)


def _mend_zone(home: Path) -> None:
    """Put the row back as it was."""
    with sa.create_engine(_settings(home).operational).begin() as connection:
        for statement in (
            "delete from parkings where id = (select id from kept_parking)",
            "insert into parkings select * from kept_parking",
            "drop table kept_parking",
        ):
            connection.exec_driver_sql(statement)


def test_the_next_hour_is_added(demo: Path, tmp_path: Path) -> None:
    """One more simulated hour and a run: the clock moves, what was forecast before is kept.

    A bad cell and a bad zone do not stop it: they are told at the end, and the command exits with
    1. In a copy of the home, where that run is killed in its later steps, the one let be gives
    equal tables.
    """
    with open_warehouse(_settings(demo)) as warehouse:
        before = warehouse.fetch("select as_of_at from ops.city_clocks")[0]["as_of_at"]
        rides = _count(warehouse, "marts.fct_rides")
        forecasts = _count(warehouse, "ml.demand_forecasts")
    _moow(demo, "simulate", "--hours", "3")
    vehicles = demo / "sources" / "planning" / "vehicles.csv"
    good = vehicles.read_text()
    vehicles.write_text(good.rstrip().rsplit(",", 1)[0] + ",viele\n")
    _spoil_zone(demo)
    copy = tmp_path / "moow"
    # With owners and rights: Postgres insists on those of its folder.
    subprocess.run(["cp", "-a", str(demo), str(copy)], check=True)
    text = _moow(demo, "run", code=1)
    said = [line for line in text.splitlines() if line.startswith("moow: ")]
    assert len(said) == 2, text
    assert any("sheet vehicles" in it and "keeps its last good version" in it for it in said)
    assert any("parkings" in it and "keeps its last good version" in it for it in said)
    assert "Traceback" not in text
    vehicles.write_text(good)
    _mend_zone(demo)
    with open_warehouse(_settings(demo)) as warehouse:
        last = "select status, message from ops.runs order by started_at desc limit 1"
        (run,) = warehouse.fetch(last)
        assert run["status"] == "completed"
        assert run["message"] == "; ".join(line.removeprefix("moow: ") for line in said)
        clock = warehouse.fetch("select as_of_at from ops.city_clocks")[0]["as_of_at"]
        assert clock > before
        assert _count(warehouse, "marts.fct_rides") >= rides
        assert _count(warehouse, "ml.demand_forecasts") > forecasts
        assert _count(warehouse, "marts.fct_forecasts") > 0
        undisturbed = digests(warehouse)

    command = [sys.executable, "-c", _HOURLY, clock.isoformat()]
    chance = random.Random(11)
    _run_and_kill(copy, command, Kill("models", 1.5), chance)
    _run_and_kill(copy, command, Kill("routes", 0.6), chance)
    _run_and_kill(copy, command, Kill("dbt feedback", 5, is_alone=True), chance)
    subprocess.run(
        command, env=_environment(copy), cwd=PROJECT_ROOT, check=True, capture_output=True
    )
    with open_warehouse(_settings(copy)) as warehouse:
        disturbed = digests(warehouse)
    assert sorted(undisturbed) == sorted(disturbed)
    assert [name for name in undisturbed if undisturbed[name] != disturbed[name]] == []


def test_a_clock_set_back_gives_what_a_fresh_start_gives(
    demo: Path, earlier: str, recovered: Path
) -> None:
    """A warehouse that has seen later hours, run for an earlier clock, equals one that has not.

    In another home, whose first runs were killed: so a run is reproducible, and safe to kill. But
    for the count of rejected rows: those of later hours have been seen, and stay seen. And what was
    forgotten of riders stays forgotten.
    """
    _moow(demo, "run", "--as-of", earlier)
    found = []
    for folder in (recovered, demo):
        with open_warehouse(_settings(folder)) as warehouse:
            found.append(digests(warehouse))
    for stays in ("marts.rpt_data_quality", "bi.bi_data_quality", "ops.forgotten"):
        for side in found:
            side.pop(stays, None)
    fresh, set_back = found
    assert len(fresh) > 50
    assert sorted(fresh) == sorted(set_back)
    assert [name for name in fresh if fresh[name] != set_back[name]] == []
