"""From when on the store holds pings that the warehouse may not have seen.

Kept in ``raw_telemetry.store_writes``: an ingest says how far back it goes before it writes the
first sample, so that whatever happens to it, the next read goes back as far.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from warehouse.connection import Warehouse


@dataclass
class StoreWrites:
    """What ingests have written into one store.

    Parameters
    ----------
    warehouse
        Where it is kept.
    store
        The address of the store, without user and password.
    """

    warehouse: Warehouse
    store: str
    _ingest: str = field(init=False, default_factory=lambda: uuid4().hex)
    _first: datetime | None = field(init=False, default=None)

    def announce(self, first: datetime) -> None:
        """Say that pings from `first` on are about to be written by this ingest."""
        if self._first is not None and self._first <= first:
            return
        self.warehouse.execute(
            "insert into raw_telemetry.store_writes (store, ingest, first_reported_at)"
            " values (%(store)s, %(ingest)s, %(first)s) on conflict (store, ingest) do update"
            " set first_reported_at = excluded.first_reported_at",
            {"store": self.store, "ingest": self._ingest, "first": first},
        )
        self._first = first

    def end(self) -> None:
        """Say that all that was announced can be read, that of ingests that died included."""
        self.warehouse.execute(
            "update raw_telemetry.store_writes set ended_at = clock_timestamp()"
            " where store = %(store)s and ended_at is null",
            {"store": self.store},
        )

    def first_since(self, looked_at: datetime) -> datetime | None:
        """Return the oldest time of what was written since, or is being written; None: nothing."""
        rows = self.warehouse.fetch(
            "select min(first_reported_at) as first from raw_telemetry.store_writes"
            " where store = %(store)s and (ended_at is null or ended_at > %(looked_at)s)",
            {"store": self.store, "looked_at": looked_at},
        )
        first: datetime | None = rows[0]["first"]
        return first

    def forget(self, looked_at: datetime) -> None:
        """Remove what had ended when the warehouse looked, and has been read."""
        self.warehouse.execute(
            "delete from raw_telemetry.store_writes"
            " where store = %(store)s and ended_at <= %(looked_at)s",
            {"store": self.store, "looked_at": looked_at},
        )
