"""Trips from files: real data sets, local times, virtual vehicles, and the error sentences."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from extract.open_trips.load import LoadTrips, load_trips
from extract.open_trips.times import parse_times
from extract.open_trips.virtual_vehicles import Fleet
from tests.extract.sources import Operational
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings

NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADER = "start_time,end_time,duration_s,start_latitude,start_longitude,end_latitude,end_longitude,"
ROW = (
    "2019-01-05 10:{0:02d}:00-05:00,2019-01-05 10:{1:02d}:00-05:00,{2},"
    "38.22,-85.76,38.23,-85.76,{3}"
)


def request(path: Path | list[Path], **changes: Any) -> LoadTrips:
    return LoadTrips(
        **{
            **{"path": path, "city": "louisville", "timezone": "America/Kentucky/Louisville"},
            **{"crs": "EPSG:32616", "loaded_at": NOW},
            **changes,
        }
    )


def trips_file(folder: Path, *rows: str) -> Path:
    path = folder / "trips.csv"
    path.write_text("\n".join([HEADER + "distance_m", *rows]) + "\n")
    return path


def row(start: int = 0, end: int = 10, duration: float = 600, distance: float = 1200) -> str:
    return ROW.format(start, end, duration, distance)


@pytest.mark.db
def test_louisville(settings: Settings, warehouse: Warehouse, shared_data: Path) -> None:
    """A month of real scooter trips: each is loaded or rejected, twice loads nothing twice."""
    path = shared_data / "louisville_scooter_trips" / "trips_2019-01.csv"
    report = load_trips(settings, warehouse, request(path))
    loaded = warehouse.read("select * from raw_open_trips.trips")
    assert report.read == loaded.height + sum(report.rejected.values())
    assert report.rejected["distance under half the straight line"] > 50
    assert loaded["is_vehicle_inferred"].all()
    assert 100 < loaded["vehicle_id"].n_unique() < 1000
    again = load_trips(settings, warehouse, request(path))
    assert (again.rows, again.known) == ({}, loaded.height)
    assert again.rejected == report.rejected
    assert warehouse.read("select * from raw_open_trips.trips").height == loaded.height


@pytest.mark.db
def test_virtual_vehicles_are_never_twice_away(
    settings: Settings, warehouse: Warehouse, shared_data: Path
) -> None:
    """A virtual vehicle starts within 400 m of where it ended, and not before it ended."""
    path = shared_data / "louisville_scooter_trips" / "trips_2019-01.csv"
    load_trips(settings, warehouse, request(path))
    gaps = warehouse.read(
        "select started_at - lag(ended_at) over chain < interval '0' as is_overlap,"
        " sqrt((start_x_m - lag(end_x_m) over chain) ^ 2"
        " + (start_y_m - lag(end_y_m) over chain) ^ 2) as gap_m"
        " from raw_open_trips.trips window chain as (partition by vehicle_id order by started_at)"
    )
    assert not gaps["is_overlap"].any()
    assert float(gaps["gap_m"].max()) <= 400.0  # type: ignore[arg-type]


@pytest.mark.db
def test_pittsburgh(settings: Settings, warehouse: Warehouse, shared_data: Path) -> None:
    """A year of real rentals at stations: local times, given vehicles, unknown stations."""
    folder = shared_data / "pittsburgh_bike_trips"
    wanted = request(
        sorted(folder.glob("rentals_*.csv.gz")),
        city="pittsburgh",
        timezone="America/New_York",
        crs="EPSG:32617",
        currency="USD",
        stations=folder / "stations_2017.csv",
    )
    report = load_trips(settings, warehouse, wanted)
    assert report.read == report.rows["raw_open_trips.trips"] + sum(report.rejected.values())
    assert report.rejected["unknown start station"] > 0
    assert report.rows["raw_open_trips.stations"] == 52
    first = warehouse.fetch("select * from raw_open_trips.trips where trip_id = '25723960'")[0]
    assert first["started_at"] == datetime(2017, 1, 1, 13, 28, tzinfo=UTC)
    assert (first["vehicle_id"], first["is_vehicle_inferred"]) == ("70478", False)
    sizes = warehouse.read("select area_m2 from raw_open_trips.stations")["area_m2"]
    assert sizes.is_between(400, 460).all()


@pytest.mark.db
@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (row(10, 0), "ends before it starts"),
        (row(0, 0, 0, 0).replace("38.23", "38.22"), "zero duration and zero distance"),
        (row(distance=-1), "negative distance"),
        (row(distance=11_000), "faster than 60 km/h on average"),
        (row(distance=1.2), "distance under half the straight line"),
        (row(duration=-5), "negative duration"),
        (row().replace("2019-01-05 10:00:00-05:00", "soon"), "start time cannot be read"),
        (row().replace("38.23", "41.0"), "faster than 60 km/h in a straight line"),
        (row().replace("38.22", ""), "start position is missing or no place"),
        (row(distance=0).replace("1200", "far").replace(",0", ",far"), "distance is no number"),
    ],
)
def test_trips_that_cannot_be_true(
    settings: Settings, warehouse: Warehouse, tmp_path: Path, bad: str, reason: str
) -> None:
    """Such a row is rejected with its reason and its text; the others are loaded."""
    report = load_trips(settings, warehouse, request(trips_file(tmp_path, row(), row(1), bad)))
    assert report.rejected == {reason: 1}
    assert report.rows["raw_open_trips.trips"] == 2
    kept = warehouse.fetch("select reason, original from raw_open_trips.trips_rejected")
    assert kept[0]["reason"] == reason
    assert kept[0]["original"].startswith('{"start_time":')


@pytest.mark.db
def test_a_trip_outside_the_city(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """A trip farther from the median start than allowed is rejected; the bound can be given."""
    far = row().replace("38.22", "38.42").replace("38.23", "38.43")
    path = trips_file(tmp_path, row(), row(1), row(2), far)
    near = load_trips(settings, warehouse, request(path, max_distance_km=15))
    assert [reason[:16] for reason in near.rejected] == ["outside the city"]
    wide = load_trips(settings, warehouse, request(path))
    assert wide.rows["raw_open_trips.trips"] == 1


@pytest.mark.db
def test_equal_rows_are_trips_and_equal_ids_are_not(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """Two rows alike are two trips; with ids in the file, the second of an id is a duplicate."""
    path = trips_file(tmp_path, row(), row())
    assert load_trips(settings, warehouse, request(path)).rows["raw_open_trips.trips"] == 2
    lines = [line + f",{n}" for line, n in ((row(), 7), (row(5), 7), (row(6), 8))]
    path.write_text("\n".join([HEADER + "distance_m,ride_id", *lines]))
    report = load_trips(settings, warehouse, request(path, city="other"))
    assert report.rejected == {"duplicate of an earlier row": 1}


@pytest.mark.db
def test_columns_can_be_given(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """Names that tell nothing are given as a mapping; a gzipped file is read as a plain one."""
    text = (
        trips_file(tmp_path, row())
        .read_text()
        .replace("start_time", "t0")
        .replace("end_time", "t1")
    )
    path = tmp_path / "trips.csv.gz"
    path.write_bytes(gzip.compress(text.encode()))
    mapping = {"started_at": "t0", "ended_at": "t1"}
    report = load_trips(settings, warehouse, request(path, columns=mapping))
    assert report.rows["raw_open_trips.trips"] == 1
    lack = r"lacks a start time \(start_time\).*it has t0, t1.*give --column OURS=THEIRS"
    with pytest.raises(MoowError, match=lack):
        load_trips(settings, warehouse, request(path))
    with pytest.raises(MoowError, match="'begin' is no column of ours; --column OURS=THEIRS may"):
        load_trips(settings, warehouse, request(path, columns={"begin": "t0"}))


@pytest.mark.unit
def test_clocks_on_the_two_odd_days() -> None:
    """The hour shown twice has two readings; the hour left out is read an hour later."""
    texts = pl.Series(["11/5/2017 1:30", "3/12/2017 2:30", "2017-07-01 10:00", "nonsense"])
    times = parse_times(texts, "America/New_York")
    assert times["first"].to_list() == [
        datetime(2017, 11, 5, 5, 30, tzinfo=UTC),
        datetime(2017, 3, 12, 7, 30, tzinfo=UTC),
        datetime(2017, 7, 1, 14, 0, tzinfo=UTC),
        None,
    ]
    assert times["second"][0] == datetime(2017, 11, 5, 6, 30, tzinfo=UTC)


@pytest.mark.unit
def test_the_nearest_idle_vehicle_is_taken() -> None:
    """Within 400 m the nearest idle vehicle goes; a vehicle away, or farther, does not."""
    fleet = Fleet()
    fleet.park("near", 10.0, 100.0, 0.0)
    fleet.park("nearer", 50.0, 50.0, 0.0)
    assert fleet.take(20.0, 0.0, 0.0) == "near"
    assert fleet.take(21.0, 0.0, 0.0) == "virtual-00001"
    assert fleet.take(50.0, 0.0, 0.0) == "nearer"
    fleet.park("far", 60.0, 400.1, 0.0)
    assert fleet.take(70.0, 0.0, 0.0) == "virtual-00002"
    assert fleet.take(71.0, 0.1, 0.0) == "far"


@pytest.mark.unit
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"city": "New York"}, "the city 'New York' is no short name"),
        ({"timezone": "Mars/Olympus"}, "'Mars/Olympus' is no time zone"),
        ({"timezone": "Asia/Kolkata"}, "'Asia/Kolkata' is not whole hours off UTC"),
        ({"crs": "EPSG:4326"}, "'EPSG:4326' is not in metres"),
        ({"crs": "EPSG:x"}, "'EPSG:x' is no coordinate system"),
        ({"max_distance_km": -1}, "max_distance_km is -1"),
        ({"currency": "eur"}, "'eur' is no currency code"),
        ({"path": []}, "no trip file was given"),
    ],
)
def test_wrong_requests(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    """A wrong value is named with what is allowed, before anything is read."""
    with pytest.raises(MoowError, match=words):
        request(**{"path": tmp_path / "trips.csv", **changes})


@pytest.mark.db
def test_trips_that_lie_elsewhere(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """The coordinate system of another place, swapped numbers and days first: one sentence each."""
    path = trips_file(tmp_path, row(), row(10, 20))
    with pytest.raises(MoowError, match="is far from where EPSG:2100 is used; give the --crs"):
        load_trips(settings, warehouse, request(path, crs="EPSG:2100"))
    swapped = {"start_latitude": "start_longitude", "start_longitude": "start_latitude"}
    swapped |= {"end_latitude": "end_longitude", "end_longitude": "end_latitude"}
    with pytest.raises(MoowError, match="latitude and longitude are swapped; give"):
        load_trips(settings, warehouse, request(path, columns=swapped))
    times = [row(0).replace("2019-01-05", day) for day in ("05/01/2019", "13/01/2019")]
    times = [text.replace("-05:00,", ",") for text in times]
    with pytest.raises(MoowError, match=r"dates such as '13/01/2019 10:00:00' put the day first"):
        load_trips(settings, warehouse, request(trips_file(tmp_path, *times)))
    assert warehouse.fetch("select count(*) as n from raw_open_trips.cities") == [{"n": 0}]


@pytest.mark.db
def test_files_that_are_none(settings: Settings, warehouse: Warehouse, tmp_path: Path) -> None:
    """A file that is missing, binary, empty or of other columns gets a sentence."""
    path = tmp_path / "trips.csv"
    with pytest.raises(MoowError, match="there is no file"):
        load_trips(settings, warehouse, request(path))
    with pytest.raises(MoowError, match=f"{tmp_path} is a folder; give the paths of the CSV files"):
        load_trips(settings, warehouse, request(tmp_path))
    for content, words in (
        (b"\x89PNG\x00\x01", "is no CSV file"),
        (b"", "is no CSV file"),
        (b"a,b\n1,2\n", "lacks a start time"),
        (HEADER.encode() + b"distance_m\n", "there is no row in it"),
    ):
        path.write_bytes(content)
        with pytest.raises(MoowError, match=words):
            load_trips(settings, warehouse, request(path))


@pytest.mark.db
def test_another_clock_or_grid_for_the_same_city_is_refused(
    settings: Settings, warehouse: Warehouse, tmp_path: Path
) -> None:
    """What is loaded stands in one time zone and one coordinate system: both are named."""
    path = trips_file(tmp_path, row())
    load_trips(settings, warehouse, request(path, crs="epsg:32616"))
    load_trips(settings, warehouse, request(path))
    with pytest.raises(MoowError, match=r"coordinate system EPSG:32616, and now EPSG:32617 is"):
        load_trips(settings, warehouse, request(path, crs="EPSG:32617"))
    with pytest.raises(MoowError, match="time zone America/Kentucky/Louisville, and now Amer"):
        load_trips(settings, warehouse, request(path, timezone="America/New_York"))


@pytest.mark.db
def test_a_city_of_the_operator_is_refused(
    settings: Settings, warehouse: Warehouse, operational: Operational, tmp_path: Path
) -> None:
    """Trips of a file never mix with a city of the operational database or of an MDS feed."""
    from extract.run import extract_all
    from tests.extract.sources import UNTIL

    extract_all(settings, warehouse, cities=None, until=UNTIL)
    with pytest.raises(MoowError, match="is one of the operational database"):
        load_trips(settings, warehouse, request(trips_file(tmp_path, row()), city="kozani"))
    warehouse.execute("insert into raw_mds.cities (city) values ('volos')")
    with pytest.raises(MoowError, match="has an MDS feed, whose trips these would double"):
        load_trips(settings, warehouse, request(trips_file(tmp_path, row()), city="volos"))
