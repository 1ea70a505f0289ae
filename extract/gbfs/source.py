"""GBFS feeds -> raw_gbfs: every snapshot's vehicles and stations, and what is current.

A feed is an address of ``gbfs.json`` or a folder (or zip) of snapshots. An address gives one
snapshot a run; to conclude rides a feed is to be watched (`moow gbfs watch`), and the folder read.

Not loaded: alerts, regions, calendars, opening hours by day, images, rental links, and the docks by
vehicle type, because no model reads them. A feed that is away leaves a note; the run goes on.
"""

from __future__ import annotations

import copy
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.gbfs.archive import Archive
from extract.gbfs.city import CityLoad
from extract.gbfs.inferred_rides import Followed, infer_rides
from extract.gbfs.judgements import InferenceParameters
from extract.gbfs.observations import vehicles_between
from extract.gbfs.tables import INFERRED_RIDES, SYSTEMS
from extract.gbfs.values import clean
from extract.gbfs.web import WebFeed
from extract.loading import REMOVED, Batch
from extract.projection import Place, read_places
from warehouse.errors import MoowError
from warehouse.feeds import is_folder, parse_feeds

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

_DAY = timedelta(days=1)
#: So many vanished ids, none of which returned, say that ids change after each trip.
_TELLING_COUNT = 20


@dataclass
class GbfsSource:
    """What one run reads from the feeds.

    Parameters
    ----------
    settings, warehouse
        ``gbfs_feeds`` names the feeds; the warehouse knows where the cities are.
    state
        What was read of each city, kept with the data.
    cities
        Short names to read; None reads all.
    until
        The run's clock: later snapshots are left for a later run.
    """

    settings: Settings
    warehouse: Warehouse
    state: dict[str, Any]
    cities: Sequence[str] | None
    until: datetime
    notes: list[str] = field(default_factory=list)

    def observed(self) -> Iterator[Batch]:
        """Give what the feeds say that is new."""
        places = read_places(self.warehouse)
        for city, address in self._feeds():
            place = places.get(city, Place())
            yield from self._guarded(city, self._observed(city, address, place))

    def _observed(self, city: str, address: str, place: Place) -> Iterator[Batch]:
        mine = self.state.setdefault(city, {})
        load = CityLoad(self.warehouse, city, place, self.until, not is_folder(address))
        feed: Archive | WebFeed
        if is_folder(address):
            feed = Archive(Path(address), mine.get("archive", {}), self.until)
        else:
            feed = WebFeed(address, self.until)
        yield from load.batches(feed.snapshots())
        self.notes += [f"GBFS of {city}: {note}" for note in [*feed.notes, *load.notes]]
        if load.left_out:
            self.notes.append(
                f"GBFS of {city}: {load.left_out:,} documents are later than the run's clock "
                "and left for a later run"
            )
        if isinstance(feed, Archive):
            for group, at in load.due.items():
                feed.read_again(group, at)
            mine["archive"] = feed.mark
        if load.earliest is not None:
            before = mine.get("inferred_until", load.earliest.isoformat())
            mine["inferred_until"] = min(before, load.earliest.isoformat())

    def _guarded(self, city: str, batches: Iterator[Batch]) -> Iterator[Batch]:
        """Let what nobody foresaw in one city's feed stop no other city, and no later run."""
        before = copy.deepcopy(self.state.get(city, {}))
        try:
            yield from batches
        except MoowError:
            raise  # the warehouse, or something else that is not this feed's
        except Exception as error:
            logger.exception("GBFS of %s cannot be read", city)
            self.state[city] = before
            self.notes.append(
                f"GBFS of {city}: it was not read to its end ({type(error).__name__}: "
                f"{clean(str(error))}), and is read again by the next run; the log says where"
            )

    def inferred(self) -> Iterator[Batch]:
        """Give the rides concluded from what is in the warehouse now, day by day.

        Gaps that end after the mark of the last run are judged again: a snapshot that came late
        may have split one.
        """
        for city, _ in self._feeds():
            yield from self._guarded(city, self._inferred(city))

    def _inferred(self, city: str) -> Iterator[Batch]:
        mine = self.state.setdefault(city, {})
        newest = self._newest(city)
        if "inferred_until" not in mine or newest is None:
            return
        since = datetime.fromisoformat(mine["inferred_until"])
        mark = since
        rides, counted = [], []
        while since <= newest:
            end = min(since + _DAY, newest + timedelta(microseconds=1))
            found, how_far = self._window(city, since, end)
            rides.append(found)
            counted.append(how_far)
            since = end
        mine["inferred_until"] = (newest + timedelta(microseconds=1)).isoformat()
        self._say(city, counted)
        changes = list(self._changes(city, pl.concat(rides), mark)) if rides else []
        if not changes and newest - mark > _DAY:
            # A load of nothing stores no mark: without rides all days would be inferred each time.
            changes = list(self._system(city))
        yield from changes

    def _system(self, city: str) -> Iterator[Batch]:
        """Give the city's row as it is."""
        there = f"select * from {SYSTEMS.relation} where city = %(city)s"
        rows = SYSTEMS.conform(self.warehouse.read(there, {"city": city}))
        if not rows.is_empty():
            yield Batch(SYSTEMS, rows)

    def _feeds(self) -> list[tuple[str, str]]:
        feeds = parse_feeds(self.settings.gbfs_feeds)
        return [(c, a) for c, a in feeds.items() if self.cities is None or c in self.cities]

    def _newest(self, city: str) -> datetime | None:
        row = self.warehouse.fetch(
            "select max(observed_at) as newest from raw_gbfs.snapshots"
            " where city = %(city)s and feed = 'vehicle_status' and observed_at <= %(until)s",
            {"city": city, "until": self.until},
        )[0]
        return None if row["newest"] is None else row["newest"].astimezone(UTC)

    def _window(self, city: str, since: datetime, end: datetime) -> tuple[pl.DataFrame, Followed]:
        """Conclude the gaps that end in [since, end)."""
        parameters = InferenceParameters()
        first = since - timedelta(hours=parameters.longest_gap_h)
        snapshots = self.warehouse.read(
            "select observed_at from raw_gbfs.snapshots where feed = 'vehicle_status'"
            " and city = %(city)s and observed_at >= %(first)s and observed_at < %(end)s",
            {"city": city, "first": first, "end": end},
        )
        vehicles = vehicles_between(self.warehouse, city, first, end)
        rides, how_far = infer_rides(vehicles, snapshots["observed_at"], parameters)
        rides = rides.with_columns(city=pl.lit(city))
        return rides.filter(pl.col("gap_ended_at") >= since), how_far

    def _changes(self, city: str, rides: pl.DataFrame, mark: datetime) -> Iterator[Batch]:
        """Put the rides in place of those that ended from the mark on."""
        there = INFERRED_RIDES.conform(
            self.warehouse.read(
                "select * from raw_gbfs.inferred_rides"
                " where city = %(city)s and gap_ended_at >= %(mark)s",
                {"city": city, "mark": mark},
            )
        )
        new = rides.join(there, on=list(INFERRED_RIDES.columns), how="anti", nulls_equal=True)
        gone = there.join(rides, on=list(INFERRED_RIDES.key), how="anti")
        marked = [
            frame.with_columns(pl.lit(is_gone).alias(REMOVED))
            for frame, is_gone in ((new, False), (gone, True))
        ]
        both = pl.concat(marked)
        if not both.is_empty():
            yield Batch(INFERRED_RIDES, both)

    def _say(self, city: str, counted: list[Followed]) -> None:
        """Say when ids cannot be followed, so that nobody takes no rides for no demand."""
        shares = [c.persisting_share for c in counted if c.persisting_share is not None]
        vanished = sum(c.vanished_count for c in counted)
        returned = sum(c.returned_count for c in counted)
        if shares and min(shares) < InferenceParameters().least_persisting_share:
            self.notes.append(
                f"GBFS of {city}: only {100 * min(shares):.0f} % of the vehicle ids are in the "
                "next snapshot too; ids change with every snapshot, so no rides are inferred"
            )
        elif vanished >= _TELLING_COUNT and returned == 0:
            self.notes.append(
                f"GBFS of {city}: none of {vanished:,} vehicles that vanished came back; ids "
                "change after each trip, so only rides seen in use are inferred"
            )
