"""What a test needs beside Python: without it a test is left out, and under CI it fails."""

import os

import pytest


def need(is_there: object, name: str) -> None:
    """Leave out the test that runs where something is missing; fail it under ``CI=true``."""
    if is_there:
        return
    sentence = f"{name} is not installed; make test installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(sentence)
    pytest.skip(sentence)
