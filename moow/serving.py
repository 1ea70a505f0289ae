"""Commands that keep something running: the app, the docs, the warehouse."""

import logging
import socket
import subprocess
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import uvicorn

from dashboards.pages import build_pages
from flows.dbt import dbt_command, dbt_environment, generate_docs
from moow.console import console
from warehouse.connection import open_warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings
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
        application = create_app(settings, warehouse.url, build_pages(settings, warehouse.url))
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
    """Set the PIN with which a worker signs in; without a city the planning sheet tells it."""
    with open_warehouse(settings) as warehouse:
        set_pin(warehouse, worker, pin, city_id=city)


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
    """Check that nobody else listens there; `setting` is what the sentence says to change."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise MoowError(
                f"{host}:{port} cannot be listened on ({error.strerror}); set {setting} to a free "
                "port"
            ) from error
