"""The Prefect server of a command."""

import psutil
import pytest

from flows import server
from flows.server import check_server, prefect_server
from warehouse.errors import MoowError
from warehouse.settings import Settings

pytestmark = pytest.mark.db


def _servers() -> list[psutil.Process]:
    children = psutil.Process().children(recursive=True)
    return [child for child in children if server._PROGRAM in child.cmdline()]


def test_a_server_is_started_and_stopped(settings: Settings) -> None:
    """One answers while it is held and none is left; tables made by half before are made anew."""
    folder = settings.home / "prefect"
    folder.mkdir(parents=True)
    (folder / "prefect.db").write_bytes(b"half a database")
    with prefect_server(settings):
        from prefect.settings import PREFECT_API_URL

        assert len(_servers()) == 1
        check_server(str(PREFECT_API_URL.value()))
    assert _servers() == []
    assert (folder / "is_made").exists()


def test_a_server_that_does_not_start_is_one_sentence(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its end is noticed at once and told with the cure."""
    monkeypatch.setattr(server, "_PROGRAM", "no_such_module:create_app")
    with pytest.raises(MoowError, match=r"ended with code \d"):
        prefect_server(settings).__enter__()
    assert _servers() == []
