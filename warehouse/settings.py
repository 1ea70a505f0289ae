"""All settings in one object; the only place that reads the environment."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from warehouse.addresses import (
    CredentialsSetting,
    DatabaseSetting,
    HostSetting,
    ServerSetting,
    SpreadsheetSetting,
    StoreSetting,
    TilesSetting,
    WarehouseSetting,
)
from warehouse.errors import SettingsError
from warehouse.feeds import FeedsSetting, MomentSetting, StationFilesSetting, parse_feeds
from warehouse.wrong_settings import refuse_unknown, sentence

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
    ride_retention_days, ping_retention_days
        Days after which riders and paths, and pings, are forgotten; pings may be kept for good.
    seed
        Seed of everything random.
    log_level
        ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    """

    model_config = SettingsConfigDict(env_prefix="MOOW_", env_file=".env", extra="ignore")

    home: Path = Path(".moow")
    warehouse_url: WarehouseSetting = None
    operational_url: DatabaseSetting = None
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
    planning_sheet: SpreadsheetSetting = None
    google_credentials: CredentialsSetting = Field(default=None, repr=False)
    mds_feeds: FeedsSetting = None
    mds_token: str | None = Field(default=None, repr=False)
    mds_since: MomentSetting = None
    mds_overlap_hours: int = Field(default=24, ge=0, le=168)
    user_hash_key: str | None = Field(default=None, min_length=16)
    travel_times: str = "straight_line"
    tile_url: TilesSetting = ""
    app_host: HostSetting = "127.0.0.1"
    app_port: int = Field(default=8600, ge=1, le=65535)
    prefect_api_url: ServerSetting = None
    forecast_retention_days: int = Field(default=60, ge=7, le=3650)
    ride_retention_days: int = Field(default=730, ge=7, le=36_500)
    # Late ones are looked for through seven days; the rest is for a week without a run.
    ping_retention_days: int | None = Field(default=None, ge=14, le=3650)
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
        try:
            there = next(path for path in (value, *value.parents) if path.exists())
        except OSError as error:
            raise ValueError(
                f"a folder that can be made and written to ({error.strerror})"
            ) from error
        if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
            raise ValueError(f"a folder that can be made and written to; {there} is none")
        return value

    @field_validator("travel_times")
    @classmethod
    def _known_travel_times(cls, value: str) -> str:
        if value != "straight_line":
            raise ValueError("the one there is, straight_line")
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
    def feed_cities(self) -> list[str]:
        """Cities that a feed is named for."""
        return [*{**parse_feeds(self.mds_feeds), **parse_feeds(self.gbfs_feeds)}]

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
                # What another process made meanwhile holds.
                with suppress(FileExistsError):
                    os.link(made, path)
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
