"""Commands that keep something running: the app, the docs, the warehouse."""

import errno
import logging
import socket
import subprocess
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import uvicorn

from dashboards.pages import build_pages
from flows.clocks import choose_cities, known_cities
from flows.dbt import dbt_command, dbt_environment, generate_docs
from moow.console import console
from warehouse.bi_role import grant_bi_access
from warehouse.connection import open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings
from worker_app.api import signed_in
from worker_app.credentials import set_pin
from worker_app.server import create_app

logger = logging.getLogger(__name__)


def serve(settings: Settings) -> None:
    """Serve the worker app and the dashboard until stopped.

    Raises
    ------
    MoowError
        When the port is taken.
    """
    check_port(settings.app_host, settings.app_port, "MOOW_APP_PORT")
    with open_warehouse(settings) as warehouse:
        pages = build_pages(settings, warehouse.url, home_city=lambda: signed_in().city_id)
        application = create_app(settings, warehouse.url, pages)
        console.print(f"Serving http://{settings.app_host}:{settings.app_port} (Ctrl-C stops it)")
        uvicorn.run(
            application,
            host=settings.app_host,
            port=settings.app_port,
            log_level="warning",
            # An open page holds a websocket; it must not hold the server.
            timeout_graceful_shutdown=3,
        )


def give_pin(settings: Settings, worker: str, pin: str, city: str | None) -> None:
    """Set the PIN with which a worker signs in; without a city the planning sheet tells it.

    Raises
    ------
    MoowError
        When the city is none of those that were loaded; before any was, each is taken.
    """
    with open_warehouse(settings) as warehouse:
        if city is not None and known_cities(warehouse):
            choose_cities(warehouse, [city])
        set_pin(warehouse, worker, pin, city_id=city)


def give_bi_access(settings: Settings, role: str, password: str | None, *, schema: str) -> None:
    """Let a role read one schema alone; print how to sign in."""
    with open_warehouse(settings) as warehouse:
        made = grant_bi_access(warehouse, role, password, schema=schema)
        console.print(f"{role} reads schema {schema} of {warehouse.address} and nothing else")
    if made and not password:
        console.print(f"its password, shown this once: {made}", soft_wrap=True, markup=False)


def serve_docs(settings: Settings, port: int | None) -> None:
    """Write the documentation of the models; serve it when a port is given."""
    with open_warehouse(settings) as warehouse:
        folder = generate_docs(settings, warehouse.url)
    page = folder / "static_index.html"
    console.print(f"The documentation is {page}")
    if port is None:
        return
    check_port(settings.app_host, port, "--port")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer((settings.app_host, port), handler) as server:
        address = f"http://{settings.app_host}:{port}/static_index.html"
        console.print(f"Serving {address} (Ctrl-C stops it)")
        server.serve_forever()


def run_dbt(settings: Settings, arguments: Sequence[str]) -> int:
    """Run dbt with `arguments` on the warehouse; its exit code."""
    with open_warehouse(settings) as warehouse:
        command = dbt_command(settings, *arguments)
        environment = dbt_environment(warehouse.url)
        return subprocess.run(command, env=environment, check=False).returncode


def hold_warehouse(settings: Settings) -> None:
    """Print the warehouse's address and keep it running until stopped."""
    with open_warehouse(settings) as warehouse:
        console.print(warehouse.url, soft_wrap=True)
        threading.Event().wait()


def check_port(host: str, port: int, setting: str) -> None:
    """Check that the app's host is of this machine and nobody else listens there.

    Parameters
    ----------
    setting
        What the sentence says to change when the port is the trouble.

    Raises
    ------
    MoowError
        Saying which of the two it is.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            cure = "set MOOW_APP_HOST to an address of this machine, for instance 127.0.0.1"
        elif error.errno == errno.EACCES:
            cure = f"set {setting} to a port from 1024 on"
        else:
            cure = f"set {setting} to a free port"
        raise MoowError(
            f"{host}:{port} cannot be listened on ({error.strerror}); {cure}"
        ) from error
