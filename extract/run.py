"""All sources at once: what an hourly run calls."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from extract.loading import RawPipeline
from extract.operational import OperationalSource
from extract.operational_reader import OperationalReader
from extract.planning import read_planning
from extract.projection import read_places
from extract.schemas import (
    OPERATIONAL,
    PING_FILES,
    PLANNING,
    TELEMETRY,
    WEATHER,
    create_raw_tables,
)
from extract.telemetry import PingChecker, PingFile, list_files, read_files, read_messages
from extract.weather import WeatherSource

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

#: Messages may become visible later than ``received_at`` says: so much is read again.
_MESSAGE_OVERLAP = timedelta(minutes=10)
#: The operational database keeps messages for a day.
_MESSAGE_HISTORY = timedelta(hours=24)
#: A backlog is loaded in parts of so many bytes of files, each with its own marks.
_PART_BYTES = 80_000_000


@dataclass
class ExtractReport:
    """What a run of the extraction did.

    Attributes
    ----------
    rows, rejected
        Rows given to each raw table, and to each ``_rejected`` one, by ``schema.table``.
    notes
        Sentences a person should read: bad cells, missing sheets, files left out.
    """

    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def add(self, counts: dict[str, int]) -> None:
        """Add the rows that a pipeline loaded."""
        for relation, count in counts.items():
            into = self.rejected if relation.endswith("_rejected") else self.rows
            if count or relation in into:
                into[relation] = into.get(relation, 0) + count

    def __str__(self) -> str:
        """Return the figures, a line a table."""
        lines = [f"{relation}: {count:,} rows" for relation, count in sorted(self.rows.items())]
        lines += [f"{name}: {count:,} rejected" for name, count in sorted(self.rejected.items())]
        return "\n".join([*lines, *self.notes]) or "nothing new"


def extract_all(
    settings: Settings, warehouse: Warehouse, *, cities: Sequence[str] | None, until: datetime
) -> ExtractReport:
    """Bring the raw schemas up to date with all sources.

    Parameters
    ----------
    settings
        Where the sources are.
    warehouse
        Where the raw tables are; they are made when missing.
    cities
        Slugs of the cities to read; None reads all. Planning sheets are always read whole.
    until
        The bound of all tables, UTC: what changed or arrived later is left for a later run.

    Returns
    -------
    ExtractReport
        Rows and rejected rows a table, and notes.

    Raises
    ------
    SourceError
        When a source cannot be reached or has another shape.
    WarehouseError
        When the warehouse cannot be reached, or another extraction is at work on it.
    """
    until = until.astimezone(UTC)
    report = ExtractReport()
    with warehouse.lock("extract"):
        create_raw_tables(warehouse)
        extract_planning(settings, warehouse, until, report)
        reader = OperationalReader(settings.operational)
        try:
            extract_operational(settings, warehouse, reader, cities, until, report)
            extract_telemetry(settings, warehouse, reader, cities, until, report)
        finally:
            reader.close()
        extract_weather(settings, warehouse, cities, until, report)
    return report


def extract_planning(
    settings: Settings, warehouse: Warehouse, until: datetime, report: ExtractReport
) -> None:
    """Load the planning sheets when one of them changed."""
    planning = read_planning(settings.planning)
    report.notes += planning.notes()
    pipeline = RawPipeline(settings, warehouse, PLANNING)
    if pipeline.state.get("fingerprint") != planning.fingerprint:
        pipeline.state["fingerprint"] = planning.fingerprint
        report.add(pipeline.load(planning.batches(until)))


def extract_operational(
    settings: Settings,
    warehouse: Warehouse,
    reader: OperationalReader,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
) -> None:
    """Load what changed in the operational database."""
    pipeline = RawPipeline(settings, warehouse, OPERATIONAL)
    places = read_places(warehouse)
    source = OperationalSource(reader, warehouse, pipeline.state, cities, until, places)
    report.add(pipeline.load(source.batches()))


def extract_telemetry(
    settings: Settings,
    warehouse: Warehouse,
    reader: OperationalReader,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
) -> None:
    """Load new ping files and messages, a part at a time."""
    files, notes = list_files(settings.pings, cities, until)
    report.notes += notes
    if not settings.pings.is_dir():
        report.notes.append(f"the ping folder {settings.pings} does not exist")
    pipeline = RawPipeline(settings, warehouse, TELEMETRY)
    cursor = pipeline.state.get("messages_until")
    since = until - _MESSAGE_HISTORY
    if cursor is not None:
        since = min(datetime.fromisoformat(cursor), until) - _MESSAGE_OVERLAP
    scooters = dict(
        warehouse.read("select code, city from raw_operational.scooters order by id").iter_rows()
    )
    places = read_places(warehouse)
    parts = _parts(_not_loaded(warehouse, files)) or [[]]
    for number, part in enumerate(parts, start=1):
        checker = PingChecker(scooters, places, until)
        lines: Iterator[pl.DataFrame] = read_files(part)
        if number == len(parts):
            lines = chain(lines, read_messages(reader, since, until))
            pipeline.state["messages_until"] = max(cursor or "", until.isoformat())
        report.add(pipeline.load(checker.batches(lines)))
        _remember(warehouse, part, checker, until)
        if len(parts) > 1:
            logger.info("ping files: part %s of %s", number, len(parts))


def _not_loaded(warehouse: Warehouse, files: Sequence[PingFile]) -> list[PingFile]:
    rows = warehouse.fetch("select path, size_bytes, modified_ns from raw_telemetry.ping_files")
    known = {(row["path"], row["size_bytes"], row["modified_ns"]) for row in rows}
    return [file for file in files if (file.name, file.size_bytes, file.modified_ns) not in known]


def _parts(files: Sequence[PingFile]) -> list[list[PingFile]]:
    parts: list[list[PingFile]] = []
    size = 0
    for file in sorted(files, key=lambda file: (file.hour_at, file.name)):
        if not parts or size + file.size_bytes > _PART_BYTES:
            parts.append([])
            size = 0
        parts[-1].append(file)
        size += file.size_bytes
    return parts


def _remember(
    warehouse: Warehouse, files: Sequence[PingFile], checker: PingChecker, until: datetime
) -> None:
    """Mark files as loaded, after their pings are in: a kill between the two reads them again."""
    rows = [
        {
            "path": file.name,
            "size_bytes": file.size_bytes,
            "modified_ns": file.modified_ns,
            "row_count": checker.counts.read.get(file.name, 0),
            "rejected_count": checker.counts.rejected.get(file.name, 0),
            "loaded_at": until,
        }
        for file in files
    ]
    if not rows:
        return
    frame = PING_FILES.conform(pl.DataFrame(rows))
    with warehouse.transaction() as connection:
        connection.execute(
            "delete from raw_telemetry.ping_files where path = any(%(paths)s)",
            {"paths": frame["path"].to_list()},
        )
        warehouse.append(frame, PING_FILES.relation, connection)


def extract_weather(
    settings: Settings,
    warehouse: Warehouse,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
) -> None:
    """Load what is new in the weather files."""
    pipeline = RawPipeline(settings, warehouse, WEATHER)
    source = WeatherSource(settings.weather, pipeline.state, cities, until)
    report.add(pipeline.load(source.batches()))
    report.notes += source.notes
    if not settings.weather.is_dir():
        report.notes.append(f"the weather folder {settings.weather} does not exist")
