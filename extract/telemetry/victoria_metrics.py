"""A client of VictoriaMetrics, small enough to read in one sitting.

It speaks the single-node HTTP API: ``/api/v1/import`` and ``/api/v1/export`` in JSON lines (one
series a line: ``{"metric": {...}, "values": [...], "timestamps": [...]}``, milliseconds),
``/health``, ``/metrics`` and ``/internal/force_flush``. A cluster is reached through vmauth.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import httpx

from warehouse.errors import SourceError

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")

#: Waits between attempts, doubled each time: together half a minute, which a restart takes.
_FIRST_WAIT_S = 0.5
_ATTEMPTS = 7
#: Answers that may be better a moment later.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_SETTING = "MOOW_VICTORIA_METRICS_URL"
_COUNTER = re.compile(r"^(\w+)(\{.*\})? (\S+)$")


@dataclass(frozen=True)
class ServerState:
    """What the server says of itself.

    Attributes
    ----------
    started_at
        Epoch seconds of its start; 0 where ``/metrics`` is not to be had.
    refused_count
        Samples thrown away since then: older than its retention, too far ahead, or unreadable.
    retention
        The flag ``-retentionPeriod``; empty where it is not told.
    """

    started_at: int = 0
    refused_count: int = 0
    retention: str = ""


class VictoriaMetrics:
    """One VictoriaMetrics server.

    Parameters
    ----------
    url
        ``http://user:password@host:8428``, with a path when it stands behind a proxy.
    sleep
        How to wait between attempts, in seconds.

    Examples
    --------
    >>> with VictoriaMetrics("http://127.0.0.1:8428") as store:  # doctest: +SKIP
    ...     store.check()
    """

    def __init__(self, url: str, sleep: Callable[[float], None] | None = None) -> None:
        parts = urlsplit(url)
        host = parts.hostname or ""
        place = f"[{host}]" if ":" in host else host
        place += f":{parts.port}" if parts.port else ""
        #: Where it is, without user and password.
        self.address = urlunsplit((parts.scheme, place, parts.path.rstrip("/"), "", ""))
        self._sleep = sleep or wait
        self._moment = time.time_ns()
        # No proxy from the environment: only the settings say where anything is.
        self._http = httpx.Client(
            base_url=url.rstrip("/"),
            timeout=httpx.Timeout(60.0, connect=5.0),
            trust_env=False,
        )

    def __enter__(self) -> VictoriaMetrics:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def check(self) -> None:
        """Ask whether it is well, and whether it lets us in.

        Raises
        ------
        SourceError
            When it does not answer, or refuses the user and password.
        """
        self._ask("GET", "/health")
        # The address of health is open to all; a query is not.
        self._ask("GET", "/api/v1/labels", params={"start": "0", "end": "1"})

    def state(self) -> ServerState:
        """Return what it says of itself; nothing where a proxy hides ``/metrics``."""
        try:
            text = self._ask("GET", "/metrics", attempts=1).text
        except SourceError:
            return ServerState()
        started_at, refused, retention = 0, 0, ""
        for match in filter(None, map(_COUNTER.match, text.splitlines())):
            name, labels, value = match[1], match[2] or "", match[3]
            if name == "vm_app_start_timestamp":
                started_at = int(float(value))
            elif name in ("vm_rows_ignored_total", "vm_rows_invalid_total"):
                refused += int(float(value))
            elif name == "flag" and 'name="retentionPeriod"' in labels:
                retention = labels.split('value="')[1].split('"')[0]
        return ServerState(started_at, refused, retention)

    def write(self, lines: bytes) -> None:
        """Import series, JSON lines; tried again until they are taken whole.

        Raises
        ------
        SourceError
            When it does not take them.
        """
        self._ask("POST", "/api/v1/import", content=lines)

    def flush(self) -> bool:
        """Make what was written visible to `read` at once; without it, it takes a second.

        Returns
        -------
        bool
            Whether it is visible; a server may want a key for it, a proxy may not let it pass.
        """
        self._moment = time.time_ns()
        try:
            self._ask("GET", "/internal/force_flush", attempts=1)
        except SourceError as error:
            logger.debug("no flush: %s", error)
            return False
        return True

    def read(self, match: str, start_ms: int, end_ms: int, most_bytes: int) -> bytes | None:
        """Export the series that `match`, whole or not at all.

        Parameters
        ----------
        match
            A selector in braces, such as ``{__name__=~"moow_.+"}``.
        start_ms, end_ms
            Both ends belong to it, epoch milliseconds.
        most_bytes
            Memory is bounded by it.

        Returns
        -------
        bytes or None
            JSON lines; None when there are more than `most_bytes`: ask for less time at once.

        Raises
        ------
        SourceError
            When it does not answer.
        """
        params = {
            # The server remembers for some seconds which series a selector means, new ones left
            # out; one that it has not seen it looks up.
            "match[]": match.removesuffix("}") + f',read_after!="{self._moment}"}}',
            "start": f"{start_ms / 1000:.3f}",
            "end": f"{end_ms / 1000:.3f}",
            "reduce_mem_usage": "1",
        }

        def attempt() -> bytes | None:
            parts: list[bytes] = []
            size = 0
            with self._http.stream("GET", "/api/v1/export", params=params) as answer:
                self._judge(answer)
                for part in answer.iter_bytes():
                    parts.append(part)
                    size += len(part)
                    if size > most_bytes:
                        return None
            return b"".join(parts)

        return self._repeat(attempt, _ATTEMPTS)

    def _ask(
        self, method: str, path: str, attempts: int = _ATTEMPTS, **more: Any
    ) -> httpx.Response:
        def attempt() -> httpx.Response:
            return self._judge(self._http.request(method, path, **more))

        return self._repeat(attempt, attempts)

    def _judge(self, answer: httpx.Response) -> httpx.Response:
        if answer.status_code in _PASSING:
            raise _PassingError(f"it answers {answer.status_code}")
        if answer.status_code in (401, 403):
            raise SourceError(
                f"VictoriaMetrics at {self.address} refuses the user and password "
                f"({answer.status_code}); write them into {_SETTING}, "
                "for instance http://user:password@host:8428"
            )
        if answer.status_code >= 300:
            text = answer.read().decode("utf-8", "replace").strip()[:200]
            raise SourceError(
                f"VictoriaMetrics at {self.address} answers {answer.status_code} to "
                f"{answer.request.url.path} ({text}); check that {_SETTING} is the address of a "
                "single-node VictoriaMetrics"
            )
        return answer

    def _repeat(self, attempt: Callable[[], Answer], attempts: int) -> Answer:
        wait_s = _FIRST_WAIT_S
        for number in range(1, attempts + 1):
            try:
                return attempt()
            except (httpx.TransportError, _PassingError) as error:
                reason = str(error) or type(error).__name__
                if number == attempts:
                    raise SourceError(
                        f"VictoriaMetrics at {self.address} does not answer ({reason}) after "
                        f"{attempts} attempts; check that it runs and that {_SETTING} is right"
                    ) from error
                logger.warning("VictoriaMetrics: %s; again in %.1f s", reason, wait_s)
                self._sleep(wait_s)
                wait_s *= 2
        raise AssertionError("unreachable")


class _PassingError(Exception):
    """An answer that may be better a moment later."""


def wait(seconds: float) -> None:
    """Wait between attempts."""
    time.sleep(seconds)


@contextmanager
def open_store(url: str) -> Iterator[VictoriaMetrics]:
    """Give the server at `url`, checked."""
    with VictoriaMetrics(url) as store:
        store.check()
        yield store


def check_store(url: str) -> None:
    """Raise `SourceError` when the server at `url` does not answer or does not let us in."""
    with open_store(url):
        pass
