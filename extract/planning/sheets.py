"""The planning sheets, checked cell by cell against what `extract.planning.worksheets` declares.

The rules know nothing of where the cells came from: a CSV file and a spreadsheet that hold the same
cells give the same rows and the same problems. Columns that are not declared are not loaded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import polars as pl

from extract.cells import CellError
from extract.planning.grids import Grid, Grids
from extract.planning.tables import PLANNING_CITIES
from extract.planning.worksheets import (
    ALLOWED,
    SUGGESTIONS,
    TARGETS,
    WORKSHEETS,
    Worksheet,
)
from extract.projection import Place, with_metres

_WITHOUT = "no good version of it was ever loaded, so the run goes on without it"


@dataclass
class Sheet:
    """A worksheet as read: its rows, and the cells that are not allowed."""

    worksheet: Worksheet
    grid: Grid
    header: list[str] = field(default_factory=list)
    lines: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    problems: list[dict[str, Any]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the worksheet."""
        return self.worksheet.name

    def reject(self, row: int, column: str, value: str, allowed: str, reason: str) -> None:
        """Note a bad cell; `row` counts as the spreadsheet does, the header is row 1."""
        self.problems.append(
            {
                "worksheet": self.name,
                "row_number": row,
                "column_name": column,
                "value": value,
                "allowed": allowed,
                "reason": reason,
            }
        )

    def notes(self, *, has_good: bool | None) -> list[str]:
        """Return a sentence for each bad cell: sheet, row, column, value, what is allowed.

        And what is in force in its place, unless nobody asked a warehouse (None).
        """
        stays = {
            None: "",
            True: ". The sheet keeps its last good version",
            False: f". {_WITHOUT.capitalize()}",
        }[has_good]
        return [
            f"planning sheet {p['worksheet']}, row {p['row_number']}, column {p['column_name']}: "
            f"{p['reason']}; allowed: {p['allowed']}{stays}"
            for p in self.problems
        ]

    def has(self, column: str) -> bool:
        """Whether it can be read as far as the column is concerned."""
        return not self.grid.problem and self.header.count(column) == 1

    def values(self, column: str) -> set[str]:
        """Return what stands in a column."""
        return {line.get(column, "").strip() for _, line in self.lines}

    def frame(self, loaded_at: datetime) -> pl.DataFrame:
        """Return its rows as the raw table takes them; only of a sheet without problems."""
        table = self.worksheet.table
        schema = {
            name: kind
            for name, kind in table.polars_schema.items()
            if name in self.worksheet.columns
        }
        frame = pl.DataFrame(self.rows, schema=schema, orient="row").with_columns(
            pl.lit(loaded_at, pl.Datetime("us", "UTC")).alias("loaded_at")
        )
        if table is not PLANNING_CITIES:
            return frame
        places = {city: Place(crs) for city, crs in frame.select("city", "crs").iter_rows()}
        return with_metres(frame, places, {"depot_": "depot_"})


@dataclass(frozen=True)
class Planning:
    """All worksheets of a place, checked; and the names of those that are not there."""

    sheets: tuple[Sheet, ...]
    missing: tuple[str, ...]
    place: str
    also_there: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether every worksheet is there and every cell is allowed."""
        return not self.missing and not any(sheet.problems for sheet in self.sheets)

    @property
    def versions(self) -> dict[str, str]:
        """Fingerprints of the worksheets that are there."""
        return {sheet.name: sheet.grid.version for sheet in self.sheets}

    def notes(self, in_force: Collection[str] | None = None) -> list[str]:
        """Return a sentence for each missing sheet and each bad cell.

        Parameters
        ----------
        in_force
            Names of the worksheets of which a good version was loaded; None where no warehouse
            was asked: then nothing is said of what stays in force.
        """
        known = in_force or ()
        never = "" if in_force is None else f"; {_WITHOUT}"
        lacks = [self._lack(name, never) for name in self.missing if name not in known]
        return lacks + self.problems(in_force)

    def problems(self, in_force: Collection[str] | None = None) -> list[str]:
        """Return those of the notes that a person must mend.

        A worksheet that was never there is none of them: not everybody plans everything.
        """
        known = in_force or ()
        stays = "; its last good version stays"
        lost = [self._lack(name, stays) for name in self.missing if name in known]
        bad = (
            sheet.notes(has_good=None if in_force is None else sheet.name in known)
            for sheet in self.sheets
        )
        return lost + [note for notes in bad for note in notes]

    def _lack(self, name: str, stays: str) -> str:
        others = f" ({', '.join(self.also_there)} is there)" if self.also_there else ""
        return f"planning sheet {name} is missing in {self.place}{others}{stays}"


def check_planning(grids: Grids) -> Planning:
    """Check all worksheets; a missing one is noted, never an error."""
    named = {
        worksheet.name: _lines(worksheet, grids.named[worksheet.name])
        for worksheet in WORKSHEETS
        if worksheet.name in grids.named
    }
    for sheet in named.values():
        _check_cells(sheet)
        _check_references(sheet, named)
        _check_order(sheet)
        _check_keys(sheet)
    missing = tuple(w.name for w in WORKSHEETS if w.name not in named)
    others = tuple(n for n in grids.also_there if n not in (ALLOWED, TARGETS, SUGGESTIONS))
    return Planning(tuple(named.values()), missing, grids.place, others)


def _lines(worksheet: Worksheet, grid: Grid) -> Sheet:
    sheet = Sheet(worksheet, grid)
    if grid.problem:
        sheet.reject(1, "*", "", "a CSV file in UTF-8", grid.problem)
        return sheet
    sheet.header = [name.strip() for name in grid.cells[0]] if grid.cells else []
    if not any(column in sheet.header for column in worksheet.columns):
        found = ", ".join(sheet.header)[:100] or "nothing"
        sheet.reject(1, "*", "", ", ".join(worksheet.columns), f"no column is there ({found})")
        return sheet
    for column in worksheet.columns:
        if sheet.header.count(column) != 1:
            found = ", ".join(sheet.header) or "nothing"
            count = "is missing" if column not in sheet.header else "stands there twice"
            sheet.reject(1, column, "", "this column once", f"it {count} (found: {found})")
    for number, line in enumerate(grid.cells[1:], start=2):
        if any(cell.strip() for cell in line):
            padded = [*line, *[""] * (len(sheet.header) - len(line))]
            sheet.lines.append((number, dict(zip(sheet.header, padded, strict=False))))
            extra = next((cell for cell in line[len(sheet.header) :] if cell.strip()), None)
            if extra is not None:
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
        if other not in named or not named[other].has(other_column):
            continue  # what is in force decides: that a sheet is unreadable condemns no other
        known = named[other].values(other_column)
        for number, line in sheet.lines:
            value = line.get(column, "").strip()
            if value and value != "*" and value not in known:
                allowed = f"a {other_column} of the sheet {other}"
                sheet.reject(number, column, value, allowed, f"{value!r} is not in {other}")


def _check_order(sheet: Sheet) -> None:
    columns = sheet.worksheet.ascending
    for (number, line), row in zip(sheet.lines, sheet.rows, strict=True):
        known = [name for name in columns if row.get(name) is not None]
        for less, more in pairwise(known):
            if row[less] > row[more]:
                allowed = f"at least {less}, which is {row[less]}"
                reason = f"{row[more]} is less than {less}, {row[less]}"
                sheet.reject(number, more, line[more], allowed, reason)


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
