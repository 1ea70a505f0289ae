"""`moow planning`: the planners' sheets, looked at, begun, weighed and answered."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from moow.console import console, read_settings
from warehouse.connection import open_warehouse
from warehouse.errors import SettingsError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from extract.planning.grids import Grids

app = typer.Typer(
    help="The planning sheets: check, begin, compare, publish.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Folder = Annotated[
    Path | None,
    typer.Option(help="CSV worksheets in this folder instead of the configured place."),
]


@app.command()
def check(folder: Folder = None) -> None:
    """Check every cell and print what is wrong; nothing is loaded.

    A bad cell is named by sheet, row, column and value with what is allowed. Exit code 1 when a
    cell is bad or a worksheet is missing.
    """
    from extract.planning.sheets import check_planning

    planning = check_planning(_grids(read_settings(), folder))
    for note in planning.notes():
        console.print(f"- {note}", soft_wrap=True, markup=False)
    counts = ", ".join(f"{sheet.name} {len(sheet.lines)}" for sheet in planning.sheets)
    console.print(f"{planning.place}: {counts or 'no worksheet'} rows", soft_wrap=True)
    bad = sum(len(sheet.problems) for sheet in planning.sheets)
    if not planning.is_good:
        missing = f", {len(planning.missing)} worksheets missing" if planning.missing else ""
        console.print(f"{bad} bad cells{missing}")
        raise typer.Exit(1)
    console.print("every cell is allowed")


@app.command()
def template(
    folder: Folder = None,
    to_sheet: Annotated[
        bool, typer.Option("--to-sheet", help="Write into the spreadsheet MOOW_PLANNING_SHEET.")
    ] = False,
) -> None:
    """Write worksheets with headers, an example and the allowed values; fill them in from there.

    A worksheet that holds anything is left as it is.
    """
    from extract.planning.spreadsheet import open_spreadsheet
    from extract.planning.template import write_template, write_template_to

    settings = read_settings()
    if not to_sheet:
        _say(write_template(folder or settings.planning))
        return
    if folder is not None:
        raise SettingsError("--to-sheet and --folder are two places; give one of them")
    if settings.planning_sheet is None:
        raise SettingsError(
            "--to-sheet needs MOOW_PLANNING_SHEET, the spreadsheet's address, for instance "
            "https://docs.google.com/spreadsheets/d/1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz/edit"
        )
    _say(write_template_to(open_spreadsheet(settings)))


@app.command()
def diff(folder: Folder = None) -> None:
    """Say what the sheets as they are now would change today, before a run loads them.

    The rules of the warehouse are evaluated on the new sheets in schemas of their own, which are
    dropped again: tasks that would appear and vanish, priorities that would move.
    """
    from flows.planning_diff import compare

    settings = read_settings()
    grids = _grids(settings, folder)
    with open_warehouse(settings) as warehouse:
        _say(compare(settings, warehouse, grids))


@app.command()
def publish() -> None:
    """Write the suggested targets and parkings beside the planning sheets.

    Only the worksheets suggested_targets and suggested_parkings are written, all in one request;
    repeating it changes nothing.
    """
    from flows.planning_publish import publish_suggestions

    settings = read_settings()
    with open_warehouse(settings) as warehouse:
        _say(publish_suggestions(settings, warehouse))


def _grids(settings: Settings, folder: Path | None) -> "Grids":
    from extract.planning.grids import read_folder
    from extract.planning.source import read_grids
    from extract.planning.worksheets import NAMES

    if folder is None:
        return read_grids(settings)
    if not folder.is_dir():
        raise SettingsError(f"--folder {folder} is no folder; give one that holds the CSV files")
    return read_folder(folder, NAMES)


def _say(sentences: list[str]) -> None:
    for sentence in sentences:
        console.print(sentence, soft_wrap=True, markup=False)
