"""Real parts for the tests: an embedded Postgres, a MariaDB, settings in a fresh folder."""

import os
import re
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
import pytest

from tests.mariadb import IS_INSTALLED, make_database, mariadb_running
from tests.needs import need
from tests.victoria import BINARY, VictoriaServer
from warehouse.connection import Warehouse, apply_operations_schema
from warehouse.embedded import embedded_postgres_running
from warehouse.settings import Settings, load_settings

if TYPE_CHECKING:
    from tests.parsed_project import ParsedProject

#: Files that take minutes: begun first, so that no worker is left alone with one at the end.
_LONG = ("test_main_job", "test_real_trips", "test_build", "test_feeds", "test_kill_often")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files before the others."""
    order = {name: place for place, name in enumerate(_LONG)}
    items.sort(key=lambda item: order.get(item.path.stem, len(_LONG)))


@pytest.fixture(autouse=True)
def loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a test speak with this machine only."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: object) -> None:
        host = address[0] if isinstance(address, tuple) else None
        if host is not None and not re.match(r"127\.|::1$|localhost$", str(host)):
            raise AssertionError(f"a test tried to reach {host}; only loopback is allowed")
        return connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of a fresh, empty home."""
    for name in [name for name in os.environ if name.startswith("MOOW_")]:
        monkeypatch.delenv(name)
    return load_settings(home=tmp_path / "moow", _env_file=None)


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the session's embedded Postgres."""
    folder = tmp_path_factory.mktemp("server") / "postgres"
    with embedded_postgres_running(folder) as url:
        with psycopg.connect(url, autocommit=True) as connection:
            # Nothing here outlives the session, so nothing has to reach the disk.
            connection.execute("alter system set fsync = off")
            connection.execute("select pg_reload_conf()")
        yield url


def _fresh_database(postgres_url: str) -> str:
    name = f"test_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name}")
    return postgres_url.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture
def warehouse(postgres_url: str) -> Warehouse:
    """An empty warehouse, one a test."""
    made = Warehouse(_fresh_database(postgres_url))
    apply_operations_schema(made)
    return made


@pytest.fixture(scope="module")
def module_warehouse(postgres_url: str) -> Warehouse:
    """An empty warehouse, shared by the tests of a module."""
    made = Warehouse(_fresh_database(postgres_url))
    apply_operations_schema(made)
    return made


@pytest.fixture(scope="session")
def parsed_project(tmp_path_factory: pytest.TempPathFactory) -> "ParsedProject":
    """The dbt project as dbt parsed it, for homes to come; test processes share it."""
    # dbt takes seconds to import.
    from tests.parsed_project import ParsedProject

    own = tmp_path_factory.getbasetemp()
    return ParsedProject(own.parent if "PYTEST_XDIST_WORKER" in os.environ else own)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of the real data; the test is left out where it is not present."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data is not beside this checkout")
    return SHARED_DATA


@pytest.fixture(scope="session")
def mariadb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a MariaDB of our own, without a database name."""
    need(IS_INSTALLED, "MariaDB")
    with mariadb_running(tmp_path_factory.mktemp("mariadb")) as url:
        yield url


@pytest.fixture
def mariadb_url(mariadb_server: str) -> str:
    """Address of an empty MariaDB database, one a test."""
    return make_database(mariadb_server, f"test_{uuid.uuid4().hex[:12]}")


@pytest.fixture(scope="session")
def victoria_metrics_binary() -> str:
    """Path of VictoriaMetrics; without it its tests are left out, or fail under CI."""
    need(BINARY, "VictoriaMetrics")
    return BINARY


@pytest.fixture
def victoria_metrics(victoria_metrics_binary: str, tmp_path: Path) -> Iterator[VictoriaServer]:
    """Give an empty VictoriaMetrics of our own that runs, one a test."""
    server = VictoriaServer(tmp_path / "victoria-metrics")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def victoria_metrics_url(victoria_metrics: VictoriaServer) -> str:
    """Address of an empty VictoriaMetrics."""
    return victoria_metrics.url
