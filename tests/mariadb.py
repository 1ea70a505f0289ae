"""A MariaDB of our own on loopback, for the tests and the benchmarks."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

SERVER = shutil.which("mariadbd") or shutil.which("mysqld")
_INSTALL = shutil.which("mariadb-install-db")
IS_INSTALLED = SERVER is not None and _INSTALL is not None


@contextmanager
def mariadb_running(folder: Path, *options: str) -> Iterator[str]:
    """Give the address of a server without a database's name; it lives as long as it is used.

    Parameters
    ----------
    folder
        Where its data goes; made here.
    options
        More of the server's own.
    """
    if SERVER is None or _INSTALL is None:
        raise SystemExit("MariaDB is not installed; apt-get install mariadb-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "data"
    subprocess.run(
        [_INSTALL, "--no-defaults", f"--datadir={data}", "--skip-test-db", "--user=root"],
        check=True,
        capture_output=True,
    )
    startup = folder / "startup.sql"
    startup.write_text(
        "create user 'moow'@'127.0.0.1' identified by 'secret';\n"
        "grant all on *.* to 'moow'@'127.0.0.1' with grant option;\n"
    )
    command = [SERVER, "--no-defaults", f"--datadir={data}", f"--port={port}", "--user=root"]
    command += ["--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"]
    command += [f"--init-file={startup}", "--innodb-flush-log-at-trx-commit=0", *options]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"mysql+pymysql://moow:secret@127.0.0.1:{port}"
        _wait_for(url, process)
        yield url
    finally:
        process.terminate()
        process.wait()


def make_database(server_url: str, name: str) -> str:
    """Make an empty database and give its address."""
    engine = sa.create_engine(server_url)
    with engine.begin() as connection:
        connection.execute(sa.text(f"create database {name} character set utf8mb4"))
    engine.dispose()
    return f"{server_url}/{name}"


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    engine = sa.create_engine(url)
    for _ in range(300):
        try:
            with engine.connect():
                engine.dispose()
                return
        except sa.exc.OperationalError:
            assert process.poll() is None, "MariaDB ended while it was starting"
            time.sleep(0.1)
    raise AssertionError("MariaDB did not start within half a minute")
