"""From frames to raw tables with dlt: one pipeline a raw schema, nothing guessed, killable."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

import dlt
import polars as pl
from dlt.common.versioned_state import decompress_state
from dlt.extract.hints import make_hints
from dlt.pipeline.exceptions import PipelineStepFailed

from extract.dlt_manners import be_quiet, explained, postgres_at
from extract.known_rows import known_rows
from extract.raw_tables import RawTable
from extract.straight import StraightCopies

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

#: ``merge`` updates rows of the same key, ``correct`` does so for rows that differ, ``keep`` adds
#: only rows whose key is new, ``replace`` puts the new rows in place of all old ones. ``add`` keeps
#: as well, and streams the rows into the table while they are read, see `extract.straight`: all
#: batches of that table must be of this mode then. None ever drops a table: views hang on it.
Mode = Literal["merge", "correct", "keep", "add", "replace"]
#: How dlt does the others: what is to be kept, removed or corrected is found out before.
_UPSERT: Any = {"disposition": "merge", "strategy": "upsert", "skip_unchanged_rows": True}
#: One load at a time; a run that has just ended, or was killed, takes a moment to let go.
LOCK_WAIT_S = 5.0
#: Marks a row of the incoming data as a wish to delete the row of that key.
REMOVED = "_removed"


@dataclass(frozen=True)
class Batch:
    """Rows for one raw table, and how they meet the rows that are there."""

    table: RawTable
    frame: pl.DataFrame
    mode: Mode = "merge"


@dataclass
class RawPipeline:
    """The dlt pipeline of one raw schema.

    The warehouse is the only memory: dlt keeps the state (cursors, file marks) in the same load
    package as the data and counts it only when the whole package has arrived. The local folder is
    scratch, emptied before each run, so a load that was killed is simply read again.

    Parameters
    ----------
    settings
        ``home`` holds the scratch folder.
    warehouse
        Where the tables are.
    schema
        Such as ``raw_telemetry``.
    """

    settings: Settings
    warehouse: Warehouse
    schema: str
    state: dict[str, Any] = field(init=False, default_factory=dict)
    _started: Any = field(init=False, repr=False, default=None)

    def __post_init__(self) -> None:
        be_quiet()
        self.state = stored_state(self.warehouse, self.schema)

    @property
    def _folder(self) -> Path:
        return self.settings.home / "dlt"

    def _pipeline(self) -> Any:
        """Return the pipeline, begun when there is something to load: most hours there is not."""
        if self._started is None:
            shutil.rmtree(self._folder / self.schema, ignore_errors=True)
            self._started = dlt.pipeline(
                self.schema,
                pipelines_dir=str(self._folder),
                destination=postgres_at(self.warehouse.url),
                dataset_name=self.schema,
            )
        return self._started

    def load(self, batches: Iterator[Batch] | Sequence[Batch]) -> dict[str, int]:
        """Load the batches and `state` together.

        Parameters
        ----------
        batches
            Read lazily, one at a time: memory holds one batch. Keys are unique over all batches
            of a table. Nothing at all loads nothing, and costs nothing.

        Returns
        -------
        dict of str to int
            Rows given to each table, deletions not counted.

        Raises
        ------
        WarehouseError
            When the load fails; the tables keep what they had or get it at the next run.
        """
        # What was streamed is counted while dlt works.
        with ThreadPoolExecutor(max_workers=1, thread_name_prefix="analyze") as pool:
            return self._load(batches, pool)

    def _load(
        self, batches: Iterator[Batch] | Sequence[Batch], pool: ThreadPoolExecutor
    ) -> dict[str, int]:
        counts: dict[str, int] = {}
        analyses: dict[str, Future[int]] = {}

        def analyze(relation: str) -> None:
            # Without statistics the planner takes what was loaded for nearly nothing.
            if relation not in analyses:
                statement = f"analyze {relation}"
                analyses[relation] = pool.submit(self.warehouse.execute, statement)

        against = _against_warehouse(self.warehouse, batches)
        upcoming = _added_ones_streamed(self.warehouse, against, counts, analyze)
        first = next(upcoming, None)
        if first is None and not counts:
            return counts
        try:
            ahead = [] if first is None else [first]
            source = _source(
                self.warehouse, self.schema, chain(ahead, upcoming), self.state, counts
            )
            self._pipeline().run(source, loader_file_format="parquet")
        except PipelineStepFailed as error:
            raise explained(error, self.schema) from error
        for relation, count in counts.items():
            analyze(relation)
            analyses[relation].result()
            logger.info("%s: %s rows", relation, f"{count:,}")
        return counts


def stored_state(warehouse: Warehouse, schema: str) -> dict[str, Any]:
    """Return the state that came with the newest load of a schema; empty before the first.

    One query in place of dlt's synchronisation, which `load` does anyway.
    """
    there = "select to_regclass(%(table)s) is not null as there"
    if not warehouse.fetch(there, {"table": f"{schema}._dlt_pipeline_state"})[0]["there"]:
        return {}
    rows = warehouse.fetch(
        f"select states.state from {schema}._dlt_pipeline_state as states"
        f" join {schema}._dlt_loads as loads on states._dlt_load_id = loads.load_id"
        " where states.pipeline_name = %(name)s and loads.status = 0"
        " order by loads.load_id desc limit 1",
        {"name": schema},
    )
    sources = decompress_state(rows[0]["state"]).get("sources", {}) if rows else {}
    return {key: value for key, value in sources.get(schema, {}).items() if key != "resources"}


def _against_warehouse(
    warehouse: Warehouse, batches: Iterator[Batch] | Sequence[Batch]
) -> Iterator[Batch]:
    """Hold batches against the rows that are there, so that a load of nothing costs nothing."""
    is_first: dict[str, bool] = {}  # what is read now comes in after all of it was read
    straight: dict[str, bool] = {}
    for batch in batches:
        relation = batch.table.relation
        is_added = batch.mode == "add"
        if not batch.frame.is_empty() and straight.setdefault(relation, is_added) != is_added:
            raise ValueError(f"{relation} is given rows to add, and others, in one load")
        if batch.mode == "replace":
            new = _as_merge(warehouse, batch)
        elif batch.mode in ("keep", "add", "correct"):
            if relation not in is_first:
                is_first[relation] = is_empty(warehouse, batch.table)
            new = batch
            if not is_first[relation]:
                new = _only_new(warehouse, batch)
        else:
            new = batch
        if not new.frame.is_empty():
            yield new


def _added_ones_streamed(
    warehouse: Warehouse,
    batches: Iterator[Batch],
    counts: dict[str, int],
    then: Callable[[str], None],
) -> Iterator[Batch]:
    """Stream the rows that are only added into their tables; give the other batches.

    `then` is called with each table once its rows are committed.
    """
    copies = StraightCopies(warehouse)
    try:
        for batch in batches:
            if batch.mode == "add":
                frame = batch.table.conform(batch.frame)
                copies.put(batch.table, frame)
                relation = batch.table.relation
                counts[relation] = counts.get(relation, 0) + frame.height
            else:
                yield batch
        warehouse.check_locks()
        for relation in copies.commit():
            then(relation)
    finally:
        copies.abandon()


def is_empty(warehouse: Warehouse, table: RawTable) -> bool:
    """Return whether a raw table has no row."""
    there = warehouse.fetch(f"select exists (select 1 from {table.relation}) as some")
    return not there[0]["some"]


def _only_new(warehouse: Warehouse, batch: Batch) -> Batch:
    """Leave out the keys that are there; rows that are there unchanged, when correcting."""
    frame = batch.table.conform(batch.frame)  # columns that it lacks are null, as in the table
    is_correction = batch.mode == "correct"
    key = list(batch.table.columns if is_correction else batch.table.key)
    known = known_rows(warehouse, batch.table, frame, key)
    if not known.is_empty():
        frame = frame.join(known, on=key, how="anti", maintain_order="left", nulls_equal=True)
    return Batch(batch.table, frame, "add" if batch.mode == "add" else "merge")


def _as_merge(warehouse: Warehouse, batch: Batch) -> Batch:
    """Write a replacement as a merge that also removes the keys that are gone.

    dlt's own replace swaps the whole table, and cannot put nothing in its place with parquet.
    """
    key = list(batch.table.key)
    there = warehouse.read(f"select {', '.join(key)} from {batch.table.relation}")
    rows = batch.table.conform(batch.frame).with_columns(pl.lit(False).alias(REMOVED))
    if not there.is_empty():
        gone = there.join(rows, on=key, how="anti")
        removals = batch.table.conform(gone).with_columns(pl.lit(True).alias(REMOVED))
        rows = pl.concat([rows, removals])
    return Batch(batch.table, rows)


def _source(
    warehouse: Warehouse,
    schema: str,
    batches: Iterator[Batch],
    state: dict[str, Any],
    counts: dict[str, int],
) -> Any:
    def rows() -> Iterator[Any]:
        for batch in batches:
            frame = _conform(batch)
            removed = int(frame[REMOVED].sum()) if REMOVED in frame.columns else 0
            relation = batch.table.relation
            counts[relation] = counts.get(relation, 0) + frame.height - removed
            yield dlt.mark.with_hints(
                frame.to_arrow(compat_level=pl.CompatLevel.oldest()),
                _hints(batch),
                create_table_variant=True,
            )
        warehouse.check_locks()
        # After the last batch: the state is that of everything above.
        dlt.current.source_state().update(state)

    resource = dlt.resource(rows, name=f"{schema}_batches")
    return dlt.source(lambda: resource, name=schema)()


def _conform(batch: Batch) -> pl.DataFrame:
    frame = batch.table.conform(batch.frame)
    if REMOVED in batch.frame.columns:
        return frame.with_columns(batch.frame[REMOVED].fill_null(False))
    return frame.with_columns(pl.lit(False).alias(REMOVED))


def _hints(batch: Batch) -> Any:
    columns = dict(batch.table.dlt_columns)
    columns[REMOVED] = {"name": REMOVED, "data_type": "bool", "nullable": True, "hard_delete": True}
    return make_hints(
        table_name=batch.table.name,
        columns=columns,
        primary_key=list(batch.table.key),
        write_disposition=_UPSERT,
        schema_contract={"tables": "evolve", "columns": "evolve", "data_type": "freeze"},
    )
