"""What the models suggest, written beside the planning sheets: never into a sheet that is read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.planning.spreadsheet import open_spreadsheet
from extract.planning.template import write_csv
from extract.planning.worksheets import NAMES

if TYPE_CHECKING:
    from warehouse.settings import Settings


def write_results(settings: Settings, frames: Mapping[str, pl.DataFrame]) -> list[str]:
    """Write frames as worksheets beside the planning sheets; return a sentence for each.

    A spreadsheet gets all of them in one write, whose repetition changes nothing; a folder gets a
    CSV file each.

    Raises
    ------
    ValueError
        When a frame bears the name of a sheet that planners fill in.
    SourceError
        When the place cannot be written.
    """
    taken = sorted(set(frames) & set(NAMES))
    if taken:
        raise ValueError(f"{', '.join(taken)} is filled in by planners and never written")
    tables = {
        name: [list(frame.columns), *([_cell(value) for value in row] for row in frame.iter_rows())]
        for name, frame in frames.items()
    }
    if settings.planning_sheet is None:
        place = str(settings.planning)
        for name, rows in tables.items():
            write_csv(settings.planning / f"{name}.csv", rows)
    else:
        spreadsheet = open_spreadsheet(settings)
        spreadsheet.room_for(tables)
        spreadsheet.write(tables)
        place = f"the spreadsheet {spreadsheet.title!r}"
    return [f"{name}: {frame.height:,} rows written to {place}" for name, frame in frames.items()]


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value
