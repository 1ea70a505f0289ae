"""A synthetic Greek climate: what was observed, and what was forecast when.

Both are pure functions of seed, city and hour, so any stretch can be computed by itself.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from simulator.calendar import utc
from simulator.cities import City
from simulator.parameters import stream

Floats = npt.NDArray[np.float64]

#: A forecast reaches so many hours ahead.
FORECAST_HOURS = 72
_MEMORY_DAYS = 6


@dataclass(frozen=True)
class Weather:
    """Hourly weather, one entry an hour, shape (n,)."""

    hour: npt.NDArray[np.int64]
    temperature_c: Floats
    precipitation_mm: Floats
    wind_kmh: Floats
    humidity_pct: Floats

    @property
    def condition_code(self) -> npt.NDArray[np.int64]:
        """Meteostat's codes: 1 clear, 3 cloudy, 4 overcast, 7-9 rain, 15 snow."""
        rain = self.precipitation_mm
        code = np.where(self.humidity_pct > 80, 4, np.where(self.humidity_pct > 62, 3, 1))
        code = np.where(rain > 0, 7, code)
        code = np.where(rain >= 1.5, 8, code)
        code = np.where(rain >= 4.0, 9, code)
        return np.where((rain > 0) & (self.temperature_c < 1.0), 15, code).astype(np.int64)


def observed(seed: int, city: City, first_hour: int, last_hour: int) -> Weather:
    """Weather of the hours `first_hour` to `last_hour` - 1; none when they are equal."""
    hour = np.arange(first_hour, last_hour, dtype=np.int64)
    if not len(hour):
        nothing = np.empty(0)
        return Weather(hour, nothing, nothing, nothing, nothing)
    day = hour // 24
    anomaly = _smooth_days(seed, city, "warmth", hour) * 2.6
    cloud = _smooth_days(seed, city, "cloud", hour)
    fraction_of_year = (day % 365.2425) / 365.2425
    season = np.cos(2 * np.pi * (fraction_of_year - 0.548))
    mean = (city.july_c + city.january_c) / 2 + (city.july_c - city.january_c) / 2 * season
    swing = (4.0 + 1.6 * season) * np.clip(1 - 0.25 * cloud, 0.4, 1.4)
    daily = np.cos(2 * np.pi * ((hour % 24) - 12.5) / 24)
    rain = _rain(seed, city, hour)
    temperature = mean + anomaly + swing * daily - 1.5 * np.minimum(rain, 2)
    gust = _smooth_days(seed, city, "wind", hour)
    wind = np.clip(9 + 5 * gust + 4 * np.maximum(daily, 0) + 2 * np.minimum(rain, 3), 0, 75)
    humidity = 62 - 12 * season - 14 * daily + 7 * cloud + 9 * np.minimum(rain, 2)
    return Weather(
        hour,
        temperature.round(1),
        rain.round(1),
        wind.round(1),
        np.clip(humidity, 18, 100).round(),
    )


def forecast(seed: int, city: City, issued_hour: int) -> Weather:
    """Forecast issued at the beginning of `issued_hour` for the 72 hours from there.

    Its error grows with the horizon: warmth and wind drift, showers come early, late or not.
    """
    truth = observed(seed, city, issued_hour - 12, issued_hour + FORECAST_HOURS + 12)
    draw = stream(seed, city.number, "forecast", issued_hour)
    horizon = np.arange(FORECAST_HOURS)
    growth = np.sqrt(1 + horizon / 6.0)
    drift = draw.normal(0, 0.35) * growth + draw.normal(0, 0.3, FORECAST_HOURS)
    shift = np.clip(np.rint(draw.normal(0, 0.9) * growth / 2), -12, 11).astype(np.int64)
    scale = np.exp(draw.normal(0, 0.2) * growth / 2)
    index = horizon + 12
    rain = truth.precipitation_mm[index - shift] * scale
    wind = truth.wind_kmh[index] * np.exp(draw.normal(0, 0.06) * growth)
    humidity = truth.humidity_pct[index] + draw.normal(0, 1.5) * growth
    return Weather(
        truth.hour[index],
        (truth.temperature_c[index] + drift).round(1),
        np.where(rain < 0.1, 0.0, rain).round(1),
        np.clip(wind, 0, 90).round(1),
        np.clip(humidity, 15, 100).round(),
    )


def ride_factor(weather: Weather) -> Floats:
    """How much of fair-weather demand is left, shape (n,): rain and cold keep riders at home."""
    cold = 1 - 0.025 * np.clip(13 - weather.temperature_c, 0, 20)
    heat = 1 - 0.03 * np.clip(weather.temperature_c - 32, 0, 10)
    wet = np.exp(-0.55 * np.minimum(weather.precipitation_mm, 3.5))
    wind = 1 - 0.012 * np.clip(weather.wind_kmh - 22, 0, 40)
    return np.asarray(cold * heat * wet * wind)


def _smooth_days(seed: int, city: City, topic: str, hour: npt.NDArray[np.int64]) -> Floats:
    """A standardised anomaly that persists for days, interpolated between noons."""
    first, last = int(hour[0]) // 24 - 1, int(hour[-1]) // 24 + 1
    shock = {
        day: float(stream(seed, city.number, topic, day).normal())
        for day in range(first - _MEMORY_DAYS, last + 1)
    }
    fading = 0.68 ** np.arange(_MEMORY_DAYS)
    fading /= np.sqrt((fading**2).sum())
    days = np.arange(first, last + 1)
    level = [
        sum(fading[lag] * shock[int(day) - lag] for lag in range(_MEMORY_DAYS)) for day in days
    ]
    return np.asarray(np.interp(hour, days * 24 + 12, level), dtype=np.float64)


def _rain(seed: int, city: City, hour: npt.NDArray[np.int64]) -> Floats:
    rain = np.zeros(len(hour))
    for day in range(int(hour[0]) // 24 - 1, int(hour[-1]) // 24 + 1):
        draw = stream(seed, city.number, "rain", day)
        month_season = np.cos(2 * np.pi * ((day % 365.2425) / 365.2425 - 0.548))
        shower_count = int(draw.poisson(0.34 - 0.12 * month_season))
        for _ in range(min(shower_count, 3)):
            start = day * 24 + draw.uniform(0, 24)
            length = draw.gamma(2.0, 1.6) * (1.3 - 0.5 * month_season)
            strength = draw.gamma(1.4, 1.3)
            middle = (hour + 0.5 - start) / max(length, 0.5)
            rain += np.where((middle > 0) & (middle < 1), strength, 0.0)
    return rain


def first_issue(hour: int) -> int:
    """First daily issue (00Z) at or after `hour`."""
    moment = utc(hour)
    return hour if moment.hour == 0 else hour + 24 - moment.hour
