"""Hourly weather -> raw_weather.hourly: one CSV file a city, observations and issued forecasts.

A file is read when its content changed. Of it, rows newer than what is there less an overlap go
on: late corrections of the last week arrive, older ones do not. Forecasts stay as issued.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import logging
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from extract.cells import SLUG
from extract.loading import Batch
from extract.rejections import accepted, as_json, first_reason, rejected
from extract.weather.tables import HOURLY, HOURLY_REJECTED

logger = logging.getLogger(__name__)

OVERLAP = timedelta(days=7)
_COLUMNS = (
    *("hour_at", "kind", "issued_at", "temperature_c", "precipitation_mm", "wind_kmh"),
    *("humidity_pct", "condition_code"),
)
#: What the elements can be on earth.
_BOUNDS = {
    "temperature_c": (-90.0, 60.0),
    "precipitation_mm": (0.0, 500.0),
    "wind_kmh": (0.0, 450.0),
    "humidity_pct": (0.0, 100.0),
}
_TIME = "%+"


@dataclass
class WeatherSource:
    """What one run reads from the weather folder.

    Parameters
    ----------
    folder
        Holds ``<city>.csv.gz`` or ``<city>.csv``.
    state
        Fingerprint and newest hour of each city, kept with the data.
    cities
        Slugs to read; None reads all.
    until
        Hours observed and forecasts issued later are left for the next run.
    """

    folder: Path
    state: dict[str, Any]
    cities: Sequence[str] | None
    until: datetime
    notes: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[Batch]:
        """Give the new rows of each file that changed, or that holds rows up to a later `until`."""
        for path in sorted(self.folder.glob("*.csv*")) if self.folder.is_dir() else []:
            city = path.name.split(".")[0]
            if not SLUG.match(city):
                self.notes.append(f"weather file {path.name} left out: not named <city>.csv.gz")
            elif self.cities is None or city in self.cities:
                yield from self._city(path, city)

    def _city(self, path: Path, city: str) -> Iterator[Batch]:
        content = path.read_bytes()
        before = self.state.get(city, {})
        mark = {"sha256": hashlib.sha256(content).hexdigest(), "until": self.until.isoformat()}
        if before.get("sha256") == mark["sha256"] and before["until"] >= mark["until"]:
            return
        frame = self._read(path, content)
        if frame is None:
            return
        checked = _checked(frame.with_columns(city=pl.lit(city)))
        since = datetime(1970, 1, 1, tzinfo=UTC)
        if before:
            since = min(datetime.fromisoformat(before["until"]), self.until) - OVERLAP
        bad = rejected(
            checked,
            pl.format("{}:{}", "city", as_json(_COLUMNS).map_elements(_digest, pl.String)),
            as_json(_COLUMNS),
            self.until,
        ).unique("row_key", keep="first", maintain_order=True)
        hours = accepted(checked).select(_typed()).filter(pl.col("issued_at") > since)
        hours = hours.filter(pl.col("issued_at") <= self.until)
        hours = hours.unique(subset=list(HOURLY.key), keep="last", maintain_order=True)
        self.state[city] = mark
        if not bad.is_empty():
            yield Batch(HOURLY_REJECTED, bad, "keep")
        if not hours.is_empty():
            yield Batch(HOURLY, hours, "correct")

    def _read(self, path: Path, content: bytes) -> pl.DataFrame | None:
        try:
            plain = gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content
            frame = pl.read_csv(io.BytesIO(plain), infer_schema=False, row_index_name="line")
        except (OSError, EOFError, zlib.error, pl.exceptions.PolarsError) as error:
            reason = str(error).splitlines()[0]
            self.notes.append(f"weather file {path.name} left out: it is no CSV ({reason})")
            return None
        missing = [name for name in _COLUMNS if name not in frame.columns]
        if missing:
            self.notes.append(
                f"weather file {path.name} left out: it lacks {', '.join(missing)}; "
                f"it has {', '.join(frame.columns[1:])}"
            )
            return None
        return frame


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _time(name: str) -> pl.Expr:
    return pl.col(name).str.to_datetime(_TIME, time_unit="us", time_zone="UTC", strict=False)


def _number(name: str) -> pl.Expr:
    return pl.col(name).cast(pl.Float64, strict=False)


def _checked(frame: pl.DataFrame) -> pl.DataFrame:
    is_observed = pl.col("kind") == "observed"
    rules = [
        ("hour_at cannot be read", _time("hour_at").is_null()),
        ("kind is neither observed nor forecast", ~pl.col("kind").is_in(["observed", "forecast"])),
        ("kind is missing", pl.col("kind").is_null()),
        ("a forecast needs issued_at", ~is_observed & _time("issued_at").is_null()),
    ]
    for name, (least, most) in _BOUNDS.items():
        rules.append((f"{name} is no number", pl.col(name).is_not_null() & _number(name).is_null()))
        rules.append((f"{name} is impossible", ~_number(name).is_between(least, most)))
    code = _number("condition_code")
    rules.append(
        ("condition_code is no number", pl.col("condition_code").is_not_null() & code.is_null())
    )
    return frame.with_columns(first_reason(rules))


def _typed() -> list[pl.Expr]:
    hour_at = _time("hour_at").dt.truncate("1h")
    issued_at = pl.when(pl.col("kind") == "observed").then(hour_at).otherwise(_time("issued_at"))
    return [
        pl.col("city"),
        hour_at.alias("hour_at"),
        pl.col("kind"),
        issued_at.alias("issued_at"),
        *(_number(name).alias(name) for name in _BOUNDS),
        _number("condition_code").cast(pl.Int64, strict=False).alias("condition_code"),
    ]
