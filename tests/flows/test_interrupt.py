"""Ctrl-C at a command's terminal."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.db

MOOW = str(Path(sys.executable).parent / "moow")
#: A client without its server would go on asking for more than a minute.
AT_MOST_S = 45.0


def started_for(home: Path) -> list[str]:
    """Command lines of the processes whose environment or arguments name the home folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            told = (process / "environ").read_bytes() + (process / "cmdline").read_bytes()
        except OSError:
            continue  # it has ended, or is none of ours
        if bytes(home) in told:
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


def test_ctrl_c_ends_a_demo_and_all_it_started(tmp_path: Path) -> None:
    """While dbt builds, a Ctrl-C goes to all of the terminal: it ends, with nothing left."""
    home = tmp_path / "moow"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MOOW_")}
    demo = subprocess.Popen(
        [MOOW, "demo", "--no-serve", "--city", "kastoria", "--days", "3"],
        env={**kept, "MOOW_HOME": str(home)},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    assert demo.stdout is not None
    assert any("dbt warehouse begins" in line for line in demo.stdout)
    time.sleep(3)
    assert len(started_for(home)) > 2
    asked = time.monotonic()
    os.killpg(demo.pid, signal.SIGINT)
    said, _ = demo.communicate(timeout=200)
    assert time.monotonic() - asked < AT_MOST_S, said
    assert demo.returncode == 130
    assert "Traceback" not in said
    assert started_for(home) == []
