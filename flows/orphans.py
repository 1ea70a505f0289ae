"""Processes that a command started, found again when it was killed and they were not."""

import logging
import os
from pathlib import Path

import psutil

logger = logging.getLogger(__name__)

#: In the environment of what we start: who started it, and for which home folder.
_MARK = "STARTED_BY_MOOW"


def owner_mark(home: Path) -> dict[str, str]:
    """Environment variable by which a process we start is known as ours."""
    return {_MARK: f"{_identity(os.getpid())} {home}"}


def stop_orphans(home: Path, program: str) -> int:
    """Stop processes of killed commands on `home`; how many there were.

    What a command at work has started is left alone, and so is what somebody started by hand.

    Parameters
    ----------
    home
        The home folder they work on.
    program
        Name of the program, or the last part of a path or name in their command line.
    """
    orphans = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(Path(part).name == program for part in process.info["cmdline"] or ())
        and _is_orphan(process, home)
    ]
    for orphan in orphans:
        try:
            orphan.kill()
            logger.info("stopped a %s that a killed command left behind", program)
        except psutil.Error as error:
            logger.debug("%s is gone already: %s", program, error)
    psutil.wait_procs(orphans, timeout=30)
    return len(orphans)


def _is_orphan(process: psutil.Process, home: Path) -> bool:
    try:
        owner, _, folder = process.environ().get(_MARK, "").partition(" ")
    except (psutil.Error, OSError):
        return False
    if not owner or folder != str(home):
        return False
    return bool(owner != _identity(int(owner.split("@")[0])))


def _identity(pid: int) -> str:
    """A process and when it began: a number alone may come again."""
    try:
        return f"{pid}@{int(psutil.Process(pid).create_time())}"
    except psutil.Error:
        return ""
