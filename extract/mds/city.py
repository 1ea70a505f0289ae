"""One city's MDS 2.0 feed -> raw_mds.

Trips, telemetry and events come an hour at a time from a cursor that is kept with the data, less
an overlap for what is published late; an hour that is not there yet is asked for again. The
current hour comes from the vehicles' status and the recent events. Vehicles, stops, geographies
and policies are read whole. Not loaded: monthly reports, and what `rows` leaves out.
"""

from __future__ import annotations

import copy
import logging
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.forgotten import read_forgotten
from extract.loading import Batch, RawPipeline
from extract.mds import zones
from extract.mds.changes import changes
from extract.mds.feeds import Feed
from extract.mds.hours import HourCursor, floor, hour_text
from extract.mds.places import CityPlace
from extract.mds.rows import Record
from extract.mds.rules import checked, frame_of
from extract.mds.status import newest_of
from extract.mds.tables import (
    CITIES,
    EVENTS,
    GEOGRAPHIES,
    POLICIES,
    STOPS,
    TELEMETRY,
    TRIPS,
    VEHICLE_STATUS,
    VEHICLES,
)
from extract.mds.values import moment
from extract.projection import with_metres
from extract.raw_tables import RawTable
from extract.rejections import LONGEST_ID, REASON, accepted
from warehouse.errors import SourceError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

logger = logging.getLogger(__name__)

#: So many records are held, checked and loaded at once.
_PART_RECORDS = 50_000
_CURRENCY = "^[A-Z]{3}$"
_HOURLY: tuple[tuple[str, str, RawTable], ...] = (
    ("trips", "end_time", TRIPS),
    ("events/historical", "event_time", EVENTS),
    ("telemetry", "telemetry_time", TELEMETRY),
)
_CURRENT = ("vehicles", "vehicles/status", "stops", "geographies", "policies")


@dataclass
class Held:
    """Records read and not loaded yet."""

    by_table: dict[str, list[Record]] = field(default_factory=lambda: defaultdict(list))
    #: What the endpoints of the present said; one that is not offered is missing.
    current: dict[str, list[Record]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many there are."""
        return sum(len(records) for records in self.by_table.values())


@dataclass
class CityLoad:
    """Brings one city's feed up to date.

    Parameters
    ----------
    city, feed
        Whose feed, and how to ask it.
    warehouse, pipeline
        Where the rows go; the pipeline's state holds the cursors.
    until
        The time of the run; what is later is left for a later one.
    start
        Where a feed begins that was never read.
    overlap
        So much is read again.
    since
        Read again from there, whatever was read before.
    """

    city: str
    feed: Feed
    warehouse: Warehouse
    pipeline: RawPipeline
    until: datetime
    start: datetime
    overlap: timedelta
    since: datetime | None = None
    notes: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    _version: str | None = field(init=False, default=None)
    #: The cursors as they were with the last load.
    _loaded: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.place = CityPlace(self.warehouse, self.city)
        if not self.place.is_planned:
            self.notes.append(
                f"MDS {self.city}: the planning sheet has no row of it, so its time zone is that "
                "of its GBFS feed, else the default; give it a row"
            )
        cities = self.pipeline.state.setdefault("cities", {})
        hourly = cities.setdefault(self.city, {})
        self._loaded = copy.deepcopy(hourly)
        self.cursors = {
            endpoint: HourCursor(hourly.setdefault(endpoint, {})) for endpoint, _, _ in _HOURLY
        }
        self.forgotten = read_forgotten(self.warehouse)
        for cursor in self.cursors.values():
            if self.since is not None:
                cursor.go_back(self.since)

    def run(self) -> None:
        """Read and load; what was read before the feed failed is loaded all the same."""
        try:
            self._run()
        except Exception:
            # The state is stored with the next city's load: it must not count what is not there.
            self.pipeline.state["cities"][self.city] = self._loaded
            raise

    def _run(self) -> None:
        held = Held()
        try:
            for hour, due in self._hours():
                for endpoint, parameter, table in due:
                    answer = self.feed.get(endpoint, {parameter: hour_text(hour)})
                    self.cursors[endpoint].answered(hour, answer)
                    held.by_table[table.name] += answer.records
                    self._version = self._version or answer.version
                if held.size >= _PART_RECORDS:
                    self._load(held)
                    logger.info("MDS %s: read up to %s", self.city, hour_text(hour))
                    held = Held()
            self._read_current(held)
        except SourceError:
            self._load(held)
            raise
        self._give_up()
        self._load(held)

    def _hours(self) -> Iterator[tuple[datetime, list[tuple[str, str, RawTable]]]]:
        """Give each hour with the endpoints that are due for it."""
        start = self.since or self.start
        due: dict[datetime, list[tuple[str, str, RawTable]]] = defaultdict(list)
        for ask in _HOURLY:
            for hour in self.cursors[ask[0]].due(start, self.until, self.overlap):
                due[hour].append(ask)
        yield from sorted(due.items())

    def _read_current(self, held: Held) -> None:
        for endpoint in _CURRENT:
            answer = self.feed.get(endpoint)
            if answer.status == "given":
                held.current[endpoint] = answer.records
                self._version = self._version or answer.version
        recent = {
            "start_time": str(int(floor(self.until).timestamp() * 1000)),
            "end_time": str(int(self.until.timestamp() * 1000)),
        }
        events, points = newest_of(held.current.get("vehicles/status", []))
        events = [*self.feed.get("events/recent", recent).records, *events]
        # The present of the feed may be later than the clock of the run.
        held.by_table[EVENTS.name] += filter(self._is_known, events)
        held.by_table[TELEMETRY.name] += filter(self._is_known, points)

    def _is_known(self, record: Record) -> bool:
        at = moment(record.get("timestamp"))
        return at is None or at <= self.until

    def _give_up(self) -> None:
        for endpoint, cursor in self.cursors.items():
            promised = cursor.give_up(self.until)
            if promised:
                self.notes.append(
                    f"MDS {self.city}: /{endpoint} never gave {len(promised)} hours that it "
                    f"promised, the first {hour_text(promised[0])}; ask the provider, then "
                    f"moow mds load --city {self.city} --since {promised[0]:%Y-%m-%d}"
                )

    def _load(self, held: Held) -> None:
        for relation, count in self.pipeline.load(list(self._batches(held))).items():
            self.counts[relation] = self.counts.get(relation, 0) + count
        self._loaded = copy.deepcopy(self.pipeline.state["cities"][self.city])

    def _batches(self, held: Held) -> Iterator[Batch]:
        frames = {
            table.name: frame_of(table, self.city, held.by_table[table.name])
            for _, _, table in _HOURLY
        }
        stops = frame_of(STOPS, self.city, held.current.get("stops", []))
        starts = frames[TRIPS.name].rename(
            {"start_latitude": "latitude", "start_longitude": "longitude"}
        )
        seen = [starts, frames[TELEMETRY.name], frames[EVENTS.name], stops]
        drawn = held.current.get("geographies", [])
        self.place.settle(seen, zones.middle_of(drawn) if drawn else None)
        for _, _, table in _HOURLY:
            points = {"start_": "start_", "end_": "end_"} if table is TRIPS else {"": ""}
            placed = with_metres(frames[table.name], self.place.places, points)
            if table is TELEMETRY:
                placed = self.forgotten.without_old_pings(placed)
            yield from self._changes(table, checked(table, placed, self.until))
        yield from self._current_batches(held, stops)
        trips = frames[TRIPS.name]
        row = self.place.row(
            provider_id=_first(trips["provider_id"]) or _first(stops["provider_id"]),
            version=self._version,
            # It is kept for good, so it has to be one.
            currency=_first(trips["currency"].filter(trips["currency"].str.contains(_CURRENCY))),
            until=min(cursor.until or self.start for cursor in self.cursors.values()),
        )
        if not row.is_empty():
            yield Batch(CITIES, row)

    def _current_batches(self, held: Held, stops: pl.DataFrame) -> Iterator[Batch]:
        current = held.current
        for table in (VEHICLES, POLICIES):
            if table.name in current:
                rows = frame_of(table, self.city, current[table.name])
                yield from self._changes(
                    table, checked(table, rows, self.until), is_whole=table is POLICIES
                )
        if "vehicles/status" in current:
            yield from self._status(current["vehicles/status"])
        if self.place.crs is None:
            return
        areas = None
        if GEOGRAPHIES.name in current:
            areas = zones.geographies(self.city, current[GEOGRAPHIES.name], self.place.crs)
            yield from self._changes(GEOGRAPHIES, areas, is_whole=True)
        if STOPS.name in current:
            drawn = self._geographies() if areas is None else GEOGRAPHIES.conform(accepted(areas))
            zoned = zones.with_zones(checked(STOPS, stops, self.until), drawn, self.place.crs)
            yield from self._changes(STOPS, zoned, is_whole=True)

    def _geographies(self) -> pl.DataFrame:
        names = ", ".join(GEOGRAPHIES.columns)
        return self.warehouse.read(
            f"select {names} from {GEOGRAPHIES.relation} where city = %(city)s",
            {"city": self.city},
        )

    def _status(self, records: Sequence[Record]) -> Iterator[Batch]:
        frame = frame_of(VEHICLE_STATUS, self.city, records)
        known = frame.filter(
            pl.col(REASON).is_null(),
            pl.col("device_id").str.len_chars() <= LONGEST_ID,
            pl.max_horizontal("occurred_at", "reported_at") <= self.until,
        ).unique("device_id", keep="last", maintain_order=True)
        placed = with_metres(known, self.place.places, {"": ""})
        yield Batch(VEHICLE_STATUS, placed, "correct")

    def _changes(
        self, table: RawTable, rows: pl.DataFrame, *, is_whole: bool = False
    ) -> Iterator[Batch]:
        return changes(self.warehouse, table, self.city, rows, self.until, is_whole=is_whole)


def _first(column: pl.Series) -> Any:
    known = column.drop_nulls()
    return None if known.is_empty() else known[0]
