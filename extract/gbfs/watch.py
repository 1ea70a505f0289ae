"""Archives the snapshots of a feed at an address: hourly runs are too seldom to see a ride.

A file a feed and snapshot, ``<day>/<hour>/<feed>_<time>Z.json.gz``, put in place by its name, so
that a run never reads half a file. An answer that is the one before's is not kept again, except of
vehicles and stations that do not say their time: nothing changed since then, which is news.
"""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from extract.gbfs.archive import Snapshot
from extract.gbfs.web import WebFeed

logger = logging.getLogger(__name__)


@dataclass
class Watch:
    """Fetches a feed by the clock and keeps what it says.

    Parameters
    ----------
    address
        Of ``gbfs.json``, or of a single feed.
    folder
        Where the snapshots go; name it in ``MOOW_GBFS_FEEDS``.
    clock, wait
        The time, and how to let it pass.
    say
        Takes a sentence for the person who watches.
    """

    address: str
    folder: Path
    clock: Callable[[], datetime]
    wait: Callable[[float], None]
    say: Callable[[str], None]
    _last: dict[str, str] = field(default_factory=dict)

    def run(self, every_s: float, times: int | None) -> int:
        """Take a snapshot every so many seconds; gives how many files were written.

        Parameters
        ----------
        every_s
            From the beginning of one snapshot to that of the next.
        times
            How many snapshots; None goes on until stopped.
        """
        written = done = 0
        while times is None or done < times:
            began = self.clock()
            written += self.once(began)
            done += 1
            if times is None or done < times:
                taken = (self.clock() - began).total_seconds()
                self.wait(max(0.0, every_s - taken))
        return written

    def once(self, now: datetime) -> int:
        """Take one snapshot; a feed that is away is said and tried again the next time."""
        feed = WebFeed(self.address, now, self.wait)
        kept = [self._keep(snapshot, now) for snapshot in feed.snapshots()]
        for note in feed.notes:
            self.say(note)
        if kept:
            self.say(f"{now.astimezone(UTC):%H:%M:%S} UTC: {sum(kept)} of {len(kept)} feeds kept")
        return sum(kept)

    def _keep(self, snapshot: Snapshot, now: datetime) -> bool:
        """Write a snapshot, unless it says what the one before said."""
        feed = snapshot.name.removesuffix(".json") or "feed"
        digest = hashlib.sha256(snapshot.content).hexdigest()
        has_own_time = b'"last_updated"' in snapshot.content or not feed.endswith("_status")
        if self._last.get(feed) == digest and has_own_time:
            return False
        moment = now.astimezone(UTC)
        folder = self.folder / f"{moment:%Y-%m-%d}" / f"{moment:%H}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{feed}_{moment:%Y%m%dT%H%M%S}Z.json.gz"
        part = path.with_name(f".{path.name}.{os.getpid()}.part")
        part.write_bytes(gzip.compress(snapshot.content, mtime=0))
        part.replace(path)
        self._last[feed] = digest
        return True
