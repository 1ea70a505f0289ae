"""An MDS provider that refuses, stumbles or answers nonsense: patience, or one sentence."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.mds.feeds import Answer, FolderFeed, HttpFeed
from tests.extract.mds_records import START, trip, vehicle
from tests.extract.mds_server import TOKEN, Provider, serving
from warehouse.errors import SourceError

pytestmark = pytest.mark.unit
HOUR = {"end_time": "2026-06-01T01"}


@pytest.fixture
def provider() -> Iterator[Provider]:
    made = Provider(now=START + timedelta(hours=6))
    made.lists = {"trips": [trip(1, START + timedelta(hours=1.5))], "vehicles": [vehicle(1)]}
    with serving(made):
        yield made


def ask(provider: Provider, endpoint: str = "trips", token: str | None = TOKEN) -> tuple[Any, ...]:
    """Ask once; the answer, or the error's sentence, and what was waited for."""
    waits: list[float] = []
    feed = HttpFeed("volos", provider.address, token, waits.append)
    try:
        return feed.get(endpoint, HOUR if endpoint == "trips" else None), waits
    except SourceError as error:
        return str(error), waits
    finally:
        feed.close()


def test_an_expired_token_is_one_sentence(provider: Provider) -> None:
    """401 and 403 are not tried again; the sentence names feed and setting, never the token."""
    sentence, waits = ask(provider, token="an old token")
    assert "answers 401 (token expired): the token has expired or is wrong" in sentence
    assert "set MOOW_MDS_TOKEN" in sentence
    assert "an old token" not in sentence
    assert waits == []
    provider.troubles = [(403, {})]
    assert "answers 403" in ask(provider)[0]
    assert "it wants a token" in ask(provider, token=None)[0]


def test_too_many_requests_are_waited_out(provider: Provider) -> None:
    """429 and 5xx are tried again after doubled waits, or as long as the provider says."""
    provider.troubles = [(429, {}), (503, {}), (429, {"Retry-After": "30"}), (502, {})]
    answer, waits = ask(provider)
    assert len(answer.records) == 1
    assert waits == [1.0, 2.0, 30.0, 60.0]


def test_patience_ends(provider: Provider) -> None:
    """Six refusals in a row are one sentence that says how the provider answered."""
    provider.troubles = [(429, {})] * 6
    sentence, waits = ask(provider)
    assert "answers 429 Too Many Requests, 6 times in a row" in sentence
    assert len(waits) == 5
    assert ask(provider)[0].status == "given"


def linked(provider: Provider, link: str) -> Any:
    """Ask for vehicles whose page names another one."""
    body = {"version": "2.0.0", "vehicles": [{}], "links": {"next": link}}
    provider.bodies["vehicles"] = json.dumps(body).encode()
    return ask(provider, "vehicles")[0]


@pytest.mark.parametrize(
    "place", ["http://127.0.0.1:{port}/mds", "https://127.0.0.1:{here}/mds", "http://127.0.0.1/mds"]
)
def test_a_next_page_at_another_port_gets_no_token(provider: Provider, place: str) -> None:
    """The token goes to the scheme, host and port of the setting alone."""
    with serving(Provider(now=provider.now, token=None)) as other:
        ports = {
            "port": other.address.split(":")[2].split("/")[0],
            "here": provider.address.split(":")[2].split("/")[0],
        }
        link = f"{place.format(**ports)}/vehicles?page=1"
        assert "names a next page on another host" in linked(provider, link)
        assert other.requests == []


def test_a_next_page_that_is_no_address(provider: Provider) -> None:
    """A link that cannot be followed is one sentence; one with half a character is followed."""
    assert "names a next page that is no address" in linked(provider, "http://[::/vehicles")
    assert linked(provider, "?page=\ud83d").status == "given"


def test_the_port_of_a_scheme_may_be_written() -> None:
    """``https://example.org:443`` and ``https://example.org`` are one place."""
    for address, link in (
        ("https://a.org", "https://a.org:443"),
        ("http://a.org:80", "http://a.org"),
    ):
        feed = HttpFeed("volos", address, TOKEN)
        body = {"links": {"next": f"{link}/trips?page=1"}}
        assert feed._next(body, "trips") is not None
        feed.close()


def test_a_server_that_is_away_is_one_sentence(provider: Provider) -> None:
    """A connection that is refused is tried again, then said."""
    provider.address = "http://127.0.0.1:9/mds"
    assert "cannot be reached" in ask(provider)[0]


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (400, "answers 400 (as it happens); check the address of volos in MOOW_MDS_FEEDS"),
        (406, "serves no MDS 2.0"),
        (301, "has moved to https://new.example.org/mds; set MOOW_MDS_FEEDS"),
    ],
)
def test_a_refusal_says_what_to_mend(provider: Provider, status: int, said: str) -> None:
    """What no waiting mends is one sentence at once; a new address is shown without its secrets."""
    provider.troubles = [(status, {"Location": "https://user:word@new.example.org/mds?key=x"})]
    sentence, waits = ask(provider)
    assert said in sentence
    assert waits == []


@pytest.mark.parametrize(("status", "meant"), [(202, "later"), (404, "absent")])
def test_an_hour_may_not_be_there(provider: Provider, status: int, meant: str) -> None:
    """202 is an hour to come, 404 one that is not there: no error, and no records."""
    provider.troubles = [(status, {})]
    assert ask(provider)[0] == Answer(meant)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"version": "2.0.0", "tri', "answers with broken JSON, 6 times in a row"),
        (b'{"version": "2.0.0", "status_changes": []}', "has no list 'trips' at /trips"),
        (b'"nothing"', "has no list 'trips' at /trips (it has str)"),
    ],
)
def test_nonsense_is_one_sentence(provider: Provider, body: bytes, said: str) -> None:
    """A body cut off is asked for again; one of another shape is said with what it has."""
    provider.bodies["trips"] = body
    assert said in ask(provider)[0]


@pytest.mark.parametrize("body", [b"[{}, {}]", b'{"data": {"trips": [{}, {}]}}'])
def test_lists_of_other_dialects_are_read(provider: Provider, body: bytes) -> None:
    """A bare list, and one below ``data`` as in MDS 1, are read as well."""
    provider.bodies["trips"] = body
    assert len(ask(provider)[0].records) == 2


def test_a_folder_answers_like_a_feed(tmp_path: Path) -> None:
    """The same answers as files, gzipped or not; an hour without a file is not there."""
    (tmp_path / "trips").mkdir()
    body = json.dumps({"version": "2.0.0", "trips": [{"trip_id": "a"}]})
    (tmp_path / "trips" / "2026-06-01T01.json.gz").write_bytes(gzip.compress(body.encode()))
    (tmp_path / "vehicles.json").write_text('{"vehicles": [{}, {}]}')
    feed = FolderFeed("volos", tmp_path)
    assert feed.get("trips", HOUR) == Answer("given", [{"trip_id": "a"}], "2.0.0")
    assert feed.get("trips", {"end_time": "2026-06-01T02"}).status == "absent"
    assert len(feed.get("vehicles").records) == 2
    (tmp_path / "stops.json").write_text("{")
    with pytest.raises(SourceError, match=r"stops.json cannot be read"):
        feed.get("stops")
    with pytest.raises(SourceError, match="nowhere of the MDS feed of volos does not exist"):
        FolderFeed("volos", tmp_path / "nowhere")
