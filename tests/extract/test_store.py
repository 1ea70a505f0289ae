"""The store of pings, against a real VictoriaMetrics: what goes in comes back, whatever happens."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from extract.run import extract_all
from extract.schemas import create_raw_tables
from extract.telemetry.ingest import ingest_telemetry
from extract.telemetry.read_back import StoreLoad
from extract.telemetry.samples import ALL, PINGS, read_pings, requests
from extract.telemetry.store_writes import StoreWrites
from extract.telemetry.victoria_metrics import VictoriaMetrics, open_store
from tests.extract.raw import count, pings_in, reasons
from tests.extract.sources import (
    START,
    UNTIL,
    Operational,
    message,
    naive,
    old_message,
    scooter,
    write_pings,
)
from tests.victoria import VictoriaServer
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def stored(settings: Settings, url: str, resolution_s: int = 0) -> Settings:
    changes = {"victoria_metrics_url": url, "ping_resolution_s": resolution_s}
    return settings.model_copy(update=changes)


@pytest.fixture
def fleet(warehouse: Warehouse, operational: Operational) -> Operational:
    """Give a database whose scooters the warehouse knows already."""
    create_raw_tables(warehouse)
    know(warehouse, 1, "SKG-0001")
    know(warehouse, 2, "SKG-0002")
    return operational


def know(warehouse: Warehouse, number: int, code: str) -> None:
    warehouse.execute(
        "insert into raw_operational.scooters (id, city, code)"
        " values (%(number)s, 'thessaloniki', %(code)s)",
        {"number": number, "code": code},
    )


def start_anew(warehouse: Warehouse) -> None:
    """Forget what was loaded, as a new warehouse would not know it."""
    warehouse.execute("drop schema raw_telemetry cascade; create schema raw_telemetry")


def samples(url: str) -> pl.DataFrame:
    with VictoriaMetrics(url) as store:
        store.flush()
        content = store.read(ALL, 0, int(UNTIL.timestamp() * 1000) + 86_400_000, 10**9)
    assert content is not None
    return read_pings(content)


def load(
    settings: Settings, warehouse: Warehouse, until: datetime, is_complete: bool = False
) -> dict[str, int]:
    """Run the telemetry's part of an extraction."""
    assert settings.victoria_metrics_url is not None
    with open_store(settings.victoria_metrics_url) as store:
        return StoreLoad(settings, warehouse, store, until, is_complete).run()


def some_pings() -> list[Any]:
    """Return messages of all kinds: fields missing, arrays, both firmwares, seven decimals."""
    thin = {"device": {"id": "SKG-0001"}, "sent_at": "2026-06-01T06:30:00.007Z"}
    return [
        *(message(1, START + n * MINUTE, lat=round(40.6300001 + n / 1e6, 7)) for n in range(30)),
        {"messages": [message(2, START + n * MINUTE) for n in range(5)]},
        *(old_message(2, START + n * MINUTE, bat=None, lock=n % 2) for n in range(5, 20)),
        {**thin, "gps": {"lat": 40.7654321, "lon": -22.9876543, "hdop": None}},
        message(1, START + 3 * MINUTE, lat=41.0),
    ]


def test_the_store_gives_what_the_files_give(
    settings: Settings, warehouse: Warehouse, operational: Operational, victoria_metrics_url: str
) -> None:
    """The same messages through VictoriaMetrics and through files are the same pings."""
    write_pings(settings.pings, START, some_pings())
    write_pings(
        settings.pings, START + HOUR, [message(1, START - MINUTE), "{bad", message(9, START)]
    )
    direct = {
        "id": 1,
        "received_at": naive(UNTIL - MINUTE),
        "payload": json.dumps(message(1, UNTIL)),
    }
    operational.put("telemetry_messages", direct)
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    wanted, refused = pings_in(warehouse), reasons(warehouse, "raw_telemetry.pings")
    assert len(wanted) == 53
    start_anew(warehouse)
    with_store = stored(settings, victoria_metrics_url)
    report = ingest_telemetry(with_store, warehouse, None, UNTIL)
    assert (report.written, report.rejected, report.files) == (53, 2, 2)
    assert reasons(warehouse, "raw_telemetry.pings") == refused
    assert extract_all(with_store, warehouse, cities=None, until=UNTIL).rows == {
        "raw_telemetry.pings": 53
    }
    assert pings_in(warehouse) == wanted
    sources = warehouse.fetch("select distinct source from raw_telemetry.pings")
    assert sources == [{"source": "VictoriaMetrics"}]


def test_again_writes_nothing_and_loads_nothing(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """A second ingest, even of all files anew, and a second run find nothing new."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, some_pings())
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).written == 51
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).files == 0
    report = ingest_telemetry(with_store, warehouse, None, UNTIL, again=True)
    assert (report.files, report.written) == (1, 0)
    load(with_store, warehouse, UNTIL)
    assert load(with_store, warehouse, UNTIL) == {}


def test_late_duplicate_and_out_of_order_pings(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """Pings that come days late, twice or backwards end up once, the first version staying."""
    with_store = stored(settings, victoria_metrics_url)
    begin = START - timedelta(days=20)
    write_pings(settings.pings, START, [message(1, START + n * MINUTE) for n in (3, 1, 2)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 3
    late = [message(1, begin), message(2, START - 5 * HOUR), message(1, START + MINUTE, lat=41.0)]
    write_pings(settings.pings, UNTIL, late)
    after = UNTIL + HOUR
    ingest_telemetry(with_store, warehouse, None, after)
    load(with_store, warehouse, after)
    found = {(row["scooter_code"], row["reported_at"]): row for row in pings_in(warehouse)}
    assert len(found) == 5
    assert found["SKG-0001", begin]["received_at"] == UNTIL
    assert found["SKG-0001", START + MINUTE]["latitude"] == 40.63


def test_late_messages_are_read_however_many_ingests_came_between(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """What an ingest wrote weeks back waits for the next load, whatever later ingests do."""
    with_store = stored(settings, victoria_metrics_url)

    def put(number: int, received_at: datetime, reported_at: datetime) -> None:
        payload = json.dumps(message(1, reported_at))
        row = {"id": number, "received_at": naive(received_at), "payload": payload}
        fleet.put("telemetry_messages", row)

    put(1, START, START)
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    put(2, UNTIL + MINUTE, START - timedelta(days=20))
    for number in range(3, 7):
        if number < 5:
            put(number, UNTIL + number * MINUTE, UNTIL + number * MINUTE)
        ingest_telemetry(with_store, warehouse, None, UNTIL + number * MINUTE)
        warehouse.execute(
            "update raw_telemetry.ingested set ingested_at = now() - interval '2 minutes'"
        )
    load(with_store, warehouse, UNTIL + HOUR)
    assert pings_in(warehouse)[0]["reported_at"] == START - timedelta(days=20)
    assert count(warehouse, "raw_telemetry.pings") == 4
    load(with_store, warehouse, UNTIL + HOUR)
    assert count(warehouse, "raw_telemetry.store_writes") == 0


def test_what_a_run_that_found_nothing_put_off_is_read_later(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """A ping of weeks ago that arrived after the clock of a run waits, though it loaded nothing."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, [message(1, START)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    write_pings(settings.pings, UNTIL + 2 * HOUR, [message(1, START - timedelta(days=20))])
    ingest_telemetry(with_store, warehouse, None, UNTIL + 4 * HOUR)
    assert load(with_store, warehouse, UNTIL + HOUR) == {}
    load(with_store, warehouse, UNTIL + 4 * HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 2


def test_an_ingest_that_goes_on_while_the_warehouse_reads(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """What is written while a load reads is read again by the next, once all of it is there."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START - HOUR, [message(1, START - HOUR)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    with open_store(victoria_metrics_url) as store:
        writes = StoreWrites(warehouse, store.address)
    begin = START - timedelta(days=20)
    write_pings(settings.pings, START, [message(1, begin)])
    writes.announce(begin)
    load(with_store, warehouse, UNTIL + HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 1
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    # The other one died: the ingest after it has ended what it began.
    assert writes.first_since(START) == begin
    for _ in range(2):  # the second one forgets what the first has read
        load(with_store, warehouse, UNTIL + 2 * HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 2
    assert writes.first_since(START) is None


def test_nothing_later_than_the_clock_is_known(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """A ping that arrived after the clock of a run is loaded by the first run it was known to."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, [message(1, START)])
    write_pings(settings.pings, UNTIL + HOUR, [message(1, START - timedelta(days=9))])
    ingest_telemetry(with_store, warehouse, None, UNTIL + 5 * HOUR)
    load(with_store, warehouse, UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 1
    load(with_store, warehouse, UNTIL + HOUR - timedelta(milliseconds=1))
    assert count(warehouse, "raw_telemetry.pings") == 1
    load(with_store, warehouse, UNTIL + HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 2


def test_a_run_as_of_the_past_hides_nothing_from_the_next(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """What an ingest wrote is loaded by the next run, though one as of the past came between."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, [message(1, START)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    for days in range(10, 21):
        at = START - timedelta(days=days)
        write_pings(settings.pings, at, [message(1, at), message(3, at)])
    past = UNTIL - timedelta(days=15)
    write_pings(settings.pings, UNTIL - HOUR, [message(2, past - HOUR)])
    know(warehouse, 3, "SKG-0003")
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, past)
    assert count(warehouse, "raw_telemetry.pings") == 1 + 6 * 2
    load(with_store, warehouse, UNTIL + HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 1 + 11 * 2 + 1


def test_what_was_put_off_waits_when_a_run_breaks_off(
    settings: Settings,
    warehouse: Warehouse,
    fleet: Operational,
    victoria_metrics_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of several pings that were put off, those that a broken run did not reach still are."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, [message(1, START)])
    late = [message(1, START - timedelta(days=days)) for days in (40, 10)]
    write_pings(settings.pings, UNTIL, late)
    ingest_telemetry(with_store, warehouse, None, UNTIL + HOUR)
    load(with_store, warehouse, UNTIL - HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 1
    read, end = VictoriaMetrics.read, int((START - timedelta(days=20)).timestamp() * 1000)

    def broken(store: VictoriaMetrics, match: str, start_ms: int, *rest: Any) -> bytes | None:
        if start_ms > end:
            raise SourceError("away")
        return read(store, match, start_ms, *rest)

    monkeypatch.setattr("extract.telemetry.read_back._PAGES", 1)
    with monkeypatch.context() as patched:
        patched.setattr(VictoriaMetrics, "read", broken)
        with pytest.raises(SourceError, match="away"):
            load(with_store, warehouse, UNTIL + HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 2
    load(with_store, warehouse, UNTIL + HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 3


def test_resolution_keeps_the_last_of_each_stretch(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """One ping a scooter and stretch, the last; a later one takes the place of the one before."""
    with_store = stored(settings, victoria_metrics_url, resolution_s=600)
    seconds = timedelta(seconds=1)
    times = [0 * seconds, 599 * seconds, 600 * seconds, 700 * seconds]
    write_pings(settings.pings, START, [message(1, START + it) for it in times])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    kept = [row["reported_at"] - START for row in pings_in(warehouse)]
    assert kept == [599 * seconds, 700 * seconds]
    write_pings(
        settings.pings, UNTIL, [message(1, START + 650 * seconds), message(1, START + 19 * MINUTE)]
    )
    ingest_telemetry(with_store, warehouse, None, UNTIL + HOUR)
    load(with_store, warehouse, UNTIL + HOUR)
    kept = [row["reported_at"] - START for row in pings_in(warehouse)]
    assert kept == [599 * seconds, 19 * MINUTE]


def test_resolution_as_of_the_past(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """A run as of the past neither removes a later ping of a stretch nor adds an earlier one."""
    with_store = stored(settings, victoria_metrics_url, resolution_s=600)
    write_pings(settings.pings, START, [message(1, START + MINUTE), message(2, START + MINUTE)])
    write_pings(settings.pings, UNTIL - HOUR, [message(1, START + n * MINUTE) for n in (2, 9, 11)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    wanted = pings_in(warehouse)
    assert [row["reported_at"] - START for row in wanted] == [9 * MINUTE, 11 * MINUTE, MINUTE]
    load(with_store, warehouse, UNTIL - 2 * HOUR, is_complete=True)
    assert pings_in(warehouse) == wanted
    load(with_store, warehouse, UNTIL)
    assert pings_in(warehouse) == wanted


def test_pings_of_others(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """Other labels are ignored, strange scooters rejected, unfinished pings and infinities left."""
    with_store = stored(settings, victoria_metrics_url)
    at = int(START.timestamp() * 1000)

    def lines(value: Any, name: str, **labels: str) -> str:
        metric = {"__name__": f"moow_{name}", **labels}
        return json.dumps({"metric": metric, "values": [value], "timestamps": [at]})

    def whole(**labels: str) -> list[str]:
        values = {"latitude": 40.63, "longitude": 22.94, "received_at": at / 1000}
        return [lines(value, name, **labels) for name, value in values.items()]

    body = [*whole(scooter="SKG-0001", city="atlantis", vendor="x"), *whole(scooter="NOBODY-1")]
    body += [*whole(city="thessaloniki"), lines(40.63, "latitude", scooter="SKG-0002")]
    with open_store(victoria_metrics_url) as store:
        store.write("\n".join(body).encode())
        store.flush()
    load(with_store, warehouse, UNTIL)
    rows = pings_in(warehouse)
    assert [(row["scooter_code"], row["city"]) for row in rows] == [("SKG-0001", "thessaloniki")]
    name = "store NOBODY-1@2026-06-01T06:00:00.000Z"
    assert reasons(warehouse, "raw_telemetry.pings") == {name: "unknown scooter"}
    know(warehouse, 3, "NOBODY-1")
    load(with_store, warehouse, UNTIL)
    assert reasons(warehouse, "raw_telemetry.pings") == {}
    assert count(warehouse, "raw_telemetry.pings") == 2


@pytest.mark.parametrize(
    ("hours", "is_complete", "found"), [(1, False, 1), (1, True, 2), (48, False, 2)]
)
def test_what_others_write_days_late(
    settings: Settings,
    warehouse: Warehouse,
    fleet: Operational,
    victoria_metrics_url: str,
    hours: int,
    is_complete: bool,
    found: int,
) -> None:
    """A night's run looks a week back; so does an hour's when there was none for two days."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, [message(1, START)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    at = UNTIL - timedelta(days=3)
    values = {"latitude": 40.63, "longitude": 22.94, "received_at": UNTIL.timestamp()}
    body = [
        json.dumps(
            {
                "metric": {"__name__": f"moow_{name}", "scooter": "SKG-0001"},
                **{"values": [value], "timestamps": [int(at.timestamp() * 1000)]},
            }
        )
        for name, value in values.items()
    ]
    with open_store(victoria_metrics_url) as store:
        store.write("\n".join(body).encode())
        store.flush()
    load(with_store, warehouse, UNTIL + hours * HOUR, is_complete)
    assert count(warehouse, "raw_telemetry.pings") == found


def test_a_scooter_registered_late(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """A ping rejected by an ingest is written by the first that knows its scooter."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, [{"messages": [message(3, START), message(4, START)]}])
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).rejected == 2
    fleet.put("scooters", scooter(3))
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).written == 1
    # The rejection goes once the ping was found in the store, not while it might be lost.
    assert count(warehouse, "raw_telemetry.pings_rejected") == 2
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).written == 0
    assert count(warehouse, "raw_telemetry.pings_rejected") == 1
    know(warehouse, 3, "SKG-0003")
    load(with_store, warehouse, UNTIL)
    assert [row["scooter_code"] for row in pings_in(warehouse)] == ["SKG-0003"]


def test_a_scooter_whose_code_was_mended(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """A fleet of the same size is another one when a code was mended: its pings are looked at."""
    with_store = stored(settings, victoria_metrics_url)
    know(warehouse, 3, "SKG-3")
    write_pings(settings.pings, START, [message(3, START)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    fleet.put("scooters", scooter(3))
    for hours in (1, 2):  # the second one finds the ping in the store
        ingest_telemetry(with_store, warehouse, None, UNTIL + hours * HOUR)
    warehouse.execute("update raw_operational.scooters set code = 'SKG-0003' where id = 3")
    load(with_store, warehouse, UNTIL + 3 * HOUR)
    assert [row["scooter_code"] for row in pings_in(warehouse)] == ["SKG-0003"]
    assert reasons(warehouse, "raw_telemetry.pings") == {}
    looked = "select path from raw_telemetry.ingested where starts_with(path, 'second look')"
    assert len(warehouse.fetch(looked)) == 1


def test_a_scooter_registered_late_at_a_resolution(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """Pings of a scooter known since are thinned as others, and keep when they arrived."""
    with_store = stored(settings, victoria_metrics_url, resolution_s=600)
    know(warehouse, 3, "SKG-0003")
    times = [timedelta(0), 9 * MINUTE, 11 * MINUTE, 5 * HOUR]
    write_pings(settings.pings, START, [message(3, START + it) for it in times])
    write_pings(settings.pings, START, [message(1, START)], "kozani")
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    warehouse.execute("delete from raw_operational.scooters where id = 3")
    load(with_store, warehouse, UNTIL)
    assert len(reasons(warehouse, "raw_telemetry.pings")) == 4
    know(warehouse, 3, "SKG-0003")
    # A ping of the same run takes the place of one that was loaded.
    late = [message(1, START + MINUTE)]
    write_pings(settings.pings, UNTIL - HOUR, late, "kozani")
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    rows = [(row["scooter_code"], row["reported_at"] - START) for row in pings_in(warehouse)]
    kept = [("SKG-0003", it) for it in times[1:]]
    assert rows == [("SKG-0001", MINUTE), *kept]
    assert reasons(warehouse, "raw_telemetry.pings") == {}
    arrived = [row["received_at"] for row in pings_in(warehouse)]
    assert arrived == [UNTIL - HOUR, START + 9 * MINUTE, START + 11 * MINUTE, START + 5 * HOUR]
    assert load(with_store, warehouse, UNTIL) == {}


def test_messages_that_an_ingest_was_away_for(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """An ingest takes all messages that it has not, however long ago the last one was."""
    with_store = stored(settings, victoria_metrics_url)

    def put(number: int, at: datetime) -> None:
        row = {"id": number, "received_at": naive(at), "payload": json.dumps(message(1, at))}
        fleet.put("telemetry_messages", row)

    put(1, START - timedelta(days=40))
    put(2, START)
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).written == 2
    put(3, START + HOUR)
    put(4, START + timedelta(days=3))
    assert ingest_telemetry(with_store, warehouse, None, START + timedelta(days=4)).written == 2
    # The clock of that run was ahead of what it had seen.
    put(5, START + timedelta(days=3, minutes=5))
    assert ingest_telemetry(with_store, warehouse, None, START + timedelta(days=4)).written == 1


def test_rejections_of_a_file_ingested_again(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics_url: str
) -> None:
    """What was rejected of a file is replaced when it is ingested again."""
    with_store = stored(settings, victoria_metrics_url)
    write_pings(settings.pings, START, ["{bad", "{worse"])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    write_pings(settings.pings, START, [message(1, START), "5"])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    found = reasons(warehouse, "raw_telemetry.pings")
    assert list(found.values()) == ["a message is an object, not int"]


def test_a_first_load_that_broke_off_goes_on(
    settings: Settings,
    warehouse: Warehouse,
    fleet: Operational,
    victoria_metrics_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What a first load has loaded is not read again; what was ingested since is."""
    with_store = stored(settings, victoria_metrics_url)
    years = [datetime(year, 1, 1, tzinfo=UTC) for year in (2018, 2020, 2025)]
    write_pings(settings.pings, START, [message(1, at) for at in years])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    read = VictoriaMetrics.read
    starts: list[int] = []
    end = int(datetime(2022, 1, 1, tzinfo=UTC).timestamp() * 1000)

    def noted(store: VictoriaMetrics, match: str, start_ms: int, *rest: Any) -> bytes | None:
        if start_ms > end:
            raise SourceError("away")
        starts.append(start_ms)
        return read(store, match, start_ms, *rest)

    monkeypatch.setattr("extract.telemetry.read_back._PAGES", 1)
    with monkeypatch.context() as patched:
        patched.setattr(VictoriaMetrics, "read", noted)
        with pytest.raises(SourceError, match="away"):
            load(with_store, warehouse, UNTIL)
        assert count(warehouse, "raw_telemetry.pings") == 2
        starts.clear()
        with pytest.raises(SourceError, match="away"):
            load(with_store, warehouse, UNTIL)
        assert min(starts) > years[1].timestamp() * 1000 - 86_400_000
    write_pings(settings.pings, UNTIL - HOUR, [message(2, years[0])])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    load(with_store, warehouse, UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 4


def test_killed_and_restarted_in_the_middle(
    settings: Settings,
    warehouse: Warehouse,
    fleet: Operational,
    victoria_metrics: VictoriaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server is killed while it is filled and comes back empty-handed: no ping is missing.

    The report counts what was written before it was killed, and after.
    """
    with_store = stored(settings, victoria_metrics.url)
    lines = [message(1, START + n * timedelta(milliseconds=10)) for n in range(200)]
    write_pings(settings.pings, START, lines)
    monkeypatch.setattr("extract.telemetry.samples._REQUEST_PINGS", 20)
    write = VictoriaMetrics.write
    calls: list[int] = []
    restarts: list[int] = []

    def write_and_fall(store: VictoriaMetrics, body: bytes) -> None:
        write(store, body)
        calls.append(len(body))
        if len(calls) == 11:
            victoria_metrics.kill()

    def restart(_: float) -> None:
        restarts.append(len(calls))
        victoria_metrics.start()

    monkeypatch.setattr(VictoriaMetrics, "write", write_and_fall)
    monkeypatch.setattr("extract.telemetry.victoria_metrics.wait", restart)
    report = ingest_telemetry(with_store, warehouse, None, UNTIL)
    assert restarts == [11]
    assert (report.files, report.written >= 200) == (1, True)
    assert samples(victoria_metrics.url).height == 200


def test_what_a_killed_server_forgot_is_written_again(
    settings: Settings, warehouse: Warehouse, fleet: Operational, victoria_metrics: VictoriaServer
) -> None:
    """Marks of a server that was killed since are not trusted until they are a minute old."""
    with_store = stored(settings, victoria_metrics.url)
    write_pings(settings.pings, START, [message(1, START), message(2, START)])
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    victoria_metrics.kill()
    # As if another second had begun: the start is told in whole seconds.
    warehouse.execute("update raw_telemetry.ingested set server_started_at = server_started_at - 1")
    victoria_metrics.start()
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).files == 1
    assert samples(victoria_metrics.url).height == 2
    warehouse.execute(
        "update raw_telemetry.ingested set ingested_at = now() - interval '2 minutes'"
    )
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    warehouse.execute("update raw_telemetry.ingested set server_started_at = server_started_at - 1")
    assert ingest_telemetry(with_store, warehouse, None, UNTIL).files == 0


def test_away_while_it_is_read(
    settings: Settings,
    warehouse: Warehouse,
    fleet: Operational,
    victoria_metrics: VictoriaServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The server goes away while the warehouse reads, and comes back: every ping is loaded once."""
    with_store = stored(settings, victoria_metrics.url)
    lines = [message(1, START - n * timedelta(days=30)) for n in range(100)]
    write_pings(settings.pings, START, lines)
    ingest_telemetry(with_store, warehouse, None, UNTIL)
    read = VictoriaMetrics.read
    stops: list[int] = []

    def read_and_fall(store: VictoriaMetrics, *arguments: Any) -> bytes | None:
        loaded = count(warehouse, "raw_telemetry.pings")
        if loaded > 30 * len(stops) and len(stops) < 2:
            stops.append(loaded)
            victoria_metrics.stop()
        return read(store, *arguments)

    monkeypatch.setattr(VictoriaMetrics, "read", read_and_fall)
    monkeypatch.setattr(
        "extract.telemetry.victoria_metrics.wait", lambda _: victoria_metrics.start()
    )
    load(with_store, warehouse, UNTIL)
    assert len(stops) == 2
    assert 0 < stops[0] < stops[1] < 100
    assert count(warehouse, "raw_telemetry.pings") == 100


def test_pings_too_old_for_the_store_are_said(
    settings: Settings,
    warehouse: Warehouse,
    fleet: Operational,
    victoria_metrics_binary: str,
    victoria_metrics: VictoriaServer,
) -> None:
    """What the server throws away for its retention is an error that names the flag."""
    victoria_metrics.stop()
    victoria_metrics.retention = "1d"
    victoria_metrics.start()
    write_pings(settings.pings, START, [message(1, datetime(2020, 1, 1, tzinfo=UTC))])
    with pytest.raises(SourceError, match=r"threw away a ping of 2020-01-01.*-retentionPeriod=10y"):
        ingest_telemetry(stored(settings, victoria_metrics.url), warehouse, None, UNTIL)
    assert count(warehouse, "raw_telemetry.ingested") == 0


def test_coordinates_come_back_as_they_went(victoria_metrics_url: str) -> None:
    """Nine decimals are exact, full doubles within 2e-10 degrees, what is not said stays so."""
    rows = 2000
    exact = [round(-90 + n * 0.090045, 9) for n in range(rows)]
    full = [-180 + n * 360 / (rows * 1.0000001) for n in range(rows)]
    pings = pl.DataFrame(
        {
            "scooter_code": [f"S-{n % 7}" for n in range(rows)],
            "city": ["c"] * rows,
            "firmware": ["3.1.4"] * rows,
            "reported_at": [START + n * timedelta(milliseconds=1) for n in range(rows)],
            "latitude": exact,
            "longitude": full,
            "hdop": [None, float("nan"), float("inf"), 1.25] * (rows // 4),
            "received_at": [START + n * timedelta(milliseconds=37) for n in range(rows)],
        },
        schema_overrides=PINGS,
    ).select(
        (pl.lit(None) if name in ("speed_kmh", "battery_pct", "is_locked") else pl.col(name))
        .cast(kind)
        .alias(name)
        for name, kind in PINGS.items()
    )
    with open_store(victoria_metrics_url) as store:
        for body in requests(pings):
            store.write(body)
    back = samples(victoria_metrics_url)
    assert back.drop("longitude", "hdop").equals(pings.drop("longitude", "hdop"))
    assert back["hdop"].to_list() == [None, None, None, 1.25] * (rows // 4)
    assert (back["longitude"] - pings["longitude"]).abs().max() < 2e-10  # type: ignore[operator]
