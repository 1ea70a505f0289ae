"""The source or the warehouse goes away in the middle of a load; a load is started twice."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy.engine import make_url

import extract.operational.reader
from extract.operational.reader import OperationalReader
from extract.run import extract_all
from extract.schemas import create_raw_tables
from tests.extract.operator import assert_equal, load, settings_for
from tests.extract.proxy import Proxy
from tests.extract.sources import UNTIL, Operational, naive, ride
from warehouse.connection import Warehouse
from warehouse.errors import MoowError, SourceError
from warehouse.settings import Settings, load_settings

pytestmark = [pytest.mark.db, pytest.mark.services]
HOUR = timedelta(hours=1)
SHARES = (0.35, 0.55, 0.75, 0.95)


@pytest.fixture
def maria(mariadb_url: str, monkeypatch: pytest.MonkeyPatch) -> Operational:
    """Give a MariaDB that is read in many windows."""
    monkeypatch.setattr(extract.operational.reader, "CHUNK_ROWS", 50)
    made = Operational(mariadb_url)
    made.fill(rides=400)
    return made


@pytest.fixture
def cut_source(settings: Settings, mariadb_url: str) -> Iterator[tuple[Settings, Proxy]]:
    """Give settings that reach the MariaDB through a proxy."""
    url = make_url(mariadb_url)
    with Proxy(url.port or 0) as proxy:
        through = url.set(port=proxy.port).render_as_string(hide_password=False)
        yield settings_for(settings, through), proxy


def impatient(url: str) -> OperationalReader:
    return OperationalReader(url, waits_s=(0.0, 0.0))


def touch_all(maria: Operational, hours: int) -> None:
    with maria.engine.begin() as connection:
        for table in ("scooters", "rides"):
            changed = naive(UNTIL + hours * HOUR)
            connection.exec_driver_sql(f"update {table} set updated_at = '{changed}'")


def test_a_source_that_comes_back_is_read_on(
    cut_source: tuple[Settings, Proxy], warehouse: Warehouse, maria: Operational
) -> None:
    """Cut off at four places, the load goes on by itself, and no row is lost or doubled."""
    there, proxy = cut_source
    load(there, warehouse)
    for hour, share in enumerate(SHARES, start=1):
        touch_all(maria, hour)
        proxy.cut_after(int(share * 90_000))
        load(there, warehouse, UNTIL + hour * HOUR, reader=impatient)
        assert_equal(maria, warehouse)
    assert proxy.cuts == len(SHARES)


def test_a_source_that_stays_away_is_a_sentence(
    cut_source: tuple[Settings, Proxy], warehouse: Warehouse, maria: Operational
) -> None:
    """What it says when it gives up is one sentence; the next load goes on where it was."""
    there, proxy = cut_source
    proxy.cut_after(60_000, stays_away=True)
    with pytest.raises(SourceError, match="of the operational database cannot be read") as raised:
        load(there, warehouse, reader=impatient)
    assert "\n" not in str(raised.value)
    proxy.heal()
    load(there, warehouse)
    assert_equal(maria, warehouse)


def test_a_warehouse_that_goes_away(
    settings: Settings, warehouse: Warehouse, maria: Operational, mariadb_url: str
) -> None:
    """Cut off at five places, the load ends in a sentence; the next one makes the tables whole."""
    there = settings_for(settings, mariadb_url)
    url = make_url(warehouse.url)
    with Proxy(url.port or 0) as proxy:
        through = Warehouse(url.set(port=proxy.port).render_as_string(hide_password=False))
        create_raw_tables(through)
        proxy.cut_after(60_000, stays_away=True)  # in the middle of the first rides
        with pytest.raises(MoowError):
            load(there, through)
        proxy.heal()
        begun = proxy.passed
        load(there, through)
        assert_equal(maria, warehouse)
        whole = proxy.passed - begun
        for hour, share in enumerate(SHARES, start=1):
            touch_all(maria, hour)
            proxy.cut_after(int(share * whole / 2), stays_away=True)
            with pytest.raises(MoowError) as raised:
                load(there, through, UNTIL + hour * HOUR)
            assert "\n" not in str(raised.value)
            proxy.heal()
            load(there, through, UNTIL + hour * HOUR)
            assert_equal(maria, warehouse)
        assert proxy.cuts == 1 + len(SHARES)


def test_started_twice_at_once(
    warehouse: Warehouse, maria: Operational, mariadb_url: str, tmp_path: Path
) -> None:
    """Of two loads at the same time one waits for the other or yields with a sentence."""
    maria.put("rides", ride(401, distance_m=-1.0))
    barrier = Barrier(2)

    def start(name: str) -> str:
        own = load_settings(home=tmp_path / name, operational_url=mariadb_url, _env_file=None)
        barrier.wait()
        try:
            extract_all(own, warehouse, cities=None, until=UNTIL)
        except MoowError as error:
            return str(error)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        said = sorted(pool.map(start, ("first", "second")))
    assert "done" in said
    assert all(one == "done" or "another extract is at work" in one for one in said)
    maria.put("rides", ride(401))  # mended without a new time: only a complete sweep can see it
    first = load_settings(home=tmp_path / "first", operational_url=mariadb_url, _env_file=None)
    load(first, warehouse, is_complete=True)
    assert_equal(maria, warehouse)
