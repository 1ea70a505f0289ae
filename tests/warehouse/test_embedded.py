"""The embedded Postgres."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from warehouse.embedded import embedded_postgres_running
from warehouse.errors import ServerGoneError

pytestmark = pytest.mark.db

_USE = """
import sys, pathlib, os
from warehouse.embedded import embedded_postgres_running
with embedded_postgres_running(pathlib.Path(sys.argv[1])) as url:
    print(url, flush=True)
    if sys.argv[2] == "die":
        os.kill(os.getpid(), 9)
    sys.stdin.read()
"""


def _another_process(folder: Path, way: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _USE, str(folder), way],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=5).close()
    except psycopg.OperationalError:
        return False
    return True


def test_the_last_one_to_leave_stops_it(tmp_path: Path) -> None:
    """The server runs while any process uses it and stops with the last; its data stays."""
    folder = tmp_path / "postgres"
    with embedded_postgres_running(folder) as url:
        with psycopg.connect(url) as connection:
            connection.execute("create table kept (a int)")
        other = _another_process(folder, "stay")
        assert other.stdout is not None
        assert other.stdout.readline().strip() == url
    assert _answers(url)
    other.communicate()
    assert not _answers(url)
    with embedded_postgres_running(folder) as url, psycopg.connect(url) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_a_killed_process_does_not_hold_it(tmp_path: Path) -> None:
    """After a kill -9 the next one finds the server running, uses it and stops it."""
    folder = tmp_path / "postgres"
    killed = _another_process(folder, "die")
    assert killed.wait() == -9
    with embedded_postgres_running(folder) as url:
        assert _answers(url)
    assert not _answers(url)


def test_a_start_that_was_killed_is_ended_by_the_next_one(tmp_path: Path) -> None:
    """A server that runs without our database, as a kill in its first start leaves it, gets one."""
    folder = tmp_path / "postgres"
    assert _another_process(folder, "die").wait() == -9
    access = json.loads((folder / "access.json").read_text())
    server = f"postgresql://moow:{access['password']}@127.0.0.1:{access['port']}/postgres"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("drop database moow")
    with embedded_postgres_running(folder) as url:
        assert _answers(url)


def _kill_the_server(folder: Path) -> None:
    postmaster = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(postmaster, signal.SIGQUIT)
    psutil.wait_procs([psutil.Process(postmaster)], timeout=30)


def _use_and_kill(folder: Path) -> None:
    with (
        embedded_postgres_running(folder),
        embedded_postgres_running(folder) as url,
        psycopg.connect(url) as connection,
    ):
        _kill_the_server(folder)
        connection.execute("select 1")


def test_a_server_that_ends_in_use_is_one_sentence(tmp_path: Path) -> None:
    """What failed for it is told as the server's end, with the log's reason and the cure."""
    folder = tmp_path / "postgres"
    with pytest.raises(ServerGoneError) as raised:
        _use_and_kill(folder)
    said = str(raised.value)
    for part in ("received immediate shutdown request", "postgres.log", "run the command again"):
        assert part in said
    assert "\n" not in said
    with embedded_postgres_running(folder) as url:
        assert _answers(url)


def test_a_server_that_is_gone_is_stopped(tmp_path: Path) -> None:
    """Leaving a server that ended raises nothing, nor hides another error."""
    folder = tmp_path / "postgres"
    with embedded_postgres_running(folder):
        _kill_the_server(folder)


def test_an_error_of_the_work_itself_stays(tmp_path: Path) -> None:
    """While the server answers, what failed is told as it is."""
    with pytest.raises(KeyError, match="its own"), embedded_postgres_running(tmp_path / "postgres"):
        raise KeyError("its own")
