"""The Meteostat client, set up by our settings: stations near a place, hours of a station.

Meteostat 2 logs what goes wrong and returns nothing; `Reading.faults` says it, so that "the station
has no data" and "the service is away" are told apart. Its cache is off: it keeps a file of the
current year for a month, whatever its own time to live, and hourly runs need today's hours.
"""

from __future__ import annotations

import gzip
import logging
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.weather.stations import Station

if TYPE_CHECKING:
    from warehouse.settings import Settings

#: A server that says nothing for so long is away.
TIMEOUT_S = 20.0
_FOREVER_S = 10**10
#: Meteostat's own names of our elements: degC, mm, km/h, % and its condition codes 1-27.
ELEMENTS = {
    "temp": "temperature_c",
    "prcp": "precipitation_mm",
    "wspd": "wind_kmh",
    "rhum": "humidity_pct",
    "coco": "condition_code",
}
#: One row an hour, element and origin, such as ``dwd_hourly`` or the forecast ``dwd_mosmix``.
VALUES: dict[str, Any] = {
    "hour_at": pl.Datetime("us", "UTC"),
    "element": pl.String(),
    "value": pl.Float64(),
    "origin": pl.String(),
    "is_model": pl.Boolean(),
}


@dataclass(frozen=True)
class Reading:
    """What a station gave: rows of `VALUES`, and what went wrong, a clause each."""

    values: pl.DataFrame
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class MeteostatClient:
    """Reads from Meteostat, or from a mirror of its files.

    Parameters
    ----------
    settings
        ``meteostat_endpoint`` and ``meteostat_stations`` name a mirror; ``home`` keeps the list
        of stations; ``metno_user_agent`` switches MET Norway's forecast on.
    """

    settings: Settings

    def near(self, latitude: float, longitude: float, radius_m: float) -> list[Station]:
        """Return the stations around a place, the nearest first.

        Raises
        ------
        OSError
            When the list of stations cannot be had or read.
        """
        self._configure()
        with _patience(), _listening() as faults:
            try:
                found = self._nearby(latitude, longitude, radius_m)
            except Exception as error:
                # Whatever it is (no network, no database in the file): there is no list.
                if any(words in str(error) for words in ("malformed", "not a database")):
                    for path in (self.settings.home / "meteostat").glob("*.db"):
                        path.unlink()
                raise OSError(f"no list of stations ({_all_of(faults, error)})") from error
        return [
            Station(str(name), row["latitude"], row["longitude"], _number(row["elevation"]))
            for name, row in found.iterrows()
        ]

    def _nearby(self, latitude: float, longitude: float, radius_m: float) -> Any:
        import meteostat

        point = meteostat.Point(latitude, longitude)
        try:
            return meteostat.stations.nearby(point, radius=int(radius_m), limit=60)
        except Exception:
            if not Path(meteostat.config.stations_db_file).exists():
                raise
            # Stations rarely move: an old list is better than none.
            meteostat.config.stations_db_ttl = _FOREVER_S
            return meteostat.stations.nearby(point, radius=int(radius_m), limit=60)

    def hours(self, station: str, first: datetime, last: datetime) -> Reading:
        """Return the hours of a station from `first` to `last` (UTC), forecasts among them."""
        import meteostat
        from meteostat.enumerations import Parameter, Provider

        self._configure()
        providers = [Provider.HOURLY]
        if self.settings.metno_user_agent:
            providers.append(Provider.METNO_FORECAST)
        with _patience(), _listening() as faults:
            try:
                series = meteostat.hourly(
                    station,
                    first.replace(tzinfo=None),
                    last.replace(tzinfo=None),
                    parameters=[Parameter(name) for name in ELEMENTS],
                    providers=providers,
                )
                table = None if series.empty else series.fetch(sources=True)
            except Exception as error:
                faults.append(_clause(error))
                table = None
        return Reading(_values(table), faults)

    def _configure(self) -> None:
        from meteostat import config
        from meteostat.enumerations import TTL
        from meteostat.providers.meteostat import hourly

        folder = self.settings.home / "meteostat"
        folder.mkdir(parents=True, exist_ok=True)
        config.block_large_requests = False  # one station, at most three years
        config.cache_enable = False
        config.cache_directory = str(folder)
        config.include_model_data = True
        config.network_timeout = int(TIMEOUT_S)
        config.network_max_retries = 1
        config.metno_user_agent = self.settings.metno_user_agent or None
        if self.settings.meteostat_endpoint:
            config.hourly_endpoint = self.settings.meteostat_endpoint
        # Read once when the module is loaded, which may have been before.
        hourly.ENDPOINT = config.hourly_endpoint
        config.stations_db_file = str(self._stations_file())
        config.stations_db_ttl = _FOREVER_S if self.settings.meteostat_stations else TTL.WEEK

    def _stations_file(self) -> Path:
        """Return the list of stations: the mirror's, unpacked, else where a download goes."""
        given = self.settings.meteostat_stations
        if given is None:
            return self.settings.home / "meteostat" / "stations.db"
        if given.suffix != ".gz":
            return given
        unpacked = self.settings.home / "meteostat" / f"mirror_{given.stem}"
        if not unpacked.exists() or unpacked.stat().st_mtime < given.stat().st_mtime:
            part = unpacked.with_suffix(".part")
            with gzip.open(given) as packed, part.open("wb") as plain:
                shutil.copyfileobj(packed, plain)
            part.replace(unpacked)
        return unpacked


def _values(table: Any) -> pl.DataFrame:
    """Turn Meteostat's frame, a column and its source an element, into rows of `VALUES`."""
    from meteostat.core.providers import provider_service
    from meteostat.enumerations import Grade

    if table is None or table.empty:
        return pl.DataFrame(schema=VALUES)
    models = [
        spec.id
        for spec in provider_service.providers
        if spec.grade is not None and spec.grade <= Grade.ANALYSIS
    ]
    frame = pl.from_pandas(table.reset_index())
    elements = [
        frame.select(
            pl.col("time").cast(pl.Datetime("us")).dt.replace_time_zone("UTC").alias("hour_at"),
            pl.lit(ours).alias("element"),
            pl.col(theirs).cast(pl.Float64).alias("value"),
            pl.col(f"{theirs}_source").cast(pl.String).alias("origin"),
        )
        for theirs, ours in ELEMENTS.items()
        if theirs in frame.columns
    ]
    known = pl.concat(elements).filter(pl.col("value").is_finite())
    is_model = pl.col("origin").is_in([str(name) for name in models])
    return known.with_columns(is_model.fill_null(False).alias("is_model")).select(*VALUES)


@contextmanager
def _patience() -> Iterator[None]:
    """Bound how long a silent server is waited for; Meteostat reads files without a bound."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Collect what Meteostat logs as wrong, in place of printing it with a traceback."""
    listener = _Listener()
    logger = logging.getLogger("meteostat")
    before = logger.propagate
    logger.addHandler(listener)
    logger.propagate = False
    try:
        yield listener.faults
    finally:
        logger.removeHandler(listener)
        logger.propagate = before


class _Listener(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.faults: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            clause = record.getMessage().split("\n")[0]
        elif isinstance(getattr(error, "reason", None), FileNotFoundError):
            return  # a mirror without this station: no fault, like the 404 of the service
        else:
            clause = _clause(error)
        if clause not in self.faults:
            self.faults.append(clause)


def _all_of(faults: list[str], error: Exception) -> str:
    return "; ".join(faults or [_clause(error)])


def _clause(error: BaseException) -> str:
    text = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _number(value: Any) -> float | None:
    number = float(value) if value is not None else float("nan")
    return None if number != number else number
