"""All MDS feeds: which are read, and what a failure of one means."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from extract.loading import RawPipeline
from extract.mds.city import CityLoad
from extract.mds.feeds import FolderFeed, HttpFeed
from extract.mds.tables import MDS
from extract.mds.values import clean
from warehouse.errors import MoowError, SourceError
from warehouse.feeds import is_folder, parse_feeds, parse_moment

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

#: A new feed is read from so long before the run, without a setting.
HISTORY = timedelta(days=28)


@dataclass
class MdsLoad:
    """Brings all MDS feeds up to date.

    Parameters
    ----------
    settings, warehouse
        The feeds and their token, and where the rows go.
    cities
        Slugs whose feeds are read; None reads all.
    until
        The time of the run.
    since
        Read again from there; None goes on where the last run ended.
    sleep
        Waits so many seconds.
    """

    settings: Settings
    warehouse: Warehouse
    cities: Sequence[str] | None
    until: datetime
    since: datetime | None = None
    sleep: Callable[[float], None] = time.sleep
    notes: list[str] = field(default_factory=list)
    #: What a person must mend.
    problems: list[str] = field(default_factory=list)

    def run(self) -> dict[str, int]:
        """Load everything that is new; rows given to each table.

        Raises
        ------
        SourceError
            When a feed fails whose city was never loaded, or whose history was asked for. Another
            one that fails is a problem: its city goes on with what it has, until that is stale. So
            is what nobody foresaw in a feed.
        """
        counts: dict[str, int] = {}
        feeds = parse_feeds(self.settings.mds_feeds)
        wanted = {c: a for c, a in feeds.items() if self.cities is None or c in self.cities}
        pipeline = RawPipeline(self.settings, self.warehouse, MDS) if wanted else None
        failures: list[SourceError] = []
        for city, address in wanted.items():
            assert pipeline is not None
            try:
                for relation, count in self._city(city, address, pipeline).items():
                    counts[relation] = counts.get(relation, 0) + count
            except SourceError as error:
                if self._is_known(city) and self.since is None:
                    self.problems.append(f"MDS {city}: nothing later was read, for {error}")
                else:
                    failures.append(error)
            except MoowError:
                raise
            except Exception as error:
                failure = _unforeseen(city, error)
                if self.since is None:
                    self.problems.append(str(failure))
                else:
                    failures.append(failure)
        if failures:
            raise failures[0]
        return counts

    def _is_known(self, city: str) -> bool:
        there = "select 1 from raw_mds.cities where city = %(city)s"
        return bool(self.warehouse.fetch(there, {"city": city}))

    def _city(self, city: str, address: str, pipeline: RawPipeline) -> dict[str, int]:
        start = self.until - HISTORY
        if self.settings.mds_since is not None:
            start = parse_moment(self.settings.mds_since)
        feed = open_feed(self.settings, city, address, self.sleep)
        load = CityLoad(
            city=city,
            feed=feed,
            warehouse=self.warehouse,
            pipeline=pipeline,
            until=self.until,
            start=start,
            overlap=timedelta(hours=self.settings.mds_overlap_hours),
            since=self.since,
        )
        try:
            load.run()
        finally:
            self.notes += load.notes
            feed.close()
        return load.counts


def _unforeseen(city: str, error: Exception) -> SourceError:
    logger.exception("the MDS feed of %s cannot be loaded", city)
    reason = clean(str(error)).split("\n")[0]
    return SourceError(
        f"MDS {city}: nothing later was read, for what its feed says cannot be loaded "
        f"({type(error).__name__}: {reason}); the log says where, and the next run tries again"
    )


def open_feed(
    settings: Settings, city: str, address: str, sleep: Callable[[float], None] = time.sleep
) -> HttpFeed | FolderFeed:
    """Return the feed at an address.

    Raises
    ------
    SourceError
        When it is a folder that does not exist.
    """
    if is_folder(address):
        return FolderFeed(city, Path(address))
    return HttpFeed(city, address, settings.mds_token, sleep)
