"""dbt as a command that fails for what it keeps of the project."""

import sys
from pathlib import Path

import pytest

from flows import dbt
from warehouse.settings import Settings

pytestmark = pytest.mark.unit

#: Fails while the parsed project of an earlier version is there, else does nothing, well.
_STALE = """
import json, pathlib, sys
target = pathlib.Path(sys.argv[1])
if sys.argv[2] == "always" or (target / "partial_parse.msgpack").exists():
    print("depends on a node which was not found")
    sys.exit(2)
(target / "run_results.json").write_text(json.dumps({"results": [], "elapsed_time": 0}))
"""

#: Warns of what it was told in its environment.
_TOLD = """
import json, os, pathlib, sys
told = os.environ["MOOW_DBT_TEST_ALL_ROWS"]
result = {"unique_id": "test.moow.test.told", "status": "warn", "message": told}
(pathlib.Path(sys.argv[1]) / "run_results.json").write_text(
    json.dumps({"results": [result], "elapsed_time": 0})
)
"""


@pytest.fixture
def target(settings: Settings) -> Path:
    """The target folder with a parsed project in it."""
    folder = settings.home / "dbt" / "target"
    folder.mkdir(parents=True)
    (folder / "partial_parse.msgpack").write_bytes(b"of an earlier version")
    return folder


def test_a_project_is_parsed_anew_where_the_kept_one_is_stale(
    settings: Settings, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade of the models the first build works."""
    command = [sys.executable, "-c", _STALE, str(target), "stale"]
    monkeypatch.setattr(dbt, "dbt_command", lambda *_: command)
    dbt.run(settings, "host=127.0.0.1", "build")
    assert not (target / "partial_parse.msgpack").exists()


def test_tests_are_told_to_look_at_all_rows(
    settings: Settings, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tests of large models see in dbt's environment whether all rows are asked for."""
    (target / "manifest.json").write_text("{}")
    command = [sys.executable, "-c", _TOLD, str(target)]
    monkeypatch.setattr(dbt, "dbt_command", lambda *_: command)
    for asked, told in ((True, "true"), (False, "")):
        report = dbt.build(settings, "host=127.0.0.1", "warehouse", tests_all_rows=asked)
        assert report.warnings == (f"test.told: {told}",)


def test_a_project_that_cannot_be_parsed_is_one_sentence(
    settings: Settings, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails again is told."""
    command = [sys.executable, "-c", _STALE, str(target), "always"]
    monkeypatch.setattr(dbt, "dbt_command", lambda *_: command)
    with pytest.raises(dbt.DbtError, match="did not run: depends on a node which was not found"):
        dbt.run(settings, "host=127.0.0.1", "build")
