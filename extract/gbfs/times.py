"""When a snapshot was: the time that its feed says, unless that stands still while it changes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from extract.gbfs.archive import Snapshot
from extract.gbfs.documents import Document, time_in_name

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: A live feed that is this much ahead of the run's clock was read just after it.
_JUST_AFTER = timedelta(minutes=15)
#: A file written so much after what it says was copied since: that is not when it was fetched.
_COPIED_AFTER = timedelta(days=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Seen:
    """A document, and when it was so.

    Attributes
    ----------
    said_at
        What the document says.
    observed_at
        What counts; None when its time is that of another state, and it has no other one.
    digest
        Of its rows, in any order.
    """

    said_at: datetime
    observed_at: datetime | None
    digest: str


@dataclass
class SnapshotTimes:
    """The times of one city's documents.

    Two states of a feed that say one time are told apart by when they were fetched: by the run's
    clock for a live feed, else by the time in the file's name, else by when it was written. The
    same state again is the same snapshot.

    Parameters
    ----------
    warehouse, city
        What earlier runs saw.
    until
        The run's clock.
    is_live
        Whether the documents are fetched now.
    """

    warehouse: Warehouse
    city: str
    until: datetime
    is_live: bool
    #: Of each feed, how many documents count as of when they were fetched, and how many as nothing.
    moved: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    #: By feed and time said: the digest of each time that counts.
    _known: dict[tuple[str, datetime], dict[datetime, str | None]] = field(default_factory=dict)
    _days: set[tuple[str, datetime]] = field(default_factory=set)

    def of(self, document: Document, snapshot: Snapshot) -> Seen:
        """Return when a document was so."""
        said_at = (document.observed_at or snapshot.written_at).astimezone(UTC)
        digest = document.digest()
        known = self._of(document.feed, said_at)
        observed_at = self._observed_at(said_at, digest, known, snapshot)
        if observed_at is None:
            self.refused[document.feed] += 1
        elif observed_at <= self.until:
            self.moved[document.feed] += bool(known) and observed_at not in known
            known.setdefault(observed_at, digest)
        return Seen(said_at, observed_at, digest)

    def _observed_at(
        self,
        said_at: datetime,
        digest: str,
        known: dict[datetime, str | None],
        snapshot: Snapshot,
    ) -> datetime | None:
        if not known:
            is_just_after = self.is_live and self.until < said_at <= self.until + _JUST_AFTER
            return self.until if is_just_after else said_at
        fetched_at = self._fetched_at(snapshot, said_at)
        before = [at for at in known if fetched_at is not None and at <= fetched_at]
        last = max(before, default=min(known))
        if known[last] in (digest, None):  # an earlier version did not remember what it saw
            return last
        return None if not before or last == fetched_at else fetched_at

    def _fetched_at(self, snapshot: Snapshot, said_at: datetime) -> datetime | None:
        written_at = snapshot.written_at.astimezone(UTC)
        if self.is_live:
            return written_at
        named_at = time_in_name(snapshot.name)
        if named_at is None and written_at - said_at <= _COPIED_AFTER:
            return written_at
        return named_at

    def _of(self, feed: str, said_at: datetime) -> dict[datetime, str | None]:
        """Return what is known of a time, those of its whole day read at once."""
        day = said_at.replace(hour=0, minute=0, second=0, microsecond=0)
        if (feed, day) not in self._days:
            self._days.add((feed, day))
            rows = self.warehouse.fetch(
                "select coalesce(said_at, observed_at) as said_at, observed_at, digest"
                " from raw_gbfs.snapshots where city = %(city)s and feed = %(feed)s"
                " and observed_at >= %(first)s and coalesce(said_at, observed_at) >= %(day)s"
                " and coalesce(said_at, observed_at) < %(end)s",
                {
                    **{"city": self.city, "feed": feed, "day": day, "end": day + _DAY},
                    "first": day - _JUST_AFTER,
                },
            )
            for row in rows:
                at = self._known.setdefault((feed, row["said_at"].astimezone(UTC)), {})
                at[row["observed_at"].astimezone(UTC)] = row["digest"]
        return self._known.setdefault((feed, said_at), {})

    def notes(self) -> Iterator[str]:
        """Say which feeds stand still though they change."""
        for feed, count in self.moved.items():
            if count:
                yield (
                    f"{feed} changed while its last_updated stood still: {count:,} documents count "
                    "as of when they were fetched; ask the operator to mend it"
                )
        for feed, count in self.refused.items():
            yield (
                f"{count:,} documents of {feed} say the time of another one and are rejected; "
                "name the files by the time they were fetched, such as 20260601T060000Z"
            )
