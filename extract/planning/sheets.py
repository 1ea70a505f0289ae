"""The planning sheets -> raw_planning: CSV worksheets, checked cell by cell.

A worksheet with a bad cell keeps its last good version whole; the bad cells are listed in
``cells_rejected`` with what is allowed. Not loaded: columns that are not declared.
"""

from __future__ import annotations

import csv
import hashlib
import io
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from extract.cells import CellError
from extract.loading import Batch
from extract.planning.tables import CELLS_REJECTED, PLANNING_CITIES
from extract.planning.worksheets import WORKSHEETS, Worksheet
from extract.projection import Place, with_metres

logger = logging.getLogger(__name__)


@dataclass
class Sheet:
    """A worksheet as read: its rows, and the cells that are not allowed."""

    worksheet: Worksheet
    header: list[str] = field(default_factory=list)
    lines: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    def reject(self, row: int, column: str, value: str, allowed: str, reason: str) -> None:
        """Note a bad cell; `row` counts as the spreadsheet does, the header is row 1."""
        self.problems.append(
            {
                "worksheet": self.worksheet.name,
                "row_number": row,
                "column_name": column,
                "value": value,
                "allowed": allowed,
                "reason": reason,
            }
        )

    def notes(self) -> list[str]:
        """Return a sentence for each bad cell: sheet, row, column, value, what is allowed."""
        return [
            f"planning sheet {p['worksheet']}, row {p['row_number']}, column {p['column_name']}: "
            f"{p['reason']}; allowed: {p['allowed']}. The sheet keeps its last good version"
            for p in self.problems
        ]


@dataclass(frozen=True)
class Planning:
    """All worksheets of a folder, and a fingerprint of what they hold."""

    sheets: tuple[Sheet, ...]
    missing: tuple[str, ...]
    fingerprint: str

    def notes(self) -> list[str]:
        """Return what a person should know: missing sheets, bad cells."""
        notes = [
            f"planning sheet {name} is missing; its last good version stays"
            for name in self.missing
        ]
        return notes + [note for sheet in self.sheets for note in sheet.notes()]

    def batches(self, loaded_at: datetime) -> list[Batch]:
        """Return the good worksheets and the bad cells of the others, to replace what is there."""
        batches = [
            Batch(sheet.worksheet.table, _frame(sheet, loaded_at), "replace")
            for sheet in self.sheets
            if not sheet.problems
        ]
        problems = [problem for sheet in self.sheets for problem in sheet.problems]
        frame = CELLS_REJECTED.conform(
            pl.DataFrame(problems, infer_schema_length=None).with_columns(rejected_at=loaded_at)
            if problems
            else pl.DataFrame()
        ).unique(subset=list(CELLS_REJECTED.key), keep="first", maintain_order=True)
        return [*batches, Batch(CELLS_REJECTED, frame, "replace")]


def read_planning(folder: Path) -> Planning:
    """Read and check all worksheets of a folder; a missing file is noted, never an error."""
    digest = hashlib.sha256()
    sheets: list[Sheet] = []
    missing: list[str] = []
    for worksheet in WORKSHEETS:
        path = folder / f"{worksheet.name}.csv"
        if not path.is_file():
            missing.append(worksheet.name)
            continue
        content = path.read_bytes()
        digest.update(worksheet.name.encode() + hashlib.sha256(content).digest())
        sheets.append(_read(worksheet, content))
    named = {sheet.worksheet.name: sheet for sheet in sheets}
    for sheet in sheets:
        _check_cells(sheet)
        _check_references(sheet, named)
        _check_keys(sheet)
    return Planning(tuple(sheets), tuple(missing), digest.hexdigest())


def _read(worksheet: Worksheet, content: bytes) -> Sheet:
    sheet = Sheet(worksheet)
    try:
        table = list(csv.reader(io.StringIO(content.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        sheet.reject(1, "*", "", "a CSV file in UTF-8", f"the file is no CSV ({error})")
        return sheet
    sheet.header = [name.strip() for name in table[0]] if table else []
    for column in worksheet.columns:
        if sheet.header.count(column) != 1:
            found = ", ".join(sheet.header) or "nothing"
            count = "is missing" if column not in sheet.header else "stands there twice"
            sheet.reject(1, column, "", "this column once", f"it {count} (found: {found})")
    for number, line in enumerate(table[1:], start=2):
        if any(cell.strip() for cell in line):
            padded = line + [""] * (len(sheet.header) - len(line))
            sheet.lines.append((number, dict(zip(sheet.header, padded, strict=False))))
            if any(cell.strip() for cell in line[len(sheet.header) :]):
                extra = line[len(sheet.header)]
                sheet.reject(number, "*", extra, "no cell beyond the header", "one cell too many")
    return sheet


def _check_cells(sheet: Sheet) -> None:
    for number, line in sheet.lines:
        row: dict[str, Any] = {}
        for column, kind in sheet.worksheet.columns.items():
            if column not in line:
                continue
            try:
                row[column] = kind.value(line[column])
            except CellError as error:
                sheet.reject(number, column, line[column], kind.allowed, str(error))
        sheet.rows.append(row)


def _check_references(sheet: Sheet, named: Mapping[str, Sheet]) -> None:
    for column, (other, other_column) in sheet.worksheet.references.items():
        if other not in named:
            continue
        known = {line.get(other_column, "").strip() for _, line in named[other].lines}
        for number, line in sheet.lines:
            value = line.get(column, "").strip()
            if value and value != "*" and value not in known:
                allowed = f"a {other_column} of the sheet {other}"
                sheet.reject(number, column, value, allowed, f"{value!r} is not in {other}")


def _check_keys(sheet: Sheet) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    key = sheet.worksheet.table.key
    for (number, line), row in zip(sheet.lines, sheet.rows, strict=True):
        if any(row.get(column) is None for column in key):
            continue
        values = tuple(row[column] for column in key)
        if values in seen:
            sheet.reject(
                number,
                key[0],
                line[key[0]],
                f"each {' and '.join(key)} once",
                f"row {number} repeats row {seen[values]}",
            )
        seen.setdefault(values, number)


def _frame(sheet: Sheet, loaded_at: datetime) -> pl.DataFrame:
    table = sheet.worksheet.table
    schema = {
        name: kind for name, kind in table.polars_schema.items() if name in sheet.worksheet.columns
    }
    frame = pl.DataFrame(sheet.rows, schema=schema, orient="row").with_columns(
        pl.lit(loaded_at, pl.Datetime("us", "UTC")).alias("loaded_at")
    )
    if table is not PLANNING_CITIES:
        return frame
    places = {city: Place(crs) for city, crs in frame.select("city", "crs").iter_rows()}
    return with_metres(frame, places, {"depot_": "depot_"})
