"""A MariaDB of our own on loopback, for the benchmarks that need one."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa


@contextmanager
def mariadb_running(folder: Path) -> Iterator[str]:
    """Give the address of a database ``moow`` on a server that lives as long as it is used."""
    server, install = shutil.which("mariadbd"), shutil.which("mariadb-install-db")
    if server is None or install is None:
        raise SystemExit("MariaDB is not installed; apt-get install mariadb-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder.mkdir(parents=True)
    data = folder / "data"
    subprocess.run(
        [install, "--no-defaults", f"--datadir={data}", "--skip-test-db", "--user=root"],
        check=True,
        capture_output=True,
    )
    startup = folder / "startup.sql"
    startup.write_text(
        "create user 'moow'@'127.0.0.1' identified by 'secret';\n"
        "grant all on *.* to 'moow'@'127.0.0.1';\n"
        "create database moow character set utf8mb4;\n"
    )
    command = [server, "--no-defaults", f"--datadir={data}", f"--port={port}", "--user=root"]
    command += ["--bind-address=127.0.0.1", f"--socket={folder / 'socket'}"]
    command += [f"--init-file={startup}", "--innodb-flush-log-at-trx-commit=0"]
    # What a server has in memory is not what is measured: the rows fit.
    command += ["--innodb-buffer-pool-size=1G", "--skip-log-bin"]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"mysql+pymysql://moow:secret@127.0.0.1:{port}/moow"
        _wait_for(url)
        yield url
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    engine = sa.create_engine(url)
    for _ in range(300):
        try:
            with engine.connect():
                engine.dispose()
                return
        except sa.exc.OperationalError:
            time.sleep(0.1)
    raise SystemExit("MariaDB did not start")
