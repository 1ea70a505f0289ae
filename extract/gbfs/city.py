"""One city's snapshots to batches: observations as they come, and at the end what is current."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.gbfs.archive import Snapshot
from extract.gbfs.current import CURRENT_FEEDS, TABLE_OF, Current, currency_of
from extract.gbfs.documents import Document, read_documents
from extract.gbfs.refused import Refused
from extract.gbfs.tables import (
    CURRENT,
    SNAPSHOTS,
    STATION_OBSERVATIONS,
    SYSTEMS,
    VEHICLE_OBSERVATIONS,
)
from extract.gbfs.times import SnapshotTimes
from extract.gbfs.values import as_json, as_text
from extract.gbfs.vehicles import (
    ORIGINAL,
    ROW_KEY,
    Position,
    station_frame,
    station_position,
    vehicle_frame,
)
from extract.loading import REMOVED, Batch
from extract.projection import Place, crs_of, with_metres
from extract.raw_tables import RawTable
from extract.rejections import accepted, rejected

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: Rows in memory before they are handed on.
CHUNK_ROWS = 50_000
_OTHER = "of this time was something else before"
_CENTRE = ("centre_latitude", "centre_longitude")


@dataclass
class CityLoad:
    """Reads the snapshots of one city.

    Parameters
    ----------
    warehouse
        Where the city's system, stations and zones of before are.
    city, place
        Its short name, and where it is as the planning sheet or the parkings say.
    until
        The run's clock: snapshots of later are left for a later run.
    is_live
        Whether the snapshots are fetched now.

    Attributes
    ----------
    earliest
        The earliest vehicle snapshot that was read; None when there was none.
    left_out, due
        How many documents are later than the clock, and of each group of files the first of them.
    notes
        What a person should know.
    """

    warehouse: Warehouse
    city: str
    place: Place
    until: datetime
    is_live: bool
    earliest: datetime | None = None
    left_out: int = 0
    due: dict[str, datetime] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _system: dict[str, Any] = field(default_factory=dict)
    _positions: dict[str, Position] = field(default_factory=dict)
    _newest: dict[str, Document] = field(default_factory=dict)
    #: The digest of each snapshot, by feed and time.
    _seen: dict[tuple[str, datetime], str] = field(default_factory=dict)
    _frames: dict[str, list[pl.DataFrame]] = field(default_factory=dict)
    _snapshots: list[dict[str, Any]] = field(default_factory=list)
    _others: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._refused = Refused(self.city, self.until)
        self._times = SnapshotTimes(self.warehouse, self.city, self.until, self.is_live)
        rows = self._read(SYSTEMS).to_dicts()
        self._system = rows[0] if rows else {"city": self.city}
        stations = self._read(CURRENT[1])
        self._positions = {
            row["station_id"]: (row["latitude"], row["longitude"])
            for row in stations.iter_rows(named=True)
        }

    @property
    def crs(self) -> str | None:
        """The city's metric coordinates; None until a position is known."""
        return self.place.crs or self._system.get("crs")

    def batches(self, snapshots: Iterator[Snapshot]) -> Iterator[Batch]:
        """Give all batches; keys are unique over all of them."""
        for snapshot in snapshots:
            self._take_file(snapshot)
            if sum(frame.height for frame in self._frames.get("vehicle", [])) >= CHUNK_ROWS:
                yield from self._observations()
        yield from self._observations()
        yield from self._current()
        yield from self._refused.batches()
        if self._snapshots:
            # The first hundred may lack what a later one has.
            frame = pl.DataFrame(self._snapshots, infer_schema_length=None)
            yield Batch(SNAPSHOTS, SNAPSHOTS.conform(frame), "keep")
        self.notes += self._times.notes()
        for feed, rows in (+self._others).items():
            self.notes.append(
                f"{rows:,} rows of {feed} are of another state for a time that their file has "
                "twice, and are rejected; give each state a last_updated, or a file of its own"
            )

    def _take_file(self, snapshot: Snapshot) -> None:
        """Read all documents of a file; one that cannot be read stops no other."""
        with self._refused.guarding(snapshot):
            documents, faults = read_documents(snapshot.content, snapshot.name)
            for fault in faults:
                self._refused.file(snapshot, fault)
            for document in documents:
                with self._refused.guarding(snapshot):
                    self._take(document, snapshot)

    def _take(self, document: Document, snapshot: Snapshot) -> None:
        seen = self._times.of(document, snapshot)
        observed_at = seen.observed_at
        if observed_at is None:
            self._refused.file(snapshot, f"{document.feed} {_OTHER}")
            return
        if observed_at > self.until:
            self.left_out += 1
            first = self.due.get(snapshot.group, observed_at)
            self.due[snapshot.group] = min(first, observed_at)
            return
        key = (document.feed, observed_at)
        self._reject_others(document, observed_at)
        if key in self._seen:
            if self._seen[key] != seen.digest:
                self._refused.file(snapshot, f"{document.feed} {_OTHER}")
            return  # a copy
        self._seen[key] = seen.digest
        refused = 0
        if document.feed == "vehicle_status":
            frame = vehicle_frame(document, self.city, observed_at, self._positions)
            refused = self._keep("vehicle", VEHICLE_OBSERVATIONS, frame)
            self.earliest = min(self.earliest or observed_at, observed_at)
        elif document.feed == "station_status":
            frame = station_frame(document, self.city, observed_at)
            refused = self._keep("station", STATION_OBSERVATIONS, frame)
        else:
            self._take_current(document, observed_at)
        self._snapshots.append(
            {
                **{"city": self.city, "feed": document.feed, "observed_at": observed_at},
                **{"version": document.version, "source": snapshot.name},
                **{"said_at": seen.said_at, "digest": seen.digest},
                **{
                    "row_count": len(document.rows) - refused,
                    "rejected_count": refused + len(document.others),
                },
            }
        )

    def _take_current(self, document: Document, observed_at: datetime) -> None:
        before = self._newest.get(document.feed)
        assert before is None or before.observed_at is not None
        if before is not None and before.observed_at and before.observed_at > observed_at:
            return
        self._newest[document.feed] = Document(
            document.feed, observed_at, document.version, document.rows, document.global_rules
        )
        if document.feed == "station_information":
            self._positions.update(filter(None, map(station_position, document.rows)))

    def _reject_others(self, document: Document, observed_at: datetime) -> None:
        """Keep the rows of other states of the same time with those rejected of their table."""
        for place, row in enumerate(document.others):
            key, reason = f"{observed_at.isoformat()}:{place}", f"{document.feed} {_OTHER}"
            self._refused.row(TABLE_OF[document.feed], key, reason, as_text(row))
        self._others[document.feed] += len(document.others)

    def _keep(self, kind: str, table: RawTable, frame: pl.DataFrame) -> int:
        """Set good rows aside for the next batch, and bad ones for the rejected."""
        bad = rejected(frame, pl.col(ROW_KEY), pl.col(ORIGINAL), self.until)
        self._refused.rows(table.name, bad)
        self._frames.setdefault(kind, []).append(accepted(frame))
        return bad.height

    def _observations(self) -> Iterator[Batch]:
        vehicles, stations = self._frames.pop("vehicle", []), self._frames.pop("station", [])
        if vehicles:
            frame = pl.concat(vehicles)
            self._settle(frame)
            places = {self.city: Place(self.crs)}
            frame = with_metres(frame, places, {"": ""})
            yield Batch(VEHICLE_OBSERVATIONS, VEHICLE_OBSERVATIONS.conform(frame), "keep")
        if stations:
            frame = STATION_OBSERVATIONS.conform(pl.concat(stations))
            yield Batch(STATION_OBSERVATIONS, frame, "keep")

    def _settle(self, frame: pl.DataFrame) -> None:
        """Choose the city's middle and metres by the first positions, and keep to them."""
        if self._system.get("centre_latitude") is None:
            points = [*self._positions.values()]
            middle = frame.select(pl.col("latitude", "longitude").median()).row(0)
            if middle[0] is None and points:
                middle = points[len(points) // 2]
            if middle[0] is not None:
                self._system.update(zip(_CENTRE, middle, strict=True))
        if self._system.get("centre_latitude") is not None:
            latitude, longitude = (self._system[name] for name in _CENTRE)
            self._system["crs"] = self.crs or crs_of(latitude, longitude)

    def _current(self) -> Iterator[Batch]:
        if not self._newest and self._system.get("observed_at") is not None:
            return
        self._settle(pl.DataFrame(schema=VEHICLE_OBSERVATIONS.polars_schema))
        if self.crs is None and self._system.get("crs") is None:
            return
        current = Current(str(self.crs))
        for feed in CURRENT_FEEDS:
            if feed in self._newest and self._is_news(feed):
                current.add(self._newest[feed])
        for row in current.rejected:
            self._refused.row(*row)
        for table in CURRENT:
            if table.name in current.rows:
                yield from self._changes(table, current.rows[table.name])
        yield from self._system_batch(current)

    def _is_news(self, feed: str) -> bool:
        """Whether no later document of the feed has been loaded before."""
        last = self.warehouse.fetch(
            "select max(observed_at) as last from raw_gbfs.snapshots"
            " where city = %(city)s and feed = %(feed)s",
            {"city": self.city, "feed": feed},
        )[0]["last"]
        observed_at = self._newest[feed].observed_at
        return last is None or (observed_at is not None and observed_at >= last)

    def _system_batch(self, current: Current) -> Iterator[Batch]:
        row = {**self._system}
        systems = current.rows.get("systems", [])
        row.update(systems[0] if systems else {})
        row["currency"] = currency_of(current.rows.get("pricing_plans", [])) or row.get("currency")
        versions = [document.version for document in self._newest.values() if document.version]
        row["version"] = max(versions, default=row.get("version"))
        zones = self._newest.get("geofencing_zones")
        if zones is not None:
            row["global_rules_json"] = as_json(zones.global_rules)
        frame = pl.DataFrame([row], infer_schema_length=None).drop(
            "centre_x_m", "centre_y_m", strict=False
        )
        frame = with_metres(frame, {self.city: Place(self.crs)}, {"centre_": "centre_"})
        yield from self._changes(SYSTEMS, frame.to_dicts())

    def _changes(self, table: RawTable, rows: list[dict[str, Any]]) -> Iterator[Batch]:
        """Give the rows that differ from those of the city, and those that are gone to remove."""
        basis = {"city": self.city, "observed_at": self.until}
        frame = table.conform(
            pl.DataFrame([{**row, **basis} for row in rows], orient="row", infer_schema_length=None)
        )
        there = self._read(table)
        said = [name for name in table.columns if name != "observed_at"]
        new = frame.join(there, on=said, how="anti", nulls_equal=True, maintain_order="left")
        gone = there.join(frame, on=list(table.key), how="anti")
        both = pl.concat(
            [
                new.with_columns(pl.lit(False).alias(REMOVED)),
                gone.with_columns(pl.lit(True).alias(REMOVED)),
            ]
        )
        if not both.is_empty():
            yield Batch(table, both)

    def _read(self, table: RawTable) -> pl.DataFrame:
        return table.conform(
            self.warehouse.read(
                f"select * from {table.relation} where city = %(city)s", {"city": self.city}
            )
        )
