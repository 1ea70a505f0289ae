"""The import contracts of pyproject.toml refuse what they are there to refuse."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.unit

PACKAGES = (
    *("dashboards", "extract", "flows", "geography", "ml", "moow", "routing", "simulator"),
    *("warehouse", "worker_app"),
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Our packages in a folder of their own, with the contracts."""
    for package in PACKAGES:
        ignored = shutil.ignore_patterns("__pycache__", "static", "assets")
        shutil.copytree(PROJECT_ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(PROJECT_ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"],
        cwd=checkout,
        env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("ml/metrics.py", "from darts import TimeSeries", "Within ml only the forecasts import"),
        ("ml/a_new_model.py", "import darts.models", "Within ml only the forecasts import darts"),
        ("routing/jobs.py", "import ml.metrics", "Imports go downwards only"),
    ],
)
def test_an_import_out_of_place_is_refused(
    checkout: Path, module: str, line: str, contract: str
) -> None:
    """Darts in another model, old or new, and an import of a sibling each break a contract."""
    with (checkout / module).open("a") as source:
        source.write(f"\n{line}\n")
    result = _lint_imports(checkout)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [text for text in result.stdout.splitlines() if " BROKEN" in text]
    assert len(broken) == 1
    assert broken[0].startswith(contract)
