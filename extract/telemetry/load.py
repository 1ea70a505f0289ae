"""One run of the telemetry: which files and messages are new, and marking them as loaded."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from typing import TYPE_CHECKING

import polars as pl

from extract.forgotten import read_forgotten
from extract.loading import RawPipeline
from extract.operational.reader import OperationalReader
from extract.projection import read_places
from extract.telemetry.checks import PingChecker
from extract.telemetry.database import read_messages
from extract.telemetry.files import PingFile, list_files, read_files
from extract.telemetry.parts import Part, Window, message_windows, parts_of
from extract.telemetry.second_look import (
    fleet_key,
    forget_rejections,
    lines_to_look_at_again,
    read_scooters,
)
from extract.telemetry.tables import PING_FILES, TELEMETRY

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)


@dataclass
class TelemetryLoad:
    """Loads new ping files and messages, a part at a time.

    Parameters
    ----------
    settings, warehouse, reader
        The ping folder, where the pings go, and the database that holds messages.
    cities
        Slugs whose files are read; None reads all.
    until
        The time of the run; files of hours that are not over then wait.
    """

    settings: Settings
    warehouse: Warehouse
    reader: OperationalReader
    cities: Sequence[str] | None
    until: datetime
    notes: list[str] = field(default_factory=list)

    def run(self) -> dict[str, int]:
        """Load everything that is new; rows given to each table."""
        files, self.notes = list_files(self.settings.pings, self.cities, self.until)
        if not self.settings.pings.is_dir():
            self.notes.append(f"the ping folder {self.settings.pings} does not exist")
        pipeline = RawPipeline(self.settings, self.warehouse, TELEMETRY)
        scooters = read_scooters(self.warehouse)
        places = read_places(self.warehouse)
        new = self._not_loaded(files)
        forget_rejections(self.warehouse, new)
        forgotten = read_forgotten(self.warehouse)
        counts: dict[str, int] = {}
        parts = parts_of(new, self._windows(pipeline))
        for number, part in enumerate(parts, start=1):
            checker = PingChecker(scooters, places, self.until, forgotten=forgotten)
            lines = self._lines(part, pipeline, checker)
            for relation, count in pipeline.load(checker.batches(lines)).items():
                counts[relation] = counts.get(relation, 0) + count
            self._remember(part.files, checker)
            if len(parts) > 1:
                logger.info("telemetry: part %s of %s", number, len(parts))
        return counts

    def _windows(self, pipeline: RawPipeline) -> list[Window]:
        cursor = pipeline.state.get("messages_until")
        overlap = timedelta(minutes=self.settings.operational_overlap_minutes)
        since = None if cursor is None else datetime.fromisoformat(cursor)
        return message_windows(self.reader, since, overlap, self.until)

    def _lines(
        self, part: Part, pipeline: RawPipeline, checker: PingChecker
    ) -> Iterator[pl.DataFrame]:
        """Give what a part holds; with its rows the state is kept of how far it reaches."""
        lines: Iterator[pl.DataFrame] = read_files(part.files)
        if part.window is not None:
            lines = chain(lines, read_messages(self.reader, part.window.since, part.window.until))
            reached = part.window.until.isoformat()
            pipeline.state["messages_until"] = max(
                pipeline.state.get("messages_until", ""), reached
            )
        if part.is_last:
            fleet = fleet_key(checker.scooters)
            if pipeline.state.get("fleet") != fleet:
                lines = chain(lines, lines_to_look_at_again(self.warehouse, self.until))
                pipeline.state["fleet"] = fleet
        return lines

    def _not_loaded(self, files: Sequence[PingFile]) -> list[PingFile]:
        rows = self.warehouse.fetch(
            "select path, size_bytes, modified_ns from raw_telemetry.ping_files"
        )
        known = {(row["path"], row["size_bytes"], row["modified_ns"]) for row in rows}
        return [
            file for file in files if (file.name, file.size_bytes, file.modified_ns) not in known
        ]

    def _remember(self, files: Sequence[PingFile], checker: PingChecker) -> None:
        """Mark files as loaded, after their pings are in: a kill between reads them again."""
        rows = [
            {
                "path": file.name,
                "size_bytes": file.size_bytes,
                "modified_ns": file.modified_ns,
                "row_count": checker.counts.read.get(file.name, 0),
                "rejected_count": checker.counts.rejected.get(file.name, 0),
                "loaded_at": self.until,
            }
            for file in files
        ]
        if not rows:
            return
        frame = PING_FILES.conform(pl.DataFrame(rows))
        with self.warehouse.transaction() as connection:
            connection.execute(
                "delete from raw_telemetry.ping_files where path = any(%(paths)s)",
                {"paths": frame["path"].to_list()},
            )
            self.warehouse.append(frame, PING_FILES.relation, connection)
