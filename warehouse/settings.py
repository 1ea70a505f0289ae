"""All settings in one object; the only place that reads the environment."""

import os
import re
import secrets
import tempfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from dotenv import dotenv_values
from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from warehouse.errors import SettingsError
from warehouse.wrong_settings import first_line, refuse_unknown, sentence

#: The checkout: where dbt_project/ lies.
PROJECT_ROOT = Path(__file__).resolve().parent.parent


class Settings(BaseSettings):
    """What a run needs to know; each default works embedded, with nothing but Python.

    Every field can be set as ``MOOW_<NAME>`` in the environment or in ``.env``.

    Attributes
    ----------
    home
        Folder of everything made at run time: the embedded server, simulated sources, keys.
    warehouse_url
        ``postgresql://user:password@host:port/database``; empty starts the embedded Postgres.
    operational_url
        The operator's database, as SQLAlchemy writes it: ``sqlite:///...`` or
        ``mysql+pymysql://...``.
    ping_folder, planning_folder, weather_folder
        Folders of ping files, planning sheets and weather files.
    user_hash_key
        Key of the hashes that stand for user ids; made on first use and kept in `home`.
    travel_times
        How travel times are computed; ``straight_line`` is the one there is.
    tile_url
        Address of map tiles, ``https://host/{z}/{x}/{y}.png``; empty draws no background.
    app_host, app_port
        Where the app listens.
    prefect_api_url
        A Prefect server; empty starts one for the command and stops it again.
    forecast_retention_days
        Days for which forecasts are kept as they were issued; reports look back seven.
    seed
        Seed of everything random.
    log_level
        ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    """

    model_config = SettingsConfigDict(env_prefix="MOOW_", env_file=".env", extra="ignore")

    home: Path = Path(".moow")
    warehouse_url: str | None = None
    operational_url: str | None = None
    ping_folder: Path | None = None
    planning_folder: Path | None = None
    weather_folder: Path | None = None
    user_hash_key: str | None = Field(default=None, min_length=16)
    travel_times: str = "straight_line"
    tile_url: str = ""
    app_host: str = "127.0.0.1"
    app_port: int = Field(default=8600, ge=1, le=65535)
    prefect_api_url: str | None = None
    forecast_retention_days: int = Field(default=60, ge=7, le=3650)
    seed: int = Field(default=7, ge=0)
    log_level: str = "INFO"

    @field_validator("*", mode="before")
    @classmethod
    def _empty_is_unset(cls, value: Any, info: Any) -> Any:
        default = cls.model_fields[info.field_name].default
        return default if value == "" else value

    @field_validator("home", "ping_folder", "planning_folder", "weather_folder")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("home")
    @classmethod
    def _can_be_written(cls, value: Path) -> Path:
        try:
            there = next(path for path in (value, *value.parents) if path.exists())
        except OSError as error:
            raise ValueError(
                f"a folder that can be made and written to ({error.strerror})"
            ) from error
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(f"a folder that can be made and written to; {there} is none")
        return value

    @field_validator("app_host")
    @classmethod
    def _host(cls, value: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9.:_-]+", value) or value.startswith("-"):
            raise ValueError("a host name or address of this machine, for instance 127.0.0.1")
        return value

    @field_validator("prefect_api_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        example = "an address, for instance http://prefect:4200/api"
        try:
            parts = urlsplit(value or "http://prefect")
            has_host = parts.scheme in {"http", "https"} and bool(parts.hostname)
            _ = parts.port  # raises where it is no number
        except ValueError as error:
            raise ValueError(example) from error
        if not has_host:
            raise ValueError(example)
        return value

    @field_validator("warehouse_url")
    @classmethod
    def _postgres(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError(
                "a Postgres address, for instance postgresql://moow:secret@db:5432/moow"
            )
        try:
            conninfo_to_dict(value or "")
        except ProgrammingError as error:
            raise ValueError(f"a Postgres address; this one: {first_line(error)}") from error
        return value

    @field_validator("operational_url")
    @classmethod
    def _sqlalchemy(cls, value: str | None) -> str | None:
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
        return value

    @field_validator("travel_times")
    @classmethod
    def _known_travel_times(cls, value: str) -> str:
        if value != "straight_line":
            raise ValueError("the one there is, straight_line")
        return value

    @field_validator("tile_url")
    @classmethod
    def _tiles(cls, value: str) -> str:
        if value and not (
            value.startswith("http") and all(p in value for p in ("{z}", "{x}", "{y}"))
        ):
            raise ValueError("an address with {z}, {x} and {y}, or nothing for no background")
        return value

    @field_validator("log_level")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("one of DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @property
    def sources_folder(self) -> Path:
        """Where the simulator puts the sources."""
        return self.home / "sources"

    @property
    def operational(self) -> str:
        """Address of the operational database."""
        return self.operational_url or f"sqlite:///{self.sources_folder / 'operational.db'}"

    @property
    def pings(self) -> Path:
        """Folder of the ping files."""
        return self.ping_folder or self.sources_folder / "pings"

    @property
    def planning(self) -> Path:
        """Folder of the planning sheets."""
        return self.planning_folder or self.sources_folder / "planning"

    @property
    def weather(self) -> Path:
        """Folder of the weather files."""
        return self.weather_folder or self.sources_folder / "weather"

    def hash_key(self) -> str:
        """Return the key of the user hashes, making and keeping one on first use."""
        return self.user_hash_key or self.secret("user_hash_key")

    def secret(self, name: str) -> str:
        """Return the secret kept in `home` under `name`, made on first use, readable by us only."""
        path = self.home / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            made = path.with_suffix(f".{os.getpid()}")
            made.touch(mode=0o600)
            made.write_text(secrets.token_urlsafe(32))
            try:
                os.link(made, path)
            except FileExistsError:
                pass
            finally:
                made.unlink()
        return path.read_text()


def load_settings(**overrides: Any) -> Settings:
    """Read the settings from the environment and ``.env``; `overrides` win over both.

    Raises
    ------
    SettingsError
        Naming the setting, the value and what is allowed.
    """
    file = overrides.get("_env_file", Settings.model_config.get("env_file"))
    known = {f"MOOW_{name.upper()}" for name in Settings.model_fields}
    refuse_unknown(os.environ, known)
    if file is not None:
        refuse_unknown(_names_in(Path(file)), known, f" (in {file})")
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("; ".join(sentence(problem) for problem in error.errors())) from error


def make_home(settings: Settings) -> None:
    """Make the home folder, and see that files can be made in it.

    Raises
    ------
    SettingsError
        When they cannot: some folders only look as if one could write to them.
    """
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=settings.home):
            pass
    except OSError as error:
        raise SettingsError(
            f"MOOW_HOME is {str(settings.home)!r}, where nothing can be written "
            f"({error.strerror}); set it to a folder that can, for instance .moow"
        ) from error


def _names_in(file: Path) -> list[str]:
    try:
        return list(dotenv_values(file)) if file.is_file() else []
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the settings file {file} cannot be read ({error})") from error


def child_environment(**variables: str) -> dict[str, str]:
    """Return the environment for a command we start, with `variables` added.

    Usage statistics of the tools we start are switched off.
    """
    quiet = {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DO_NOT_TRACK": "1",
        "RUNTIME__DLTHUB_TELEMETRY": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
    return {**os.environ, **quiet, **variables}


def export(**variables: str) -> None:
    """Set variables that a library reads from the environment of this process."""
    os.environ.update(variables)
