"""What a run is refused for before anything starts."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from extract.schemas import create_raw_tables
from flows.preflight import check_request
from warehouse.connection import Warehouse
from warehouse.errors import SourceError
from warehouse.settings import Settings

pytestmark = pytest.mark.db


@pytest.fixture
def operational(settings: Settings, tmp_path: Path) -> Settings:
    """Settings of an operational database with one city, of which nothing was loaded."""
    made = settings.model_copy(update={"operational_url": f"sqlite:///{tmp_path}/operational.db"})
    with create_engine(made.operational).begin() as connection:
        connection.execute(text("create table cities (id integer, slug text)"))
        connection.execute(text("insert into cities values (1, 'trikala')"))
    return made


def test_nothing_to_run_is_refused(settings: Settings, warehouse: Warehouse) -> None:
    """Without any source, a city or none: the sentence says what makes one."""
    with pytest.raises(SourceError, match="'atlantis'; no source has a city yet; moow demo"):
        check_request(settings, warehouse, ["atlantis"], None)
    with pytest.raises(SourceError, match="there is no operational database"):
        check_request(settings, warehouse, None, None)


def test_cities_not_loaded_yet_are_looked_up(operational: Settings, warehouse: Warehouse) -> None:
    """A city of the operational database may be run the first time; another is unknown."""
    check_request(operational, warehouse, ["trikala"], datetime(2026, 6, 1, tzinfo=UTC))
    check_request(operational, warehouse, None, None)
    with pytest.raises(SourceError, match="'atlantis'; there are trikala"):
        check_request(operational, warehouse, ["trikala", "atlantis"], None)


def test_a_city_of_a_trip_file_needs_no_database(settings: Settings, warehouse: Warehouse) -> None:
    """Loaded trips are enough, for the city and for a run of all."""
    create_raw_tables(warehouse)
    warehouse.execute("insert into raw_open_trips.cities (city, name) values ('louisville', '')")
    check_request(settings, warehouse, ["louisville"], None)
    check_request(settings, warehouse, None, None)
    with pytest.raises(SourceError, match="'atlantis'; there are louisville"):
        check_request(settings, warehouse, ["atlantis"], None)


def test_a_database_that_is_down_is_left_to_the_extraction(
    settings: Settings, warehouse: Warehouse
) -> None:
    """It tells what is wrong with the address; a city that may be there is not refused."""
    url = "mysql+pymysql://reader:secret@127.0.0.1:1/moow"
    down = settings.model_copy(update={"operational_url": url})
    check_request(down, warehouse, ["trikala"], None)
    with pytest.raises(SourceError, match="'trikala'"):
        check_request(settings, warehouse, ["trikala"], None)
