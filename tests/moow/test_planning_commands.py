"""`moow planning` and the doctor on a spreadsheet, as a person meets them."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import extract.planning.google
import moow.planning
from extract.planning.template import template_rows
from extract.planning.worksheets import WORKSHEETS
from moow.doctor.finding import Home
from moow.doctor.sources import look_at_planning
from moow.main import run_cli
from tests.extract.sheets_server import ACCOUNT, KEY, Sheets, sheets_running
from warehouse.settings import load_settings

pytestmark = pytest.mark.unit
#: The exit code of a command, and what it printed.
Command = Callable[..., tuple[int, str]]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """Run the command line within this process, so that Google is on loopback."""
    for name in [name for name in os.environ if name.startswith("MOOW_")]:
        monkeypatch.delenv(name)
    # What a process of its own would take along when it ends.
    monkeypatch.setattr(moow.console, "set_up_logging", lambda _level: None)
    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MOOW_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["moow", *arguments])
        with pytest.raises(SystemExit) as ended:
            run_cli()
        printed = capsys.readouterr()
        return int(ended.value.code or 0), printed.out + printed.err

    yield run
    signal.signal(signal.SIGTERM, handler)


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch, command: Command) -> Iterator[Sheets]:
    """Give a spreadsheet filled by the template, which the settings name."""
    monkeypatch.setattr(extract.planning.google, "sleep", lambda _seconds: None)
    with sheets_running(monkeypatch) as running:
        monkeypatch.setenv("MOOW_PLANNING_SHEET", f"https://docs.google.com/spreadsheets/d/{KEY}/x")
        monkeypatch.setenv("MOOW_GOOGLE_CREDENTIALS", running.credentials())
        for worksheet in WORKSHEETS:
            rows: list[list[Any]] = [list(row) for row in template_rows(worksheet)]
            running.put(worksheet.name, rows)
        yield running


def test_the_template_passes_the_check(command: Command, tmp_path: Path) -> None:
    """A folder begun with the template is good at once: exit code 0, rows counted."""
    code, text = command("planning", "template", "--folder", "plans")
    assert code == 0
    assert "plans/cities.csv written" in text
    code, text = command("planning", "check", "--folder", "plans")
    assert (code, "every cell is allowed" in text) == (0, True), text
    assert "cities 1" in text
    assert not (tmp_path / "home").exists()


def test_a_bad_cell_ends_with_1(command: Command, tmp_path: Path) -> None:
    """The report names the cell and what is allowed; nothing is loaded, no warehouse started."""
    command("planning", "template", "--folder", "plans")
    path = tmp_path / "plans" / "workers.csv"
    path.write_text(path.read_text().replace("dispatcher", "boss"))
    code, text = command("planning", "check", "--folder", "plans")
    assert code == 1
    assert "sheet workers, row 3, column role: 'boss' is not one of worker, dispatcher" in text
    assert "1 bad cells" in text
    assert not (tmp_path / "home").exists()
    path.unlink()
    code, text = command("planning", "check", "--folder", "plans")
    assert code == 1
    assert "planning sheet workers is missing in plans" in text


def test_the_spreadsheet_is_checked(command: Command, sheets: Sheets) -> None:
    """Without --folder the configured spreadsheet is read."""
    code, text = command("planning", "check")
    assert code == 0, text
    sheets.tabs["vehicles"].cells[1][2] = -1
    code, text = command("planning", "check")
    assert code == 1
    assert "sheet vehicles, row 2, column capacity_scooters: '-1' is not a whole number" in text


def test_the_template_goes_into_the_spreadsheet(command: Command, sheets: Sheets) -> None:
    """Only what is missing is made; the sheet then passes the check."""
    del sheets.tabs["shifts"]
    code, text = command("planning", "template", "--to-sheet")
    assert code == 0
    assert "worksheet shifts written" in text
    assert "already filled, left as they are: cities, parkings, priorities, vehicles" in text
    assert command("planning", "check")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("template", "--to-sheet"), "--to-sheet needs MOOW_PLANNING_SHEET"),
        (("template", "--to-sheet", "--folder", "x"), "give one of them"),
        (("check", "--folder", "nowhere"), "--folder nowhere is no folder"),
    ],
)
def test_what_cannot_be_is_one_sentence(
    command: Command, arguments: tuple[str, ...], says: str
) -> None:
    """The option is named with the cure."""
    code, text = command("planning", *arguments)
    assert code == 1
    assert text.startswith("moow: ")
    assert says in text
    assert "Traceback" not in text


def test_a_refusal_is_one_sentence(command: Command, sheets: Sheets) -> None:
    """A sheet that is not shared ends with the address to share it with."""
    sheets.editors.clear()
    code, text = command("planning", "check")
    assert code == 1
    assert text.startswith("moow: ")
    assert ACCOUNT in text


def test_the_doctor_opens_the_spreadsheet(sheets: Sheets) -> None:
    """It says for whom the sheet opens, and which worksheets it lacks."""
    finding = look_at_planning(Home(load_settings(_env_file=None)))
    assert finding.is_good
    assert finding.sentence == (
        f"Planning: the spreadsheet 'Planning' opens for {ACCOUNT} and has all worksheets."
    )
    del sheets.tabs["vehicles"]
    finding = look_at_planning(Home(load_settings(_env_file=None)))
    assert not finding.is_good
    assert (
        "and lacks vehicles; rename them back, or make them with moow planning" in finding.sentence
    )
