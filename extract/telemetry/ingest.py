"""Filling VictoriaMetrics: messages of files and of the operational database become samples.

Running it again is harmless, and so is killing it: a ping that is whole in the store is not written
again, whatever its file; one that is not is. How far back it writes is said in the warehouse before
it does (``raw_telemetry.store_writes``), what was written is marked after it was
(``raw_telemetry.ingested``).

VictoriaMetrics keeps the last seconds in memory: killed, it loses them after having taken them. So
a mark counts only once the same server process was seen alive a minute later; else what it
marks is read again. Where ``/metrics`` is hidden no process can be told from another: a part is
marked only when all of it was found in the store some seconds after it was written.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain, count
from typing import TYPE_CHECKING

import polars as pl

from extract.loading import REMOVED, Batch, RawPipeline
from extract.operational.reader import OperationalReader
from extract.projection import read_places
from extract.readiness import check_folders
from extract.schemas import create_raw_tables
from extract.telemetry.checks import KEY, SECOND_LOOK, Judged, PingChecker, row_key
from extract.telemetry.database import read_fleet, read_messages
from extract.telemetry.files import list_files, read_files
from extract.telemetry.kept import Kept
from extract.telemetry.marks import Marks
from extract.telemetry.pages import PAGE_BYTES, read_pages, spans_of
from extract.telemetry.parts import Part, Window, message_windows, parts_of
from extract.telemetry.samples import WHOLE, read_arrivals, requests
from extract.telemetry.second_look import (
    fleet_key,
    forget_rejections,
    lines_to_look_at_again,
    read_scooters,
)
from extract.telemetry.store_writes import StoreWrites
from extract.telemetry.tables import TELEMETRY
from extract.telemetry.victoria_metrics import ServerState, VictoriaMetrics, open_store
from warehouse.errors import SourceError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

#: Another run may be loading: so long it is waited for.
_WAIT_S = 600.0
#: Rejected messages are loaded when there are so many, and at the end of each part.
_PENDING_ROWS = 100_000
#: A store that still lacks pings when they were written so often keeps fewer than it is given.
_MOST_PASSES = 5


@dataclass
class IngestReport:
    """What an ingest did: pings written, messages rejected, files read."""

    written: int = 0
    rejected: int = 0
    files: int = 0
    notes: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the figures as a sentence."""
        return (
            f"{self.written:,} pings written, {self.rejected:,} messages rejected, "
            f"{self.files:,} files read"
        )


@dataclass
class TelemetryIngest:
    """Writes what is new in files and messages into the store.

    Parameters
    ----------
    settings, warehouse
        The ping folder; where the fleet is known, rejected messages go and marks are kept.
    store
        The VictoriaMetrics to fill.
    reader
        The operational database that holds messages; None reads files alone.
    cities
        Slugs whose files are read; None reads all.
    until
        The time of the run; files of hours that are not over then wait.
    """

    settings: Settings
    warehouse: Warehouse
    store: VictoriaMetrics
    reader: OperationalReader | None
    cities: Sequence[str] | None
    until: datetime
    report: IngestReport = field(init=False, default_factory=IngestReport)
    _first: datetime | None = field(init=False, default=None)
    _mended: int = field(init=False, default=0)
    _kept: Kept = field(init=False)
    _marks: Marks = field(init=False)
    _writes: StoreWrites = field(init=False)

    def run(self, again: bool = False) -> IngestReport:
        """Write everything that is new, or all of it `again`.

        Raises
        ------
        SourceError
            When a source or the store cannot be reached, or the store threw samples away.
        """
        with self.warehouse.lock("telemetry ingest"):
            create_raw_tables(self.warehouse)
            state = self.store.state()
            self._marks = Marks(self.warehouse, self.store.address)
            self._writes = StoreWrites(self.warehouse, self.store.address)
            self._kept = Kept(self.store)
            if again:
                self._marks.forget()
            self._marks.settle(state.started_at)
            self._kept.show()
            self._writes.end()
            files, self.report.notes = list_files(self.settings.pings, self.cities, self.until)
            new = self._marks.new(files, state.started_at)
            forget_rejections(self.warehouse, new)
            parts = parts_of(new, self._windows(state))
            for number, part in enumerate(parts, start=1):
                self._ingest_part(part)
                logger.info("telemetry ingest: part %s of %s", number, len(parts))
            self._writes.end()
        return self.report

    def _windows(self, state: ServerState) -> list[Window]:
        if self.reader is None:
            return []
        overlap = timedelta(minutes=self.settings.operational_overlap_minutes)
        cursor = self._marks.messages_until(state.started_at)
        return message_windows(self.reader, cursor, overlap, self.until)

    def _fleet(self) -> dict[str, str]:
        """Return the scooters that the warehouse knows, and those that are newer."""
        known = read_scooters(self.warehouse)
        return known if self.reader is None else {**known, **read_fleet(self.reader)}

    def _ingest_part(self, part: Part) -> None:
        """Write a part and mark it; again while the server may have forgotten some of it.

        A server that was killed has forgotten what it took in its last seconds.
        """
        for number in count(1):
            before, began_at = self.store.state(), time.monotonic()
            self._first, self._mended = None, 0
            checker = PingChecker(self._fleet(), read_places(self.warehouse), self.until)
            fleet = fleet_key(checker.scooters)
            looks = part.is_last and not self._marks.has_looked(fleet, before.started_at)
            written = self._write(checker, self._lines(part, looks))
            self.report.written += written
            self._kept.show()
            after = self.store.state()
            if after.started_at != before.started_at:
                logger.warning("VictoriaMetrics was restarted: what it may lack is written again")
                continue
            self._refuse_losses(after.retention)
            is_kept = after.started_at or self._kept.is_on_disk(written, began_at)
            if is_kept or number >= _MOST_PASSES:
                break
        if part.window is not None:
            self._marks.add_messages(part.window.until, after.started_at)
        self._marks.add(part.files, checker.counts, self.until, after.started_at)
        if looks and not self._mended:
            # A rejection stays until its ping was found in the store: that takes another look.
            self._marks.add_look(fleet, self.until, after.started_at)
        self.report.files += len(part.files)

    def _lines(self, part: Part, looks_again: bool) -> Iterator[pl.DataFrame]:
        lines: Iterator[pl.DataFrame] = read_files(part.files)
        if looks_again:
            lines = chain(lines, lines_to_look_at_again(self.warehouse, self.until))
        if self.reader is not None and part.window is not None:
            messages = read_messages(self.reader, part.window.since, part.window.until)
            lines = chain(lines, messages)
        return lines

    def _write(self, checker: PingChecker, lines: Iterable[pl.DataFrame]) -> int:
        written, pending = 0, list[Batch]()
        for judged in checker.judged(lines):
            new = self._new(judged)
            first = new["reported_at"].min()
            if isinstance(first, datetime):
                self._first = min(self._first or first, first)
                self._writes.announce(first)
            for body in requests(new):
                self.store.write(body)
            written += new.height
            self._mended += new.filter(pl.col("source") == SECOND_LOOK).height
            pending += _without_new_ones(judged.rejections, new)
            if sum(batch.frame.height for batch in pending) >= _PENDING_ROWS:
                self._load(pending)
                pending = []
        self._load(pending)
        return written

    def _new(self, judged: Judged) -> pl.DataFrame:
        """Leave out the pings that are whole in the store."""
        pings = judged.pings
        # A message without a time of arrival (a second look) arrived when it was reported.
        pings = pings.with_columns(received_at=pl.coalesce("received_at", "reported_at"))
        for start_ms, end_ms in spans_of(pings["reported_at"]):
            for page in read_pages(self.store, WHOLE, start_ms, end_ms):
                known = read_arrivals(page.content)
                if not known.is_empty():
                    pings = pings.join(known, on=KEY, how="anti", maintain_order="left")
        return pings

    def _load(self, rejections: list[Batch]) -> None:
        if not rejections:
            return
        with self.warehouse.lock("extract", _WAIT_S):
            pipeline = RawPipeline(self.settings, self.warehouse, TELEMETRY)
            counts = pipeline.load(rejections)
        self.report.rejected += sum(counts.values())

    def _refuse_losses(self, kept_for: str) -> None:
        """Look for the oldest ping that was written: a server drops in silence what is too old."""
        if self._first is None:
            return
        at_ms = int(self._first.timestamp() * 1000)
        if not self.store.read(WHOLE, at_ms, at_ms, PAGE_BYTES):
            kept = f" ({kept_for})" if kept_for else ""
            raise SourceError(
                f"VictoriaMetrics at {self.store.address} threw away a ping of "
                f"{self._first:%Y-%m-%d}, which is older than its -retentionPeriod{kept}; "
                "start it with a longer one, for instance -retentionPeriod=10y, and run this again"
            )


def _without_new_ones(rejections: list[Batch], new: pl.DataFrame) -> list[Batch]:
    """Leave rejections that a ping mends in place until a later ingest finds that ping kept."""
    kept: list[Batch] = []
    for batch in rejections:
        if REMOVED in batch.frame.columns:
            frame = batch.frame.join(new.select(row_key=row_key()), on="row_key", how="anti")
            batch = Batch(batch.table, frame, batch.mode)
        if not batch.frame.is_empty():
            kept.append(batch)
    return kept


def ingest_telemetry(
    settings: Settings,
    warehouse: Warehouse,
    cities: Sequence[str] | None,
    until: datetime,
    *,
    with_messages: bool = True,
    again: bool = False,
) -> IngestReport:
    """Fill the configured store from the ping files and the operational database.

    Parameters
    ----------
    settings, warehouse
        Where everything is.
    cities
        Slugs whose files are read; None reads all.
    until
        The time of the run.
    with_messages
        Whether messages of the operational database are read too.
    again
        Whether what is marked as written is forgotten first.

    Raises
    ------
    SourceError
        When no store is configured, or it or a source cannot be reached.
    """
    if settings.victoria_metrics_url is None:
        raise SourceError(
            "MOOW_VICTORIA_METRICS_URL is not set, so ping files are the store; "
            "set it to a VictoriaMetrics, for instance http://victoria-metrics:8428"
        )
    check_folders(settings)
    with open_store(settings.victoria_metrics_url) as store:
        reader = OperationalReader(settings.operational) if with_messages else None
        try:
            ingest = TelemetryIngest(settings, warehouse, store, reader, cities, until)
            return ingest.run(again)
        finally:
            if reader is not None:
                reader.close()
