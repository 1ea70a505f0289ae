"""The app as a process of its own."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

MOOW = str(Path(sys.executable).parent / "moow")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_app(home: Path, port: int) -> subprocess.Popen[str]:
    """Begin ``moow app`` of a home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    environment = {**kept, "MOOW_HOME": str(home), "MOOW_APP_PORT": str(port)}
    return subprocess.Popen([MOOW, "app"], env=environment, stderr=subprocess.PIPE, text=True)


def wait_until_it_answers(app: subprocess.Popen[str], port: int) -> None:
    """Wait for the app, for two minutes at the most."""
    for _ in range(1200):
        assert app.poll() is None, app.stderr and app.stderr.read()
        try:
            if httpx.get(f"http://127.0.0.1:{port}/health").json() == {"healthy": True}:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the app did not answer within two minutes")
