"""VictoriaMetrics -> raw_telemetry.pings: what an hourly run reads when there is a store.

Each run reads from a little before where the last one ended, since pings come late; from the
oldest ping that an ingest has written since; from the oldest that was rejected for a scooter that
is known by now; and each night from a week before, for what others wrote. A ping that arrived after
the clock of the run is left for later, and remembered. All cities are read, whichever are run:
there is one cursor.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.forgotten import read_forgotten
from extract.loading import REMOVED, Batch, RawPipeline
from extract.projection import read_places
from extract.rejections import REASON
from extract.telemetry.checks import EARLIEST, FUTURE_TOLERANCE, KEY, PingChecker
from extract.telemetry.pages import Page, read_pages
from extract.telemetry.samples import ALL, read_pings
from extract.telemetry.second_look import (
    STORE_PREFIX,
    Mended,
    fleet_key,
    mended_in_store,
    read_scooters,
)
from extract.telemetry.store_writes import StoreWrites
from extract.telemetry.tables import PINGS, TELEMETRY
from extract.telemetry.victoria_metrics import VictoriaMetrics

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

#: Pings of others this late are found by each run, those that late once a night: a week of pings
#: is too much for an hour. Where no night's run comes, an hour's does it in the end.
_OVERLAP = timedelta(hours=2)
_WIDE_OVERLAP = timedelta(days=7)
_WIDE_AT_LATEST = timedelta(days=2)
#: Pages loaded and remembered together: a first load that is killed goes on from there.
_PAGES = 20


@dataclass
class StoreLoad:
    """Loads what is new in the store, some pages at a time.

    Parameters
    ----------
    settings, warehouse
        The resolution, and where the pings go.
    store
        The VictoriaMetrics that holds them.
    until
        The time of the run: what arrived later is left for a later run.
    is_complete
        Whether it is the run of the night, which has the time to look a week back.
    """

    settings: Settings
    warehouse: Warehouse
    store: VictoriaMetrics
    until: datetime
    is_complete: bool = False
    notes: list[str] = field(default_factory=list)
    _deferred: datetime | None = field(init=False, default=None)
    _is_wide: bool = field(init=False, default=False)
    _is_past: bool = field(init=False, default=False)
    _is_over: bool = field(init=False, default=False)
    _mended: Mended = field(init=False, default_factory=Mended)

    def run(self) -> dict[str, int]:
        """Load everything that is new; rows given to each table."""
        pipeline = RawPipeline(self.settings, self.warehouse, TELEMETRY)
        state = pipeline.state.setdefault("store", {})
        if state.get("address") != self.store.address:
            state.clear()
            state["address"] = self.store.address
        elif "looked_at" in state:
            # Not what this run looks at: a run that finds nothing keeps no state, and what it put
            # off for its clock would be forgotten.
            self._writes.forget(_read(state["looked_at"]))
        looked_at = self.warehouse.fetch("select clock_timestamp() as now")[0]["now"]
        scooters = read_scooters(self.warehouse)
        if state.get("fleet") != fleet_key(scooters):
            self._mended = mended_in_store(self.warehouse, scooters, self.until)
        start, self._is_wide = self._start(state)
        # A run as of the past reads up to its clock, and the next one from where the last ended:
        # what neither reads stays announced.
        self._is_past = "until" in state and self.until < _read(state["until"])
        end_ms = _millis(self.until + FUTURE_TOLERANCE) + 1
        pages = read_pages(self.store, ALL, _millis(start), end_ms, self._step_ms)
        counts: dict[str, int] = {}
        while not self._is_over:
            part = self._part(pages, state, scooters, looked_at)
            for relation, count in pipeline.load(part).items():
                counts[relation] = counts.get(relation, 0) + count
        return counts

    @property
    def _writes(self) -> StoreWrites:
        return StoreWrites(self.warehouse, self.store.address)

    @property
    def _step_ms(self) -> int:
        return self.settings.ping_resolution_s * 1000

    def _start(self, state: dict[str, Any]) -> tuple[datetime, bool]:
        """Return from when on pings are read, and whether that is a week back."""
        if "until" not in state:
            return EARLIEST, True
        cursor = min(_read(state["until"]), self.until)
        is_late = self.until - _read(state["wide_at"]) >= _WIDE_AT_LATEST
        is_wide = self.is_complete or is_late
        starts = [cursor - (_WIDE_OVERLAP if is_wide else _OVERLAP)]
        if state.get("deferred"):
            starts.append(_read(state["deferred"]))
        if self._mended.first is not None:
            starts.append(self._mended.first)
        written = self._writes.first_since(_read(state["looked_at"]))
        if written is not None:
            starts.append(written)
        return max(EARLIEST, min(starts)), is_wide

    def _part(
        self,
        pages: Iterator[Page],
        state: dict[str, Any],
        scooters: dict[str, str],
        looked_at: datetime,
    ) -> Iterator[Batch]:
        """Give the rows of some pages, and remember how far they reach."""
        checker = PingChecker(scooters, read_places(self.warehouse), self.until)
        checker.forgotten = read_forgotten(self.warehouse)
        checker.name, checker.original = _NAME, _ORIGINAL
        checker.second_look = self._mended.keys
        for _ in range(_PAGES):
            page = next(pages, None)
            if page is None:
                self._is_over = True
                if not self._is_past:
                    self._conclude(state, scooters, looked_at)
                return
            yield from self._batches(checker, page)
            self._remember(state, page, looked_at)

    def _remember(self, state: dict[str, Any], page: Page, looked_at: datetime) -> None:
        reached = min(_moment(page.end_ms), self.until).isoformat()
        state["until"] = max(state.get("until", ""), reached)
        state.setdefault("wide_at", self.until.isoformat())
        # A first load reads all that was there when it began, so it goes on from where it was.
        state.setdefault("looked_at", looked_at.isoformat())
        # Only the first of what was put off before is known: more of it may lie ahead.
        waiting = [self._deferred] if self._deferred else []
        if state.get("deferred"):
            waiting.append(max(_read(state["deferred"]), _moment(page.end_ms)))
        state["deferred"] = min(waiting).isoformat() if waiting else None

    def _conclude(
        self, state: dict[str, Any], scooters: dict[str, str], looked_at: datetime
    ) -> None:
        """Remember that everything was read that the clock allows."""
        state["looked_at"] = looked_at.isoformat()
        state["fleet"] = fleet_key(scooters)
        if self._is_wide:
            state["wide_at"] = self.until.isoformat()
        state["until"] = self.until.isoformat()
        state["deferred"] = self._deferred.isoformat() if self._deferred else None

    def _batches(self, checker: PingChecker, page: Page) -> Iterator[Batch]:
        pings = read_pings(page.content)
        is_known = pl.col("received_at") <= self.until
        early = pings.filter(~is_known)["reported_at"].min()
        if isinstance(early, datetime):
            self._deferred = min(self._deferred or early, early)
        judged = checker.judge(_as_messages(pings.filter(is_known)))
        yield from judged.rejections
        kept = judged.pings
        if self._step_ms and not kept.is_empty():
            kept = _last_of_each(kept, self._step_ms)
            known = self._known(kept, page)
            # What is known may be later than all that the clock lets this run see.
            last = _last_of_each(pl.concat([known, kept.select(KEY)]), self._step_ms)
            gone = known.join(last, on=KEY, how="anti")
            if not gone.is_empty():
                yield Batch(PINGS, PINGS.conform(gone).with_columns(pl.lit(True).alias(REMOVED)))
            kept = kept.join(last, on=KEY, how="semi", maintain_order="left")
        if not kept.is_empty():
            # Where rows are taken away as well, all of them are merged.
            yield checker.to_load(kept, "keep" if self._step_ms else "add")

    def _known(self, kept: pl.DataFrame, page: Page) -> pl.DataFrame:
        """Return the keys of pings that the warehouse has in the stretches of those `kept`."""
        known = self.warehouse.read(
            "select scooter_code, reported_at from raw_telemetry.pings"
            " where reported_at >= %(start)s and reported_at < %(end)s",
            {"start": _moment(page.start_ms), "end": _moment(page.end_ms)},
        )
        stretch = _stretch(self._step_ms)
        stretches = kept.select("scooter_code", stretch)
        return (
            known.cast(kept.select(KEY).schema)
            .with_columns(stretch)
            .join(stretches, on=["scooter_code", "stretch"], how="semi")
            .select(KEY)
        )


_ISO = "%Y-%m-%dT%H:%M:%S%.3fZ"
#: How a ping of the store is named among the rejected, and what it says: a message of firmware 2.
_NAME = pl.concat_str(
    pl.lit(STORE_PREFIX),
    pl.col("scooter_code").str.replace_all("#", "_", literal=True),
    pl.lit("@"),
    pl.col("reported_at").dt.strftime(_ISO),
)
_ORIGINAL = pl.struct(
    device=pl.struct(id="scooter_code", fw="firmware"),
    sent_at=pl.col("reported_at").dt.strftime(_ISO),
    gps=pl.struct(lat="latitude", lon="longitude", hdop="hdop", speed_kmh="speed_kmh"),
    battery=pl.struct(pct="battery_pct"),
    state=pl.struct(locked="is_locked"),
).struct.json_encode()


def _as_messages(pings: pl.DataFrame) -> pl.DataFrame:
    return pings.drop("city").with_columns(
        pl.lit(None, pl.String).alias(REASON), source=pl.lit("VictoriaMetrics")
    )


def _stretch(step_ms: int) -> pl.Expr:
    return (pl.col("reported_at").dt.epoch("ms") // step_ms).alias("stretch")


def _last_of_each(pings: pl.DataFrame, step_ms: int) -> pl.DataFrame:
    return (
        pings.with_columns(_stretch(step_ms))
        .sort("reported_at", maintain_order=True)
        .unique(["scooter_code", "stretch"], keep="last", maintain_order=True)
        .drop("stretch")
    )


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _millis(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _moment(millis: int) -> datetime:
    return datetime.fromtimestamp(millis / 1000, UTC)
