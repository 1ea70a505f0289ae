"""`moow mds`: what a feed offers, and its history."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from moow.mds import app
from tests.extract.mds_records import START, vehicle
from tests.extract.mds_server import TOKEN, Provider, serving
from warehouse.errors import MoowError

pytestmark = pytest.mark.unit


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Provider]:
    """Serve a provider of one vehicle, and name it in the environment."""
    with serving(Provider(now=START, lists={"vehicles": [vehicle(1)]})) as made:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("MOOW_MDS_FEEDS", f"volos={made.address}")
        monkeypatch.setenv("MOOW_MDS_TOKEN", TOKEN)
        yield made


def test_check_asks_every_endpoint_once(provider: Provider) -> None:
    """Each endpoint is named with what it gives; the token is not."""
    result = CliRunner().invoke(app, ["check"], catch_exceptions=False)
    said = " ".join(result.output.split())
    assert "/vehicles: 1 records, MDS 2.0.0" in said
    assert "/stops: nothing: not offered" in said
    assert len(provider.requests) == 8
    assert TOKEN not in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--city", "atlantis"], "names no city 'atlantis'; it names volos"),
        (["load", "--since", "noon"], "--since is 'noon'; it should be a date or a time"),
    ],
)
def test_a_wrong_wish_is_one_sentence(provider: Provider, arguments: list[str], said: str) -> None:
    """A city without a feed, and a time that is none, are said before anything is asked."""
    with pytest.raises(MoowError, match=said):
        CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert provider.requests == []
