"""Worksheets as grids of texts: what every way in gives, before a cell is looked at."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Grid:
    """The cells of one worksheet as texts, the header first; empty rows keep their place.

    Parameters
    ----------
    cells
        Rows of texts; `trimmed` takes off what is empty at the ends.
    problem
        Why it could not be read at all, or empty.
    """

    cells: tuple[tuple[str, ...], ...] = ()
    problem: str = ""

    @property
    def text(self) -> str:
        """Its cells as one JSON text: the same cells give the same text, whatever they came by."""
        return json.dumps(self.cells, ensure_ascii=False, separators=(",", ":"))

    @property
    def version(self) -> str:
        """A fingerprint of its cells."""
        return hashlib.sha256((self.text + self.problem).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Grids:
    """What a folder or a spreadsheet holds of the wanted worksheets.

    Parameters
    ----------
    named
        Worksheet names to grids; a wanted one that is not there is left out.
    place
        Where they are, for people.
    also_there
        Names of other worksheets: a missing one may have been renamed.
    """

    named: Mapping[str, Grid]
    place: str
    also_there: tuple[str, ...] = field(default=())


def trimmed(rows: Sequence[Sequence[str]]) -> Grid:
    """Return the grid of `rows` without empty cells and rows at its ends."""
    cells = []
    for row in rows:
        width = max((n for n, cell in enumerate(row, start=1) if cell.strip()), default=0)
        cells.append(tuple(row[:width]))
    while cells and not cells[-1]:
        cells.pop()
    return Grid(tuple(cells))


def cell_text(value: Any) -> str:
    """Return the text of a cell that came as text, number, boolean or nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    return str(value)


def read_folder(folder: Path, names: Sequence[str]) -> Grids:
    """Read ``<name>.csv`` for each name; a file that is not there is left out, never an error."""
    paths = {name: folder / f"{name}.csv" for name in names}
    found = {name: _read_csv(path) for name, path in paths.items() if path.is_file()}
    others = sorted(path.stem for path in folder.glob("*.csv") if path.stem not in paths)
    return Grids(found, str(folder), tuple(others))


def _read_csv(path: Path) -> Grid:
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return trimmed(list(csv.reader(io.StringIO(text), strict=True, delimiter=_delimiter(text))))
    except OSError as error:
        return Grid(problem=f"the file cannot be read ({error.strerror})")
    except (UnicodeDecodeError, csv.Error) as error:
        return Grid(problem=f"the file is no CSV ({error})")


def _delimiter(text: str) -> str:
    """Return what separates the names of the header: Excel writes ``;`` where ``,`` is decimal."""
    header = text.partition("\n")[0]
    return max(",;\t", key=header.count)
