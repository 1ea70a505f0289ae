"""Several documents of one feed and time in a file: pieces, copies, or states that differ."""

from __future__ import annotations

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from extract.gbfs.documents import Document, read_documents
from tests.extract.fuzzed import nested
from tests.extract.gbfs_feed import LATITUDE, START, document, vehicle, write
from tests.extract.raw import reasons
from tests.extract.test_gbfs_load import load
from warehouse.connection import Warehouse
from warehouse.settings import Settings


def texts(*parts: Any) -> bytes:
    return "\n".join(map(json.dumps, parts)).encode()


@pytest.mark.unit
def test_pieces_copies_and_states_of_one_time() -> None:
    """Pieces are put together, copies are one; what names a thing again otherwise stands apart."""
    first, second = vehicle("a"), vehicle("b")
    moved = vehicle("a", lat=LATITUDE + 0.01)
    for others, rows, apart in [
        ([[second]], [first, second], []),
        ([[first]], [first], []),
        ([[second], [first], [second]], [first, second], []),
        ([[moved]], [first], [moved]),
        ([[moved, second]], [first], [moved, second]),
        ([[moved], [second], [moved]], [first, second], [moved]),
    ]:
        raw = texts(document([first]), *map(document, others))
        (read,), faults = read_documents(raw, "x.json")
        assert (read.rows, read.others, faults) == (rows, apart, [])
    raw = texts(document([first, second]), document([second, first]), document([second]))
    (read,), _ = read_documents(raw, "x.json")
    assert (read.rows, read.others) == ([first, second], [second])
    systems = [{"data": {"system_id": name}} for name in "ab"]
    (read,), _ = read_documents(texts(*systems), "x.json")
    assert (read.rows, read.others) == ([{"system_id": "a"}], [{"system_id": "b"}])


@pytest.mark.unit
def test_a_state_with_a_row_nested_deeply() -> None:
    """It has a digest, in any order of its rows, so that its file is not lost for one of them."""
    rows = [vehicle("a", note=nested(2000)), vehicle("b")]
    one, other = (
        Document("vehicle_status", START, None, order).digest() for order in (rows, rows[::-1])
    )
    assert one == other


@pytest.mark.unit
def test_the_rules_of_all_pieces_are_kept() -> None:
    """What holds outside all zones is that of every piece, each rule once."""
    parts = [
        {"data": {"geofencing_zones": {"features": [{"id": name}]}, "global_rules": rules}}
        for name, rules in (("a", ["r"]), ("b", ["r", "s"]))
    ]
    (read,), _ = read_documents(texts(*parts), "x.json")
    assert len(read.rows) == 2
    assert read.global_rules == ["r", "s"]


@pytest.mark.db
def test_two_states_of_one_time_in_a_file(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """The first state counts alone; each row of the second is kept as rejected, once."""
    states = [document([vehicle("a"), vehicle("b")]), document([vehicle("b"), vehicle("c")])]
    for name in ("1.json", "2.json"):
        write(tmp_path / "feed", name, *states)
    note = (
        "GBFS of town: 4 rows of vehicle_status are of another state for a time that their file "
        "has twice, and are rejected; give each state a last_updated, or a file of its own"
    )
    assert load(settings, warehouse, tmp_path / "feed") == [note]
    rows = warehouse.fetch("select vehicle_id from raw_gbfs.vehicle_observations order by 1")
    assert [row["vehicle_id"] for row in rows] == ["a", "b"]
    rejected = warehouse.fetch(
        "select reason, original::json ->> 'vehicle_id' as name"
        " from raw_gbfs.vehicle_observations_rejected order by 2"
    )
    reason = "vehicle_status of this time was something else before"
    assert rejected == [{"reason": reason, "name": "b"}, {"reason": reason, "name": "c"}]
    (seen,) = warehouse.fetch("select row_count, rejected_count from raw_gbfs.snapshots")
    assert seen == {"row_count": 2, "rejected_count": 2}


@pytest.mark.db
def test_two_states_that_were_fetched_at_one_time(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """A state that counts as of when it was fetched leaves another one of that time rejected."""
    folder = tmp_path / "feed"
    at = START + timedelta(minutes=10)
    for name, body in (
        ("1.json", document([vehicle("a")])),
        (f"2_{at:%Y%m%dT%H%M%S}Z.json", document([vehicle("b")])),
        ("3.json", document([vehicle("c")], 10)),
    ):
        path = write(folder, name, body)
        os.utime(path, (START.timestamp(), START.timestamp()))
    load(settings, warehouse, folder)
    rows = warehouse.fetch("select vehicle_id from raw_gbfs.vehicle_observations order by 1")
    assert [row["vehicle_id"] for row in rows] == ["a", "b"]
    (reason,) = reasons(warehouse, "raw_gbfs.snapshots").values()
    assert reason == "3.json: vehicle_status of this time was something else before"
