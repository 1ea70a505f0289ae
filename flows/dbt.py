"""dbt as a command: its environment, its progress, and a sentence when it fails."""

import json
import logging
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict

from flows.orphans import owner_mark
from warehouse.errors import MoowError
from warehouse.settings import PROJECT_ROOT, Settings, child_environment

logger = logging.getLogger(__name__)

#: Arguments of a build without its tests.
MODELS_ONLY = ("--exclude-resource-type", "test", "unit_test")

_BAD = {"error", "fail", "runtime error"}


class DbtError(MoowError):
    """dbt failed; the message names the nodes and where the log is."""


@dataclass(frozen=True)
class DbtReport:
    """What one dbt command did.

    Attributes
    ----------
    seconds
        Wall-clock of the command.
    node_s
        Wall-clock of its nodes alone; the rest is dbt's own start.
    counts
        Nodes by status.
    warnings
        One sentence a data test that warned.
    """

    seconds: float
    node_s: float
    counts: dict[str, int]
    warnings: tuple[str, ...]

    @property
    def overhead_s(self) -> float:
        """Seconds that dbt took to start, parse and stop."""
        return max(0.0, self.seconds - self.node_s)


def dbt_environment(warehouse_url: str, *, tests_all_rows: bool = False) -> dict[str, str]:
    """Environment in which dbt finds the warehouse."""
    address: dict[str, Any] = conninfo_to_dict(warehouse_url)
    return child_environment(
        # Days are stepped in UTC, whatever zone the server is set to.
        PGTZ="UTC",
        MOOW_DBT_HOST=str(address.get("host") or "127.0.0.1"),
        MOOW_DBT_PORT=str(address.get("port") or 5432),
        MOOW_DBT_USER=str(address.get("user") or ""),
        MOOW_DBT_PASSWORD=str(address.get("password") or ""),
        MOOW_DBT_DBNAME=str(address.get("dbname") or ""),
        # Not a variable of dbt's: another value of one has it parse the project anew.
        MOOW_DBT_TEST_ALL_ROWS="true" if tests_all_rows else "",
    )


def dbt_command(settings: Settings, *arguments: str) -> list[str]:
    """The command line of dbt on our project, its files under the home folder."""
    folder = settings.home / "dbt"
    folder.mkdir(parents=True, exist_ok=True)
    project = str(PROJECT_ROOT / "dbt_project")
    places = ["--project-dir", project, "--profiles-dir", project]
    places += ["--target-path", str(folder / "target"), "--log-path", str(folder / "logs")]
    return [str(Path(sys.executable).parent / "dbt"), *arguments, *places]


def build(
    settings: Settings,
    warehouse_url: str,
    selector: str,
    *,
    full_refresh: bool = False,
    tests_all_rows: bool = False,
) -> DbtReport:
    """Build the models of `selector` and run their tests.

    A node that failed for a passing reason gets one more try.

    Parameters
    ----------
    full_refresh
        Whether everything is built anew.
    tests_all_rows
        Whether the tests that keep to the newest rows of a large model look at all of them, as in
        a full refresh.

    Raises
    ------
    DbtError
        Naming the nodes that failed twice.
    """
    arguments = ["build", "--selector", selector, *(["--full-refresh"] if full_refresh else [])]
    started = time.perf_counter()
    environment = dbt_environment(warehouse_url, tests_all_rows=tests_all_rows)
    results = _run(settings, environment, arguments)
    node_s = float(results["elapsed_time"])
    if any(node["status"] in {"error", "runtime error"} for node in results["results"]):
        logger.warning("dbt failed (%s); trying the failed nodes once more", _failures(results)[0])
        results = _run(settings, environment, ["retry"])
        node_s += float(results["elapsed_time"])
    failures = _failures(results)
    if failures:
        log = settings.home / "dbt" / "logs" / "dbt.log"
        raise DbtError(
            f"dbt build --selector {selector}: {len(failures)} failed: {'; '.join(failures[:3])}; "
            f"the log is {log}"
        )
    counts: dict[str, int] = {}
    for node in results["results"]:
        counts[node["status"]] = counts.get(node["status"], 0) + 1
    keep_manifest(settings)
    warnings = tuple(
        f"{_short(node)}: {node['message']}"
        for node in results["results"]
        if node["status"] == "warn"
    )
    return DbtReport(time.perf_counter() - started, node_s, counts, warnings)


def last_run_folder(settings: Settings) -> Path:
    """Folder of the manifest of the models as a run last built them; dbt calls that the state."""
    return settings.home / "dbt" / "last_run"


def keep_manifest(settings: Settings) -> None:
    """Keep the manifest of what was built, which the next dbt command of any kind replaces."""
    folder = last_run_folder(settings)
    folder.mkdir(exist_ok=True)
    copy = folder / "manifest.new"
    shutil.copy2(settings.home / "dbt" / "target" / "manifest.json", copy)
    copy.replace(folder / "manifest.json")


def run(settings: Settings, warehouse_url: str, *arguments: str) -> None:
    """Run one dbt command, such as ``run --select fct_rides+``, once.

    Raises
    ------
    DbtError
        Naming the nodes that failed.
    """
    has_results = arguments[0] != "parse"
    environment = dbt_environment(warehouse_url)
    results = _run(settings, environment, arguments, has_results=has_results)
    failures = _failures(results) if has_results else []
    if failures:
        raise DbtError(f"dbt {arguments[0]}: {len(failures)} failed: {'; '.join(failures[:3])}")


def generate_docs(settings: Settings, warehouse_url: str) -> Path:
    """Write dbt's documentation of the models; the folder that holds ``index.html``."""
    environment = dbt_environment(warehouse_url)
    _run(settings, environment, ["docs", "generate", "--static"], has_results=False)
    return settings.home / "dbt" / "target"


def _run(
    settings: Settings,
    environment: dict[str, str],
    arguments: Sequence[str],
    *,
    has_results: bool = True,
) -> dict[str, Any]:
    try:
        return _run_once(settings, environment, arguments, has_results=has_results)
    except DbtError as error:
        parsed = settings.home / "dbt" / "target" / "partial_parse.msgpack"
        if not parsed.exists():
            raise
        # What dbt keeps of an earlier version of the project can be at odds with this one.
        logger.info("%s; parsing the project anew", error)
        parsed.unlink()
        return _run_once(settings, environment, arguments, has_results=has_results)


def _run_once(
    settings: Settings, environment: dict[str, str], arguments: Sequence[str], *, has_results: bool
) -> dict[str, Any]:
    results = settings.home / "dbt" / "target" / "run_results.json"
    if arguments[0] != "retry":
        results.unlink(missing_ok=True)
    # Each statement in the log's file would cost an hour some seconds; what fails is in it.
    logs = ("--log-format", "json", "--log-level-file", "info", "--no-use-colors")
    command = dbt_command(settings, *arguments, *logs)
    lines: list[str] = []
    with subprocess.Popen(
        command,
        env={**environment, **owner_mark(settings.home)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            for line in process.stdout or ():
                _report_progress(line, lines)
        except BaseException:
            # Whoever ends us does not wait for the build.
            process.terminate()
            raise
    if process.returncode not in (0, 1) or (has_results and not results.exists()):
        raise DbtError(f"dbt {arguments[0]} did not run: {' '.join(lines[-6:])}")
    if not has_results:
        if process.returncode:
            raise DbtError(f"dbt {' '.join(arguments)} failed: {' '.join(lines[-6:])}")
        return {}
    return dict(json.loads(results.read_text()))


def _report_progress(line: str, lines: list[str]) -> None:
    try:
        event = json.loads(line)
    except ValueError:
        lines.append(line.strip())
        return
    info, data = event.get("info", {}), event.get("data", {})
    if info.get("level") in {"error", "warn"}:
        lines.append(str(info.get("msg", "")).strip())
    total, index = data.get("total"), data.get("index")
    if info.get("name", "").endswith("Result") and total and index and index % 50 == 0:
        logger.info("dbt: %s of %s nodes", index, total)


def _failures(results: dict[str, Any]) -> list[str]:
    return [
        f"{_short(node)} ({_both_ends(' '.join(str(node['message']).split()))})"
        for node in results["results"]
        if node["status"] in _BAD
    ]


def _both_ends(message: str) -> str:
    """Shorten what dbt says: what fails stands at its beginning, which column at its end."""
    return message if len(message) <= 400 else f"{message[:150]} ... {message[-250:]}"


def _short(node: dict[str, Any]) -> str:
    return str(node["unique_id"]).split(".", 2)[-1]
