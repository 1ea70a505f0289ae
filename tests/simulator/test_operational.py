"""The operational database on MariaDB, and addresses that cannot work."""

from pathlib import Path

import pytest
from sqlalchemy import create_engine, func, select

from simulator.operational import METADATA, RIDES
from simulator.run import advance, simulate
from tests.simulator.conftest import END, table
from warehouse.errors import SourceError
from warehouse.settings import Settings, load_settings

GIVEN = {"cities": ["kastoria"], "days": 3, "ping_days": 1, "end": END, "processes": 1}


@pytest.mark.services
def test_mariadb_holds_the_same_rows(mariadb_url: str, simulated: Settings, tmp_path: Path) -> None:
    """The world written to MariaDB is the world written to SQLite, to the millisecond."""
    settings = load_settings(home=tmp_path, operational_url=mariadb_url, _env_file=None)
    simulate(settings, seed=5, **GIVEN)  # type: ignore[arg-type]
    with create_engine(mariadb_url).connect() as connection:
        for one in METADATA.sorted_tables:
            count = connection.execute(select(func.count()).select_from(one)).scalar()
            assert count == table(simulated, one.name).height, one.name
        rides = connection.execute(select(RIDES).order_by(RIDES.c.id)).mappings().all()
    for here, there in zip(rides, table(simulated, "rides").iter_rows(named=True), strict=True):
        assert here["started_at"].isoformat(" ", "milliseconds") == there["started_at"][:23]
        assert here["polyline"] == there["polyline"]
        assert (here["price"] is None) == (there["price"] is None)
        assert float(here["price"] or 0) == (there["price"] or 0)


@pytest.mark.services
def test_mariadb_goes_on_and_refuses_another_world(mariadb_url: str, tmp_path: Path) -> None:
    """Advancing appends to MariaDB; another seed is refused and leaves the rows as they are."""
    settings = load_settings(home=tmp_path / "one", operational_url=mariadb_url, _env_file=None)
    simulate(settings, seed=5, **GIVEN)  # type: ignore[arg-type]
    added = advance(settings, 2).rows["rides"]
    other = load_settings(home=tmp_path / "two", operational_url=mariadb_url, _env_file=None)
    with pytest.raises(SourceError, match="another simulated world"):
        simulate(other, seed=6, **GIVEN)  # type: ignore[arg-type]
    with create_engine(mariadb_url).connect() as connection:
        last = connection.execute(select(func.max(RIDES.c.started_at))).scalar()
    assert added > 0
    assert last is not None
    assert last > END.replace(tzinfo=None)


@pytest.mark.unit
def test_an_unreachable_database_is_named_without_its_password(tmp_path: Path) -> None:
    """A server that is down is one sentence with the address, and the password is not in it."""
    url = "mysql+pymysql://writer:hunter2@127.0.0.1:9/moow"
    settings = load_settings(home=tmp_path, operational_url=url, _env_file=None)
    with pytest.raises(SourceError, match=r"127\.0\.0\.1:9") as caught:
        simulate(settings, seed=5, **GIVEN)  # type: ignore[arg-type]
    assert "hunter2" not in str(caught.value)
