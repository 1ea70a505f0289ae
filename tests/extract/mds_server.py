"""A provider of MDS 2.0 on loopback, with the hours, pages and refusals of the real ones."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from tests.loopback import QuietHandler, http_running

TOKEN = "a token of the provider"
PROVIDER = "c20e08cf-8488-46a6-a66c-5d8fb827f7e0"
Record = dict[str, Any]
#: Of each endpoint by hour: the parameter, the list, the field that is within the hour.
_HOURLY = {
    "trips": ("end_time", "trips", "end_time"),
    "events/historical": ("event_time", "events", "timestamp"),
    "telemetry": ("telemetry_time", "telemetry", "timestamp"),
}


def ms(moment: datetime) -> int:
    """Milliseconds since 1970."""
    return round(moment.timestamp() * 1000)


def gps(latitude: float, longitude: float, **more: Any) -> Record:
    return {"lat": latitude, "lng": longitude, **more}


@dataclass
class Provider:
    """What the provider knows, and how it behaves.

    Attributes
    ----------
    lists
        Records by the name of their list.
    now
        Hours that end later are not found.
    operating_from
        Hours before it are not found.
    not_ready
        Hours that are accepted, but not ready yet.
    page_size
        Records a page.
    troubles
        Statuses of the next requests, with headers; taken from the front.
    token
        The one that is taken; None takes any.
    requests
        Paths with queries, as they came.
    """

    now: datetime
    operating_from: datetime = datetime(2020, 1, 1, tzinfo=UTC)
    lists: dict[str, list[Record]] = field(default_factory=dict)
    not_ready: set[datetime] = field(default_factory=set)
    page_size: int = 1000
    troubles: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    token: str | None = TOKEN
    requests: list[str] = field(default_factory=list)
    next_host: str | None = None
    #: Bodies to send in place of the right ones, by endpoint.
    bodies: dict[str, bytes] = field(default_factory=dict)
    address: str = ""

    def answer(self, target: str, token: str | None) -> tuple[int, dict[str, str], Any]:
        """Return status, headers and body of a request."""
        self.requests.append(target)
        if self.troubles:
            status, headers = self.troubles.pop(0)
            return status, headers, {"error": "trouble", "error_description": "as it happens"}
        if self.token is not None and token != f"Bearer {self.token}":
            return 401, {}, {"error": "unauthorized", "error_description": "token expired"}
        parts = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        endpoint = parts.path.removeprefix("/mds/")
        if endpoint in self.bodies:
            return 200, {}, self.bodies[endpoint]
        page = int(query.pop("page", "0"))
        name, records = self._records(endpoint, query)
        if isinstance(records, int):
            return records, {}, {"error": "not_available"}
        return 200, {}, self._page(endpoint, query, name, records, page)

    def _records(self, endpoint: str, query: dict[str, str]) -> tuple[str, list[Record] | int]:
        if endpoint in _HOURLY:
            return self._of_hour(endpoint, query)
        if endpoint == "events/recent":
            if not {"start_time", "end_time"} <= set(query):
                return "events", 400
            start, end = int(query["start_time"]), int(query["end_time"])
            if start < ms(self.now - timedelta(days=14)):
                return "events", 400
            events = self.lists.get("events", [])
            return "events", [event for event in events if start <= event["timestamp"] < end]
        name = {"vehicles/status": "vehicles_status"}.get(endpoint, endpoint)
        return name, self.lists.get(name, 404)  # type: ignore[return-value]

    def _of_hour(self, endpoint: str, query: dict[str, str]) -> tuple[str, list[Record] | int]:
        parameter, name, column = _HOURLY[endpoint]
        if parameter not in query:
            return name, 400
        hour = datetime.strptime(query[parameter], "%Y-%m-%dT%H").replace(tzinfo=UTC)
        end = hour + timedelta(hours=1)
        if end > self.now or hour < self.operating_from:
            return name, 404
        if hour in self.not_ready:
            return name, 202
        there = self.lists.get(name, [])
        # A record without a time comes with every hour, as a broken provider would send it.
        within = [r for r in there if ms(hour) <= (r.get(column) or ms(hour)) < ms(end)]
        return name, [
            record for record in within if record.get("_visible_from", self.now) <= self.now
        ]

    def _page(
        self, endpoint: str, query: dict[str, str], name: str, records: list[Record], page: int
    ) -> Record:
        first = page * self.page_size
        part = records[first : first + self.page_size]
        host = self.next_host or self.address
        more = first + self.page_size < len(records)
        # The last page links to itself, as some providers do.
        link = {**query, **({"page": str(page + more)} if page + more else {})}
        return {
            "version": "2.0.0",
            name: [{k: v for k, v in r.items() if not k.startswith("_")} for r in part],
            "links": {"next": f"{host}/{endpoint}" + (f"?{urlencode(link)}" if link else "")},
        }


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """Serve a provider on loopback."""

    class Handler(QuietHandler):
        def answer(self) -> None:
            status, headers, body = provider.answer(self.path, self.headers["Authorization"])
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            kind = {"Content-Type": "application/vnd.mds+json;version=2.0"}
            self.reply(status, content, {**kind, **headers})

    with http_running(Handler) as address:
        provider.address = f"{address}/mds"
        yield provider
