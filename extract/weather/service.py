"""Meteostat -> raw_weather.hourly: hours observed near each city, and forecasts as issued.

A run reads the hours since the last good one less an overlap, in which late corrections arrive.
What is later than the run's clock is a forecast when a provider's model says it, issued at that
clock; it is kept as it was, and kept again only when the provider changed it. When the service is
away nothing changes, and a note says what the run goes on with.

Not loaded: wind direction, gusts, pressure, snow, sunshine and clouds, which no model here reads;
and MOSMIX straight from the German weather service, because Meteostat's own files have it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.loading import Batch, Mode
from extract.weather.client import MeteostatClient
from extract.weather.hours import (
    GAP_HOURS,
    forecast_hours,
    missing_hours,
    observed_hours,
)
from extract.weather.stations import RADIUS_M, Station, at_similar_height, read_centres
from extract.weather.tables import HOURLY

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

OVERLAP = timedelta(days=7)
HORIZON = timedelta(days=10)
#: A forecast read so much after the run's clock was not known at that clock.
_LATE = timedelta(hours=1)
_HOUR = timedelta(hours=1)
#: In the state, beside the cities of the files; no city is called so.
_MARKS = "_meteostat"
#: So many stations are asked, and of so many the values are taken.
_MOST_ASKED = 12
_MOST_USED = 3
#: Stations report an hour or two late: an hour that young is not waited for.
_REPORTING_HOURS = 2
_VALUES = ("hour_at", "temperature_c", "precipitation_mm", "wind_kmh", "humidity_pct")


@dataclass(frozen=True)
class _Read:
    """Values of stations, the nearest first, faults on the way, and the stations not asked."""

    values: list[tuple[str, pl.DataFrame]]
    faults: list[str]
    others: list[Station] = field(default_factory=list)


@dataclass
class MeteostatSource:
    """What one run reads from Meteostat.

    Parameters
    ----------
    settings, warehouse
        Where the service or its mirror is; where the cities and the weather so far are.
    state
        The last good hour of each city, kept with the data.
    cities
        Slugs to read; None reads all whose place is known.
    until
        The run's clock: later hours are forecasts, issued now.
    fetched_at
        When this is read. Much later than `until`, forecasts are left out: they were not known.
    """

    settings: Settings
    warehouse: Warehouse
    state: dict[str, Any]
    cities: Sequence[str] | None
    until: datetime
    fetched_at: datetime
    notes: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[Batch]:
        """Give each city's new or corrected hours, and its forecast when it changed."""
        client = MeteostatClient(self.settings)
        centres = read_centres(self.warehouse)
        if not centres:
            self.notes.append(
                "no weather: no city's place is known; give it a depot in the planning sheet"
            )
        for city, (latitude, longitude) in centres.items():
            if self.cities is not None and city not in self.cities:
                continue
            since = self._since(city)
            if since is not None:
                yield from self._city(client, city, (latitude, longitude), since)

    def _since(self, city: str) -> datetime | None:
        """Return the first hour to read; None when this hour has been read."""
        before = self.state.get(_MARKS, {}).get(city)
        if before is None:
            return _whole(self.until - timedelta(days=self.settings.weather_history_days))
        if before["read_at"] == _whole(self.until).isoformat():
            return None
        last_good = datetime.fromisoformat(before["last_good"])
        return _whole(min(last_good, self.until) - OVERLAP)

    def _city(
        self, client: MeteostatClient, city: str, place: tuple[float, float], since: datetime
    ) -> Iterator[Batch]:
        read = self._read(client, place, since)
        last = _whole(self.until)
        if read.faults or not read.values:
            self.notes.append(self._away(city, read))
        if not read.values:
            return
        # A day earlier, so that a gap across the first hour has its other end.
        hours = observed_hours(read.values, since - GAP_HOURS * _HOUR, last)
        hours = hours.filter(pl.col("hour_at") >= since)
        forecast = self._forecast(client, city, read)
        if not read.faults and not hours.is_empty():
            marks = self.state.setdefault(_MARKS, {})
            good = hours["hour_at"].max()
            assert isinstance(good, datetime)
            marks[city] = {"last_good": good.isoformat(), "read_at": last.isoformat()}
        if not hours.is_empty():
            observed = hours.with_columns(
                city=pl.lit(city), kind=pl.lit("observed"), issued_at=pl.col("hour_at")
            )
            # With a station away, its hours of before are better than another's.
            mode: Mode = "keep" if read.faults else "correct"
            yield Batch(HOURLY, HOURLY.conform(observed), mode)
        if not forecast.is_empty():
            yield Batch(HOURLY, forecast, "keep")

    def _read(self, client: MeteostatClient, place: tuple[float, float], since: datetime) -> _Read:
        """Ask station after station, the nearest first, until no hour is missing."""
        read = _Read([], [])
        try:
            stations = at_similar_height(client.near(*place, RADIUS_M))
        except OSError as error:
            read.faults.append(str(error))
            return read
        first = since - timedelta(days=1)
        hours = max(1, int((self.until - first) / _HOUR) + 1 - _REPORTING_HOURS)
        read.others.extend(stations[:_MOST_ASKED])
        while read.others:
            station = read.others.pop(0)
            reading = client.hours(station.station_id, first, self.until + HORIZON)
            read.faults.extend(f"station {station.station_id}: {text}" for text in reading.faults)
            if not reading.values.is_empty():
                read.values.append((station.station_id, reading.values))
            elif len(read.faults) >= _MOST_USED:
                break  # the service is away, not a station
            past = [(name, v.filter(pl.col("hour_at") <= self.until)) for name, v in read.values]
            if len(read.values) >= _MOST_USED or missing_hours(past, hours) <= 0:
                break
        return read

    def _forecast(self, client: MeteostatClient, city: str, read: _Read) -> pl.DataFrame:
        """Return the forecast, unless it is the one that was archived last."""
        empty = pl.DataFrame(schema=HOURLY.polars_schema)
        if self.fetched_at - self.until > _LATE:
            return empty
        hours = self._nearest_forecast(client, read)
        if hours.is_empty():
            if not read.faults:
                self.notes.append(
                    f"weather of {city}: no station within {RADIUS_M / 1000:.0f} km has a forecast;"
                    f" the run goes on with that issued {_said(self._so_far(city)['issued'])}"
                )
            return empty
        last = self.warehouse.read(
            f"select {', '.join(_VALUES)} from {HOURLY.relation} where kind = 'forecast'"
            f" and city = %(city)s and hour_at > %(until)s and issued_at = (select max(issued_at)"
            f" from {HOURLY.relation} where kind = 'forecast' and city = %(city)s"
            " and issued_at <= %(until)s)",
            {"city": city, "until": self.until},
        )
        if not last.is_empty():
            changed = hours.join(last, on=list(_VALUES), how="anti", nulls_equal=True)
            if changed.is_empty():
                return empty
        return hours.with_columns(
            city=pl.lit(city), kind=pl.lit("forecast"), issued_at=pl.lit(self.until)
        )

    def _nearest_forecast(self, client: MeteostatClient, read: _Read) -> pl.DataFrame:
        """Return the forecast of the nearest station that has one, asking further ones for it."""
        for station, values in read.values:
            hours = forecast_hours([(station, values)], self.until, HORIZON)
            if not hours.is_empty():
                return hours
        faulty = 0
        for other in read.others:
            # What goes wrong there changes nothing: the hours observed are complete without it.
            reading = client.hours(other.station_id, self.until, self.until + HORIZON)
            hours = forecast_hours([(other.station_id, reading.values)], self.until, HORIZON)
            faulty += bool(reading.faults)
            if not hours.is_empty() or faulty >= _MOST_USED:
                return hours
        return pl.DataFrame(schema=HOURLY.polars_schema)

    def _away(self, city: str, read: _Read) -> str:
        """Say what went wrong, and with what the run goes on."""
        row = self._so_far(city)
        if not read.faults:
            reason = f"no station within {RADIUS_M / 1000:.0f} km has data"
        else:
            more = f" and {len(read.faults) - 1} more" if len(read.faults) > 1 else ""
            reason = f"{read.faults[0]}{more}"
        return (
            f"weather of {city}: Meteostat gave {'not all' if read.values else 'nothing'}"
            f" ({reason}); the run goes on with hours observed up to {_said(row['observed'])}"
            f" and the forecast issued {_said(row['issued'])}"
        )

    def _so_far(self, city: str) -> dict[str, Any]:
        """Return up to when hours were observed, and when the last forecast was issued."""
        return self.warehouse.fetch(
            "select max(hour_at) filter (where kind = 'observed') as observed,"
            " max(issued_at) filter (where kind = 'forecast') as issued"
            " from raw_weather.hourly where city = %(city)s and issued_at <= %(until)s",
            {"city": city, "until": self.until},
        )[0]


def _whole(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _said(moment: datetime | None) -> str:
    return "never" if moment is None else f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
