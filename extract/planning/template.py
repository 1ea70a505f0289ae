"""Worksheets to begin with: headers, an example row each, and what every cell may hold.

The examples are allowed themselves: a template just written passes the check. What is there already
is never written over.
"""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from extract.cells import Kind, clock
from extract.planning.grids import trimmed
from extract.planning.spreadsheet import Spreadsheet
from extract.planning.worksheets import ALLOWED, NAMES, WORKSHEETS, Worksheet
from warehouse.errors import SourceError

#: Rows of a new worksheet that a spreadsheet checks as they are typed.
_CHECKED_ROWS = 2_000
#: Cells of example rows, ``column=text`` with | between them; those not named are empty.
_EXAMPLES: dict[str, tuple[str, ...]] = {
    "cities": (
        "city=thessaloniki|name_en=Thessaloniki|name_el=Θεσσαλονίκη|timezone=Europe/Athens|"
        "crs=EPSG:2100|currency=EUR|gps_tolerance_m=15|low_battery_pct=25|idle_hours=48|"
        "silent_hours=6|stale_hours=6|search_radius_m=300|ride_value=2.5|move_cost=3|"
        "depot_latitude=40.6401|depot_longitude=22.9444|service_start_hour=6|service_end_hour=22",
    ),
    "parkings": (
        "city=thessaloniki|parking_code=SKG-P01|day_part=morning|minimum_count=2|target_count=6|"
        "maximum_count=10",
        "city=thessaloniki|parking_code=SKG-P01|day_part=evening|minimum_count=1",
    ),
    "priorities": (
        "city=*|task_kind=low_battery|weight=1|value_per_task=4",
        "city=*|task_kind=left_in_the_way|weight=1.1|value_per_task=4",
        "city=*|task_kind=outside_zone|weight=0.8|value_per_task=3",
        "city=*|task_kind=idle_too_long|weight=0.4|value_per_task=1.5",
        "city=*|task_kind=below_minimum|weight=1.2|value_per_task=5",
        "city=*|task_kind=below_target|weight=0.6|value_per_task=2.5",
        "city=*|task_kind=over_capacity|weight=0.7|value_per_task=2",
        "city=*|task_kind=not_reporting|weight=0.5|value_per_task=2",
    ),
    "workers": (
        "worker=thessaloniki-1|city=thessaloniki|role=worker|language=el|skills=swap;move",
        "worker=thessaloniki-dispatch|city=thessaloniki|role=dispatcher|language=en",
    ),
    "vehicles": (
        "vehicle=thessaloniki-van-1|city=thessaloniki|capacity_scooters=20|battery_stock=40",
    ),
    "shifts": (
        "worker=thessaloniki-1|vehicle=thessaloniki-van-1|city=thessaloniki|"
        "weekdays=mon tue wed thu fri|start_local=06:00|end_local=14:00",
    ),
}


def template_rows(worksheet: Worksheet) -> list[list[str]]:
    """Return the header and the example rows of a worksheet, as texts."""
    rows = [list(worksheet.columns)]
    for example in _EXAMPLES[worksheet.name]:
        cells = dict(part.split("=", 1) for part in example.split("|"))
        rows.append([cells.get(column, "") for column in worksheet.columns])
    return rows


def allowed_rows() -> list[list[str]]:
    """Return what every column may hold, a row each, the header first."""
    rows = [["worksheet", "column", "allowed", "may_be_empty", "example"]]
    for worksheet in WORKSHEETS:
        example = template_rows(worksheet)[1]
        for (column, kind), cell in zip(worksheet.columns.items(), example, strict=True):
            allowed = kind.allowed
            if column in worksheet.references:
                other, other_column = worksheet.references[column]
                allowed = f"a {other_column} of the worksheet {other}"
                allowed += ", or *" if worksheet.name == "priorities" else ""
            empty = "yes" if kind.is_optional else "no"
            rows.append([worksheet.name, column, allowed, empty, cell])
    return rows


def write_template(folder: Path) -> list[str]:
    """Write the worksheets as CSV files; return a sentence for each.

    Raises
    ------
    SourceError
        When the folder cannot be written.
    """
    said = []
    tables = {w.name: template_rows(w) for w in WORKSHEETS} | {ALLOWED: allowed_rows()}
    for name, rows in tables.items():
        path = folder / f"{name}.csv"
        if path.exists() and path.stat().st_size and name != ALLOWED:
            said.append(f"{path} is there already and stays as it is")
            continue
        write_csv(path, rows)
        said.append(f"{path} written")
    return said


def write_csv(path: Path, rows: Sequence[Sequence[Any]]) -> None:
    """Write a CSV file whole or not at all.

    Raises
    ------
    SourceError
        When it cannot be written.
    """
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}.{os.getpid()}")
        temporary.write_text(text.getvalue(), encoding="utf-8", newline="")
        temporary.replace(path)
    except OSError as error:
        raise SourceError(
            f"{path} cannot be written ({error.strerror}); choose a folder that can"
        ) from error


def write_template_to(spreadsheet: Spreadsheet) -> list[str]:
    """Make the worksheets that are missing or empty, with lists and bounds for their cells.

    Raises
    ------
    SourceError
        When Google refuses or does not answer.
    """
    there = spreadsheet.read(NAMES)
    filled = {name for name, grid in there.named.items() if grid.cells}
    wanted = [worksheet for worksheet in WORKSHEETS if worksheet.name not in filled]
    tables = {w.name: template_rows(w) for w in wanted} | {ALLOWED: allowed_rows()}
    # Room to go on, which new rows find checked as the first ones are.
    blank = [[""] * len(WORKSHEETS[0].columns)] * _CHECKED_ROWS
    spreadsheet.room_for({name: _longer(rows, blank) for name, rows in tables.items()})
    spreadsheet.change([change for w in wanted for change in _checks(spreadsheet, w)])
    # A number typed into a cell of text would become one: numbers go as numbers.
    spreadsheet.write({name: _typed(rows, _kinds(name)) for name, rows in tables.items()})
    named = ", ".join(sorted(filled))
    said = [f"worksheet {w.name} written" for w in wanted]
    return said + ([f"already filled, left as they are: {named}"] if filled else [])


def _longer(rows: list[list[str]], blank: list[list[str]]) -> list[list[str]]:
    return rows + [row[: len(rows[0])] for row in blank[len(rows) :]]


def _kinds(name: str) -> Mapping[str, Kind]:
    return next((dict(w.columns) for w in WORKSHEETS if w.name == name), {})


def _typed(rows: list[list[str]], kinds: Mapping[str, Kind]) -> list[list[Any]]:
    numeric = [kinds[column].bounds is not None if column in kinds else False for column in rows[0]]
    typed: list[list[Any]] = [list(rows[0])]
    for row in trimmed(rows[1:]).cells:
        typed.append(
            [float(c) if is_number and c else c for c, is_number in zip(row, numeric, strict=False)]
        )
    return typed


def _checks(spreadsheet: Spreadsheet, worksheet: Worksheet) -> list[dict[str, Any]]:
    """Return the requests that let the spreadsheet help: lists, bounds, text that stays text."""
    changes: list[dict[str, Any]] = []
    for number, kind in enumerate(worksheet.columns.values()):
        area = {
            "sheetId": spreadsheet.tabs[worksheet.name].sheet_id,
            "startRowIndex": 1,
            "startColumnIndex": number,
            "endColumnIndex": number + 1,
        }
        condition: dict[str, Any] | None = None
        if kind.choices:
            values = [{"userEnteredValue": choice} for choice in kind.choices]
            condition = {"type": "ONE_OF_LIST", "values": values}
        elif kind.bounds:
            values = [{"userEnteredValue": f"{bound:g}"} for bound in kind.bounds]
            condition = {"type": "NUMBER_BETWEEN", "values": values}
        if condition:
            rule = {
                "condition": condition,
                "inputMessage": kind.allowed,
                "showCustomUi": True,
                "strict": True,
            }
            changes.append({"setDataValidation": {"range": area, "rule": rule}})
        if kind.bounds is None and kind is not clock:
            text = {"userEnteredFormat": {"numberFormat": {"type": "TEXT"}}}
            fields = "userEnteredFormat.numberFormat"
            changes.append({"repeatCell": {"range": area, "cell": text, "fields": fields}})
    return changes
