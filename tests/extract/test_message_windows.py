"""Which messages of an operational database are read, and in which parts."""

from __future__ import annotations

from datetime import timedelta

import pytest

from extract.operational.reader import OperationalReader
from extract.telemetry import parts
from extract.telemetry.database import read_messages, timeless_messages
from extract.telemetry.parts import message_windows
from tests.extract.sources import START, Operational, naive

pytestmark = [pytest.mark.db, pytest.mark.services]
MINUTE = timedelta(minutes=1)


def test_windows_of_a_mariadb(mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Windows end with messages that are there, in UTC, and hold every message once."""
    monkeypatch.setattr(parts, "PART_MESSAGES", 4)
    maria = Operational(mariadb_url)
    with maria.engine.begin() as connection:
        # The moment that it is, whatever the zone of who asks.
        connection.exec_driver_sql("alter table telemetry_messages modify received_at timestamp(3)")
        connection.exec_driver_sql("set time_zone = '+00:00'")
        for number in range(10):
            connection.exec_driver_sql(
                "insert into telemetry_messages values (%s, %s, '{}')",
                (number, naive(START + number * MINUTE)),
            )
    reader = OperationalReader(mariadb_url)
    late, newest = START + 60 * MINUTE, START + 9 * MINUTE
    windows = message_windows(reader, None, MINUTE, late)
    assert [(it.since, it.until) for it in windows] == [
        (None, START + 3 * MINUTE),
        (START + 3 * MINUTE, START + 7 * MINUTE),
        (START + 7 * MINUTE, newest),
    ]
    found = [
        number
        for it in windows
        for frame in read_messages(reader, it.since, it.until)
        for number in frame["number"]
    ]
    assert sorted(found) == list(range(10))
    # A cursor from a clock that was ahead is no further than the newest message.
    (window,) = message_windows(reader, late, MINUTE, late)
    (frame,) = read_messages(reader, window.since, window.until)
    assert (window.until, sorted(frame["number"])) == (newest, [8, 9])
    assert message_windows(reader, None, MINUTE, START - MINUTE) == []


def test_messages_without_a_time_of_arrival(mariadb_url: str) -> None:
    """No cursor finds a null or a date of zeros, so they are counted, and nothing else is."""
    maria = Operational(mariadb_url)
    reader = OperationalReader(mariadb_url)
    maria.put("telemetry_messages", {"id": 1, "received_at": naive(START), "payload": "{}"})
    assert timeless_messages(reader) == []
    with maria.engine.begin() as connection:
        connection.exec_driver_sql("set sql_mode = ''")
        connection.exec_driver_sql(
            "insert into telemetry_messages values (2, null, '{}'), (3, '0000-00-00', '{}')"
        )
    (sentence,) = timeless_messages(reader)
    assert "messages without received_at, which no run reads: 2; set it to the time" in sentence
    with maria.engine.begin() as connection:
        connection.exec_driver_sql("drop table telemetry_messages")
    assert timeless_messages(OperationalReader(mariadb_url)) == []
