"""The embedded Postgres: a server of our own under the home folder, on 127.0.0.1."""

import fcntl
import json
import logging
import re
import secrets
import shutil
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from warehouse.errors import ServerGoneError, WarehouseError
from warehouse.postgres_tools import call_tool, hand_over, run_tool

logger = logging.getLogger(__name__)

#: Seconds for a server that is being started or stopped to make up its mind.
_READY_S = 120.0

#: What the server's log says of why it ended.
_ENDING = re.compile(
    r"(?:PANIC|FATAL): +(?!the database system is|terminating connection)(.+)"
    r"|LOG: +(received (?:smart|fast|immediate) shutdown request)"
    r"|LOG: +(.*was terminated by signal.*)"
)

_CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
shared_buffers = 256MB
work_mem = 32MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
checkpoint_timeout = 15min
synchronous_commit = off
random_page_cost = 1.1
jit = off
timezone = 'UTC'
"""


@contextmanager
def embedded_postgres_running(folder: Path) -> Iterator[str]:
    """Give the address of the server whose data lies in `folder`, started if need be.

    The server lives as long as some process uses it: the last one that leaves stops it, and a
    process that was killed counts as gone.

    Raises
    ------
    WarehouseError
        When the server cannot be made or started; the message quotes its log.
    ServerGoneError
        In place of what failed for it, when the server ended while it was in use.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WarehouseError(
            f"the folder {folder} of the embedded Postgres cannot be made ({error.strerror}); set "
            "MOOW_HOME to a folder that can be written to, or MOOW_WAREHOUSE_URL to a Postgres"
        ) from error
    with (folder / "users.lock").open("a") as users:
        with _exclusive(folder):
            fcntl.flock(users, fcntl.LOCK_SH)
            url = _ensure_started(folder)
        begun_at = _log_size(folder)
        try:
            yield url
        except ServerGoneError:
            raise
        except Exception as error:
            if _answers(url):
                raise
            why = _why_it_ended(folder, begun_at)
            raise ServerGoneError(
                f"the embedded Postgres ended while it was in use{why}; "
                f"its log is {folder / 'postgres.log'}; run the command again, nothing that was "
                "finished is lost"
            ) from error
        finally:
            _stop_if_last(folder, users)


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    with (folder / "start.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _stop_if_last(folder: Path, users: Any) -> None:
    with _exclusive(folder):
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        stop = ("pg_ctl", "stop", "-D", str(folder / "data"), "-m", "fast", "-w", "-t", "300")
        # What is gone already is stopped. And nothing is raised here: it would hide why we leave.
        if call_tool(folder, *stop).returncode == 0:
            logger.info("embedded Postgres stopped")
        elif _is_running(folder):
            logger.error("the embedded Postgres in %s does not stop; see its postgres.log", folder)


def _answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _log_size(folder: Path) -> int:
    log = folder / "postgres.log"
    return log.stat().st_size if log.exists() else 0


def _why_it_ended(folder: Path, begun_at: int) -> str:
    """What the log says since `begun_at`, in brackets; nothing when it says nothing."""
    log = folder / "postgres.log"
    if not log.exists():
        return ""
    with log.open("rb") as lines:
        lines.seek(begun_at)
        found = _ENDING.findall(lines.read().decode(errors="replace"))
    return f" ({next(text for text in found[-1] if text).strip()})" if found else ""


def _ensure_started(folder: Path) -> str:
    if not (folder / "data").exists():
        _initialise(folder)
    deadline = time.monotonic() + _READY_S
    while True:
        if not _is_running(folder):
            _start(folder)
        try:
            _ensure_database(folder)
        except psycopg.Error as error:
            # A killed process may have left it half-way into its start or its stop.
            if time.monotonic() > deadline:
                raise WarehouseError(
                    f"the embedded Postgres in {folder} runs but does not answer ({error}); "
                    f"see {folder / 'postgres.log'}"
                ) from error
            time.sleep(0.2)
        else:
            return _url(folder, "moow")


def _ensure_database(folder: Path) -> None:
    url = _url(folder, "postgres")
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        known = connection.execute("select 1 from pg_database where datname = 'moow'").fetchone()
        if known is None:
            connection.execute("create database moow")


def _url(folder: Path, database: str) -> str:
    access = json.loads((folder / "access.json").read_text())
    return f"postgresql://moow:{access['password']}@127.0.0.1:{access['port']}/{database}"


def _initialise(folder: Path) -> None:
    """Make the data folder; a kill half-way leaves nothing that would be taken for one."""
    for left in folder.glob("data.new*"):
        shutil.rmtree(left, ignore_errors=True)
    # A name of its own each time: the initdb of a killed process may still be writing.
    made = Path(tempfile.mkdtemp(prefix="data.new.", dir=folder))
    password = secrets.token_urlsafe(24)
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".password") as password_file:
        password_file.write(password)
        password_file.flush()
        hand_over(made, Path(password_file.name))
        run_tool(
            folder,
            *("initdb", "-D", str(made), "-U", "moow", "-E", "UTF8", "-A", "scram-sha-256"),
            *("--locale-provider=builtin", "--locale=C.UTF-8", "--no-sync"),
            f"--pwfile={password_file.name}",
        )
    with (made / "postgresql.conf").open("a") as configuration:
        configuration.write(_CONFIGURATION)
    _write_access(folder, password, _free_port())
    made.rename(folder / "data")


def _write_access(folder: Path, password: str, port: int) -> None:
    """Write the password and port whole, or not at all: without them the data is lost."""
    made = folder / "access.json.new"
    made.touch(mode=0o600)
    made.write_text(json.dumps({"password": password, "port": port}))
    made.replace(folder / "access.json")


def _start(folder: Path) -> None:
    access = json.loads((folder / "access.json").read_text())
    if not _is_free(access["port"]):
        access["port"] = _free_port()
        _write_access(folder, access["password"], access["port"])
    log = folder / "postgres.log"
    log.touch()
    hand_over(log)
    run_tool(
        folder,
        *("pg_ctl", "start", "-D", str(folder / "data"), "-l", str(log), "-w", "-t", "60"),
        *("-o", f"-p {access['port']}"),
    )
    logger.info("embedded Postgres started on 127.0.0.1:%s", access["port"])


def _is_running(folder: Path) -> bool:
    status = call_tool(folder, "pg_ctl", "status", "-D", str(folder / "data"))
    return status.returncode == 0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
