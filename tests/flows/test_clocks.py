"""The clock of each city."""

from datetime import UTC, datetime, timedelta

import pytest

from extract.schemas import create_raw_tables
from flows.clocks import choose_cities, clock_of, set_clocks
from warehouse.connection import Warehouse
from warehouse.errors import SourceError

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
    assert set_clocks(two_cities, ["louisville", "trikala"], NOW) is False
    assert clock_of(two_cities, "trikala") == NOW
    assert clock_of(two_cities, "louisville") == datetime(2019, 1, 31, 23, tzinfo=UTC)


def test_a_clock_that_goes_back_is_noticed(two_cities: Warehouse) -> None:
    """Only a clock that goes backwards asks for everything to be built anew."""
    set_clocks(two_cities, ["trikala"], NOW)
    assert set_clocks(two_cities, ["trikala"], NOW + timedelta(hours=1)) is False
    assert set_clocks(two_cities, ["trikala"], NOW) is True


def test_an_unknown_city_gets_a_sentence(two_cities: Warehouse) -> None:
    """The sentence names the city and those there are."""
    assert choose_cities(two_cities, None) == ["louisville", "trikala"]
    with pytest.raises(SourceError, match="'atlantis'; there are louisville, trikala"):
        choose_cities(two_cities, ["atlantis"])
    with pytest.raises(SourceError, match="moow run --city kozani"):
        clock_of(two_cities, "kozani")
