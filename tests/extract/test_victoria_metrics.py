"""The client of VictoriaMetrics: refusals, retries and sentences; pages of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from extract.telemetry import pages
from extract.telemetry.pages import read_pages
from extract.telemetry.samples import ALL, PINGS, read_pings, requests
from extract.telemetry.victoria_metrics import VictoriaMetrics, check_store, open_store
from tests.extract.sources import START
from tests.loopback import QuietHandler, http_running
from tests.victoria import VictoriaServer
from warehouse.errors import SettingsError, SourceError
from warehouse.settings import load_settings

pytestmark = pytest.mark.services
START_MS = int(START.timestamp() * 1000)


class Answers:
    """Answers with the statuses that it was given, then with 200; the address is `url`."""

    def __init__(self) -> None:
        self.url = ""
        self.statuses: list[int] = []
        self.asked = 0
        self.is_cut = False


@pytest.fixture
def answers() -> Iterator[Answers]:
    """Give a server that answers as it is told."""
    told = Answers()

    class Handler(QuietHandler):
        def answer(self) -> None:
            told.asked += 1
            status = told.statuses.pop(0) if told.statuses else 200
            self.send_response(status)
            body = b"" if status == 204 else b'{"metric":{},"values":[],"timestamps":[]}\n'
            # More is promised than is sent: a connection that breaks.
            self.send_header("Content-Length", str(len(body) + (100 if told.is_cut else 0)))
            told.is_cut = False
            self.end_headers()
            self.wfile.write(body)

    with http_running(Handler) as told.url:
        yield told


def many_pings(count: int) -> pl.DataFrame:
    """Return one scooter's pings, a millisecond apart."""
    at = pl.lit(START) + pl.duration(milliseconds=pl.int_range(count))
    values = {"scooter_code": pl.lit("S-1"), "city": pl.lit("c"), "firmware": pl.lit("1")}
    values |= {"reported_at": at, "received_at": at, "is_locked": pl.lit(True)}
    return pl.select(
        values.get(name, pl.lit(40.63)).cast(kind).alias(name) for name, kind in PINGS.items()
    )


def test_passing_refusals_are_asked_again_ever_later(answers: Answers) -> None:
    """429 and 503 are tried again, each wait twice the last; then the answer counts."""
    waits: list[float] = []
    answers.statuses = [503, 429, 500]
    with VictoriaMetrics(answers.url, waits.append) as store:
        store.write(b"{}")
    assert waits == [0.5, 1.0, 2.0]
    assert answers.asked == 4


def test_no_endless_patience(answers: Answers) -> None:
    """After the last attempt a sentence names the address, the reason and the setting."""
    answers.statuses = [503] * 100
    waits: list[float] = []
    with (
        VictoriaMetrics(answers.url, waits.append) as store,
        pytest.raises(SourceError, match=r"it answers 503.*MOOW_VICTORIA_METRICS_URL"),
    ):
        store.write(b"{}")
    assert answers.asked == 7
    assert sum(waits) == 31.5


def test_a_refusal_for_good_is_not_asked_again(answers: Answers) -> None:
    """404 is an error at once: it is the address of something else."""
    answers.statuses = [404]
    with (
        VictoriaMetrics(answers.url, lambda _: pytest.fail("waited")) as store,
        pytest.raises(SourceError, match="answers 404 to /api/v1/import"),
    ):
        store.write(b"{}")
    assert answers.asked == 1


def test_an_answer_that_breaks_off_is_asked_for_again(answers: Answers) -> None:
    """An export that ends before its announced length is not taken for a whole one."""
    answers.is_cut = True
    with VictoriaMetrics(answers.url, lambda _: None) as store:
        content = store.read(ALL, 0, 1, 1000)
    assert answers.asked == 2
    assert content is not None
    assert content.count(b"\n") == 1


def test_nobody_there() -> None:
    """An address where nothing listens is a sentence, with no password in it."""
    with (
        VictoriaMetrics("http://moow:secret@127.0.0.1:9", lambda _: None) as store,
        pytest.raises(SourceError, match="does not answer") as raised,
    ):
        store.check()
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize("login", ["", "moow:wrong@"])
def test_wrong_credentials(victoria_metrics_binary: str, tmp_path: Path, login: str) -> None:
    """A server with a password refuses none and a wrong one with a sentence; the right one fits."""
    server = VictoriaServer(tmp_path / "closed", auth=("moow", "secret"))
    server.start()
    try:
        with pytest.raises(SourceError, match=r"refuses the user and password \(401\)"):
            check_store(server.url.replace("//", f"//{login}"))
        check_store(server.url.replace("//", "//moow:secret@"))
    finally:
        server.kill()


def test_pages_are_as_large_as_memory_allows(
    victoria_metrics_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page that would be too large is read in halves; pages neither overlap nor leave gaps."""
    monkeypatch.setattr(pages, "PAGE_BYTES", 40_000)
    pings = many_pings(5000)
    with open_store(victoria_metrics_url) as store:
        for body in requests(pings):
            store.write(body)
        store.flush()
        found = list(read_pages(store, ALL, START_MS - 3_600_000, START_MS + 7_200_000))
        by_stretch = list(read_pages(store, ALL, START_MS, START_MS + 7_200_000, 600_000))
    assert [page.start_ms for page in found[1:]] == [page.end_ms for page in found[:-1]]
    assert len([page for page in found if page.content]) > 3
    assert pl.concat(read_pings(page.content) for page in found).equals(pings)
    assert all(page.start_ms % 600_000 == 0 for page in by_stretch)
    assert sum(read_pings(page.content).height for page in by_stretch) == 5000


def test_more_than_memory_holds_in_the_shortest_page(
    victoria_metrics_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stretch that cannot be halved further and holds too much is an error that says so."""
    monkeypatch.setattr(pages, "PAGE_BYTES", 1000)
    monkeypatch.setattr(pages, "_MOST_BYTES", 2000)
    with open_store(victoria_metrics_url) as store:
        for body in requests(many_pings(1000)):
            store.write(body)
        store.flush()
        with pytest.raises(SourceError, match="MOOW_PING_RESOLUTION_S"):
            list(read_pages(store, ALL, START_MS, START_MS + 1000))


@pytest.mark.parametrize("value", ["victoria:8428", "ftp://victoria", "http://", "http://h:x"])
def test_addresses_that_cannot_be(value: str) -> None:
    """A setting that is no address is refused with an example."""
    with pytest.raises(SettingsError, match=r"MOOW_VICTORIA_METRICS_URL.*http://user:password@"):
        load_settings(victoria_metrics_url=value, _env_file=None)


@pytest.mark.parametrize(
    ("value", "is_good"), [(-1, False), (0, True), (86_400, True), (86_401, False)]
)
def test_resolutions_of_a_day_at_most(value: int, is_good: bool) -> None:
    """From every ping to one a day."""
    if is_good:
        assert load_settings(ping_resolution_s=value, _env_file=None).ping_resolution_s == value
    else:
        with pytest.raises(SettingsError, match="MOOW_PING_RESOLUTION_S"):
            load_settings(ping_resolution_s=value, _env_file=None)


def test_what_was_written_is_seen_after_a_flush(victoria_metrics_url: str) -> None:
    """A new series is seen at once, although the same question was answered a moment before."""
    with open_store(victoria_metrics_url) as store:
        for count in (1, 2, 3):
            assert read_pings(store.read(ALL, START_MS, START_MS, 10**6) or b"").height == count - 1
            one = many_pings(1).with_columns(scooter_code=pl.lit(f"S-{count}"))
            for body in requests(one):
                store.write(body)
            store.flush()
