"""Weather files: what was observed, and the archive of forecasts as they were issued."""

import gzip
from collections.abc import Iterable
from pathlib import Path

from simulator.calendar import utc
from simulator.cities import City
from simulator.weather import Weather, first_issue, forecast, observed

_HEADER = (
    "hour_at,kind,issued_at,temperature_c,precipitation_mm,wind_kmh,humidity_pct,condition_code\n"
)


def weather_file(folder: Path, city: City) -> Path:
    """Return the path of a city's weather file."""
    return folder / f"{city.slug}.csv.gz"


def write_weather(
    folder: Path, seed: int, city: City, first_hour: int, end_hour: int, extra: Iterable[int]
) -> int:
    """Write a city's weather file whole; return the number of rows.

    Parameters
    ----------
    first_hour, end_hour
        The history, counted in hours from 1970-01-01T00Z.
    extra
        Hours of issues besides the daily ones: the ends of the simulations so far.
    """
    daily = range(first_issue(first_hour), end_hour + 1, 24)
    issues = sorted({*daily, *(hour for hour in extra if hour <= end_hour)})
    lines = _lines(observed(seed, city, first_hour, end_hour), "observed", "")
    for issue in issues:
        lines += _lines(forecast(seed, city, issue), "forecast", f"{utc(issue):%Y-%m-%dT%H:00:00Z}")
    folder.mkdir(parents=True, exist_ok=True)
    path = weather_file(folder, city)
    partial = path.with_suffix(".partial")
    text = _HEADER + "".join(lines)
    partial.write_bytes(gzip.compress(text.encode(), compresslevel=5, mtime=0))
    partial.replace(path)
    return len(lines)


def _lines(weather: Weather, kind: str, issued_at: str) -> list[str]:
    columns = (
        weather.hour.tolist(),
        weather.temperature_c.tolist(),
        weather.precipitation_mm.tolist(),
        weather.wind_kmh.tolist(),
        weather.humidity_pct.tolist(),
        weather.condition_code.tolist(),
    )
    return [
        f"{utc(hour):%Y-%m-%dT%H:00:00Z},{kind},{issued_at},{warmth},{rain},{wind},{humid:.0f},{code}\n"
        for hour, warmth, rain, wind, humid, code in zip(*columns, strict=True)
    ]
