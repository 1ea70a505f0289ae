"""What the style of the Python code asks for and a machine can see."""

import pytest

from tests.test_layers import PACKAGES
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.unit

MOST_LINES = 300


def test_files_stay_short() -> None:
    """A file holds one concept, and then 300 lines are enough."""
    lengths = {
        str(path.relative_to(PROJECT_ROOT)): len(path.read_text().splitlines())
        for package in PACKAGES
        for path in (PROJECT_ROOT / package).rglob("*.py")
    }
    assert {name: lines for name, lines in lengths.items() if lines > MOST_LINES} == {}
