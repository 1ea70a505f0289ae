"""The way to Google Sheets: gspread's client, signed in, patient, and a sentence for each refusal.

Only two hosts are spoken to: the `token_uri` of the service account's key, and
sheets.googleapis.com.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gspread
import requests
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.auth.transport.requests import Request
from google.oauth2.service_account import Credentials
from gspread.exceptions import APIError
from gspread.http_client import HTTPClient

from warehouse.errors import SettingsError, SourceError

if TYPE_CHECKING:
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)

SCOPES = ["https://www.googleapis.com/auth/spreadsheets"]
#: Seconds between tries: Google counts requests by the minute.
WAITS_S = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)
_TIMEOUT_S = (10.0, 60.0)
#: An answer that does not come, or breaks off.
_BROKEN = (
    requests.ConnectionError,
    requests.Timeout,
    requests.exceptions.ChunkedEncodingError,
    requests.exceptions.ContentDecodingError,
)
_PASSING = {408, 429, 500, 502, 503, 504}


def sleep(seconds: float) -> None:
    """Wait; tests put something else in its place."""
    time.sleep(seconds)


class AwayError(SourceError):
    """Google does not answer now; nobody has to mend anything."""


class PatientClient(HTTPClient):
    """gspread's HTTP client, which tries again what fails for a passing reason."""

    renew: Callable[[], None] | None = None

    def request(self, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request; 429, 5xx and broken connections are tried again, longer apart each time.

        Raises
        ------
        gspread.exceptions.APIError
            When Google refuses, or has not recovered after the last try.
        requests.RequestException
            When the network has not.
        """
        waits_s = iter(WAITS_S)
        while True:
            failure: APIError | requests.RequestException
            asked_s = 0.0
            try:
                return super().request(*args, **kwargs)
            except APIError as error:
                status = error.response.status_code
                if status == 401 and self.renew is not None:
                    renew, self.renew = self.renew, None  # a token may have run out: once
                    renew()
                    continue
                if status not in _PASSING:
                    raise
                failure, asked_s = error, _retry_after(error.response)
            except _BROKEN as error:
                failure = error
            wait_s = next(waits_s, None)
            if wait_s is None:
                raise failure
            logger.warning("Google Sheets: %s; trying again", failure)
            sleep(max(wait_s, asked_s))


def connect(settings: Settings) -> gspread.Client:
    """Return gspread's client, signed in as the service account.

    Raises
    ------
    SettingsError
        When there are no credentials, or what is there is no service account's key.
    SourceError
        When Google does not take them.
    """
    credentials = _credentials(settings)
    # A session of our own: google-auth's also asks another host about regions, in a thread.
    session = requests.Session()

    def sign_in() -> None:
        _refresh(credentials, session)
        session.headers["Authorization"] = f"Bearer {credentials.token}"

    sign_in()
    client = gspread.Client(auth=None, session=session, http_client=PatientClient)  # type: ignore[arg-type]
    client.set_timeout(_TIMEOUT_S)
    patient = client.http_client
    assert isinstance(patient, PatientClient)
    patient.renew = sign_in
    return client


def account_of(settings: Settings) -> str:
    """Return the service account's address: whom a sheet has to be shared with.

    Raises
    ------
    SettingsError
        As `connect`.
    """
    return str(_credentials(settings).service_account_email)


def refusal(error: Exception, key: str, account: str) -> SourceError:
    """Return a sentence for what Google said of the spreadsheet `key`."""
    if not isinstance(error, APIError):
        return AwayError(
            f"Google Sheets does not answer ({type(error).__name__}); check the network"
        )
    status = error.response.status_code
    if status == 404:
        text = f"Google knows no spreadsheet {key}; check MOOW_PLANNING_SHEET against its address"
    elif status == 403:
        text = (
            f"{account} may not open the spreadsheet {key} ({error.error.get('message', '')}); "
            "share it with that address as an editor, and enable the Google Sheets API in its "
            "project"
        )
    elif status == 401:
        text = (
            f"Google does not take the token of {account}; make a new key of the service account "
            "and set MOOW_GOOGLE_CREDENTIALS to it"
        )
    elif status == 400 and "not supported for this document" in str(error):
        text = (
            f"{key} is an Office file that Google only shows; open it, save it as Google Sheets, "
            "and set MOOW_PLANNING_SHEET to the address of that"
        )
    elif status == 429:
        return AwayError(
            f"Google's quota for the spreadsheet {key} is used up; try again in a few minutes"
        )
    else:
        return AwayError(
            f"Google Sheets failed for the spreadsheet {key} ({error}); try again later"
        )
    return SourceError(text)


def _credentials(settings: Settings) -> Credentials:
    given = settings.google_credentials
    example = "for instance /etc/moow/service-account.json, see docs/sources.md"
    if given is None:
        raise SettingsError(
            "MOOW_PLANNING_SHEET is set but MOOW_GOOGLE_CREDENTIALS is not; set it to the key "
            f"of a service account, {example}"
        )
    name = "MOOW_GOOGLE_CREDENTIALS"
    if not given.lstrip().startswith("{"):
        name = f"{name} names {given}, which"
        try:
            given = Path(given).expanduser().read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "no text"
            raise SettingsError(
                f"{name} cannot be read ({reason}); give the path of a service account's JSON "
                f"key, {example}"
            ) from error
    try:
        made: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
            json.loads(given), scopes=SCOPES
        )
    except (ValueError, GoogleAuthError, AttributeError, TypeError) as error:
        raise SettingsError(
            f"{name} is no key of a service account; make one of type JSON, {example}"
        ) from error
    return made


def _refresh(credentials: Credentials, session: requests.Session) -> None:
    """Get a token; a sign-in that is away for a passing reason is asked again as sheets are.

    Raises
    ------
    SourceError
        When Google does not take the credentials, or its sign-in has not recovered.
    """
    waits_s = iter(WAITS_S)
    while True:
        try:
            credentials.refresh(Request(session))  # type: ignore[no-untyped-call]
            return
        except (GoogleAuthError, requests.RequestException) as error:
            wait_s = next(waits_s, None) if _is_passing(error) else None
            if wait_s is None:
                raise _not_signed_in(error, str(credentials.service_account_email)) from error
            logger.warning("Google's sign-in: %s; trying again", _google_says(error))
            sleep(wait_s)


def _is_passing(error: Exception) -> bool:
    if isinstance(error, RefreshError):
        return bool(error.retryable)
    return isinstance(error.__cause__ or error, _BROKEN)


def _not_signed_in(error: Exception, account: str) -> SourceError:
    if not isinstance(error, RefreshError):
        return AwayError(
            f"Google's sign-in does not answer ({type(error).__name__}); check the network"
        )
    if error.retryable:
        return AwayError(
            f"Google's sign-in fails for {account} ({_google_says(error)}); try again later"
        )
    return SourceError(
        f"Google does not take the credentials of {account} ({_google_says(error)}); make a new "
        "key of the service account, check this machine's clock, and set MOOW_GOOGLE_CREDENTIALS "
        "to the key"
    )


def _google_says(error: Exception) -> str:
    details = error.args[1] if len(error.args) > 1 else {}
    if isinstance(details, dict) and details.get("error_description"):
        return str(details["error_description"])
    return str(error.args[0]).split("\n")[0][:200] if error.args else "no reason given"


def _retry_after(response: requests.Response) -> float:
    """Return the seconds that the server asks for, at most a minute and a half."""
    text = response.headers.get("Retry-After", "")
    return min(float(text), 90.0) if text.isdigit() else 0.0
