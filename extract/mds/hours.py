"""Which hours of a feed are due: from the cursor less an overlap, and those that came not yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from extract.mds.feeds import Answer

HOUR = timedelta(hours=1)
#: An hour that is not there is asked for again for so long.
RETRIED_FOR = timedelta(hours=72)


@dataclass
class HourCursor:
    """How far one endpoint of a feed has been read.

    Parameters
    ----------
    state
        Kept with the data: ``until`` (all hours before it were asked for) and ``missing`` (hours
        that were not there, and whether the feed said that they would come).
    """

    state: dict[str, Any]

    @property
    def until(self) -> datetime | None:
        """The end of the last hour that was asked for; None before the first."""
        text = self.state.get("until")
        return datetime.fromisoformat(text) if text else None

    def go_back(self, since: datetime) -> None:
        """Let the next reading begin at `since`, and go on there when it is interrupted."""
        if self.until is not None and since < self.until:
            self.state["until"] = floor(since).isoformat()

    def due(self, start: datetime, until: datetime, overlap: timedelta) -> Iterator[datetime]:
        """Give the hours to ask for that are over at `until`, in order.

        Parameters
        ----------
        start
            Where a feed begins that was never read.
        until
            The time of the run.
        overlap
            So much before the cursor is read again.
        """
        begin = start if self.until is None else min(self.until, floor(until)) - overlap
        hours = {datetime.fromisoformat(text) for text in self.state.get("missing", {})}
        hour = floor(begin)
        while hour + HOUR <= until:
            hours.add(hour)
            hour += HOUR
        yield from sorted(hour for hour in hours if hour + HOUR <= until)

    def answered(self, hour: datetime, answer: Answer) -> None:
        """Note what the feed said of an hour."""
        missing: dict[str, str] = self.state.setdefault("missing", {})
        missing.pop(hour.isoformat(), None)
        if answer.status != "given":
            missing[hour.isoformat()] = answer.status
        self.state["until"] = max(self.until or hour, hour + HOUR).isoformat()

    def give_up(self, until: datetime) -> list[datetime]:
        """Forget missing hours that are too old; return those of them that were promised."""
        missing: dict[str, str] = self.state.get("missing", {})
        old = [text for text in missing if datetime.fromisoformat(text) < until - RETRIED_FOR]
        return sorted(datetime.fromisoformat(text) for text in old if missing.pop(text) == "later")


def floor(moment: datetime) -> datetime:
    """Return the start of an hour."""
    return moment.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def hour_text(hour: datetime) -> str:
    """Return an hour as MDS asks for it, ``2026-06-01T05``."""
    return hour.astimezone(UTC).strftime("%Y-%m-%dT%H")
