"""Telemetry messages: every text becomes pings or reasons."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.rejections import REASON
from extract.telemetry.messages import parse_messages
from tests.extract.sources import START, message, old_message

pytestmark = pytest.mark.unit

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
_FIELD = st.sampled_from(
    [*("v", "device", "id", "gps", "lat", "lng", "ts", "sent_at", "battery", "bat"), "messages"]
)
_MESSAGE = st.dictionaries(_FIELD, _JSON, max_size=6)


def parse(*texts: Any) -> pl.DataFrame:
    lines = [text if isinstance(text, str) else json.dumps(text) for text in texts]
    return parse_messages(pl.Series(lines, dtype=pl.String()))


def test_both_firmwares_give_the_same_columns() -> None:
    """A message of either firmware says who, when, where and how full."""
    parsed = parse(message(1, START), old_message(1, START))
    assert parsed["scooter_code"].to_list() == ["SKG-0001"] * 2
    assert parsed["reported_at"].to_list() == [START] * 2
    assert parsed["latitude"].to_list() == [40.63] * 2
    assert parsed["battery_pct"].to_list() == [71.0] * 2
    assert parsed["is_locked"].to_list() == [True] * 2
    assert parsed["firmware"].to_list() == ["3.1.4", "1"]
    assert parsed[REASON].null_count() == 2


def test_arrays_give_a_row_a_message() -> None:
    """Messages sent together are told apart, those of both firmwares in one array too."""
    parsed = parse({"messages": [message(1, START), old_message(2, START)]})
    assert parsed["scooter_code"].to_list() == ["SKG-0001", "SKG-0002"]
    assert parsed.select("line", "part").rows() == [(0, 0), (0, 1)]


@pytest.mark.parametrize(
    "envelope",
    [
        "[%s,%s]",
        "\n [ %s , %s ] ",
        '{"messages":[%s,%s]}',
        '{ "messages" : [%s, %s] }',
        '{"gateway": "g-1", "messages": [%s,\n%s], "count": 2, "last": null}',
        '{"of": {"lat": 1}, "messages": [%s,%s]}',
    ],
)
def test_arrays_in_any_envelope(envelope: str) -> None:
    """Several messages in a line are told apart, bare or in an object, whatever stands beside."""
    both = json.dumps(message(1, START)), json.dumps({**old_message(2, START), "x": [{}, {}]})
    parsed = parse(envelope % both)
    assert parsed.select("line", "part", "scooter_code", REASON).rows() == [
        (0, 0, "SKG-0001", None),
        (0, 1, "SKG-0002", None),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '[{"id":"a"},{"id":"b"}',
        '{"id":"a"},{"id":"b"}]',
        '[{"id":"a"},{"id":"b"}]}',
        '{"messages":[{"id":"a"},{"id":"b"}]',
        '{"messages":[{"id":"a"},{"id":"b},{"}]}}',
        '[{"id":"a"},{"id":"b"},]',
    ],
)
def test_what_is_nearly_an_array_is_no_json(text: str) -> None:
    """An array that is not whole gives one reason, not the messages in it."""
    parsed = parse(text)
    assert parsed.select("part", REASON).rows() == [(None, "not JSON")]


def test_a_message_with_messages_is_one() -> None:
    """Where a line names a scooter, what else it holds is no message of its own."""
    parsed = parse({**old_message(1, START), "messages": [old_message(2, START)]})
    assert parsed.select("part", "scooter_code").rows() == [(None, "SKG-0001")]


def test_a_number_of_its_own_is_not_the_scooter() -> None:
    """Where a message has an id beside that of its device, the device tells the scooter."""
    parsed = parse(*({"id": f"m-{n}", **message(n, START)} for n in range(1, 5)))
    assert parsed["scooter_code"].to_list() == [f"SKG-{n:04d}" for n in range(1, 5)]


def test_missing_and_null_fields_stay_null() -> None:
    """A message may lack everything but its sender and time."""
    thin = {"device": {"id": "SKG-0001"}, "sent_at": "2026-06-01T06:00:00Z", "gps": None}
    parsed = parse(thin)
    assert parsed[REASON].to_list() == [None]
    assert parsed.select("latitude", "battery_pct", "is_locked").row(0) == (None, None, None)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{bad", "not JSON"),
        ('{"id": "a", "ts": NaN}', "ts is not a finite number"),
        ("[1]", "a message is an object, not int"),
        ("[]", "no message"),
        ('[[{"id": "a"}]]', "a message is an object, not list"),
        ("5", "a message is an object, not int"),
        ('{"ts": 5}', "no scooter id"),
        ('{"id": "a"}', "no time"),
        ("null", "no message"),
        ('{"messages": []}', "no message"),
        ('{"id": "a", "ts": 1, "lat": 1e999}', "lat is not a finite number"),
    ],
)
def test_what_cannot_be_read_says_why(text: str, reason: str) -> None:
    """A text that is no message is given a reason."""
    parsed = parse(text)
    assert parsed[REASON].to_list() == [reason]


def test_one_bad_message_does_not_spoil_its_neighbours() -> None:
    """Of an array with a bad message, the others are read."""
    parsed = parse({"messages": [message(1, START), message(2, START, lat="x")]})
    assert parsed[REASON].to_list() == [None, "gps.lat is 'x'; a number is needed"]


def test_epochs_in_milliseconds_are_noticed() -> None:
    """Firmware that counts milliseconds gives the same time."""
    parsed = parse(old_message(1, START, ts=START.timestamp() * 1000))
    assert parsed["reported_at"].to_list() == [START]


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text() | _JSON.map(json.dumps) | _MESSAGE.map(json.dumps), max_size=6))
def test_nothing_raises_and_nothing_is_lost(texts: list[str]) -> None:
    """Whatever the lines hold, each becomes at least one message or reason."""
    parsed = parse(*texts)
    assert set(parsed["line"]) == set(range(len(texts)))
    fine = parsed.filter(pl.col(REASON).is_null())
    assert fine["scooter_code"].null_count() == 0


_SPOILS = st.sampled_from(
    [
        lambda text: text,
        lambda text: text[: len(text) // 2],
        lambda text: text.replace("40.63", "NaN"),
        lambda text: text.replace("40.63", '"40.63"'),
        lambda text: text.replace(", ", ","),
        lambda text: text.replace(", ", ",").replace(": ", ":"),
        lambda text: "  " + text + " ",
        lambda text: text.replace("SKG", "S\\u004bG"),
        lambda text: text.replace("{", "{\n", 1),
        lambda text: text.replace('"v": 2, ', ""),
        lambda text: text.replace("true", "1"),
        lambda text: text + text,
        lambda text: text + "," + text,
        lambda text: text.replace("}", "},", 1),
        lambda text: text.replace('"hdop": 1.2', '"hdop": null'),
        lambda text: text.replace('"hdop": 1.2', '"hdop": 1, "hdop": 2'),
        lambda text: text.replace('"lat"', '"l\\u0061t"'),
        lambda text: text.replace("71", "true"),
    ]
)
_GOOD = st.integers(0, 5).map(
    lambda kind: json.dumps(
        [
            message(1, START),
            old_message(2, START),
            {"messages": [message(3, START), old_message(4, START)]},
            {"device": {"id": "SKG-0005"}, "sent_at": "2026-06-01T06:00:00+00:00", "gps": None},
            [message(3, START), {**old_message(4, START), "lat": None}],
            {**dict(reversed(message(6, START).items())), "seq": 7, "net": {"id": "x"}},
        ][kind]
    )
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(_GOOD, _SPOILS), max_size=8))
def test_neighbours_make_no_difference(drawn: list[tuple[str, Any]]) -> None:
    """A line gives the same messages in whatever company it comes, in the order of the lines."""
    texts = [spoil(text) for text, spoil in drawn]
    together = parse(*texts)
    alone = [
        parse(text).with_columns(line=pl.lit(number, pl.UInt32))
        for number, text in enumerate(texts)
    ]
    assert together.equals(pl.concat(alone) if alone else together.clear())


@settings(max_examples=150, deadline=None)
@given(
    st.floats(-90, 90, allow_subnormal=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
    st.booleans(),
)
def test_the_fast_way_reads_what_the_patient_one_reads(
    latitude: float, code: str, is_locked: bool
) -> None:
    """A message is the same in a layout that the others have and in one that no pattern fits."""
    usual = message(1, START, lat=latitude)
    usual["device"] = {"id": code, "fw": "3.1.4"}
    usual["state"]["locked"] = is_locked
    text = json.dumps(usual, ensure_ascii=False)
    both = parse(text, f" {text}")
    assert both[:1].drop("line").equals(both[1:].drop("line"))


def test_a_batch_of_lines_is_shared_among_threads() -> None:
    """Many lines come out in their order, the bad among them at their place."""
    lines = [json.dumps(message(1, START)) if n % 7 else "{" for n in range(30_000)]
    parsed = parse(*lines)
    assert parsed["line"].to_list() == list(range(30_000))
    assert parsed.filter(pl.col(REASON) == "not JSON")["line"].to_list() == [*range(0, 30_000, 7)]


def test_bad_lines_among_those_of_an_unknown_layout() -> None:
    """Where no pattern fits and a batch is refused, what is whole is read and the rest told."""
    fine = json.dumps(dict(reversed(message(1, START).items())))
    bad = {5: "{", 300: fine.replace("40.63", "4O.63"), 700: fine.replace("71.0", '"71"')}
    parsed = parse(*(bad.get(n, fine) for n in range(1000)))
    found = parsed.filter(pl.col(REASON).is_not_null())
    assert dict(found.select("line", REASON).iter_rows()) == {
        5: "not JSON",
        300: "not JSON",
        700: "battery.pct is '71'; a number is needed",
    }
    assert parsed.filter(pl.col(REASON).is_null())["latitude"].unique().to_list() == [40.63]
