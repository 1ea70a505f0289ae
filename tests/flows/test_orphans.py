"""What a killed command leaves at work is found and stopped, and nothing else."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from flows.orphans import owner_mark, stop_orphans

pytestmark = pytest.mark.unit

# The owner starts it and waits for the end of its own input, or is killed before.
_OWNER = """
import os, subprocess, sys
from pathlib import Path
from flows.orphans import owner_mark
environment = {**os.environ, **owner_mark(Path(sys.argv[1]))}
child = subprocess.Popen([sys.executable, sys.argv[2]], env=environment, stdin=subprocess.PIPE)
sys.stdin.read()
"""


@contextmanager
def _owner(home: Path, program: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _OWNER, str(home), str(program)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        yield process
        process.kill()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "dbt"
    # It outlives its owner: that its input ended does not stop it.
    path.write_text("import signal; print('up', flush=True); signal.pause()")
    return path


def test_what_a_killed_owner_started_is_stopped(tmp_path: Path, program: Path) -> None:
    """Left alone while its owner lives and for another home or program; stopped afterwards."""
    home = tmp_path / "home"
    with _owner(home, program) as owner:
        assert stop_orphans(home, "dbt") == 0
        owner.kill()
        owner.wait()
        assert stop_orphans(tmp_path / "another", "dbt") == 0
        assert stop_orphans(home, "prefect") == 0
        assert stop_orphans(home, "dbt") == 1
        assert stop_orphans(home, "dbt") == 0


def test_what_we_started_or_somebody_by_hand_is_left_alone(tmp_path: Path, program: Path) -> None:
    """A program of this command, and one without an owner's mark, go on."""
    for mark in (owner_mark(tmp_path), {}):
        with subprocess.Popen(
            [sys.executable, str(program)],
            env={**os.environ, **mark},
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            assert stop_orphans(tmp_path, "dbt") == 0
            assert process.poll() is None
            process.kill()
