"""One run of the operational database: what changed, then what the cursors cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from extract.forgotten import read_forgotten
from extract.loading import RawPipeline, is_empty
from extract.operational import rules
from extract.operational.reader import OperationalReader
from extract.operational.rows import RowChecker
from extract.operational.shapes import Shape, shape_of
from extract.operational.source import OperationalSource
from extract.operational.sweep import Sweep, SweepLimits
from extract.operational.tables import OPERATIONAL, OPERATIONAL_TABLES
from extract.operational.user_ids import UserHashes
from extract.projection import Place, read_places
from warehouse.errors import SourceError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings


@dataclass
class OperationalLoad:
    """Brings raw_operational up to date.

    Parameters
    ----------
    settings, warehouse, reader
        How, where to and where from.
    cities
        Slugs to read; None reads all.
    until
        The bound of all tables.
    is_complete
        Whether every row is compared with the source, as once a night.
    """

    settings: Settings
    warehouse: Warehouse
    reader: OperationalReader
    cities: Sequence[str] | None
    until: datetime
    is_complete: bool = False
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def run(self) -> dict[str, int]:
        """Load; rows given to each table.

        Raises
        ------
        SourceError
            When the database goes away for good. A table that has changed its shape is left as it
            was, with a note.
        """
        pipeline = RawPipeline(self.settings, self.warehouse, OPERATIONAL)
        shapes = self._shapes(pipeline)
        places = read_places(self.warehouse)
        checker = RowChecker(
            self.warehouse,
            self._known(places),
            places,
            UserHashes(self.settings.hash_key()),
            self.until,
            read_forgotten(self.warehouse),
        )
        overlap = timedelta(minutes=self.settings.operational_overlap_minutes)
        source = OperationalSource(
            self.reader, checker, shapes, pipeline.state, self.cities, self.until, overlap
        )
        before = [shape for shape in shapes.values() if not checker.is_first(shape.table)]
        counts = pipeline.load(source.batches())
        self.problems += source.problems
        for relation, rows in self._sweep(pipeline, checker, before, list(source.wanted)).items():
            counts[relation] = counts.get(relation, 0) + rows
        return counts

    def _shapes(self, pipeline: RawPipeline) -> dict[str, Shape]:
        """Look at all tables; one that cannot be read any more must not stop the others."""
        shapes: dict[str, Shape] = {}
        extra = pipeline.state.get("extra_columns", {})
        for table in OPERATIONAL_TABLES:
            try:
                shape = shape_of(self.reader, table, extra.get(table.name, {}))
            except SourceError as error:
                if is_empty(self.warehouse, table):
                    raise
                self.problems.append(f"{error}; until then {table.relation} stays as it was")
                continue
            shapes[table.name] = shape
            if shape.left_out:
                self.notes.append(
                    f"not loaded from table {table.name!r}: {', '.join(shape.left_out)}"
                )
        return shapes

    def _known(self, places: dict[str, Place]) -> rules.Known:
        cities = self.warehouse.read("select id, slug from raw_operational.cities")
        scooters = self.warehouse.read("select id from raw_operational.scooters")
        return rules.Known(
            cities=dict(cities.iter_rows()),
            places=places,
            scooters=set(scooters["id"].to_list()),
        )

    def _sweep(
        self,
        pipeline: RawPipeline,
        checker: RowChecker,
        shapes: list[Shape],
        city_ids: list[int],
    ) -> dict[str, int]:
        """Compare the tables that were not loaded for the first time just now."""
        days = self.settings.operational_archive_days
        sweep = Sweep(
            self.reader,
            checker.after_loading(),
            {shape.table.name: shape for shape in shapes},
            None if self.cities is None else city_ids,
            self.until,
            self.is_complete,
            SweepLimits(
                self.settings.operational_most_deleted_pct,
                None if days is None else timedelta(days=days),
            ),
        )
        counts = pipeline.load(sweep.batches())
        self.problems += sweep.notes
        return counts
