"""Reading one MDS 2.0 feed: over HTTP, or from a folder of the same answers as JSON files."""

from __future__ import annotations

import gzip
import json
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

import httpx

from extract.mds.values import clean
from warehouse.errors import SourceError
from warehouse.feeds import shown

MEDIA_TYPE = "application/vnd.mds+json;version=2.0"
#: An answer is asked for so many times; each wait is twice the one before.
_TRIES = 6
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 120.0
_TIMEOUT_S = 60.0
#: Names under which answers give their list, where that is not the endpoint's last word.
_LISTS = {
    "vehicles/status": ("vehicles_status", "vehicle_status", "vehicles"),
    "events/historical": ("events",),
    "events/recent": ("events",),
}

Query = Mapping[str, str]


@dataclass(frozen=True)
class Answer:
    """What an endpoint said.

    Attributes
    ----------
    status
        ``given``; ``later``: there will be data, not yet; ``absent``: nothing is there.
    records
        The objects of its list.
    version
        Of MDS, as the answer says.
    """

    status: Literal["given", "later", "absent"]
    records: list[dict[str, Any]] = field(default_factory=list)
    version: str | None = None


class Feed(Protocol):
    """Something that answers for the endpoints of MDS."""

    def get(self, endpoint: str, query: Query | None = None) -> Answer:
        """Return what the endpoint says, all pages of it."""

    def close(self) -> None:
        """Give back what it holds."""


@dataclass
class HttpFeed:
    """A feed over HTTP.

    Parameters
    ----------
    city
        For messages.
    address
        The base address; endpoints are below it.
    token
        Sent as bearer token, to this scheme, host and port only.
    sleep
        Waits so many seconds.
    """

    city: str
    address: str
    token: str | None = None
    sleep: Callable[[float], None] = time.sleep
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        headers = {"Accept": MEDIA_TYPE}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        self._client = httpx.Client(headers=headers, timeout=_TIMEOUT_S)

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def get(self, endpoint: str, query: Query | None = None) -> Answer:
        """Return what the endpoint says, all pages of it.

        Raises
        ------
        SourceError
            When the feed refuses, cannot be reached, or answers with something else than MDS.
        """
        url: httpx.URL | None = httpx.URL(f"{self.address}/{endpoint}", params=query)
        records: list[dict[str, Any]] = []
        version = None
        seen: set[tuple[object, ...]] = set()
        # A feed may close the list with a link to the page itself.
        while url is not None and _same(url) not in seen:
            seen.add(_same(url))
            body = self._page(url, endpoint)
            if isinstance(body, Answer):
                return body
            records += records_of(body, endpoint, f"the MDS feed of {self.city}")
            version = version or _text(body, "version")
            url = self._next(body, endpoint)
        return Answer("given", records, version)

    def _next(self, body: Any, endpoint: str) -> httpx.URL | None:
        links = body.get("links") if isinstance(body, dict) else None
        link = links.get("next") if isinstance(links, dict) else None
        if isinstance(link, dict):
            link = link.get("href")
        if not link:
            return None
        here = httpx.URL(f"{self.address}/{endpoint}")
        try:
            url = here.join(clean(str(link)))
        except (httpx.InvalidURL, ValueError) as error:
            raise SourceError(
                f"{self._name(endpoint)} names a next page that is no address ({error}); "
                "ask the provider to mend links.next"
            ) from error
        # A port that is the scheme's own counts as none, so both ways of writing it are the same.
        if (url.scheme, url.host, url.port) != (here.scheme, here.host, here.port):
            place = f"{url.scheme}://{url.netloc.decode('ascii', 'replace')}"
            raise SourceError(
                f"{self._name(endpoint)} names a next page on another host ({place}), to which "
                "the token is not sent; ask the provider to mend links.next"
            )
        return url

    def _page(self, url: httpx.URL, endpoint: str) -> Any:
        """Return a page's JSON, or the answer that stands for a page that is not there."""
        wait_s = _FIRST_WAIT_S
        trouble = ""
        for attempt in range(_TRIES):
            if attempt:
                self.sleep(wait_s)
                wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
            try:
                response = self._client.get(url)
                if response.status_code == 200:
                    return response.json()
            except httpx.HTTPError as error:
                trouble = f"cannot be reached ({str(error) or type(error).__name__})"
                continue
            except (ValueError, RecursionError):
                trouble = "answers with broken JSON"
                continue
            if response.status_code != 429 and response.status_code < 500:
                return self._refusal(response, endpoint)
            trouble = f"answers {response.status_code} {response.reason_phrase}".strip()
            wait_s = max(wait_s, _retry_after(response))
        raise SourceError(
            f"{self._name(endpoint)} {trouble}, {_TRIES} times in a row; check that it is up and "
            "how many requests it allows; the next run goes on where this one stopped"
        )

    def _refusal(self, response: httpx.Response, endpoint: str) -> Answer:
        code = response.status_code
        if code == 202:
            return Answer("later")
        # By the specification a time that is too long ago for the recent events is a bad request.
        if code == 404 or (code == 400 and endpoint == "events/recent"):
            return Answer("absent")
        name, said = self._name(endpoint), _said(response)
        if code in (401, 403):
            why = "the token has expired or is wrong" if self.token else "it wants a token"
            raise SourceError(f"{name} answers {code}{said}: {why}; set MOOW_MDS_TOKEN")
        if code == 406:
            raise SourceError(f"{name} serves no MDS 2.0 (406{said}); ask for another address")
        if 300 <= code < 400:
            target = shown(response.headers.get("location", ""))
            raise SourceError(f"{name} has moved to {target}; set MOOW_MDS_FEEDS to it")
        raise SourceError(
            f"{name} answers {code}{said}; check the address of {self.city} in MOOW_MDS_FEEDS"
        )

    def _name(self, endpoint: str) -> str:
        return f"/{endpoint} of the MDS feed of {self.city} ({shown(self.address)})"


@dataclass
class FolderFeed:
    """A feed in a folder: ``vehicles.json``, ``trips/2026-06-01T05.json``; ``.json.gz`` too."""

    city: str
    folder: Path

    def __post_init__(self) -> None:
        if not self.folder.is_dir():
            raise SourceError(
                f"the folder {self.folder} of the MDS feed of {self.city} does not exist; "
                "make it, or mend MOOW_MDS_FEEDS"
            )

    def close(self) -> None:
        """Do nothing: a folder holds no connection."""

    def get(self, endpoint: str, query: Query | None = None) -> Answer:
        """Return what the file of the endpoint, and of the hour asked for, holds.

        Raises
        ------
        SourceError
            When there is a file and it cannot be read.
        """
        parts = list((query or {}).values()) if endpoint != "events/recent" else []
        path = self.folder.joinpath(endpoint, *parts)
        for file in (path.with_name(f"{path.name}.json"), path.with_name(f"{path.name}.json.gz")):
            if file.is_file():
                body = _read_json(file)
                name = f"the file {file}"
                return Answer("given", records_of(body, endpoint, name), _text(body, "version"))
        return Answer("absent")


def records_of(body: Any, endpoint: str, name: str) -> list[dict[str, Any]]:
    """Return the list of an answer: bare, under its name, or one level below ``data``.

    Raises
    ------
    SourceError
        When there is none.
    """
    names = _LISTS.get(endpoint, (endpoint,))
    found = body
    if isinstance(body, dict):
        data = body.get("data")
        holders = [body, *([data] if isinstance(data, dict) else [])]
        lists = [holder[key] for holder in holders for key in names if key in holder]
        found = lists[0] if lists else None
    if not isinstance(found, list):
        there = clean(", ".join(body)) if isinstance(body, dict) else type(body).__name__
        raise SourceError(
            f"{name} has no list {names[0]!r} at /{endpoint} (it has {there}); "
            "check that it speaks MDS 2.0"
        )
    # What is no object has no fields; it will be rejected for what it lacks.
    return [item if isinstance(item, dict) else {"value": item} for item in found]


def _read_json(path: Path) -> Any:
    try:
        content = path.read_bytes()
        return json.loads(gzip.decompress(content) if path.suffix == ".gz" else content)
    except (OSError, EOFError, ValueError, RecursionError, zlib.error) as error:
        raise SourceError(f"{path} cannot be read ({error}); give a whole JSON file") from error


def _same(url: httpx.URL) -> tuple[object, ...]:
    """Return what two addresses of the same page have in common."""
    return (url.path, *sorted(url.params.multi_items()))


def _retry_after(response: httpx.Response) -> float:
    try:
        return min(float(response.headers.get("retry-after", "0")), _LONGEST_WAIT_S)
    except ValueError:
        return 0.0


def _said(response: httpx.Response) -> str:
    """Return what the error's body says, in brackets."""
    try:
        body = response.json()
    except ValueError:
        return ""
    text = _text(body, "error_description") or _text(body, "error") or _text(body, "message")
    return f" ({text[:200]})" if text else ""


def _text(body: Any, key: str) -> str | None:
    value = body.get(key) if isinstance(body, dict) else None
    return clean(value) if isinstance(value, str) else None
