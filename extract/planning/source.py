"""Where the planning sheets are: a Google spreadsheet when one is set, else a folder of CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from extract.planning.grids import Grids, read_folder
from extract.planning.spreadsheet import open_spreadsheet
from extract.planning.worksheets import NAMES

if TYPE_CHECKING:
    from warehouse.settings import Settings


def read_grids(settings: Settings) -> Grids:
    """Read the worksheets from wherever the settings say.

    Raises
    ------
    SourceError
        When the spreadsheet cannot be read; a folder without files only lacks its worksheets.
    """
    if settings.planning_sheet is None:
        return read_folder(settings.planning, NAMES)
    return open_spreadsheet(settings).read(NAMES)
