"""The Prefect server a command talks to: the configured one, or one of its own."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from flows.orphans import owner_mark, stop_orphans
from warehouse.errors import MoowError
from warehouse.settings import Settings, export

logger = logging.getLogger(__name__)

#: How a server started here is known among the processes.
_PROGRAM = "prefect.server.api.server:create_app"

_QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "180",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_CLI_PROMPT": "false",
}

# A server that lives for one run schedules nothing and triggers nothing.
_IDLE = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_TRIGGERS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_FOREMAN_ENABLED": "false",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_ENABLED": "false",
}


@contextmanager
def prefect_server(settings: Settings, *, with_scheduler: bool = False) -> Iterator[None]:
    """Make flows run against ``MOOW_PREFECT_API_URL``, or against a server started here.

    The server started here is stopped at the end; one that a killed command left behind is
    stopped first. Only `with_scheduler` does it start runs by the clock.

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
    export(
        PREFECT_HOME=str(folder),
        PREFECT_LOGGING_LEVEL=level,
        **owner_mark(settings.home),
        **_QUIET,
        **({} if with_scheduler else _IDLE),
    )
    stop_orphans(settings.home, _PROGRAM)

    # Prefect reads its settings when it is first imported.
    from prefect.server.api.server import SubprocessASGIServer
    from prefect.settings import PREFECT_API_URL, temporary_settings

    server = SubprocessASGIServer()
    started = time.perf_counter()
    try:
        server.start(timeout=180)
    except RuntimeError as error:
        raise MoowError(f"the Prefect server of this command did not start: {error}") from error
    logger.info("Prefect server started in %.1f s", time.perf_counter() - started)
    try:
        with temporary_settings({PREFECT_API_URL: server.api_url}):
            yield
    finally:
        server.stop()


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
