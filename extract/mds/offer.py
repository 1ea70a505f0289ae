"""What a feed offers: each endpoint asked once, nothing loaded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from extract.mds.feeds import Query
from extract.mds.hours import HOUR, floor, hour_text
from extract.mds.load import open_feed

if TYPE_CHECKING:
    from warehouse.settings import Settings

#: The hour before the last one that is over: providers have a while to publish.
_HOURS_AGO = 2


def offer(settings: Settings, city: str, address: str, now: datetime) -> Iterator[tuple[str, str]]:
    """Give each endpoint with what it says, in a few words.

    Raises
    ------
    SourceError
        When the feed refuses or cannot be reached.
    """
    hour = floor(now) - _HOURS_AGO * HOUR
    text = hour_text(hour)
    asked: tuple[tuple[str, Query | None], ...] = (
        ("vehicles", None),
        ("vehicles/status", None),
        ("trips", {"end_time": text}),
        ("events/historical", {"event_time": text}),
        ("telemetry", {"telemetry_time": text}),
        ("stops", None),
        ("geographies", None),
        ("policies", None),
    )
    feed = open_feed(settings, city, address)
    try:
        for endpoint, query in asked:
            answer = feed.get(endpoint, query)
            of_hour = f" of {text}" if query else ""
            if answer.status == "given":
                version = f", MDS {answer.version}" if answer.version else ""
                yield endpoint, f"{len(answer.records):,} records{of_hour}{version}"
            elif answer.status == "later":
                yield endpoint, f"the hour {text} is not ready yet"
            else:
                yield (
                    endpoint,
                    f"nothing{of_hour}: not offered" + (", or not operating" if query else ""),
                )
    finally:
        feed.close()
