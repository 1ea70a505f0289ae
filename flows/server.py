"""The Prefect server a command talks to: the configured one, or one of its own."""

import importlib
import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from flows.orphans import owner_mark, stop_orphans
from warehouse.errors import MoowError
from warehouse.settings import Settings, child_environment, export

logger = logging.getLogger(__name__)

#: How a server started here is known among the processes.
_PROGRAM = "prefect.server.api.server:create_app"

#: Imports what all flows do: seconds in which a server can start.
_STEPS = "flows.steps"

#: How long a server may take to start, and to stop before it is killed, seconds.
_START_S = 180.0
_STOP_S = 5.0

_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLI_PROMPT": "false",
}

# A server of one command has no pages, and its blocks are not asked for.
_SMALL = {
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
    "PREFECT_UI_ENABLED": "0",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
}

# A server that lives for one run schedules nothing, triggers nothing and tidies up nothing.
_IDLE = {
    f"PREFECT_SERVER_SERVICES_{name}_ENABLED": "false"
    for name in (
        *("SCHEDULER", "TRIGGERS", "EVENT_PERSISTER", "LATE_RUNS", "FOREMAN", "REPOSSESSOR"),
        *("PAUSE_EXPIRATIONS", "CANCELLATION_CLEANUP", "CLEANUP_RECONCILER", "TASK_RUN_RECORDER"),
    )
}


@contextmanager
def prefect_server(settings: Settings, *, with_scheduler: bool = False) -> Iterator[None]:
    """Make flows run against ``MOOW_PREFECT_API_URL``, or against a server started here.

    The server starts while the flows are imported. It is stopped at the end; one that a killed
    command left behind is stopped first. Only `with_scheduler` does it start runs by the clock.

    Raises
    ------
    MoowError
        When the server does not start, or the configured one does not answer.
    """
    folder = settings.home / "prefect"
    folder.mkdir(parents=True, exist_ok=True)
    if settings.prefect_api_url:
        check_server(settings.prefect_api_url)
        export(PREFECT_API_URL=settings.prefect_api_url, PREFECT_HOME=str(folder))
        yield
        return
    # What fails is told once, in our own sentence; the traceback only to who asks for it.
    level = "DEBUG" if settings.log_level == "DEBUG" else "CRITICAL"
    # Prefect reads its settings when it is first imported.
    export(PREFECT_HOME=str(folder), PREFECT_LOGGING_LEVEL=level, **_QUIET)
    stop_orphans(settings.home, _PROGRAM)
    with _server_process(settings.home, {} if with_scheduler else _IDLE) as api_url:
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: api_url}):
            yield


@contextmanager
def _server_process(home: Path, services: dict[str, str]) -> Iterator[str]:
    """Give the address of a server of our own, the flows imported while it started."""
    is_made = home / "prefect" / "is_made"
    if not is_made.exists():
        # Stopped while it made its tables, it would find half of them.
        for left in is_made.parent.glob("prefect.db*"):
            left.unlink()
    port = _free_port()
    started = time.perf_counter()
    command = [sys.executable, "-m", "uvicorn", "--factory", _PROGRAM, "--lifespan", "on"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--log-level", "error"]
    environment = child_environment(**owner_mark(home), **_SMALL, **services)
    # In a session of its own: a Ctrl-C is ours to answer, and the flow still reports to it then.
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, start_new_session=True
    )
    try:
        importlib.import_module(_STEPS)
        imported_s = time.perf_counter() - started
        api_url = f"http://127.0.0.1:{port}/api"
        _wait_until_healthy(process, api_url)
        is_made.touch()
        seconds = time.perf_counter() - started
        logger.info(
            "Prefect server started in %.1f s (%.1f s of imports meanwhile)", seconds, imported_s
        )
        yield api_url
    finally:
        _stop(process)


def _wait_until_healthy(process: subprocess.Popen[bytes], api_url: str) -> None:
    deadline = time.monotonic() + _START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            if httpx.get(f"{api_url}/health", timeout=10).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    ended = process.poll()
    why = f"no answer in {_START_S:.0f} s" if ended is None else f"it ended with code {ended}"
    raise MoowError(
        f"the Prefect server of this command did not start ({why}); run it again, with "
        "MOOW_LOG_LEVEL=DEBUG to see more, or set MOOW_PREFECT_API_URL to a server of yours"
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_server(api_url: str) -> None:
    """Ask a Prefect server whether it is well.

    Raises
    ------
    MoowError
        When it does not answer, or something else does.
    """
    cure = "start it, or correct MOOW_PREFECT_API_URL, for instance http://prefect:4200/api"
    try:
        answer = httpx.get(f"{api_url.rstrip('/')}/health", timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise MoowError(
            f"the Prefect server at {api_url} does not answer ({error}); {cure}"
        ) from error
    # Without /api at its end the address shows Prefect's pages, whatever is asked for.
    is_api = answer.headers.get("content-type", "").startswith("application/json")
    if answer.status_code != httpx.codes.OK or not is_api:
        raise MoowError(
            f"what answers at {api_url} is no Prefect API (status {answer.status_code}); {cure}"
        )
