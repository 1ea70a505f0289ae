"""One Google spreadsheet: all worksheets in one read, all results in one write.

Values are read as they are kept, never as they are shown: 2.5 is 2.5 whether the sheet's language
writes ``2,5`` or ``2.5``; a time comes as part of a day, a boolean as TRUE or FALSE.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import gspread
import requests
from google.auth.exceptions import GoogleAuthError
from gspread.exceptions import APIError
from gspread.utils import absolute_range_name, rowcol_to_a1

from extract.planning.google import account_of, connect, refusal
from extract.planning.grids import Grid, Grids, cell_text, trimmed

if TYPE_CHECKING:
    from warehouse.settings import Settings

_AS_KEPT = {
    "valueRenderOption": "UNFORMATTED_VALUE",
    "dateTimeRenderOption": "SERIAL_NUMBER",
    "majorDimension": "ROWS",
}
_FIELDS = "properties.title,sheets.properties(sheetId,title,gridProperties)"
_FAILURES = (APIError, requests.RequestException, GoogleAuthError)

Values = Sequence[Sequence[Any]]


@dataclass(frozen=True)
class Tab:
    """A worksheet as the spreadsheet describes it."""

    sheet_id: int
    row_count: int
    column_count: int


@dataclass
class Spreadsheet:
    """A spreadsheet that `account` may open.

    Parameters
    ----------
    client
        gspread's client, signed in.
    key
        Of the spreadsheet.
    account
        Address of the service account, named when Google refuses.
    """

    client: gspread.Client
    key: str
    account: str
    title: str = field(init=False, default="")
    tabs: dict[str, Tab] = field(init=False, default_factory=dict)

    def describe(self) -> None:
        """Ask for the title and the worksheets: one request.

        Raises
        ------
        SourceError
            When Google refuses or does not answer.
        """
        answer = self._ask("fetch_sheet_metadata", params={"fields": _FIELDS})
        self.title = answer["properties"]["title"]
        self.tabs = {}
        for sheet in answer.get("sheets", []):
            its = sheet["properties"]
            size = its.get("gridProperties", {})
            self.tabs[its["title"]] = Tab(
                its["sheetId"], size.get("rowCount", 0), size.get("columnCount", 0)
            )

    def read(self, names: Sequence[str]) -> Grids:
        """Read the worksheets that are there: one request for the list, one for all cells.

        Raises
        ------
        SourceError
            When Google refuses or does not answer.
        """
        self.describe()
        there = [name for name in names if name in self.tabs]
        grids: dict[str, Grid] = {}
        if there:
            ranges = [absolute_range_name(name) for name in there]
            answer = self._ask("values_batch_get", ranges=ranges, params=dict(_AS_KEPT))
            for name, values in zip(there, answer["valueRanges"], strict=True):
                rows = values.get("values", [])
                grids[name] = trimmed([[cell_text(cell) for cell in row] for row in rows])
        others = tuple(name for name in self.tabs if name not in names)
        return Grids(grids, f"the spreadsheet {self.title!r}", others)

    def change(self, requests_: Sequence[Mapping[str, Any]]) -> None:
        """Send changes of the shape of worksheets, all in one request; none sends none."""
        if requests_:
            self._ask("batch_update", body={"requests": list(requests_)})

    def write(self, tables: Mapping[str, Values]) -> None:
        """Write whole worksheets in one request, what stood below or beside them emptied.

        The worksheets must be there and large enough, see `room_for`.
        """
        data = []
        for name, rows in tables.items():
            tab = self.tabs[name]
            height, width = max(tab.row_count, len(rows)), max(tab.column_count, len(rows[0]))
            padded = [[*row, *[""] * (width - len(row))] for row in rows]
            padded += [[""] * width] * (height - len(rows))
            area = f"A1:{rowcol_to_a1(height, width)}"
            data.append({"range": absolute_range_name(name, area), "values": padded})
        # As they are: a text that looks like a number or a formula stays a text.
        self._ask("values_batch_update", body={"valueInputOption": "RAW", "data": data})

    def room_for(self, tables: Mapping[str, Values]) -> None:
        """Add the worksheets that are missing and lengthen those too small: at most one request.

        Asks for the list first when `describe` was not called.
        """
        if not self.tabs:
            self.describe()
        used = {tab.sheet_id for tab in self.tabs.values()}
        changes: list[dict[str, Any]] = []
        for name, rows in tables.items():
            tab = self.tabs.get(name)
            size = {"rowCount": max(len(rows), 2), "columnCount": len(rows[0])}
            if tab is None:
                sheet_id = max(used, default=0) + 1
                used.add(sheet_id)
                size |= {"frozenRowCount": 1}
                properties = {"sheetId": sheet_id, "title": name, "gridProperties": size}
                changes.append({"addSheet": {"properties": properties}})
            elif tab.row_count < size["rowCount"] or tab.column_count < size["columnCount"]:
                sheet_id = tab.sheet_id
                size["rowCount"] = max(size["rowCount"], tab.row_count)
                size["columnCount"] = max(size["columnCount"], tab.column_count)
                properties = {"sheetId": sheet_id, "gridProperties": size}
                fields = "gridProperties.rowCount,gridProperties.columnCount"
                changes.append(
                    {"updateSheetProperties": {"properties": properties, "fields": fields}}
                )
            else:
                continue
            self.tabs[name] = Tab(sheet_id, size["rowCount"], size["columnCount"])
        self.change(changes)

    def _ask(self, call: str, **arguments: Any) -> Any:
        try:
            return getattr(self.client.http_client, call)(self.key, **arguments)
        except _FAILURES as error:
            raise refusal(error, self.key, self.account) from error


def open_spreadsheet(settings: Settings) -> Spreadsheet:
    """Sign in and return the planning spreadsheet; nothing of it is read yet.

    Raises
    ------
    SettingsError, SourceError
        When the credentials are missing, wrong or not taken.
    """
    key = settings.planning_sheet or ""
    return Spreadsheet(connect(settings), key, account_of(settings))
