"""The embedded Postgres."""

import json
import os
import pwd
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
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

#: Hands a folder over to a system user that it may have to make, and asks who has it.
_HAND_OVER = """
import sys, pathlib
from warehouse import postgres_tools
postgres_tools._SYSTEM_USER = sys.argv[1]
print("ready", flush=True)
sys.stdin.read()
postgres_tools.hand_over(pathlib.Path(sys.argv[2]))
print(pathlib.Path(sys.argv[2]).stat().st_uid)
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


@pytest.fixture
def user_to_make() -> Iterator[str]:
    """Name of a system user that is not there; gone again after the test."""
    name = f"moow-test-{uuid.uuid4().hex[:8]}"
    yield name
    subprocess.run(["userdel", name], check=False, capture_output=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="a system user is made for root alone")
def test_servers_that_start_at_once_make_one_system_user(tmp_path: Path, user_to_make: str) -> None:
    """On a new machine the first commands may start together: all run as the same user."""
    command = [sys.executable, "-c", _HAND_OVER, user_to_make]
    folders = [tmp_path / str(number) for number in range(6)]
    for folder in folders:
        folder.mkdir()
    processes = [
        subprocess.Popen(
            [*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for folder in folders
    ]
    outputs = [process.stdout for process in processes if process.stdout is not None]
    assert [output.readline() for output in outputs] == ["ready\n"] * len(folders)
    for process in processes:
        assert process.stdin is not None
        process.stdin.close()
    owners = {output.read().strip() for output in outputs}
    assert [process.wait() for process in processes] == [0] * len(folders)
    assert owners == {str(pwd.getpwnam(user_to_make).pw_uid)}
