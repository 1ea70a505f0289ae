"""Reading trip and station files: CSV or gzipped CSV, every cell as text, nothing guessed."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import Path

import polars as pl

from extract.open_trips.columns import (
    STATION_ALIASES,
    TRIP_ALIASES,
    find_columns,
    require_station_columns,
    require_trip_columns,
)
from warehouse.errors import SourceError

ORIGINAL = "_original"


def read_trips(path: Path, given: Mapping[str, str], has_stations: bool) -> pl.DataFrame:
    """Read a trip file.

    Parameters
    ----------
    path
        ``.csv`` or ``.csv.gz``.
    given
        Our column names to the file's, where names alone do not tell.
    has_stations
        Whether a station file comes with it.

    Returns
    -------
    polars.DataFrame
        A text column for each of our names (null where the file has none), `ORIGINAL` (the row
        as JSON) and ``source_file``.

    Raises
    ------
    SourceError
        When it does not exist, is no CSV, or lacks columns.
    """
    frame = read_csv(path)
    columns = find_columns(frame.columns, TRIP_ALIASES, given, path.name)
    require_trip_columns(columns, frame.columns, path.name, has_stations)
    return _named(frame, columns.names, tuple(TRIP_ALIASES)).with_columns(
        source_file=pl.lit(path.name)
    )


def read_stations(path: Path) -> pl.DataFrame:
    """Read a station file: ``station_id name latitude longitude capacity`` as text, `ORIGINAL`.

    Raises
    ------
    SourceError
        When it does not exist, is no CSV, or lacks columns.
    """
    frame = read_csv(path)
    columns = find_columns(frame.columns, STATION_ALIASES, {}, path.name)
    require_station_columns(columns, frame.columns, path.name)
    return _named(frame, columns.names, tuple(STATION_ALIASES))


def read_csv(path: Path) -> pl.DataFrame:
    """Read all cells of a CSV file as text, stripped; empty cells are null.

    Raises
    ------
    SourceError
        When the file does not exist or is no CSV.
    """
    try:
        content = path.read_bytes()
        if content[:2] == b"\x1f\x8b":
            content = gzip.decompress(content)
    except FileNotFoundError as error:
        raise SourceError(f"there is no file {path}; give the path of a CSV file") from error
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; give the paths of the CSV files in it") from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise SourceError(f"{path} cannot be read ({reason}); give a whole file") from error
    cure = "give a CSV file with a header, in UTF-8, plain or gzipped"
    if b"\x00" in content[:65_536]:
        raise SourceError(f"{path} is no CSV file (it holds binary data); {cure}")
    try:
        frame = pl.read_csv(io.BytesIO(content), infer_schema=False)
    except pl.exceptions.PolarsError as error:
        reason = str(error).strip().splitlines()[0].rstrip(".")
        raise SourceError(f"{path} is no CSV file ({reason}); {cure}") from error
    cell = pl.all().str.strip_chars()
    return frame.with_columns(pl.when(cell != "").then(cell).otherwise(None).name.keep())


def _named(frame: pl.DataFrame, names: Mapping[str, str], wanted: tuple[str, ...]) -> pl.DataFrame:
    return frame.select(
        *(
            (pl.col(names[name]) if name in names else pl.lit(None, pl.String)).alias(name)
            for name in wanted
        ),
        pl.struct(pl.all()).struct.json_encode().alias(ORIGINAL),
    )
