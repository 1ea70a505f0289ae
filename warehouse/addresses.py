"""Addresses as settings give them: what each must look like, and the settings' types of that."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import AfterValidator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from warehouse.wrong_settings import first_line

#: What the address of an operational database in MySQL may ask for.
MYSQL_PARAMETERS = (
    *("charset", "connect_timeout", "read_timeout", "write_timeout", "unix_socket"),
    *("ssl_ca", "ssl_capath", "ssl_cert", "ssl_key", "ssl_cipher", "ssl_check_hostname"),
)


def check_host(value: str) -> str:
    """Return the name or address of this machine that the app listens on.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value) or value.startswith("-"):
        raise ValueError("a host name or address of this machine, for instance 127.0.0.1")
    return value


def is_http(text: str) -> bool:
    """Whether it is an http or https address with a host and, where it has one, a port."""
    try:
        parts = urlsplit(text)
        return (
            parts.scheme in {"http", "https"}
            and bool(parts.hostname)
            and not re.search(r"\s", parts.netloc)
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def check_server(value: str | None) -> str | None:
    """Return the address of a Prefect API.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value and not is_http(value):
        raise ValueError("an address, for instance http://prefect:4200/api")
    return value


def check_store(value: str | None) -> str | None:
    """Return the address of a VictoriaMetrics, without a slash at its end.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value is None:
        return None
    address = value.strip().rstrip("/")
    if not is_http(address) or "?" in address or "#" in address:
        raise ValueError(
            "the address of a VictoriaMetrics, "
            "for instance http://user:password@victoria-metrics:8428"
        )
    return address


def check_warehouse(value: str | None) -> str | None:
    """Return the address of a Postgres.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value is not None and not value.startswith(("postgresql://", "postgres://")):
        raise ValueError("a Postgres address, for instance postgresql://moow:secret@db:5432/moow")
    try:
        conninfo_to_dict(value or "")
    except ProgrammingError as error:
        raise ValueError(f"a Postgres address; this one: {first_line(error)}") from error
    return value


def check_database(value: str | None) -> str | None:
    """Return the address of an operational database.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value is None:
        return None
    example = "for instance mysql+pymysql://reader:secret@db:3306/moow or sqlite:///moow.db"
    try:
        backend = make_url(value).get_backend_name()
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"a database address, {example}") from error
    if backend not in {"sqlite", "mysql", "mariadb"}:
        raise ValueError(f"a SQLite, MySQL or MariaDB address, {example}")
    if backend == "sqlite" and make_url(value).database in {None, "", ":memory:"}:
        raise ValueError(f"an address that names the file, {example}")
    if backend != "sqlite" and make_url(value).get_driver_name() != "pymysql":
        raise ValueError(f"an address that names the driver, {example}")
    if backend != "sqlite":
        _check_parameters(make_url(value).query)
    return value


def _check_parameters(query: Mapping[str, object]) -> None:
    unknown = [name for name in query if name not in MYSQL_PARAMETERS]
    if unknown:
        raise ValueError(
            f"an address without {unknown[0]}; after its ? it takes {', '.join(MYSQL_PARAMETERS)}"
        )
    for name in ("ssl_ca", "ssl_cert", "ssl_key"):
        if name in query and not Path(str(query[name])).is_file():
            raise ValueError(f"an address whose {name} is a file; {query[name]} is none")


def spreadsheet_key(value: str | None) -> str | None:
    """Return the key of a Google spreadsheet, given alone or in its address.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value is None:
        return None
    found = re.search(r"/spreadsheets/d/([\w-]{20,})", value) or re.fullmatch(
        r"([\w-]{20,})", value.strip(), re.ASCII
    )
    if found is None:
        raise ValueError(
            "a Google spreadsheet's address or its key, for instance "
            "https://docs.google.com/spreadsheets/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz/edit"
        )
    return found[1]


def check_credentials(value: str | None) -> str | None:
    """Return the key of a service account, or the path of its file.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value is None or not value.lstrip().startswith("{"):
        return value
    try:
        key = json.loads(value)
    except ValueError:
        key = {}
    if not all(key.get(name) for name in ("client_email", "private_key", "token_uri")):
        raise ValueError(
            "the JSON key of a service account, with client_email, private_key and token_uri, "
            "or the path of its file, for instance /etc/moow/service-account.json"
        )
    return value


def check_tiles(value: str) -> str:
    """Return the address of map tiles.

    Raises
    ------
    ValueError
        Saying what is wanted, with an example.
    """
    if value and not (is_http(value) and all(part in value for part in ("{z}", "{x}", "{y}"))):
        raise ValueError(
            "an http or https address with {z}, {x} and {y}, for instance "
            "https://tiles.example.org/{z}/{x}/{y}.png, or nothing for no background"
        )
    return value


HostSetting = Annotated[str, AfterValidator(check_host)]
ServerSetting = Annotated[str | None, AfterValidator(check_server)]
StoreSetting = Annotated[str | None, AfterValidator(check_store)]
WarehouseSetting = Annotated[str | None, AfterValidator(check_warehouse)]
DatabaseSetting = Annotated[str | None, AfterValidator(check_database)]
SpreadsheetSetting = Annotated[str | None, AfterValidator(spreadsheet_key)]
CredentialsSetting = Annotated[str | None, AfterValidator(check_credentials)]
TilesSetting = Annotated[str, AfterValidator(check_tiles)]
