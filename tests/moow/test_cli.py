"""The command line as a person meets it: sentences, exit codes, no traceback."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")


def moow(home: Path, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    """Run a command on `home` and give what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    environment = {**kept, "MOOW_HOME": str(home), **settings}
    return subprocess.run(
        [MOOW, *arguments], env=environment, cwd=home, capture_output=True, text=True, check=False
    )


def assert_one_sentence(result: subprocess.CompletedProcess[str], *parts: str) -> None:
    text = result.stderr + result.stdout
    assert result.returncode == 1, text
    assert "Traceback" not in text
    said = [line for line in result.stderr.splitlines() if line.startswith("moow: ")]
    assert len(said) == 1, text
    for part in parts:
        assert part in said[0]


def test_help_names_every_command(tmp_path: Path) -> None:
    """The help lists the commands with a line each, none of them cut."""
    text = moow(tmp_path, "--help", COLUMNS="80").stdout
    for command in ("demo", "run", "app", "doctor", "load-trips", "adopt-parkings", "docs"):
        assert command in text
    assert "…" not in text
    assert "..." not in text.replace("[ARGS]...", "")


@pytest.mark.parametrize(
    "command", ["load-trips", "adopt-parkings", "set-pin", "bi-access", "dbt", "diff"]
)
def test_help_shows_an_example(tmp_path: Path, command: str) -> None:
    """The help of a command that needs values shows a whole command line."""
    text = moow(tmp_path, command, "--help").stdout
    assert f"  moow {command} " in text.split("Options:")[0]


def test_the_module_is_the_command(tmp_path: Path) -> None:
    """``python -m moow.main`` does what ``moow`` does."""
    command = [sys.executable, "-m", "moow.main", "run", "--as-of", "noonish"]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert_one_sentence(result, "noonish")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("MOOW_APP_PORT", "eighty"),
        ("MOOW_WAREHOUSE_URL", "mysql://db/moow"),
        ("MOOW_OPERATIONAL_URL", "words"),
        ("MOOW_HOME", "/dev/null"),
        ("MOOW_HOME", "/proc/x"),
        ("MOOW_PREFECT_API_URL", "foo"),
    ],
)
def test_a_wrong_setting_is_one_sentence(tmp_path: Path, setting: str, value: str) -> None:
    """A wrong setting stops the command, named with its value, before anything is made."""
    result = moow(tmp_path, "run", **{setting: value})
    assert_one_sentence(result, setting, value)
    assert list(tmp_path.iterdir()) == []


def test_a_misspelt_setting_in_the_file_is_one_sentence(tmp_path: Path) -> None:
    """The file's name, the setting and the one it should be; nothing is made."""
    (tmp_path / ".env").write_text("MOOW_WAREHOSE_URL=postgresql://db/moow\n")
    assert_one_sentence(moow(tmp_path, "run"), "MOOW_WAREHOSE_URL (in .env)", "MOOW_WAREHOUSE_URL?")
    assert [path.name for path in tmp_path.iterdir()] == [".env"]


def test_a_clock_that_is_no_time_is_one_sentence(tmp_path: Path) -> None:
    """A clock that cannot be read is quoted with an example."""
    assert_one_sentence(moow(tmp_path, "run", "--as-of", "noonish"), "noonish", "2026-06-01T06:00Z")


def test_a_source_that_is_down_is_one_sentence(tmp_path: Path) -> None:
    """A database that does not answer stops the run through Prefect, named without its password."""
    url = "mysql+pymysql://reader:hunter2@127.0.0.1:1/moow"
    result = moow(tmp_path, "run", MOOW_OPERATIONAL_URL=url)
    assert_one_sentence(result, "operational database", "127.0.0.1:1/moow")
    assert "hunter2" not in result.stderr + result.stdout


def test_a_warehouse_that_is_down_is_one_sentence(tmp_path: Path) -> None:
    """A warehouse that does not answer is named without its password."""
    result = moow(tmp_path, "run", MOOW_WAREHOUSE_URL="postgresql://moow:hunter2@127.0.0.1:1/moow")
    assert_one_sentence(result, "127.0.0.1:1/moow", "MOOW_WAREHOUSE_URL")
    assert "hunter2" not in result.stderr + result.stdout


def test_the_doctor_says_what_to_mend(tmp_path: Path) -> None:
    """On an empty home the doctor names each missing source with its cure, and exits with 1."""
    result = moow(tmp_path, "doctor")
    assert result.returncode == 1
    for part in ("Operational database", "MOOW_PING_FOLDER", "MOOW_PLANNING_FOLDER", "moow demo"):
        assert part in result.stdout
    assert "Warehouse: the embedded Postgres" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr


def test_the_doctor_sees_an_operational_database_that_is_down(tmp_path: Path) -> None:
    """A MySQL that does not answer is named without its password."""
    result = moow(
        tmp_path,
        "doctor",
        MOOW_OPERATIONAL_URL="mysql+pymysql://reader:hunter2@127.0.0.1:1/moow",
    )
    assert "mend Operational database" in result.stdout
    assert "MOOW_OPERATIONAL_URL" in result.stdout
    assert "hunter2" not in result.stdout + result.stderr


def test_the_doctor_looks_at_feeds_and_the_weather_service(tmp_path: Path) -> None:
    """A feed and a list of stations that do not answer are named with their settings."""
    stations = tmp_path / "stations.db"
    stations.write_text("no database")
    result = moow(
        tmp_path,
        "doctor",
        MOOW_WEATHER="meteostat",
        MOOW_METEOSTAT_STATIONS=str(stations),
        MOOW_GBFS_FEEDS="town=http://127.0.0.1:9/gbfs.json?key=hunter2,village=/nowhere",
    )
    assert "mend Weather: Meteostat gives no list of stations" in result.stdout
    assert "MOOW_METEOSTAT_STATIONS" in result.stdout
    assert "mend GBFS: town: http://127.0.0.1:9/gbfs.json: it does not answer" in result.stdout
    assert "the folder /nowhere of village does not exist" in result.stdout
    assert "hunter2" not in result.stdout + result.stderr
    assert "Traceback" not in result.stdout + result.stderr


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("\x00\x01 no table at all", "trips.csv"),
        ("a,b\n1,2\n", "it has a, b"),
        (None, "trips.csv"),
    ],
)
def test_a_file_that_holds_no_trips_is_one_sentence(
    tmp_path: Path, text: str | None, says: str
) -> None:
    """No file, no CSV, or a CSV of something else: the sentence names it, nothing is loaded."""
    path = tmp_path / "trips.csv"
    if text is not None:
        path.write_text(text)
    load = ["load-trips", str(path), "--city", "x", "--timezone", "Europe/Athens"]
    assert_one_sentence(moow(tmp_path, *load, "--crs", "EPSG:2100"), says)


def test_an_unknown_city_is_one_sentence(tmp_path: Path) -> None:
    """A city that no source knows is named, with the cure."""
    result = moow(tmp_path, "adopt-parkings", "--city", "atlantis")
    assert_one_sentence(result, "'atlantis'")


def test_an_unknown_city_is_told_before_anything_starts(tmp_path: Path) -> None:
    """On an empty home ``moow run`` names the city and what makes one; no Prefect is started."""
    result = moow(tmp_path, "run", "--city", "atlantis")
    assert_one_sentence(
        result, "'atlantis'", "moow demo", "moow load-trips", "MOOW_OPERATIONAL_URL"
    )
    assert not (tmp_path / "prefect").exists()
    assert_one_sentence(moow(tmp_path, "run"), "there is no operational database")


def test_a_warehouse_that_is_down_stops_the_demo_at_once(tmp_path: Path) -> None:
    """Nothing is simulated for it."""
    down = "postgresql://moow:hunter2@127.0.0.1:1/moow"
    result = moow(tmp_path, "demo", "--no-serve", MOOW_WAREHOUSE_URL=down)
    assert_one_sentence(result, "127.0.0.1:1/moow", "MOOW_WAREHOUSE_URL")
    assert not (tmp_path / "sources").exists()


def test_an_app_host_of_another_machine_is_one_sentence(tmp_path: Path) -> None:
    """The host is what the sentence says to change, not the port."""
    result = moow(tmp_path, "app", MOOW_APP_HOST="192.0.2.1")
    assert_one_sentence(result, "192.0.2.1", "set MOOW_APP_HOST to an address of this machine")


def test_a_command_counts_from_the_start_of_its_process(tmp_path: Path) -> None:
    """Its imports are part of what a run took: it began after we asked, before Python was there."""
    code = "import time; first = time.perf_counter()\n"
    code += "import moow.main; print(moow.main._STARTED, first)"
    asked = time.perf_counter()
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    started, first = (float(part) for part in result.stdout.split())
    tick_s = 1 / os.sysconf("SC_CLK_TCK")
    assert asked - 2 * tick_s < started < first
