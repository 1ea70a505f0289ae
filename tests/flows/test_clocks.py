"""The clock of each city."""

from datetime import UTC, datetime, timedelta

import pytest

from extract.schemas import create_raw_tables
from flows.clocks import (
    check_clock,
    choose_cities,
    clock_of,
    has_trip_files_only,
    is_rebuild_due,
    known_cities,
    rebuild_done,
    set_clocks,
)
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = pytest.mark.db

NOW = datetime(2026, 6, 1, 6, 17, tzinfo=UTC)


@pytest.fixture
def two_cities(warehouse: Warehouse) -> Warehouse:
    """An operational city and one known from a file of trips that ended in 2019."""
    create_raw_tables(warehouse)
    warehouse.execute(
        "insert into raw_operational.cities (id, slug, name) values (1, 'trikala', '')"
    )
    warehouse.execute("insert into raw_open_trips.cities (city, name) values ('louisville', '')")
    warehouse.execute(
        "insert into raw_open_trips.trips (trip_id, city, ended_at)"
        " values ('1', 'louisville', '2019-01-31T22:10Z')"
    )
    return warehouse


def test_a_trip_file_has_the_clock_of_its_last_trip(two_cities: Warehouse) -> None:
    """An operational city gets the clock asked for; a trip file's city its last trip's hour end."""
    set_clocks(two_cities, ["louisville", "trikala"], NOW)
    assert clock_of(two_cities, "trikala") == NOW
    assert clock_of(two_cities, "louisville") == datetime(2019, 1, 31, 23, tzinfo=UTC)


def test_a_clock_that_goes_back_asks_for_a_rebuild(two_cities: Warehouse) -> None:
    """Only a clock that goes backwards asks for it, and the wish stays until it is done."""
    set_clocks(two_cities, ["trikala"], NOW)
    set_clocks(two_cities, ["trikala"], NOW + timedelta(hours=1))
    assert not is_rebuild_due(two_cities)
    set_clocks(two_cities, ["trikala"], NOW)
    set_clocks(two_cities, ["trikala"], NOW + timedelta(hours=1))
    assert is_rebuild_due(two_cities)
    rebuild_done(two_cities)
    assert not is_rebuild_due(two_cities)


def test_a_clock_that_goes_back_forgets_what_came_later(two_cities: Warehouse) -> None:
    """Later forecasts and plans go; what a worker did, and other cities, stay."""
    two_cities.execute("create table ml.demand_forecasts (city_id text, issued_at timestamptz)")
    set_clocks(two_cities, ["trikala"], NOW)
    for city in ("trikala", "kozani"):
        for hours in (-1, 1):
            two_cities.execute(
                "insert into ml.demand_forecasts values (%(city)s, %(at)s)",
                {"city": city, "at": NOW + timedelta(hours=hours)},
            )
        for task, done_at in ((f"{city} open", None), (f"{city} done", NOW)):
            two_cities.execute(
                "insert into ops.tasks (task_id, city_id, task_kind, subject_id, latitude,"
                " longitude, x_m, y_m, priority, reason_en, reason_el, opened_at, last_seen_at,"
                " done_at) values (%(task)s, %(city)s, 'low_battery', %(task)s, 0, 0, 0, 0, 1, '',"
                " '', %(now)s, %(now)s, %(done)s)",
                {"task": task, "city": city, "now": NOW, "done": done_at},
            )
    set_clocks(two_cities, ["trikala"], NOW - timedelta(minutes=30))
    tasks = [row["task_id"] for row in two_cities.fetch("select task_id from ops.tasks order by 1")]
    assert tasks == ["kozani done", "kozani open", "trikala done"]
    issued = two_cities.fetch(
        "select city_id, count(*) as rows from ml.demand_forecasts group by 1 order by 1"
    )
    assert issued == [{"city_id": "kozani", "rows": 2}, {"city_id": "trikala", "rows": 1}]


def test_an_unknown_city_gets_a_sentence(two_cities: Warehouse) -> None:
    """The sentence names the city and those there are."""
    assert choose_cities(two_cities, None) == ["louisville", "trikala"]
    with pytest.raises(SourceError, match="'atlantis'; there are louisville, trikala"):
        choose_cities(two_cities, ["atlantis"])
    with pytest.raises(SourceError, match="moow run --city kozani"):
        clock_of(two_cities, "kozani")


def test_a_city_of_a_feed_has_the_clock_asked_for(
    two_cities: Warehouse, settings: Settings
) -> None:
    """Feeds are live: their cities get the clock asked for, a city that has trip files too."""
    assert has_trip_files_only(two_cities, settings, ["louisville"])
    two_cities.execute("insert into raw_mds.cities (city) values ('volos'), ('louisville')")
    two_cities.execute("insert into raw_gbfs.systems (city) values ('bamberg')")
    assert choose_cities(two_cities, None) == ["bamberg", "louisville", "trikala", "volos"]
    set_clocks(two_cities, ["bamberg", "louisville", "volos"], NOW)
    assert {clock_of(two_cities, city) for city in ("bamberg", "louisville", "volos")} == {NOW}


@pytest.mark.parametrize("name", ["mds_feeds", "gbfs_feeds"])
def test_a_feed_that_was_never_read_is_a_source(
    warehouse: Warehouse, settings: Settings, name: str
) -> None:
    """A city of a trip file that gets a feed has more to read than the file."""
    create_raw_tables(warehouse)
    warehouse.execute("insert into raw_open_trips.cities (city, name) values ('louisville', '')")
    assert has_trip_files_only(warehouse, settings, None)
    feed = settings.model_copy(update={name: "louisville=/srv/feeds"})
    assert not has_trip_files_only(warehouse, feed, None)
    assert not has_trip_files_only(warehouse, feed, ["louisville"])


def _ride(warehouse: Warehouse, ride_id: int, city: str, started_at: datetime) -> None:
    warehouse.execute(
        "insert into raw_operational.rides (id, city, started_at)"
        " values (%(id)s, %(city)s, %(at)s)",
        {"id": ride_id, "city": city, "at": started_at},
    )


def test_a_clock_before_the_first_ride_is_refused(two_cities: Warehouse) -> None:
    """At the first ride still, just after it no more; the sentence has the range and an example."""
    _ride(two_cities, 1, "trikala", NOW - timedelta(days=20))
    _ride(two_cities, 2, "trikala", NOW)
    first = NOW - timedelta(days=20)
    with pytest.raises(SourceError) as raised:
        check_clock(two_cities, ["trikala"], first, is_loaded=False)
    for part in ("2026-05-12 06:17", "2026-06-01 06:17", "--as-of 2026-05-26T07:00Z"):
        assert part in str(raised.value)
    check_clock(two_cities, ["trikala"], first + timedelta(minutes=1), is_loaded=False)
    check_clock(two_cities, ["trikala"], datetime(2026, 5, 26, 7, tzinfo=UTC), is_loaded=True)


def test_without_a_wish_one_city_with_rides_is_enough(two_cities: Warehouse) -> None:
    """Louisville's trips were over when Trikala began: only before both the clock is refused."""
    two_cities.execute("update raw_open_trips.trips set started_at = '2019-01-31T22:00Z'")
    _ride(two_cities, 1, "trikala", NOW)
    between = datetime(2020, 1, 1, tzinfo=UTC)
    check_clock(two_cities, None, between, is_loaded=True)
    with pytest.raises(SourceError, match="first ride of trikala"):
        check_clock(two_cities, ["louisville", "trikala"], between, is_loaded=True)
    with pytest.raises(SourceError, match="first ride of louisville"):
        check_clock(two_cities, None, datetime(2018, 1, 1, tzinfo=UTC), is_loaded=True)


def test_a_city_without_rides_is_refused_once_all_is_loaded(two_cities: Warehouse) -> None:
    """Before the extraction it may yet get some; after it the clock was too early."""
    check_clock(two_cities, ["trikala"], NOW, is_loaded=False)
    with pytest.raises(SourceError, match="before the first ride of trikala"):
        check_clock(two_cities, ["trikala"], NOW, is_loaded=True)


def test_an_empty_warehouse_knows_no_city_and_no_range(warehouse: Warehouse) -> None:
    """Before any extraction there are no tables to ask."""
    assert known_cities(warehouse) == {}
    check_clock(warehouse, None, NOW, is_loaded=False)
