"""How the operator's database is connected to: parameters of the address, TLS, sockets."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from extract.operational.address import Address
from extract.operational.reader import OperationalReader
from tests.extract.operator import assert_equal, load, settings_for
from tests.extract.sources import Operational
from tests.mariadb import IS_INSTALLED, make_database, mariadb_running
from tests.needs import need
from warehouse.connection import Warehouse
from warehouse.errors import SettingsError, SourceError
from warehouse.settings import Settings, load_settings


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def _authority(folder: Path, name: str) -> None:
    _openssl(
        folder,
        *("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={name}"),
        *("-keyout", f"{name}.key", "-out", f"{name}.pem"),
    )


def _signed(folder: Path, name: str, host: str) -> None:
    """Make a certificate for a host, signed by the authority ``ca``."""
    _openssl(
        folder,
        *("req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}"),
        *("-addext", f"subjectAltName={host}", "-keyout", f"{name}.key", "-out", f"{name}.csr"),
    )
    _openssl(
        folder,
        *("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-days", "2"),
        *("-CAcreateserial", "-copy_extensions", "copy", "-out", f"{name}.pem"),
    )


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with an authority, another one, and certificates of the first."""
    folder = tmp_path_factory.mktemp("certificates")
    _authority(folder, "ca")
    _authority(folder, "other")
    _signed(folder, "server", "DNS:localhost")  # and so not 127.0.0.1
    _signed(folder, "client", "DNS:client")
    return folder


@pytest.fixture(scope="module")
def secure_server(certificates: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of a MariaDB that takes nothing but TLS."""
    need(IS_INSTALLED, "MariaDB")
    options = [
        f"--ssl-{kind}={certificates / file}"
        for kind, file in (("ca", "ca.pem"), ("cert", "server.pem"), ("key", "server.key"))
    ]
    folder = tmp_path_factory.mktemp("secure")
    with mariadb_running(folder, "--require-secure-transport=1", *options) as url:
        yield url


@pytest.fixture(scope="module")
def secure(secure_server: str) -> Operational:
    """Give a filled database of it."""
    made = Operational(make_database(secure_server, "fleet"))
    made.fill(rides=60)
    with made.engine.begin() as connection:
        connection.exec_driver_sql(
            "create user 'known'@'127.0.0.1' identified by 'secret' require x509"
        )
        connection.exec_driver_sql("grant select on *.* to 'known'@'127.0.0.1'")
    return made


@pytest.mark.db
@pytest.mark.services
@pytest.mark.parametrize("parameters", ["charset=utf8mb4", "connect_timeout=5&read_timeout=60"])
def test_parameters_of_one_client_do_not_disturb_the_other(
    settings: Settings, warehouse: Warehouse, mariadb_url: str, parameters: str
) -> None:
    """What SQLAlchemy takes after the ? of an address, the whole load takes."""
    maria = Operational(mariadb_url)
    maria.fill()
    load(settings_for(settings, f"{mariadb_url}?{parameters}"), warehouse)
    assert_equal(maria, warehouse)


@pytest.mark.db
@pytest.mark.services
def test_a_socket(settings: Settings, warehouse: Warehouse, mariadb_url: str) -> None:
    """A server of the same machine is read through its socket."""
    maria = Operational(mariadb_url)
    maria.fill()
    with maria.engine.begin() as connection:
        connection.exec_driver_sql(
            "create or replace user 'near'@'localhost' identified by 'secret'"
        )
        connection.exec_driver_sql("grant select on *.* to 'near'@'localhost'")
        socket = connection.exec_driver_sql("select @@socket").scalar()
    database = make_url(mariadb_url).database
    near = f"mysql+pymysql://near:secret@/{database}?unix_socket={socket}"
    load(settings_for(settings, near), warehouse)
    assert_equal(maria, warehouse)


@pytest.mark.db
@pytest.mark.services
@pytest.mark.parametrize(
    ("user", "host", "parameters"),
    [
        ("moow", "localhost", "ssl_ca={folder}/ca.pem"),
        ("moow", "localhost", "ssl_ca={folder}/ca.pem&charset=utf8mb4"),
        ("moow", "127.0.0.1", "ssl_ca={folder}/ca.pem&ssl_check_hostname=false"),
        ("moow", "127.0.0.1", "ssl_check_hostname=false"),
        (
            "known",
            "localhost",
            "ssl_ca={folder}/ca.pem&ssl_cert={folder}/client.pem&ssl_key={folder}/client.key",
        ),
    ],
)
def test_tls(
    settings: Settings,
    warehouse: Warehouse,
    secure: Operational,
    certificates: Path,
    user: str,
    host: str,
    parameters: str,
) -> None:
    """A server that takes TLS only is loaded, by connectorx or, with a certificate of ours, not."""
    url = make_url(secure.url).set(username=user, host=host).render_as_string(hide_password=False)
    address = f"{url}?{parameters.format(folder=certificates)}"
    assert Address(make_url(address)).fits_connectorx == (user == "moow")
    there = settings_for(settings, address)
    load(there, warehouse)
    assert_equal(secure, warehouse)
    assert load(there, warehouse).rows == {}


@pytest.mark.db
@pytest.mark.services
@pytest.mark.parametrize(
    ("host", "parameters", "says"),
    [
        ("localhost", "?ssl_ca={folder}/other.pem", "ssl_ca .* must be the certificate that"),
        ("localhost", "?ssl_ca={folder}/other.key", "ssl_ca .* must be the certificate that"),
        ("127.0.0.1", "?ssl_ca={folder}/ca.pem", "ssl_check_hostname=false leaves the name"),
        ("127.0.0.1", "", r"a server that takes TLS only needs \?ssl_ca="),
    ],
)
def test_tls_that_is_refused_is_a_sentence(
    secure: Operational, certificates: Path, host: str, parameters: str, says: str
) -> None:
    """A wrong authority, a wrong name and no TLS at all each say at the start what to mend."""
    url = make_url(secure.url).set(host=host).render_as_string(hide_password=False)
    with pytest.raises(SourceError, match=says) as raised:
        OperationalReader(f"{url}{parameters.format(folder=certificates)}")
    assert "\n" not in str(raised.value)
    assert ":secret@" not in str(raised.value)


@pytest.mark.unit
@pytest.mark.parametrize(
    ("parameters", "says"),
    [
        (
            "ssl-mode=REQUIRED",
            "an address without ssl-mode; after its . it takes charset, .*ssl_ca",
        ),
        ("ssl_ca=/nowhere/ca.pem", "an address whose ssl_ca is a file; /nowhere/ca.pem is none"),
    ],
)
def test_unknown_parameters_are_a_sentence(parameters: str, says: str) -> None:
    """What nobody would understand is said before anything connects, with what there is."""
    with pytest.raises(SettingsError, match=says):
        load_settings(operational_url=f"mysql+pymysql://a:b@db/moow?{parameters}", _env_file=None)


@pytest.mark.db
@pytest.mark.services
def test_the_clock_of_a_source(
    settings: Settings, operational: Operational, mariadb_url: str
) -> None:
    """MySQL tells its own time and SQLite that of this machine, both in UTC."""
    engine = sa.create_engine(mariadb_url)
    with engine.begin() as connection:
        connection.exec_driver_sql("set global time_zone = '+05:00'")
    try:
        for url in (settings.operational, mariadb_url):
            reader = OperationalReader(url)
            assert abs((reader.now() - datetime.now(UTC)).total_seconds()) < 60
            reader.close()
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql("set global time_zone = 'SYSTEM'")
        engine.dispose()
