"""What a cell may hold, and that every way in gives the same cells."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from extract import cells
from extract.cells import CellError, Kind
from extract.planning.grids import Grid, cell_text, read_folder, trimmed
from extract.planning.sheets import check_planning
from extract.planning.template import write_template
from extract.planning.worksheets import NAMES
from tests.extract.sources import SHEETS, write_sheets

pytestmark = pytest.mark.unit
NUMBER = cells.number(0, 10_000)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (NUMBER, "2.5", 2.5),
        (NUMBER, "2,5", 2.5),
        (NUMBER, " 0,125 ", 0.125),
        (NUMBER, "1234,5", 1234.5),
        (NUMBER, "1e-05", 1e-05),
        (NUMBER, "10000", 10_000.0),
        (cells.integer(0, 24), "8.0", 8),
        (cells.integer(0, 24), "8,0", 8),
        (cells.clock, "7:30", "07:30"),
        (cells.clock, "07:30:00", "07:30"),
        (cells.clock, "0.3125", "07:30"),
        (cells.clock, "0,3125", "07:30"),
        (cells.clock, repr(7 / 24), "07:00"),
        (cells.clock, "0", "00:00"),
        (cells.clock, repr(1439 / 1440), "23:59"),
        (cells.choice("en", "el"), "el", "el"),
        (cells.text(optional=True), "  ", None),
    ],
)
def test_cells_that_are_allowed(kind: Kind, text: str, value: Any) -> None:
    """Decimals have a point or a comma, a time is a clock or a part of the day."""
    assert kind.value(text) == value


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *((NUMBER, text) for text in ("1,500", "1.234,5", "1,234,567", "2 5", "nan", "inf", "1e9")),
        *((NUMBER, text) for text in ("10000.1", "-0.1", "1_0", "٢", "five", "", "TRUE")),
        *((cells.integer(0, 24), text) for text in ("8.5", "25", "1e400")),
        *((cells.clock, text) for text in ("24:00", "7", "1", "-0.1", "0.30001", "07:30:15", "7h")),
        *((cells.text(), text) for text in ("#REF!", "#N/A", "#DIV/0!", " ")),
        (cells.choice("en", "el"), "EN"),
    ],
)
def test_cells_that_are_not(kind: Kind, text: str) -> None:
    """Two meanings, no meaning, out of bounds, a failed formula: each is refused."""
    with pytest.raises(CellError):
        kind.value(text)


def _check(folder: Path, **changed: list[dict[str, Any]]) -> list[str]:
    write_sheets(folder, {**SHEETS, **changed})
    return check_planning(read_folder(folder, NAMES)).notes()


def test_counts_must_not_fall(tmp_path: Path) -> None:
    """A minimum above the maximum is a bad cell; equal ones, and empty ones between, are not."""
    row = {**SHEETS["parkings"][0], "minimum_count": 9, "target_count": ""}
    assert _check(tmp_path, parkings=[{**row, "maximum_count": 9}]) == []
    (note,) = _check(tmp_path, parkings=[{**row, "maximum_count": 8}])
    assert "sheet parkings, row 2, column maximum_count: 8 is less than minimum_count, 9" in note


def test_a_greek_excel_writes_semicolons(tmp_path: Path) -> None:
    """A CSV with ; between cells and decimal commas gives the rows of one with , and points."""
    write_sheets(tmp_path / "en")
    write_sheets(tmp_path / "el")
    for path in (tmp_path / "el").glob("*.csv"):
        rows = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8"))))
        text = io.StringIO()
        cells_ = [[cell.replace(".", ",") for cell in row] for row in rows]
        csv.writer(text, delimiter=";").writerows(cells_)
        path.write_text(text.getvalue(), encoding="utf-8-sig")
    english, greek = (check_planning(read_folder(tmp_path / name, NAMES)) for name in ("en", "el"))
    assert greek.notes() == []
    assert [sheet.rows for sheet in greek.sheets] == [sheet.rows for sheet in english.sheets]


@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=4))))
def test_empty_cells_at_the_ends_are_no_version(rows: list[list[str]]) -> None:
    """Trimming twice is trimming once, and padding never makes another version."""
    grid = trimmed(rows)
    assert trimmed(grid.cells) == grid
    assert trimmed([*[[*row, "", " "] for row in rows], [], ["", ""]]).version == grid.version


@given(st.floats(0, 10_000))
def test_a_number_survives_its_text(value: float) -> None:
    """The text of a number that a spreadsheet gives reads back as that number."""
    assert NUMBER.value(cell_text(value)) == value


def test_other_cells_as_texts() -> None:
    """Nothing is empty, a boolean is a word, a whole float has no decimals."""
    texts = [cell_text(value) for value in (None, True, False, 8.0, 3, "x")]
    assert texts == ["", "TRUE", "FALSE", "8", "3", "x"]


def test_the_template_passes_the_check(tmp_path: Path) -> None:
    """What the template writes is allowed, lists what is allowed, and is not written over."""
    write_template(tmp_path)
    planning = check_planning(read_folder(tmp_path, NAMES))
    assert planning.is_good, planning.notes()
    assert all(sheet.rows for sheet in planning.sheets)
    allowed = (tmp_path / "allowed_values.csv").read_text()
    assert 'parkings,day_part,"one of morning, afternoon, evening, night",no,morning' in allowed
    mine = tmp_path / "workers.csv"
    mine.write_text("mine")
    said = write_template(tmp_path)
    assert mine.read_text() == "mine"
    assert f"{mine} is there already and stays as it is" in said


def test_an_unreadable_file_is_a_bad_sheet(tmp_path: Path) -> None:
    """A file in another encoding is one bad cell of its worksheet, the others are read."""
    write_sheets(tmp_path)
    (tmp_path / "workers.csv").write_bytes(b"worker,city\n\xe8\xe9,x\n")
    notes = check_planning(read_folder(tmp_path, NAMES)).notes()
    assert any("sheet workers, row 1, column *: the file is no CSV" in note for note in notes)
    assert Grid(problem="x").version != Grid().version


@pytest.mark.parametrize(
    "name",
    ["Asia/Kolkata", "Australia/Adelaide", "America/St_Johns", "Australia/Lord_Howe"],
)
def test_time_zones_of_half_hours_are_refused(name: str) -> None:
    """Hours are counted in UTC: clocks half an hour off, at times or always, fit none of them."""
    with pytest.raises(ValueError, match=f"'{name}' is not whole hours off UTC at all times"):
        cells.check_timezone(name)
    with pytest.raises(ValueError, match="whole hours"):
        cells.timezone.read(name)


@pytest.mark.parametrize(
    "name", ["Europe/Athens", "UTC", "America/Kentucky/Louisville", "Africa/Casablanca"]
)
def test_time_zones_of_whole_hours_are_taken(name: str) -> None:
    """Summer time, or none, or a month of another offset: whole hours all."""
    assert cells.check_timezone(name) == name
