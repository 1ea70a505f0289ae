"""What the cursors cannot see: rows that are gone, and rows that were committed very late.

The source and the warehouse count their rows and add up their ids, a chunk of ids at a time; both
do so in one query each. Only where they differ are the ids themselves compared. An hourly run looks
at the newest chunks of a large table and at a part of the others in turn; a complete sweep, once a
night, looks at all, and adds up the times of the last change as well.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import polars as pl

from extract.loading import Batch
from extract.operational.reader import OperationalReader
from extract.operational.rows import RowChecker, with_removals
from extract.operational.shapes import Shape
from extract.operational.tables import OPERATIONAL_REJECTED
from extract.operational.versions import Versions

logger = logging.getLogger(__name__)

CHUNK_IDS = 65_536
#: Of a large table, so many of the newest chunks are compared in each run, and of the others one
#: in so many: all of them within a day of hourly runs.
NEWEST_CHUNKS = 16
PARTS = 24
#: Rows asked for by their ids at a time.
_ASKED_IDS = 5_000
#: Fewer rows than that may all be deleted at once.
_FEW_ROWS = 100
_TIME = pl.Datetime("us", "UTC")


@dataclass(frozen=True)
class SweepLimits:
    """What a sweep takes for deleted.

    Parameters
    ----------
    most_deleted_pct
        More of a table's rows than that are not believed to be deleted: the source is then another
        database, or a restored one.
    archive_after
        Rows that changed longer ago and are gone were moved to an archive, and stay; None: never.
    """

    most_deleted_pct: float = 50.0
    archive_after: timedelta | None = None


@dataclass
class Sweep:
    """One comparison of the source with the warehouse.

    Parameters
    ----------
    reader, checker
        The source, and what becomes of rows that are read again.
    shapes
        The tables that can be read, by name.
    city_ids
        The cities to compare; None compares all.
    until
        The time of the run, which becomes ``deleted_at`` of what is gone without a word.
    is_complete
        Whether all chunks are compared, with the times of the last change.
    limits
        What is believed to be deleted.
    """

    reader: OperationalReader
    checker: RowChecker
    shapes: dict[str, Shape]
    city_ids: Sequence[int] | None
    until: datetime
    is_complete: bool
    limits: SweepLimits
    notes: list[str] = field(default_factory=list)

    def batches(self) -> Iterator[Batch]:
        """Give the rows that were missed, changed unseen, or are gone."""
        for shape in self.shapes.values():
            if shape.table.name in OPERATIONAL_REJECTED:
                yield from self._swept(shape)

    def _swept(self, shape: Shape) -> Iterator[Batch]:
        versions = Versions(self.reader, self.checker.warehouse, shape, self.city_ids)
        missed: list[int] = []
        gone: list[int] = []
        for first, last in self._ranges(versions):
            for chunk in versions.differing(first, last, CHUNK_IDS, self.is_complete):
                bounds = (chunk * CHUNK_IDS, (chunk + 1) * CHUNK_IDS - 1)
                found = versions.compare(*bounds, self.until, self.is_complete)
                missed += found.missed
                gone += found.gone
        if missed:
            logger.info("%s: %s rows that came late", shape.table.relation, f"{len(missed):,}")
        for ids in _parts(missed):
            where = f"id in ({', '.join(map(str, ids))})"
            for frame in self.reader.read(shape.table.name, shape.schema, where, marked=True):
                yield from self.checker.batches(shape, frame, is_reread=True)
        if gone and self._is_believed(shape, versions, gone):
            for ids in _parts(gone):
                yield from self._marked(shape, ids)

    def _ranges(self, versions: Versions) -> list[tuple[int, int]]:
        """Return the bounds of ids to compare in this run."""
        first, last = versions.bounds()
        if first is None or last is None:
            return []
        chunks = range(first // CHUNK_IDS, last // CHUNK_IDS + 1)
        if self.is_complete or len(chunks) <= 2 * NEWEST_CHUNKS:
            return [(first, last)]
        older = len(chunks) - NEWEST_CHUNKS
        # By the clock: a run that finds nothing loads nothing, and so could not keep its place.
        part = int(self.until.timestamp() // 3600) % PARTS
        begin = chunks[0] + older * part // PARTS
        end = chunks[0] + older * (part + 1) // PARTS
        newest = (chunks[0] + older) * CHUNK_IDS
        return [(begin * CHUNK_IDS, end * CHUNK_IDS - 1), (newest, last)]

    def _is_believed(self, shape: Shape, versions: Versions, gone: list[int]) -> bool:
        live = versions.live_count()
        share = 100.0 * len(gone) / max(live, 1)
        if len(gone) <= _FEW_ROWS or share <= self.limits.most_deleted_pct:
            return True
        self.notes.append(
            f"table {shape.table.name!r} of the operational database lacks {len(gone):,} of "
            f"{live:,} rows that were loaded from it; none is marked as deleted: check that "
            "MOOW_OPERATIONAL_URL is the right database, or, when they are meant to be gone, set "
            "MOOW_OPERATIONAL_MOST_DELETED_PCT=100 for one run"
        )
        return False

    def _marked(self, shape: Shape, ids: Sequence[int]) -> Iterator[Batch]:
        """Mark rows as deleted; rejected ones, which nobody can mend any more, go."""
        table, changed = shape.table, shape.changed
        rows = self.checker.rows_there(table, ids)
        if self.limits.archive_after is not None:
            rows = rows.filter(
                (pl.col(changed) >= self.until - self.limits.archive_after).fill_null(True)
            )
        marked = self._with_times(shape, rows)
        if not marked.is_empty():
            logger.info("%s: %s rows are gone", table.relation, f"{marked.height:,}")
            yield Batch(table, marked)
        bad_table = OPERATIONAL_REJECTED[table.name]
        keys = self.checker.column(
            f"select row_key from {bad_table.relation} where row_key = any(%(keys)s)",
            {"keys": [str(one) for one in ids]},
        )
        yield from with_removals(bad_table, pl.DataFrame(), pl.Series("row_key", keys, pl.String))

    def _with_times(self, shape: Shape, rows: pl.DataFrame) -> pl.DataFrame:
        """Say when rows were deleted: what the source says, else the time of the run."""
        said = pl.DataFrame(schema={"id": pl.Int64, "_said": _TIME})
        if shape.soft_delete == "deleted_at" and not rows.is_empty():
            where = f"id in ({', '.join(map(str, rows['id']))})"
            wanted = {"id": pl.Int64(), "deleted_at": _TIME}
            found = self.reader.read(shape.table.name, wanted, where)
            said = pl.concat([said, *(one.rename({"deleted_at": "_said"}) for one in found)])
        since = pl.coalesce("_said", pl.lit(self.until, _TIME)).alias("deleted_at")
        return rows.join(said, on="id", how="left").with_columns(since).drop("_said")


def _parts(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _ASKED_IDS):
        yield ids[start : start + _ASKED_IDS]
