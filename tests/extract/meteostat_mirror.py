"""A mirror of Meteostat's files on loopback, in its own format, for its real client to read."""

from __future__ import annotations

import gzip
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from tests.loopback import QuietHandler, http_running

ELEMENTS = ("temp", "rhum", "prcp", "wspd", "coco")
_SCHEMA = """
    create table stations (id text primary key, country text, region text, latitude real,
        longitude real, elevation integer, timezone text);
    create table names (station text, language text, name text);
    create table identifiers (station text, key text, value text);
    create table inventory (station text, provider text, parameter text, start text, end text,
        completeness integer);
"""


def write_stations(path: Path, *stations: tuple[str, float, float, int]) -> Path:
    """Write a list of stations: id, latitude, longitude, metres above the sea."""
    with sqlite3.connect(path) as database:
        database.executescript(_SCHEMA)
        for name, latitude, longitude, elevation in stations:
            place = (name, "GR", "B", latitude, longitude, elevation, "Europe/Athens")
            database.execute("insert into stations values (?,?,?,?,?,?,?)", place)
            database.execute("insert into names values (?, 'en', ?)", (name, f"Station {name}"))
    database.close()
    return path


class Mirror:
    """Answers ``/hourly/{year}/{station}.csv.gz``; anything else is 404.

    Attributes
    ----------
    files
        Path to body; change them to change what the service says.
    status
        What every answer has; 500 is a service in trouble.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.status = 200
        self.asked: list[str] = []

    def put(
        self, station: str, first: datetime, temperatures: Sequence[float | None], source: str
    ) -> None:
        """Add hours to a station: a temperature each, other elements fixed, from one source."""
        lines = []
        for number, temperature in enumerate(temperatures):
            if temperature is None:
                continue
            hour = first + timedelta(hours=number)
            values = (temperature, 60.0, 0.4, 18.0, 3.0)
            cells = [f"{value},{source}" for value in values]
            lines.append(f"{hour.year},{hour.month},{hour.day},{hour.hour},{','.join(cells)}")
        path = f"/hourly/{first.year}/{station}.csv.gz"
        header = "year,month,day,hour," + ",".join(f"{name},{name}_source" for name in ELEMENTS)
        before = gzip.decompress(self.files[path]).decode() if path in self.files else header
        self.files[path] = gzip.compress("\n".join([before, *lines]).encode())


@contextmanager
def serving(mirror: Mirror) -> Iterator[str]:
    """Serve it on loopback; gives the address."""

    class Handler(QuietHandler):
        def answer(self) -> None:
            mirror.asked.append(self.path)
            body = mirror.files.get(self.path.split("?")[0])
            self.reply(404 if body is None else mirror.status, body or b"")

    with http_running(Handler) as address:
        yield address
