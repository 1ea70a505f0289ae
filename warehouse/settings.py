"""All settings in one object; the only place that reads the environment."""

import difflib
import json
import os
import re
import secrets
from pathlib import Path
from typing import Any, Literal

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from warehouse.errors import SettingsError
from warehouse.feeds import FeedsSetting, MomentSetting, StationFilesSetting, masked
from warehouse.store import StoreSetting

#: The checkout: where dbt_project/ lies.
PROJECT_ROOT = Path(__file__).resolve().parent.parent
#: Settings whose value is a secret as a whole.
_NEVER_SHOWN = {"MOOW_GOOGLE_CREDENTIALS", "MOOW_MDS_TOKEN"}


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
    operational_overlap_minutes
        How much of the operational database is read again in each run: a row may be committed so
        long after the time of its last change.
    operational_archive_days
        Rows of the operational database that changed longer ago and are gone were archived, and
        stay in the warehouse; empty: whatever is gone was deleted.
    operational_most_deleted_pct
        When a larger share of a table is gone, nothing of it is taken for deleted.
    ping_folder, planning_folder, weather_folder
        Folders of ping files, planning sheets and weather files.
    planning_sheet
        Key of the Google spreadsheet that holds the planning sheets, or its address; empty reads
        them from the folder.
    google_credentials
        Path of a service account's JSON key, or the JSON itself.
    mds_feeds
        MDS 2.0 feeds, ``city=address`` pairs separated by commas; an address may be a folder.
    mds_token
        Bearer token of the MDS feeds.
    mds_since
        Time from which an MDS feed is read when it is new; empty is 28 days before the run.
    mds_overlap_hours
        So many hours are read again in each run, for what a feed publishes late.
    weather
        ``files`` reads the weather folder, ``meteostat`` the service of that name.
    meteostat_endpoint, meteostat_stations
        Where Meteostat's files lie instead: an address with ``{year}`` and ``{station}``, and a
        ``stations.db``, also gzipped.
    metno_user_agent
        Name and address that MET Norway asks for; with it, its forecast is read too.
    weather_history_days
        How far back the first load of a city's weather reaches.
    gbfs_feeds
        ``city=address or folder`` of GBFS feeds, separated by commas or new lines.
    victoria_metrics_url
        The store of pings; empty makes the ping files the store.
    ping_resolution_s
        From the store at most one ping a scooter and so many seconds is read; 0 reads every one.
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
    operational_overlap_minutes: int = Field(default=60, ge=0, le=10_080)
    operational_archive_days: int | None = Field(default=None, ge=1)
    operational_most_deleted_pct: float = Field(default=50.0, ge=0, le=100)
    ping_folder: Path | None = None
    victoria_metrics_url: StoreSetting = None
    ping_resolution_s: int = Field(default=0, ge=0, le=86_400)
    planning_folder: Path | None = None
    weather_folder: Path | None = None
    weather: Literal["files", "meteostat"] = "files"
    meteostat_endpoint: StationFilesSetting = ""
    meteostat_stations: Path | None = None
    metno_user_agent: str = ""
    weather_history_days: int = Field(default=730, ge=1, le=1095)
    gbfs_feeds: FeedsSetting = Field(default=None, repr=False)
    planning_sheet: str | None = None
    google_credentials: str | None = Field(default=None, repr=False)
    mds_feeds: FeedsSetting = None
    mds_token: str | None = Field(default=None, repr=False)
    mds_since: MomentSetting = None
    mds_overlap_hours: int = Field(default=24, ge=0, le=168)
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

    @field_validator(
        *("home", "ping_folder", "planning_folder", "weather_folder", "meteostat_stations")
    )
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("home")
    @classmethod
    def _can_be_written(cls, value: Path) -> Path:
        there = next(path for path in (value, *value.parents) if path.exists())
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(f"a folder that can be made and written to; {there} is none")
        return value

    @field_validator("prefect_api_url")
    @classmethod
    def _http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("an address, for instance http://prefect:4200/api")
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
            raise ValueError(f"a Postgres address; this one: {_first_line(error)}") from error
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
        if backend != "sqlite" and make_url(value).get_driver_name() != "pymysql":
            raise ValueError(f"an address that names the driver, {example}")
        return value

    @field_validator("planning_sheet")
    @classmethod
    def _spreadsheet(cls, value: str | None) -> str | None:
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

    @field_validator("google_credentials")
    @classmethod
    def _service_account(cls, value: str | None) -> str | None:
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
    def has_feeds_alone(self) -> bool:
        """Whether open feeds are all there is: no database named, none of the simulator's made."""
        is_made = (self.sources_folder / "operational.db").exists()
        return bool(self.mds_feeds or self.gbfs_feeds) and not self.operational_url and not is_made

    @property
    def pings(self) -> Path:
        """Folder of the ping files."""
        return self.ping_folder or self.sources_folder / "pings"

    @property
    def planning(self) -> Path:
        """Folder of the planning sheets."""
        return self.planning_folder or self.sources_folder / "planning"

    @property
    def weather_files(self) -> Path:
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
    _refuse_unknown()
    try:
        return Settings(**overrides)
    except ValidationError as error:
        raise SettingsError("; ".join(_sentence(problem) for problem in error.errors())) from error


def _first_line(error: Exception) -> str:
    # What libpq finds fault with may be a part of the password.
    return re.sub(r'"[^"]*"', "a part of it", str(error).strip().splitlines()[0])


def _refuse_unknown() -> None:
    """A misspelt setting would silently be the default."""
    known = {f"MOOW_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith("MOOW_") and not name.startswith("MOOW_DBT_") and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)[0]
            raise SettingsError(f"{name} is no setting; did you mean {nearest}?")


def _sentence(problem: Any) -> str:
    name = f"MOOW_{'_'.join(str(part) for part in problem['loc']).upper()}"
    wanted = problem["msg"].removeprefix("Value error, ")
    value = masked(repr(problem["input"]))
    if name in _NEVER_SHOWN:
        value = "not shown"
    return f"{name} is {value}; it should be {wanted}".replace("should be Input", "must: input")


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
