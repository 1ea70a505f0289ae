"""Rides inferred from a feed: what is taken for one, how surely, and what is not."""

from __future__ import annotations

import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from extract.gbfs.documents import read_documents
from extract.gbfs.inferred_rides import (
    Followed,
    comings_and_goings,
    infer_rides,
    numbered,
)
from extract.gbfs.judgements import InferenceParameters
from extract.gbfs.tables import VEHICLE_OBSERVATIONS
from extract.gbfs.vehicles import vehicle_frame
from extract.projection import with_metres
from tests.extract.gbfs_feed import START

pytestmark = pytest.mark.unit
MINUTE = timedelta(minutes=1)


def fleet(
    *seen: dict[str, Any], snapshots: int = 7, every: int = 10, others: int = 9
) -> tuple[pl.DataFrame, pl.Series]:
    """Observations: ``at`` is the number of the snapshot; other vehicles stand all the time."""
    rows = [
        {
            "vehicle_id": row.get("vehicle_id", "v"),
            "observed_at": START + row["at"] * every * MINUTE,
            **{"x_m": row.get("x", 0.0), "y_m": 0.0, "battery_pct": row.get("battery")},
            **{"range_m": None, "is_reserved": row.get("reserved", False), "is_disabled": False},
        }
        for row in seen
    ]
    rows += [
        {
            **{"vehicle_id": f"other-{n}", "observed_at": START + at * every * MINUTE},
            **{"x_m": 0.0, "y_m": 0.0, "is_reserved": False, "is_disabled": False},
        }
        for n in range(others)
        for at in range(snapshots)
    ]
    times = [START + at * every * MINUTE for at in range(snapshots)]
    frame = VEHICLE_OBSERVATIONS.conform(pl.DataFrame(rows, infer_schema_length=None))
    return frame, pl.Series(times).cast(pl.Datetime("us", "UTC"))


def inferred(observations: pl.DataFrame, snapshots: pl.Series) -> tuple[pl.DataFrame, Followed]:
    """Infer rides, the vehicles given in two parts."""
    is_early = observations["vehicle_id"] < "other-5"
    parts = [observations.filter(is_early), observations.filter(~is_early)]
    return infer_rides(parts, snapshots)


def ride(*seen: dict[str, Any], **options: Any) -> dict[str, Any]:
    """Return the one gap that is concluded."""
    found, _ = inferred(*fleet(*seen, **options))
    assert found.height == 1
    return found.to_dicts()[0]


def test_a_vehicle_that_vanishes_and_comes_back_elsewhere() -> None:
    """Away for 20 minutes, 800 m further, with less battery: a ride, with all that was seen."""
    found = ride({"at": 1, "battery": 80.0}, {"at": 3, "x": 800.0, "battery": 70.0})
    assert found["kind"] == "ride"
    assert found["confidence"] == 0.9
    assert (found["gap_started_at"], found["gap_ended_at"]) == (
        START + 10 * MINUTE,
        START + 30 * MINUTE,
    )
    assert (found["distance_m"], found["battery_change_pct"]) == (800.0, -10.0)
    assert found["missed_count"] == 1
    assert found["reason"] == "moved 800 m; away 20 min; the battery fell"


def test_a_vehicle_that_stays_in_the_feed_is_no_ride() -> None:
    """A vehicle that is in every snapshot, its position jittering, concludes nothing."""
    seen = [{"at": at, "x": 10.0 * (at % 3)} for at in range(7)]
    found, how_far = inferred(*fleet(*seen))
    assert found.is_empty()
    assert how_far.vanished_count == 0


@pytest.mark.parametrize(("moved", "kind"), [(29.0, "unclear"), (31.0, "unclear"), (101.0, "ride")])
def test_a_move_is_held_against_the_jitter(moved: float, kind: str) -> None:
    """Within the jitter it hardly moved, beyond 100 m it surely did; in between is unclear."""
    assert ride({"at": 1}, {"at": 3, "x": moved})["kind"] == kind


def test_confidence_rises_with_the_move() -> None:
    """The further a vehicle moved, the surer; beyond the speed of a scooter it was carried."""
    moves = (29.0, 31.0, 101.0, 14_000.0)
    sure = [ride({"at": 1}, {"at": 3, "x": move})["confidence"] for move in moves]
    assert sure[0] < sure[1] < sure[2]
    assert sure[3] < sure[0]


def test_a_battery_that_rose_is_a_service() -> None:
    """A swap or a charge is no ride, wherever the vehicle comes back."""
    found = ride({"at": 1, "battery": 20.0}, {"at": 3, "x": 800.0, "battery": 90.0})
    assert found["kind"] == "service"
    assert found["confidence"] < 0.1


def test_a_battery_that_did_not_fall_was_perhaps_carried() -> None:
    """800 m without any use of the battery is not taken for a ride."""
    found = ride({"at": 1, "battery": 80.0}, {"at": 3, "x": 800.0, "battery": 80.0})
    assert found["kind"] == "unclear"
    assert "perhaps carried" in found["reason"]


@pytest.mark.parametrize(("at", "kind"), [(13, "ride"), (14, "unclear")])
def test_a_long_absence_is_less_sure(at: int, kind: str) -> None:
    """Two hours away may be a ride, longer is unclear, beyond a day nothing is concluded."""
    assert ride({"at": 1}, {"at": at, "x": 800.0}, snapshots=20)["kind"] == kind
    gone, _ = inferred(*fleet({"at": 0}, {"at": 146, "x": 800.0}, snapshots=150, others=2))
    assert gone.is_empty()


def test_a_feed_that_fails_is_no_wave_of_rides() -> None:
    """When most of the fleet vanishes at once and comes back, no gap is taken for a ride."""
    seen = [
        {"vehicle_id": f"v{n}", "at": at, "x": 500.0 * (at > 2)}
        for n in range(9)
        for at in (0, 1, 3, 4)
    ]
    found, _ = inferred(*fleet(*seen, snapshots=5, others=2))
    assert found.height == 9
    assert set(found["kind"]) == {"unclear"}
    assert found["reason"].str.contains("the feed failed").all()


def test_an_hour_without_snapshots_is_less_sure() -> None:
    """A gap across a hole of the feed may hide several rides: it is unclear."""
    observations, snapshots = fleet({"at": 1}, {"at": 18, "x": 800.0}, snapshots=20)
    holes = [START + at * 10 * MINUTE for at in range(3, 17)]
    kept = ~pl.col("observed_at").is_in(holes)
    found, _ = inferred(observations.filter(kept), snapshots.filter(~snapshots.is_in(holes)))
    assert found["kind"].to_list() == ["unclear"]
    assert "the feed has a gap there" in found["reason"][0]


def test_ids_that_change_with_every_snapshot() -> None:
    """Where no id is in two snapshots nothing is concluded, and the share says why."""
    seen = [{"vehicle_id": f"{n}-{at}", "at": at} for n in range(9) for at in range(7)]
    found, how_far = inferred(*fleet(*seen, others=0))
    assert found.is_empty()
    assert how_far.persisting_share == 0.0


def test_a_reserved_vehicle_that_moves_was_ridden() -> None:
    """In use from one snapshot to the next, it was ridden, though it never vanished."""
    seen = [{"at": at, "x": 300.0 * max(0, at - 1), "reserved": 1 < at < 4} for at in range(5)]
    seen[4]["x"] = 900.0
    found = ride(*seen)
    assert found["kind"] == "ride"
    assert found["distance_m"] == 900.0
    assert found["reason"].endswith("seen in use")


def test_a_reservation_that_ends_where_it_began() -> None:
    """A vehicle that was reserved and did not move was perhaps only reserved."""
    seen = [{"at": at, "reserved": at in (2, 3)} for at in range(5)]
    assert ride(*seen)["kind"] == "unclear"


def test_parameters_are_checked() -> None:
    """A share beyond 1 is refused with what is allowed."""
    with pytest.raises(ValueError, match=r"outage_share is 1.5; a share above 0 up to 1"):
        InferenceParameters(outage_share=1.5)


@pytest.fixture(scope="module")
def bamberg(shared_data: Path) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Give the observations of a real day, and what a study published of each of them."""
    folder = shared_data / "bamberg_scooter_feed"
    frames = []
    with zipfile.ZipFile(folder / "snapshots_2025-06-01.zip") as packed:
        for name in packed.namelist():
            (read,), faults = read_documents(packed.read(name), name)
            assert not faults
            assert read.observed_at is not None
            frames.append(vehicle_frame(read, "bamberg", read.observed_at, {}))
    published = pl.read_csv(folder / "published_inferred_status.csv.gz").select(
        pl.col("bike_id").alias("vehicle_id"),
        pl.from_epoch("timestamp").dt.cast_time_unit("us").dt.replace_time_zone("UTC")
        .alias("observed_at"),
        pl.col("status").replace(["Passby", "Unknown"], "in use"),
    )  # fmt: skip
    return with_metres(pl.concat(frames), {}, {"": ""}), published


def test_agreement_with_the_published_study(bamberg: tuple[pl.DataFrame, pl.DataFrame]) -> None:
    """What rides are concluded from, and those that are, are what a study published of a real day.

    A vehicle comes and goes where the study saw drop-offs and departures. It is in use where the
    study saw it pass by or move: while reserved, and when a ride that we infer has just ended. What
    is disabled the feed says itself. Four rides ended where the vehicle stood ten minutes before.
    """
    observations, published = bamberg
    times = observations["observed_at"]
    rides, how_far = infer_rides([observations], times)
    assert set(rides["kind"]) == {"ride"}
    assert (rides.height, how_far.vanished_count, how_far.returned_count) == (68, 1746, 0)
    ended = rides.select("vehicle_id", pl.col("gap_ended_at").alias("observed_at"), has_ended=True)
    ours = comings_and_goings(observations, numbered(times)).join(
        ended, on=["vehicle_id", "observed_at"], how="left"
    )
    ours = ours.with_columns(
        ours=pl.when("is_disabled").then(pl.lit("Disabled"))
        .when("is_arrived").then(pl.lit("Dropoff"))
        .when(pl.col("is_reserved") | pl.col("has_ended")).then(pl.lit("in use"))
        .when("is_departed").then(pl.lit("Startoff"))
        .otherwise(pl.lit("Residential"))
    )  # fmt: skip
    both = published.join(ours, on=["vehicle_id", "observed_at"], how="left")
    assert both.group_by("status", "ours").len().sort("status", "ours").rows() == [
        ("Disabled", "Disabled", 471),
        ("Dropoff", "Dropoff", 1698),
        ("Residential", "Residential", 32_419),
        ("Residential", "in use", 3),
        ("Startoff", "Startoff", 1733),
        ("Startoff", "in use", 1),
        ("in use", "in use", 245),
    ]
