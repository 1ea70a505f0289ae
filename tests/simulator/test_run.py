"""Simulating once, again, further, after a crash, and over what is not ours."""

import logging
import shutil
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator.run import advance, simulate
from simulator.world import load_world, state_file
from tests.simulator.conftest import END, small_world, table, truth
from warehouse.errors import SourceError
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.unit

TABLES = ("cities", "parkings", "scooters", "rides", "service_events", "app_searches")
TRUTH = ("latent_demand", "occupancy", "scooter_states")


def _copy(simulated: Settings, folder: Path) -> Settings:
    shutil.copytree(simulated.home, folder)
    return load_settings(home=folder, _env_file=None)


def _assert_same(one: Settings, other: Settings) -> None:
    for name in (*TABLES, "telemetry_messages"):
        assert table(one, name).equals(table(other, name)), name
    for name in TRUTH:
        first, second = (truth(home, name).sort(truth(home, name).columns) for home in (one, other))
        assert first.equals(second), name
    for file in sorted(one.pings.rglob("*.jsonl.gz")):
        twin = other.pings / file.relative_to(one.pings)
        assert not twin.exists() or twin.read_bytes() == file.read_bytes(), file.name


def test_advancing_gives_the_same_world_as_one_go(simulated: Settings, tmp_path: Path) -> None:
    """Two days, then 24 hours in two commands: the rows of three days."""
    stepped = small_world(tmp_path / "stepped", days=2, end=END - timedelta(days=1), ping_days=1)
    advance(stepped, 5)
    advance(stepped, 19)
    _assert_same(simulated, stepped)
    assert load_world(stepped.home).now == END  # type: ignore[union-attr]


def test_a_second_simulation_changes_nothing(simulated: Settings, tmp_path: Path) -> None:
    """Asking for what is there writes nothing, says so, and keeps an advanced world."""
    copy = _copy(simulated, tmp_path / "copy")
    before = {path: path.stat().st_mtime_ns for path in copy.home.rglob("*") if path.is_file()}
    report = simulate(copy, cities=["kastoria"], days=3, ping_days=1, seed=5, end=END)
    after = {path: path.stat().st_mtime_ns for path in copy.home.rglob("*") if path.is_file()}
    assert before == after
    assert report.rows == {}
    assert "before" in str(report)


def test_an_interrupted_advance_is_made_good(simulated: Settings, tmp_path: Path) -> None:
    """When the last step, saving the world, is lost, the next call leads to the same rows."""
    copy, other = _copy(simulated, tmp_path / "one"), _copy(simulated, tmp_path / "two")
    kept = state_file(copy.home).read_bytes()
    advance(copy, 3)
    state_file(copy.home).write_bytes(kept)
    advance(copy, 3)
    advance(other, 3)
    _assert_same(other, copy)


def test_a_city_is_the_same_alone(simulated: Settings, tmp_path: Path) -> None:
    """Other cities simulated with it, in other processes, do not change a city's rows."""
    both = load_settings(home=tmp_path / "both", _env_file=None)
    simulate(both, cities=["kozani", "kastoria"], days=3, ping_days=1, seed=5, end=END)
    for name in TABLES[1:]:
        alone = table(simulated, name)
        shared = table(both, name)
        assert alone.equals(shared.filter(shared["city_id"] == 3)), name


def test_history_is_replaced_as_a_whole(simulated: Settings, tmp_path: Path) -> None:
    """Another seed replaces the rows and the files of the world that was there."""
    copy = _copy(simulated, tmp_path / "copy")
    report = simulate(copy, cities=["kastoria"], days=1, ping_days=1, seed=6, end=END, processes=1)
    assert report.rows["rides"] == table(copy, "rides").height
    assert truth(copy, "occupancy").height == 12 * 24
    assert not list(copy.home.rglob("*partial*"))
    assert not list(copy.pings.glob(".fresh*"))


def test_foreign_rows_are_never_overwritten(settings: Settings) -> None:
    """A database with rows of the operator's own is refused in one sentence, untouched."""
    path = Path(settings.operational.removeprefix("sqlite:///"))
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("create table rides (id integer primary key)")
        connection.execute("insert into rides values (1)")
    with pytest.raises(SourceError, match=r"table rides .* did not write"):
        simulate(settings, cities=["kastoria"], days=1, end=END)
    with sqlite3.connect(path) as connection:
        assert connection.execute("select count(*) from rides").fetchone() == (1,)


def test_foreign_files_are_never_overwritten(settings: Settings) -> None:
    """A folder with files of another origin is refused, untouched."""
    settings.planning.mkdir(parents=True)
    (settings.planning / "cities.csv").write_text("mine")
    with pytest.raises(SourceError, match="planning holds files"):
        simulate(settings, cities=["kastoria"], days=1, end=END, processes=1)
    assert (settings.planning / "cities.csv").read_text() == "mine"
    assert not Path(settings.operational.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"days": 0}, "days is 0"),
        ({"seed": -1}, "seed is -1"),
        ({"cities": ["athens"]}, "no city 'athens'"),
        ({"end": datetime(2026, 6, 1, 6, 30)}, "full hour"),
    ],
)
def test_impossible_parameters_are_named(
    settings: Settings, changes: dict[str, object], message: str
) -> None:
    """A parameter that cannot be gives one sentence, and nothing is written."""
    given = {"cities": ["kastoria"], "days": 1, "end": END} | changes
    with pytest.raises(SourceError, match=message):
        simulate(settings, **given)  # type: ignore[arg-type]
    assert not settings.home.exists()


def test_advancing_nothing_is_refused(settings: Settings) -> None:
    """Without a saved world, or by no hours, advancing is one clear sentence."""
    with pytest.raises(SourceError, match="simulate one first"):
        advance(settings, 1)
    with pytest.raises(SourceError, match="hours is 0"):
        advance(settings, 0)


def test_a_broken_state_is_named(simulated: Settings, tmp_path: Path) -> None:
    """A saved world that cannot be read names the file and the cure."""
    copy = _copy(simulated, tmp_path / "copy")
    state_file(copy.home).write_text("{")
    with pytest.raises(SourceError, match="delete it"):
        advance(copy, 1)


def test_each_city_that_is_done_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """With a process a city too: the log gets a line a city, and the listener its name."""
    caplog.set_level(logging.INFO, "simulator")
    done: list[str] = []
    settings = load_settings(home=tmp_path / "moow", _env_file=None)
    cities = ["kastoria", "kozani"]
    simulate(settings, cities=cities, days=1, ping_days=0, end=END, on_city=done.append)
    assert sorted(done) == cities
    lines = [line for line in caplog.messages if line.startswith("simulated ")]
    assert [line.split()[1].rstrip(":") for line in lines] == done
    assert lines[-1].endswith("(2 of 2 cities)")
