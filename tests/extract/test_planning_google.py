"""The planning spreadsheet through the real gspread client, against a server on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import google.auth._exponential_backoff
import polars as pl
import pytest
import requests

import extract.planning.google
from extract.planning.google import AwayError
from extract.planning.grids import read_folder
from extract.planning.results import write_results
from extract.planning.sheets import check_planning
from extract.planning.source import read_grids
from extract.planning.spreadsheet import open_spreadsheet
from extract.planning.template import write_template_to
from extract.planning.worksheets import NAMES
from tests.extract.sheets_server import ACCOUNT, KEY, Clock, Sheets, sheets_running
from tests.extract.sources import SHEETS, write_sheets
from warehouse.errors import MoowError, SettingsError, SourceError
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.unit
ONE_READ = ["GET ", "GET values:batchGet"]


def rows_of(sheet: list[dict[str, Any]]) -> list[list[Any]]:
    """Return a worksheet as a header and rows of typed cells."""
    return [list(sheet[0]), *(list(row.values()) for row in sheet)]


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Give the seconds that the client would have waited."""
    waited: list[float] = []
    monkeypatch.setattr(extract.planning.google, "sleep", waited.append)
    return waited


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> Iterator[Sheets]:
    """Give a spreadsheet that holds the worksheets of the tests."""
    with sheets_running(monkeypatch) as running:
        for name, rows in SHEETS.items():
            running.put(name, rows_of(rows))
        yield running


@pytest.fixture
def there(settings: Settings, sheets: Sheets) -> Settings:
    """Give settings that name the spreadsheet and a service account."""
    return _settings(settings, sheets.credentials())


def _settings(settings: Settings, credentials: str | None) -> Settings:
    return load_settings(
        home=settings.home, planning_sheet=KEY, google_credentials=credentials, _env_file=None
    )


def test_one_read_gives_what_the_folder_gives(
    there: Settings, sheets: Sheets, tmp_path: Path
) -> None:
    """All worksheets come in one batched read, as the same cells and versions as CSV files."""
    write_sheets(tmp_path)
    from_files, from_sheet = (
        check_planning(grids) for grids in (read_folder(tmp_path, NAMES), read_grids(there))
    )
    assert sheets.requests == ONE_READ
    assert from_sheet.notes() == []
    assert from_sheet.versions == from_files.versions
    assert [sheet.rows for sheet in from_sheet.sheets] == [s.rows for s in from_files.sheets]


def test_a_greek_sheet_shows_commas_and_holds_numbers(there: Settings, sheets: Sheets) -> None:
    """Decimals, thousands, clocks and booleans come as they are kept, not as Greek shows them."""
    city = {**SHEETS["cities"][0], "ride_value": 2.55, "search_radius_m": 1500.5}
    sheets.put("cities", rows_of([city]))
    shift = {**SHEETS["shifts"][0], "start_local": Clock(7 / 24, "7:00:00 π.μ.")}
    sheets.put("shifts", rows_of([{**shift, "end_local": Clock(15.5 / 24, "3:30:00 μ.μ.")}]))
    sheets.put("workers", rows_of([{**SHEETS["workers"][0], "skills": True}]))
    planning = check_planning(read_grids(there))
    assert planning.notes() == []
    rows = {sheet.name: sheet.rows[0] for sheet in planning.sheets}
    assert rows["cities"]["ride_value"] == 2.55
    assert rows["cities"]["search_radius_m"] == 1500.5
    assert (rows["shifts"]["start_local"], rows["shifts"]["end_local"]) == ("07:00", "15:30")
    assert rows["workers"]["skills"] == "TRUE"


def test_a_bad_cell_is_named_as_the_spreadsheet_counts(there: Settings, sheets: Sheets) -> None:
    """Sheet, row, column, value and what is allowed; empty rows above it are counted too."""
    good = SHEETS["vehicles"][0]
    bad = {**good, "vehicle": "van-2", "battery_stock": "#REF!"}
    sheets.put("vehicles", [*rows_of([good]), [], [], list(bad.values())])
    (note,) = check_planning(read_grids(there)).notes()
    assert "sheet vehicles, row 5, column battery_stock: '#REF!' is a formula that failed" in note
    assert "allowed: a whole number from 0 to 10000" in note


@pytest.mark.parametrize("status", [429, 503])
def test_it_waits_and_tries_again(
    there: Settings, sheets: Sheets, waits: list[float], status: int
) -> None:
    """Refused twice for a passing reason, the third try succeeds, longer apart each time."""
    sheets.faults = [(status, 0), (status, 0)]
    assert set(read_grids(there).named) == set(NAMES)
    assert waits == [1.0, 2.0]
    assert sheets.requests == ["GET ", "GET ", *ONE_READ]


def test_it_waits_as_long_as_it_is_asked_to(
    there: Settings, sheets: Sheets, waits: list[float]
) -> None:
    """Retry-After is kept when it is longer, up to a minute and a half."""
    sheets.faults = [(429, 30), (429, 3000)]
    read_grids(there)
    assert waits == [30.0, 90.0]


def test_a_quota_that_stays_used_up_is_a_sentence(
    there: Settings, sheets: Sheets, waits: list[float]
) -> None:
    """After the last try the sentence says so; no endless wait."""
    sheets.faults = [(429, 0)] * 20
    with pytest.raises(SourceError, match=r"quota for the spreadsheet .* is used up; try again in"):
        read_grids(there)
    assert waits == list(extract.planning.google.WAITS_S)


def test_a_connection_that_breaks_is_tried_again(
    there: Settings, sheets: Sheets, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that is gone for good is one sentence after the last try."""
    spreadsheet = open_spreadsheet(there)

    def refused(*_: Any, **__: Any) -> None:
        raise requests.ConnectionError("refused")

    monkeypatch.setattr(requests.Session, "request", refused)
    with pytest.raises(SourceError, match=r"does not answer .ConnectionError.; check the network"):
        spreadsheet.read(NAMES)
    assert len(waits) == len(extract.planning.google.WAITS_S)


def test_an_answer_that_breaks_off_is_asked_for_again(
    there: Settings, sheets: Sheets, waits: list[float]
) -> None:
    """Half an answer, twice: the third is whole. Nothing but halves is one sentence."""
    sheets.cuts = 2
    assert set(read_grids(there).named) == set(NAMES)
    assert waits == [1.0, 2.0]
    assert sheets.requests == ["GET ", "GET ", *ONE_READ]
    sheets.cuts = 100
    with pytest.raises(SourceError, match=r"does not answer .ChunkedEncodingError.; check the net"):
        read_grids(there)
    assert len(waits) == 2 + len(extract.planning.google.WAITS_S)


def test_a_token_that_ran_out_is_renewed_once(there: Settings, sheets: Sheets) -> None:
    """A token refused in the middle is asked for anew; refused again it is a sentence."""
    spreadsheet = open_spreadsheet(there)
    sheets.tokens.clear()
    assert set(spreadsheet.read(NAMES).named) == set(NAMES)
    assert sheets.issued == 2
    sheets.tokens.clear()
    with pytest.raises(SourceError, match="does not take the token of planning@"):
        spreadsheet.read(NAMES)


def test_a_key_revoked_in_the_middle_is_a_sentence(there: Settings, sheets: Sheets) -> None:
    """A token that cannot be renewed says so, not that the network is broken."""
    spreadsheet = open_spreadsheet(there)
    sheets.tokens.clear()
    sheets.token_error = "Invalid JWT Signature."
    with pytest.raises(SourceError, match=r"not take the credentials of .*Invalid JWT Sig"):
        spreadsheet.read(NAMES)


def test_a_key_that_is_revoked_is_a_sentence(there: Settings, sheets: Sheets) -> None:
    """What Google's sign-in says is quoted with the account and the cure."""
    sheets.token_error = "Invalid JWT Signature."
    with pytest.raises(SourceError) as raised:
        read_grids(there)
    for part in (ACCOUNT, "Invalid JWT Signature.", "MOOW_GOOGLE_CREDENTIALS"):
        assert part in str(raised.value)
    assert "PRIVATE KEY" not in str(raised.value)


@pytest.fixture
def signing_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let google-auth, which tries a sign-in three times itself, not wait in between."""
    waitless = SimpleNamespace(sleep=lambda _seconds: None)
    monkeypatch.setattr(google.auth._exponential_backoff, "time", waitless)


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.usefixtures("signing_in")
def test_a_sign_in_that_fails_for_a_while_is_tried_again(
    there: Settings, sheets: Sheets, waits: list[float], status: int
) -> None:
    """Google's sign-in is waited for as its sheets are: nobody needs a new key for that."""
    sheets.sign_in_faults = [status] * 7
    assert set(read_grids(there).named) == set(NAMES)
    assert waits == [1.0, 2.0]


@pytest.mark.usefixtures("signing_in")
def test_a_sign_in_that_stays_away_is_away(
    there: Settings, sheets: Sheets, waits: list[float]
) -> None:
    """After the last try it is said to be away, at the start and when a token is renewed."""
    spreadsheet = open_spreadsheet(there)
    sheets.tokens.clear()
    sheets.sign_in_faults = [503] * 100
    for ask in (lambda: open_spreadsheet(there), lambda: spreadsheet.read(NAMES)):
        with pytest.raises(AwayError, match=r"sign-in fails for planning@.*try again later"):
            ask()
    assert waits == [*extract.planning.google.WAITS_S] * 2


def test_a_sheet_that_is_not_shared_is_a_sentence(there: Settings, sheets: Sheets) -> None:
    """The address to share it with is named."""
    sheets.editors.clear()
    with pytest.raises(SourceError, match=f"{ACCOUNT} may not open .* share it with that address"):
        read_grids(there)


def test_a_sheet_that_is_not_there_is_a_sentence(settings: Settings, sheets: Sheets) -> None:
    """The key and the setting are named."""
    key = "x" * 30
    other = load_settings(
        home=settings.home,
        planning_sheet=key,
        google_credentials=sheets.credentials(),
        _env_file=None,
    )
    with pytest.raises(SourceError, match=f"no spreadsheet {key}; check MOOW_PLANNING_SHEET"):
        read_grids(other)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read .No such file"),
        ("{broken", "is no key of a service account"),
        ('{"installed": {"client_id": "x"}}', "is no key of a service account"),
        ("[1]", "is no key of a service account"),
    ],
)
def test_a_wrong_credentials_file_is_a_sentence(
    settings: Settings, sheets: Sheets, tmp_path: Path, content: str | None, says: str
) -> None:
    """No file, no JSON, another kind of key: the setting and the path are named."""
    path = tmp_path / "key.json"
    if content is not None:
        path.write_text(content)
    with pytest.raises(SettingsError, match=says) as raised:
        read_grids(_settings(settings, str(path)))
    assert f"MOOW_GOOGLE_CREDENTIALS names {path}" in str(raised.value)
    assert sheets.requests == []


def test_a_private_key_that_is_none_is_a_sentence(settings: Settings, sheets: Sheets) -> None:
    """A key cut short is said, and not repeated."""
    cut = sheets.credentials(private_key="-----BEGIN PRIVATE KEY-----\nhunter2\n")
    with pytest.raises(SettingsError, match="MOOW_GOOGLE_CREDENTIALS is no key") as raised:
        read_grids(_settings(settings, cut))
    assert "hunter2" not in str(raised.value)


def test_a_spreadsheet_without_credentials_is_a_sentence(settings: Settings) -> None:
    """The setting that is missing is named, and nothing is asked."""
    with pytest.raises(MoowError, match="MOOW_GOOGLE_CREDENTIALS is not; set it"):
        read_grids(_settings(settings, None))


def test_credentials_from_a_file(settings: Settings, sheets: Sheets, tmp_path: Path) -> None:
    """The path of the key does as well as the key."""
    path = tmp_path / "key.json"
    path.write_text(sheets.credentials())
    assert set(read_grids(_settings(settings, str(path))).named) == set(NAMES)


def test_a_renamed_worksheet_is_named(there: Settings, sheets: Sheets) -> None:
    """The one that is missing is named with those that are there instead."""
    sheets.tabs["crew"] = sheets.tabs.pop("workers")
    planning = check_planning(read_grids(there))
    assert planning.missing == ("workers",)
    assert planning.notes(NAMES) == [
        "planning sheet workers is missing in the spreadsheet 'Planning' (crew is there); "
        "its last good version stays"
    ]


def test_the_template_fills_an_empty_spreadsheet(there: Settings, sheets: Sheets) -> None:
    """It makes all worksheets, which pass the check, with lists and bounds for their cells."""
    sheets.tabs.clear()
    said = write_template_to(open_spreadsheet(there))
    assert len(said) == len(NAMES)
    assert set(sheets.tabs) == {*NAMES, "allowed_values"}
    # The two of a read, then shape, checks and cells: whatever the number of worksheets.
    assert len(sheets.requests) == 5
    planning = check_planning(read_grids(there))
    assert planning.is_good, planning.notes()
    assert sheets.tabs["cities"].cells[1][6] == 15.0
    lists = [c for c in sheets.tabs["workers"].checks if "setDataValidation" in c]
    assert len(lists) == 2


def test_the_template_never_writes_over(there: Settings, sheets: Sheets) -> None:
    """A worksheet that holds anything stays; an empty one is filled, a missing one made."""
    del sheets.tabs["shifts"]
    sheets.put("workers", [])
    before = json.dumps({n: t.cells for n, t in sheets.tabs.items() if n != "workers"})
    said = write_template_to(open_spreadsheet(there))
    assert said[:2] == ["worksheet workers written", "worksheet shifts written"]
    left = {n: t.cells for n, t in sheets.tabs.items() if n in json.loads(before)}
    assert json.dumps(left) == before


def test_results_are_one_write_beside_the_sheets(there: Settings, sheets: Sheets) -> None:
    """Suggestions replace the earlier ones whole; what planners fill in is never touched."""
    inputs = json.dumps({name: sheets.tabs[name].cells for name in NAMES})
    many = pl.DataFrame({"city": ["a"] * 1500, "target_count": list(range(1500))})
    few = pl.DataFrame({"city": ["b"], "target_count": [7], "share": [0.5]})
    write_results(there, {"suggested_targets": many, "suggested_parkings": few})
    assert sheets.requests == ["GET ", "POST :batchUpdate", "POST values:batchUpdate"]
    sheets.requests.clear()
    write_results(there, {"suggested_targets": few, "suggested_parkings": few})
    assert sheets.requests == ["GET ", "POST :batchUpdate", "POST values:batchUpdate"]
    after = json.dumps(sheets.tabs["suggested_targets"].cells)
    sheets.requests.clear()
    write_results(there, {"suggested_targets": few, "suggested_parkings": few})
    assert sheets.requests == ["GET ", "POST values:batchUpdate"]
    assert json.dumps(sheets.tabs["suggested_targets"].cells) == after
    filled = [row for row in json.loads(after) if any(cell != "" for cell in row)]
    assert filled == [["city", "target_count", "share"], ["b", 7, 0.5]]
    assert json.dumps({name: sheets.tabs[name].cells for name in NAMES}) == inputs


def test_results_never_bear_the_name_of_a_sheet(there: Settings, sheets: Sheets) -> None:
    """A result that would be written over a planners' sheet is refused before anything is asked."""
    with pytest.raises(ValueError, match="parkings is filled in by planners"):
        write_results(there, {"parkings": pl.DataFrame({"city": ["a"]})})
    assert sheets.requests == []
