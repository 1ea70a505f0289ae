"""A GBFS feed at an address: from gbfs.json to the documents it names."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from extract.gbfs.archive import Snapshot
from extract.gbfs.documents import FEEDS
from extract.gbfs.values import clean
from warehouse.feeds import shown

TIMEOUT_S = 20.0
#: Seconds before each further attempt.
BACK_OFF_S = (1.0, 3.0)
#: The 2.x name of a feed that has another one here.
_OLD_NAMES = {"free_bike_status": "vehicle_status"}
_MOST_BYTES = 100_000_000


class FeedAwayError(Exception):
    """An address that gives nothing usable; the message is the reason, in one clause."""


@dataclass
class WebFeed:
    """The feeds behind one address.

    Parameters
    ----------
    address
        Of ``gbfs.json`` (autodiscovery), or of a single feed.
    now
        When this is read.
    wait
        Waits before another attempt.
    """

    address: str
    now: datetime
    wait: Callable[[float], None] = time.sleep
    notes: list[str] = field(default_factory=list)

    def snapshots(self) -> Iterator[Snapshot]:
        """Give one answer a feed, stations before vehicles; a feed that is away leaves a note."""
        with httpx.Client(timeout=TIMEOUT_S, follow_redirects=True) as client:
            try:
                content = self._get(client, self.address)
                feeds = _discovered(content, self.address)
            except FeedAwayError as error:
                self.notes.append(f"{shown(self.address)}: {error}")
                return
            if not feeds:
                name = urlsplit(self.address).path.rsplit("/", 1)[-1]
                yield Snapshot(name, content, self.now)
            for name in FEEDS:
                if name not in feeds:
                    continue
                try:
                    yield Snapshot(f"{name}.json", self._get(client, feeds[name]), self.now)
                except FeedAwayError as error:
                    self.notes.append(f"{shown(feeds[name])}: {error}")

    def _get(self, client: httpx.Client, address: str) -> bytes:
        """Fetch an address; again after a pause when the server is busy or away."""
        for pause in (*BACK_OFF_S, None):
            try:
                answer = client.get(address)
                if answer.status_code < 400:
                    if len(answer.content) > _MOST_BYTES:
                        raise FeedAwayError(f"it gave {len(answer.content):,} bytes")
                    return answer.content
                reason = f"it answered {answer.status_code}"
                if answer.status_code < 500 and answer.status_code != 429:
                    raise FeedAwayError(f"{reason}; check the address and the key in it")
            except ValueError as error:  # a host that is none, half a character in the path
                raise FeedAwayError(f"it is no address ({type(error).__name__})") from error
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                reason = f"it does not answer ({type(error).__name__})"
            if pause is not None:
                self.wait(pause)
        raise FeedAwayError(reason)


def _discovered(content: bytes, address: str) -> dict[str, str]:
    """Return the address of each feed that gbfs.json names; empty when it is no such file.

    Raises
    ------
    FeedAwayError
        When it is no JSON.
    """
    try:
        document = json.loads(content)
    except ValueError as error:
        raise FeedAwayError("it gave no JSON") from error
    data = document.get("data", document) if isinstance(document, dict) else {}
    feeds = _feeds(data)
    found: dict[str, str] = {}
    for feed in feeds:
        if isinstance(feed, dict) and isinstance(feed.get("url"), str):
            name = str(feed.get("name"))
            try:
                found[_OLD_NAMES.get(name, name)] = urljoin(address, clean(feed["url"]))
            except ValueError as error:
                raise FeedAwayError(f"its {clean(name)} has an address that is none") from error
    return found


def _feeds(data: Any) -> list[Any]:
    """Return the list of feeds; in 2.x there is one a language: English, else the first."""
    if not isinstance(data, dict):
        return []
    if isinstance(data.get("feeds"), list):
        return list(data["feeds"])
    languages = [name for name, part in data.items() if isinstance(part, dict) and "feeds" in part]
    if not languages:
        return []
    chosen = next((name for name in languages if name.startswith("en")), languages[0])
    feeds = data[chosen]["feeds"]
    return list(feeds) if isinstance(feeds, list) else []
