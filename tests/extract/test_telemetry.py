"""Pings from files and messages: late, repeated, damaged, impossible, of new scooters."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from extract.run import extract_all
from extract.telemetry import load, second_look
from tests.extract.raw import count, reasons
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    START,
    UNTIL,
    Operational,
    message,
    naive,
    ride,
    scooter,
    write_pings,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db
HOUR = timedelta(hours=1)


def test_bad_pings_are_kept_with_reasons(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """Each ping that cannot be true lands among the rejected with its text; the rest arrive."""
    lines = [
        message(1, START),
        message(1, START + timedelta(minutes=1), lat=0.0, lon=0.0),
        message(1, START + timedelta(minutes=2), lat=LONGITUDE, lon=LATITUDE),
        message(1, UNTIL + 2 * HOUR),
        message(1, START - timedelta(days=365 * 12)),
        message(9, START),
        {**message(1, START + timedelta(minutes=3)), "battery": {"pct": 101}},
        message(1, START + timedelta(minutes=4), lat=None),
        "{",
    ]
    write_pings(settings.pings, START, lines)
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    found = reasons(warehouse, "raw_telemetry.pings")
    assert {key.split(":")[1]: reason for key, reason in found.items()} == {
        "2": "position is no place",
        "3": "latitude and longitude are swapped",
        "4": "time in the far future",
        "5": "time before 2015",
        "6": "unknown scooter",
        "7": "battery is not within 0 to 100",
        "8": "no position",
        "9": "not JSON",
    }
    assert count(warehouse, "raw_telemetry.pings") == 1


def test_late_and_repeated_pings(
    settings: Settings, warehouse: Warehouse, operational: Operational, ping_file: Path
) -> None:
    """A late file is read when it comes, a ping twice sent counts once, files read are not read."""
    operational.put(
        "telemetry_messages",
        {"id": 1, "received_at": naive(START), "payload": json.dumps(message(1, START))},
    )
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 2
    late = [message(1, START), message(1, START - timedelta(minutes=30))]
    write_pings(settings.pings, START - HOUR, late)
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert report.rows == {"raw_telemetry.pings": 1}
    assert count(warehouse, "raw_telemetry.ping_files") == 2


def test_a_file_cut_off_keeps_its_whole_lines(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """The lines before the cut arrive, and the file is noted; made whole, it is read again."""
    lines = [message(1, START + timedelta(seconds=n)) for n in range(2000)]
    path = write_pings(settings.pings, START, lines)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    kept = count(warehouse, "raw_telemetry.pings")
    assert 0 < kept < 2000
    assert list(reasons(warehouse, "raw_telemetry.pings").values()) == ["the gzip file is cut off"]
    path.write_bytes(gzip.compress(gzip.decompress(whole)))
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 2000
    assert reasons(warehouse, "raw_telemetry.pings") == {}


def test_a_file_that_is_rewritten(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """What was rejected of a file is replaced when it is read again, that of others stays."""
    write_pings(settings.pings, START - HOUR, ["{other"])
    write_pings(settings.pings, START, ["{bad", "{worse", message(1, START, lat=None)])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    write_pings(settings.pings, START, [message(1, START), "5", message(2, START)])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    rows = warehouse.fetch("select row_key, reason, original from raw_telemetry.pings_rejected")
    assert sorted(tuple(row.values()) for row in rows) == [
        ("thessaloniki/2026-06-01/05.jsonl.gz:1", "not JSON", "{other"),
        ("thessaloniki/2026-06-01/06.jsonl.gz:2", "a message is an object, not int", "5"),
    ]
    assert count(warehouse, "raw_telemetry.pings") == 2


def put_message(operational: Operational, number: int, at: datetime) -> None:
    """Let a message of that time arrive at that time."""
    payload = json.dumps(message(1, at))
    row = {"id": number, "received_at": naive(at), "payload": payload}
    operational.put("telemetry_messages", row)


def test_a_clock_that_was_ahead(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A run whose clock is a day ahead does not keep later runs from what arrived meanwhile."""
    put_message(operational, 1, START)
    extract_all(settings, warehouse, cities=None, until=START + 24 * HOUR)
    put_message(operational, 2, START + 5 * HOUR)
    extract_all(settings, warehouse, cities=None, until=START + 6 * HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 2
    put_message(operational, 3, START + 100 * HOUR)
    put_message(operational, 4, START + 172 * HOUR)
    extract_all(settings, warehouse, cities=None, until=START + 172 * HOUR)
    assert count(warehouse, "raw_telemetry.pings") == 4


def test_a_message_without_a_time_of_arrival_is_named(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """No cursor finds it, so each run names it until it is mended; then it is loaded."""
    for number, received_at in ((1, naive(START)), (2, None)):
        payload = json.dumps(message(number, START))
        row = {"id": number, "received_at": received_at, "payload": payload}
        operational.put("telemetry_messages", row)
    for hours in (0, 1):
        report = extract_all(settings, warehouse, cities=None, until=UNTIL + hours * HOUR)
        (problem,) = report.problems
        assert "messages without received_at, which no run reads: 1; set it to" in problem
    put_message(operational, 2, UNTIL + HOUR)
    report = extract_all(settings, warehouse, cities=None, until=UNTIL + 2 * HOUR)
    assert report.problems == []
    assert count(warehouse, "raw_telemetry.pings") == 2


def test_a_first_load_takes_all_messages_in_parts(
    settings: Settings,
    warehouse: Warehouse,
    operational: Operational,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever the database still holds is loaded, so many messages at a time, each once."""
    monkeypatch.setattr("extract.telemetry.parts.PART_MESSAGES", 4)
    for number in range(20):
        # Three at a time share their time of arrival: a part ends between two times.
        payload = json.dumps(message(1, START + number * timedelta(seconds=1)))
        at = naive(START - (20 - number // 3) * 24 * HOUR)
        row = {"id": number, "received_at": at, "payload": payload}
        operational.put("telemetry_messages", row)
    windows: list[object] = []
    read = load.read_messages

    def noted(*arguments: Any) -> Iterator[pl.DataFrame]:
        windows.append(arguments[1:])
        return read(*arguments)

    monkeypatch.setattr(load, "read_messages", noted)
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == 20
    assert len(windows) == 4
    assert windows[0][0] is None  # type: ignore[index]
    assert extract_all(settings, warehouse, cities=None, until=UNTIL).rows == {}
    assert len(windows) == 5


@pytest.mark.parametrize(("minutes", "rows"), [(30, 2), (31, 1)])
def test_messages_that_are_committed_late(
    settings: Settings,
    warehouse: Warehouse,
    operational: Operational,
    minutes: int,
    rows: int,
) -> None:
    """A message is found that becomes visible within the overlap of the operational tables."""
    tight = settings.model_copy(update={"operational_overlap_minutes": 30})
    put_message(operational, 1, START)
    extract_all(tight, warehouse, cities=None, until=UNTIL)
    put_message(operational, 2, START - timedelta(minutes=minutes))
    extract_all(tight, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings") == rows


def test_a_scooter_that_is_registered_late(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """What was rejected for an unknown scooter arrives once the scooter is known."""
    operational.put("rides", ride(60, scooter_id=3))
    write_pings(settings.pings, START, [{"messages": [message(3, START), message(4, START)]}])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert reasons(warehouse, "raw_operational.rides") == {"60": "unknown scooter"}
    assert count(warehouse, "raw_telemetry.pings_rejected") == 2
    late = naive(UNTIL + 30 * HOUR)
    operational.put("scooters", scooter(3, updated_at=late, commissioned_at=late))
    extract_all(settings, warehouse, cities=None, until=UNTIL + 31 * HOUR)
    assert reasons(warehouse, "raw_operational.rides") == {}
    assert list(reasons(warehouse, "raw_telemetry.pings").values()) == ["unknown scooter"]
    assert count(warehouse, "raw_telemetry.pings") == 1


@pytest.mark.parametrize("rows", [1, 2, 20_000])
def test_a_second_look_takes_some_lines_at_a_time(
    settings: Settings,
    warehouse: Warehouse,
    operational: Operational,
    monkeypatch: pytest.MonkeyPatch,
    rows: int,
) -> None:
    """However few are taken at a time, each line is read once, with all that it holds."""
    monkeypatch.setattr(second_look, "_CHUNK_ROWS", rows)
    messages = [message(n, START + timedelta(minutes=n)) for n in range(3, 12)]
    write_pings(
        settings.pings, START, [{"messages": messages[:4]}, *messages[4:], message(99, START)]
    )
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert count(warehouse, "raw_telemetry.pings_rejected") == 10
    late = naive(UNTIL)
    operational.put("scooters", *(scooter(n, updated_at=late) for n in range(3, 12)))
    extract_all(settings, warehouse, cities=None, until=UNTIL + HOUR)
    assert list(reasons(warehouse, "raw_telemetry.pings").values()) == ["unknown scooter"]
    assert count(warehouse, "raw_telemetry.pings") == 9


def test_a_line_of_30_mb(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A line far too long is rejected with its beginning; its neighbours arrive."""
    long = json.dumps({**message(1, START), "note": "x" * 30_000_000})
    write_pings(settings.pings, START, [message(1, START - HOUR), long, message(1, START + HOUR)])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    rows = warehouse.fetch("select reason, original from raw_telemetry.pings_rejected")
    assert [row["reason"] for row in rows] == ["longer than 1,000,000 characters"]
    assert rows[0]["original"] == long[:100_000]
    assert count(warehouse, "raw_telemetry.pings") == 2


def test_numbers_that_are_none(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """NaN and infinite numbers are rejected, wherever they stand and however they are written."""
    lines = [json.dumps(message(1, START + n * timedelta(minutes=1))) for n in range(5)]
    bad = [
        lines[0].replace("40.63", "NaN"),
        lines[1].replace('"hdop": 1.2', '"hdop": Infinity'),
        lines[2].replace('"pct": 71.0', '"pct": -Infinity'),
        lines[3].replace("22.94", "1e999"),
    ]
    write_pings(settings.pings, START, [*bad, lines[4]])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    found = reasons(warehouse, "raw_telemetry.pings")
    assert {key.split(":")[1]: reason for key, reason in found.items()} == {
        "1": "gps.lat is not a finite number",
        "2": "gps.hdop is not a finite number",
        "3": "battery.pct is not a finite number",
        "4": "gps.lon is not a finite number",
    }
    assert count(warehouse, "raw_telemetry.pings") == 1


def test_a_clock_of_the_year_2099(
    settings: Settings, warehouse: Warehouse, operational: Operational
) -> None:
    """A ping more than an hour ahead of the clock is rejected; one an hour ahead is not."""
    times = [START.replace(year=2099), UNTIL + HOUR, UNTIL + HOUR + timedelta(milliseconds=1)]
    write_pings(settings.pings, START, [message(1, time) for time in times])
    extract_all(settings, warehouse, cities=None, until=UNTIL)
    assert set(reasons(warehouse, "raw_telemetry.pings").values()) == {"time in the far future"}
    rows = warehouse.fetch("select reported_at from raw_telemetry.pings")
    assert [row["reported_at"] for row in rows] == [UNTIL + HOUR]
