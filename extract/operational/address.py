"""How the operator's database is connected to: one address, two clients with words of their own."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError

from extract.operational.patience import reason_of
from warehouse.errors import SourceError

#: SQLite is read through its driver, whose errors come as they are; a file that a certificate was
#: to be in is opened by neither of them.
CONNECT_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)
#: TIMESTAMP columns come in the time zone of the session, whatever the server's is.
SESSION = "set time_zone = '+00:00'"
_CONNECT_S = 10
#: Parameters that ask for TLS of which connectorx knows nothing.
_DRIVER_ALONE = ("ssl_cert", "ssl_key", "ssl_capath", "ssl_cipher")


@dataclass(frozen=True)
class Address:
    """Where the operator's database is.

    Parameters
    ----------
    url
        As SQLAlchemy writes it.
    """

    url: URL

    def __str__(self) -> str:
        """Return it without the password."""
        return self.url.render_as_string(hide_password=True)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_encrypted(self) -> bool:
        """Whether it asks for TLS."""
        return any(name.startswith("ssl_") for name in self.url.query)

    @property
    def fits_connectorx(self) -> bool:
        """Whether connectorx can do what it asks for; what it cannot, pymysql reads slower."""
        return not any(name in self.url.query for name in _DRIVER_ALONE)

    def engine(self) -> Engine:
        """Return SQLAlchemy's engine, which does not connect yet.

        Raises
        ------
        SourceError
            When it is a file that does not exist: opening it would make it.
        """
        if self.is_sqlite:
            return sqlalchemy.create_engine(_existing(self.url))
        arguments: dict[str, Any] = {"init_command": SESSION}
        if "connect_timeout" not in self.url.query:
            arguments["connect_timeout"] = _CONNECT_S
        if not self.is_encrypted:
            # It would take TLS wherever it is offered, and connectorx none: a server that insists
            # on it would refuse in the middle of the load.
            arguments["ssl_disabled"] = True
        return sqlalchemy.create_engine(
            self.url.set(drivername="mysql+pymysql"), connect_args=arguments
        )

    def for_connectorx(self) -> str:
        """Return the address of a MySQL in the words of connectorx."""
        query = {"prefer_socket": "false"}  # behind a tunnel it would find another server's socket
        if "unix_socket" in self.url.query:
            query["socket"] = _one(self.url, "unix_socket")
        if self.is_encrypted:
            query["ssl-mode"] = self._ssl_mode()
        if "ssl_ca" in self.url.query:
            query["ssl-ca"] = _one(self.url, "ssl_ca")
        url = self.url.set(drivername="mysql", host=self.url.host or "localhost", query=query)
        return url.render_as_string(hide_password=False)

    def _ssl_mode(self) -> str:
        if "ssl_ca" not in self.url.query:
            return "REQUIRED"
        has_word = "ssl_check_hostname" in self.url.query
        checks = not has_word or _one(self.url, "ssl_check_hostname").lower() in _TRUE
        return "VERIFY_IDENTITY" if checks else "VERIFY_CA"

    def refused(self, error: BaseException) -> SourceError:
        """Return what to say of an error while connecting, with the setting to look at."""
        said = f"the operational database {self} cannot be read ({reason_of(error)}); "
        return SourceError(said + self._cure(f"{error}"))

    def _cure(self, text: str) -> str:
        if re.search(r"mismatch|not valid for", text):
            return (
                "the host in MOOW_OPERATIONAL_URL must be a name that its certificate has, or "
                "ssl_check_hostname=false leaves the name unchecked"
            )
        if re.search(r"certificate|\[X509|\[PEM", text, re.IGNORECASE):
            return "ssl_ca in MOOW_OPERATIONAL_URL must be the certificate that signed the server's"
        cure = "check that it runs, and the user and password in MOOW_OPERATIONAL_URL"
        if not self.is_sqlite and not self.is_encrypted and "1045" in text:
            cure += "; a server that takes TLS only needs ?ssl_ca=/path/to/ca.pem at its end"
        return cure


#: What SQLAlchemy takes for true.
_TRUE = ("true", "yes", "on", "y", "t", "1")


def _one(url: URL, name: str) -> str:
    value = url.query[name]
    return value if isinstance(value, str) else value[-1]


def _existing(url: URL) -> URL:
    path = Path(url.database or "")
    if not path.is_file():
        raise SourceError(
            f"the operational database {path} does not exist; make one with `moow demo`, or set "
            "MOOW_OPERATIONAL_URL to yours"
        )
    return url.set(
        database=f"file:{path.absolute()}", query={"mode": "ro", "uri": "true", "timeout": "30"}
    )
