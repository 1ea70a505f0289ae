"""The planning sheets -> raw_planning: what changed, whole worksheets at a time.

A worksheet with a bad cell keeps its last good version; so does one that would leave a name without
its row, such as a worker who is gone while the shifts in force still name them. Each version that a
run has seen is kept in ``worksheet_versions`` with its time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.loading import Batch, RawPipeline
from extract.planning.google import AwayError
from extract.planning.projections import keep_projections
from extract.planning.sheets import Planning, Sheet, check_planning
from extract.planning.source import read_grids
from extract.planning.tables import CELLS_REJECTED, PLANNING, WORKSHEET_VERSIONS
from extract.planning.worksheets import WORKSHEETS
from warehouse.errors import SourceError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

#: Gives what stands in a column of a worksheet in force; None when no version ever was.
InForce = Callable[[str, str], set[str] | None]

_TAKEN = (
    f"select 1 from {WORKSHEET_VERSIONS.relation}"
    " where worksheet = %(worksheet)s and is_taken limit 1"
)


@dataclass
class PlanningLoad:
    """What a load of the planning did.

    Attributes
    ----------
    counts
        Rows a table.
    notes, problems
        Sentences that a person may read, and those of what a person must mend.
    """

    counts: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def load_planning(settings: Settings, warehouse: Warehouse, until: datetime) -> PlanningLoad:
    """Load the worksheets that changed; nothing changed loads nothing.

    A spreadsheet that cannot be read leaves the planning in force: a note when Google is away, a
    problem when it refuses. Without any in force there is nothing to go on with.

    Raises
    ------
    SourceError
        When the planning cannot be read and none was ever loaded.
    """
    pipeline = RawPipeline(settings, warehouse, PLANNING)
    try:
        planning = check_planning(read_grids(settings))
    except SourceError as error:
        if not pipeline.state.get("in_force"):
            raise
        said = [f"{error}; the planning in force stays"]
        is_passing = isinstance(error, AwayError)
        return PlanningLoad(notes=said) if is_passing else PlanningLoad(problems=said)
    in_force = in_force_in(warehouse)
    keep_projections(planning, warehouse)
    keep_together(planning, in_force)
    known = [] if planning.is_good else names_in_force(in_force)
    batches = _batches(planning, pipeline.state, until)
    problems = planning.problems(known)
    notes = [note for note in planning.notes(known) if note not in problems]
    return PlanningLoad(pipeline.load(batches) if batches else {}, notes, problems)


def keep_together(planning: Planning, in_force: InForce) -> None:
    """Reject worksheets until whatever will be in force names nothing that is not.

    Parameters
    ----------
    planning
        As checked; problems are added to its sheets.
    in_force
        What stands in a column of the version that a worksheet falls back to.
    """
    sheets = {sheet.name: sheet for sheet in planning.sheets}
    while any(
        _kept_together(sheets, worksheet.name, column, other, other_column, in_force)
        for worksheet in WORKSHEETS
        for column, (other, other_column) in worksheet.references.items()
    ):
        continue


def _kept_together(
    sheets: dict[str, Sheet],
    name: str,
    column: str,
    other: str,
    other_column: str,
    in_force: InForce,
) -> bool:
    """Whether a sheet had to be rejected: the two of a reference must fit in what is in force."""
    new, other_new = _if_good(sheets, name), _if_good(sheets, other)
    if (new is None) == (other_new is None):
        return False  # both new: checked as they were read; both old: nothing changes
    named = new.values(column) if new else in_force(name, column)
    known = other_new.values(other_column) if other_new else in_force(other, other_column)
    if named is None or known is None:
        return False  # of one there is nothing yet that the other could fit
    lacking = sorted(named - known - {"", "*"})
    for value in lacking:
        if new:
            row = next(n for n, line in new.lines if line[column].strip() == value)
            allowed = f"a {other_column} of the sheet {other} in force"
            reason = f"{value!r} is not in the last good version of {other}, which stays"
            new.reject(row, column, value, allowed, reason)
        elif other_new:
            allowed = f"a row for each {column} that {name} names"
            reason = f"{value!r} is gone, but {name} keeps its last good version, which names it"
            other_new.reject(1, other_column, value, allowed, reason)
    return bool(lacking)


def _if_good(sheets: dict[str, Sheet], name: str) -> Sheet | None:
    sheet = sheets.get(name)
    return None if sheet is None or sheet.problems else sheet


def in_force_in(warehouse: Warehouse) -> InForce:
    """Return a reader of the worksheets in force."""

    def in_force(name: str, column: str) -> set[str] | None:
        rows = warehouse.fetch(f"select distinct {column} as value from {PLANNING}.{name}")
        if not rows and not warehouse.fetch(_TAKEN, {"worksheet": name}):
            return None
        return {str(row["value"]) for row in rows}

    return in_force


def names_in_force(in_force: InForce) -> list[str]:
    """Return the names of the worksheets of which a good version was loaded."""
    return [w.name for w in WORKSHEETS if in_force(w.name, w.table.key[0]) is not None]


def _batches(planning: Planning, state: dict[str, Any], until: datetime) -> list[Batch]:
    """Return what differs from what the state says is there, and bring the state up to it."""
    state.pop("fingerprint", None)  # of an earlier release, which knew no versions
    in_force, seen = state.setdefault("in_force", {}), state.setdefault("seen", {})
    batches, versions = [], []
    for sheet in planning.sheets:
        taken = not sheet.problems
        if seen.get(sheet.name) != [sheet.grid.version, taken]:
            seen[sheet.name] = [sheet.grid.version, taken]
            versions.append(_version(sheet, planning.place, until))
        if taken and in_force.get(sheet.name) != sheet.grid.version:
            in_force[sheet.name] = sheet.grid.version
            batches.append(Batch(sheet.worksheet.table, sheet.frame(until), "replace"))
    if versions:
        frame = pl.DataFrame(versions, schema=WORKSHEET_VERSIONS.polars_schema)
        batches.append(Batch(WORKSHEET_VERSIONS, frame))
    problems = [problem for sheet in planning.sheets for problem in sheet.problems]
    if state.get("problems", "[]") != json.dumps(problems):
        state["problems"] = json.dumps(problems)
        batches.append(Batch(CELLS_REJECTED, _rejected(problems, until), "replace"))
    return batches


def _version(sheet: Sheet, place: str, until: datetime) -> dict[str, Any]:
    return {
        "worksheet": sheet.name,
        "version": sheet.grid.version,
        "loaded_at": until,
        "place": place,
        "row_count": len(sheet.lines),
        "problem_count": len(sheet.problems),
        "is_taken": not sheet.problems,
        "content": sheet.grid.text,
    }


def _rejected(problems: list[dict[str, Any]], until: datetime) -> pl.DataFrame:
    if not problems:
        return CELLS_REJECTED.conform(pl.DataFrame())
    frame = pl.DataFrame(problems, infer_schema_length=None).with_columns(rejected_at=until)
    return CELLS_REJECTED.conform(frame).unique(
        subset=list(CELLS_REJECTED.key), keep="first", maintain_order=True
    )
