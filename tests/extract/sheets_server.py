"""A small Google Sheets on loopback: it keeps what is written and refuses what Google refuses.

The real gspread client speaks to it; only the address of sheets.googleapis.com leads here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import google.auth.jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from gspread.utils import a1_range_to_grid_range
from requests.adapters import HTTPAdapter

from tests.loopback import QuietHandler, http_running

ACCOUNT = "planning@moow-test.iam.gserviceaccount.com"
_AUDIENCE = "https://oauth2.googleapis.com/token"
KEY = "1A2b3C4d5E6f7G8h9I0jKlMnOpQrStUvWxYz"
_CALLS = {None: "metadata", "batchGet": "batch_get", "batchUpdate": "batch_update"}
_PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_PEM = _PRIVATE.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
_PUBLIC = _PRIVATE.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)


@dataclass(frozen=True)
class Clock:
    """A cell that holds a time: part of a day, shown as the sheet's language shows it."""

    part: float
    shown: str


@dataclass
class Tab:
    """One worksheet."""

    sheet_id: int
    cells: list[list[Any]] = field(default_factory=list)
    row_count: int = 1000
    column_count: int = 26
    checks: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Sheets:
    """The server's state, and what it was asked."""

    tabs: dict[str, Tab] = field(default_factory=dict)
    editors: set[str] = field(default_factory=lambda: {ACCOUNT})
    tokens: set[str] = field(default_factory=set)
    token_error: str = ""
    #: Statuses of the next sign-ins; then they are answered as they are.
    sign_in_faults: list[int] = field(default_factory=list)
    issued: int = 0
    #: Statuses of the next answers, each with what it asks to wait; then answers are as they are.
    faults: list[tuple[int, int]] = field(default_factory=list)
    #: So many answers break off in the middle.
    cuts: int = 0
    requests: list[str] = field(default_factory=list)
    url: str = ""

    def put(self, name: str, rows: list[list[Any]]) -> None:
        """Set the cells of a worksheet as a planner would."""
        tab = self.tabs.setdefault(name, Tab(len(self.tabs) + 1))
        tab.cells = [list(row) for row in rows]

    def credentials(self, **changes: str) -> str:
        """Return the JSON key of a service account whose sign-in is here."""
        info = {
            **{"type": "service_account", "project_id": "moow-test", "private_key_id": "1"},
            **{"client_email": ACCOUNT, "client_id": "1", "private_key": _PEM},
            **{"token_uri": f"{self.url}/token"},
        }
        return json.dumps({**info, **changes})

    def token(self, assertion: str) -> tuple[int, Any]:
        """Answer a sign-in; the assertion must be signed with the account's key."""
        if self.sign_in_faults:
            return self.sign_in_faults.pop(0), {"error": "backend_error"}
        if self.token_error:
            return 400, {"error": "invalid_grant", "error_description": self.token_error}
        claims = google.auth.jwt.decode(assertion, certs=_PUBLIC, audience=_AUDIENCE)
        assert claims["iss"] == ACCOUNT
        assert claims["scope"] == "https://www.googleapis.com/auth/spreadsheets"
        self.issued += 1
        token = f"token-{self.issued}"
        self.tokens.add(token)
        return 200, {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}

    def answer(self, method: str, url: str, bearer: str, body: Any) -> tuple[int, Any]:
        """Answer a request to the API as Google would."""
        path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
        found = re.fullmatch(r"/v4/spreadsheets/([\w-]+)(/values)?(?::(\w+))?", unquote(path))
        if found is None:
            return _error(404, "no such call")
        key, values, call = found.groups()
        self.requests.append(f"{method} {(values or '').lstrip('/')}{':' + call if call else ''}")
        if self.faults:
            status, _ = self.faults.pop(0)
            return _error(status, "Quota exceeded" if status == 429 else "The service is away")
        if bearer not in self.tokens:
            return _error(401, "Request had invalid authentication credentials.")
        if key != KEY:
            return _error(404, "Requested entity was not found.")
        if ACCOUNT not in self.editors:
            return _error(403, "The caller does not have permission")
        name = f"_{method.lower()}_{'values_' if values else ''}{_CALLS[call]}"
        return getattr(self, name)(query, body)  # type: ignore[no-any-return]

    def _get_metadata(self, _query: Any, _body: Any) -> tuple[int, Any]:
        sheets = [
            {
                "properties": {
                    **{"sheetId": tab.sheet_id, "title": name},
                    "gridProperties": {"rowCount": tab.row_count, "columnCount": tab.column_count},
                }
            }
            for name, tab in self.tabs.items()
        ]
        return 200, {"properties": {"title": "Planning", "locale": "el_GR"}, "sheets": sheets}

    def _get_values_batch_get(self, query: Any, _body: Any) -> tuple[int, Any]:
        raw = query.get("valueRenderOption") == ["UNFORMATTED_VALUE"]
        serial = query.get("dateTimeRenderOption", ["SERIAL_NUMBER"]) == ["SERIAL_NUMBER"]
        ranges = []
        for name in (unquote(text).strip("'") for text in query["ranges"]):
            if name not in self.tabs:
                return _error(400, f"Unable to parse range: {name}")
            rows = [[_shown(cell, raw, serial) for cell in row] for row in self.tabs[name].cells]
            ranges.append({"range": name, "majorDimension": "ROWS", "values": rows})
        return 200, {"spreadsheetId": KEY, "valueRanges": ranges}

    def _post_values_batch_update(self, _query: Any, body: Any) -> tuple[int, Any]:
        assert body["valueInputOption"] == "RAW"
        for part in body["data"]:
            name, area = part["range"].rsplit("!", 1)
            tab = self.tabs[name.strip("'")]
            grid = a1_range_to_grid_range(area)
            if grid["endRowIndex"] > tab.row_count or grid["endColumnIndex"] > tab.column_count:
                return _error(400, f"Range ({part['range']}) exceeds grid limits.")
            assert grid["startRowIndex"] == grid["startColumnIndex"] == 0
            for number, row in enumerate(part["values"]):
                while len(tab.cells) <= number:
                    tab.cells.append([])
                kept = tab.cells[number]
                tab.cells[number] = [*row, *kept[len(row) :]]
        return 200, {"spreadsheetId": KEY}

    def _post_batch_update(self, _query: Any, body: Any) -> tuple[int, Any]:
        for request in body["requests"]:
            ((kind, its),) = request.items()
            if kind == "addSheet":
                grid = its["properties"]["gridProperties"]
                if its["properties"]["title"] in self.tabs:
                    return _error(400, "A sheet with this name already exists")
                self.tabs[its["properties"]["title"]] = Tab(
                    its["properties"]["sheetId"], [], grid["rowCount"], grid["columnCount"]
                )
            elif kind == "updateSheetProperties":
                tab = self._tab(its["properties"]["sheetId"])
                tab.row_count = its["properties"]["gridProperties"]["rowCount"]
                tab.column_count = its["properties"]["gridProperties"]["columnCount"]
            else:
                self._tab(its["range"]["sheetId"]).checks.append(request)
        return 200, {"replies": []}

    def _tab(self, sheet_id: int) -> Tab:
        return next(tab for tab in self.tabs.values() if tab.sheet_id == sheet_id)


def _shown(cell: Any, raw: bool, serial: bool) -> Any:
    if isinstance(cell, Clock):
        return cell.part if raw and serial else cell.shown
    if raw or isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "ΑΛΗΘΕΣ" if cell else "ΨΕΥΔΕΣ"
    return f"{cell:,}".translate(str.maketrans(",.", ".,"))


def _error(status: int, message: str) -> tuple[int, Any]:
    return status, {"error": {"code": status, "message": message, "status": "REFUSED"}}


class _Handler(QuietHandler):
    sheets: Sheets

    def answer(self) -> None:
        if self.command == "GET":
            self._reply("GET", None)
            return
        content = self.rfile.read(int(self.headers["Content-Length"])).decode()
        if self.path == "/token":
            self._send(*self.sheets.token(parse_qs(content)["assertion"][0]), 0)
        else:
            self._reply("POST", json.loads(content))

    def _reply(self, method: str, body: Any) -> None:
        wait_s = self.sheets.faults[0][1] if self.sheets.faults else 0
        bearer = self.headers.get("Authorization", "").removeprefix("Bearer ")
        self._send(*self.sheets.answer(method, self.path, bearer, body), wait_s)

    def _send(self, status: int, content: Any, wait_s: int) -> None:
        wait = {"Retry-After": str(wait_s)} if wait_s else {}
        data = json.dumps(content).encode()
        headers = {"Content-Type": "application/json", **wait}
        if self.sheets.cuts and self.path != "/token":
            self.sheets.cuts -= 1
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2])
        else:
            self.reply(status, data, headers)


class _ToLoopback(HTTPAdapter):
    """Carries what is meant for sheets.googleapis.com to the server here."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: Any, *arguments: Any, **options: Any) -> requests.Response:
        request.url = request.url.replace("https://sheets.googleapis.com", self.url)
        return super().send(request, *arguments, **options)


@contextmanager
def sheets_running(monkeypatch: Any) -> Iterator[Sheets]:
    """Give a server with an empty spreadsheet, to which every session of requests is led."""
    sheets = Sheets()
    handler = type("Handler", (_Handler,), {"sheets": sheets})
    usual = requests.Session.get_adapter

    def adapter(session: requests.Session, url: str) -> Any:
        is_google = url.startswith("https://sheets.googleapis.com/")
        return _ToLoopback(sheets.url) if is_google else usual(session, url)

    monkeypatch.setattr(requests.Session, "get_adapter", adapter)
    with http_running(handler) as sheets.url:
        yield sheets
