"""What cannot be taken of one city's feed: files, documents and rows, each with its reason."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import polars as pl

from extract.gbfs.archive import Snapshot
from extract.gbfs.tables import REJECTED
from extract.loading import Batch
from warehouse.errors import MoowError

logger = logging.getLogger(__name__)


@dataclass
class Refused:
    """Collects rows of the rejected tables, one a key.

    Parameters
    ----------
    city
        Its short name.
    until
        The run's clock.
    """

    city: str
    until: datetime
    _rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)

    def file(self, snapshot: Snapshot, fault: str) -> None:
        """Keep the beginning of a file, or of a document in it."""
        key = f"{self.city}:{snapshot.name}:{_digest(snapshot.content)}:{_digest(fault)}"
        start = snapshot.content[:500].decode("utf-8", "replace").replace("\x00", "")
        self._add("snapshots", key, f"{snapshot.name}: {fault}", start)

    def row(self, table: str, place: str, reason: str, original: str) -> None:
        """Keep a row of what the newest snapshot says."""
        key = f"{self.city}:{table}:{place}:{_digest(original)}"
        self._add("stations" if table == "station_zones" else table, key, reason, original)

    def rows(self, table: str, frame: pl.DataFrame) -> None:
        """Keep rows that have the shape of a rejected table."""
        if not frame.is_empty():
            kept = self._rows.setdefault(table, {})
            kept.update({row["row_key"]: row for row in frame.to_dicts()})

    def batches(self) -> Iterator[Batch]:
        """Give all of them."""
        for name, rows in self._rows.items():
            yield Batch(REJECTED[name], pl.DataFrame(list(rows.values())), "keep")

    @contextmanager
    def guarding(self, snapshot: Snapshot) -> Iterator[None]:
        """Refuse a file that fails as nobody foresaw: it must not stop every later run."""
        try:
            yield
        except MoowError:
            raise
        except Exception as error:
            logger.exception("%s cannot be read", snapshot.name)
            self.file(snapshot, f"it cannot be read ({type(error).__name__})")

    def _add(self, table: str, key: str, reason: str, original: str) -> None:
        self._rows.setdefault(table if table in REJECTED else "snapshots", {})[key] = {
            **{"row_key": key, "city": self.city, "reason": reason, "original": original},
            "rejected_at": self.until,
        }


def _digest(content: str | bytes) -> str:
    data = content.encode() if isinstance(content, str) else content
    return hashlib.sha256(data).hexdigest()[:16]
