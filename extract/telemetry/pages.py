"""Reading the store in pages of time, as long as memory allows and no longer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from extract.telemetry.victoria_metrics import VictoriaMetrics
from warehouse.errors import SourceError

_SECOND_MS = 1000
#: A page holds at most so many bytes of samples (about 100,000 pings).
PAGE_BYTES = 24_000_000
_HOUR_MS = 3600 * _SECOND_MS
_FIRST_PAGE_MS = _HOUR_MS
#: Years without pings are gone through in such steps.
_LONGEST_PAGE_MS = 30 * 24 * 3600 * _SECOND_MS
#: As much as one page may hold when it cannot be made shorter.
_MOST_BYTES = 8 * PAGE_BYTES


@dataclass(frozen=True)
class Page:
    """Samples from `start_ms` up to, not including, `end_ms`, as exported."""

    start_ms: int
    end_ms: int
    content: bytes


def read_pages(
    store: VictoriaMetrics, match: str, start_ms: int, end_ms: int, step_ms: int = 0
) -> Iterator[Page]:
    """Give the samples that `match` in the order of time, a page at a time.

    Parameters
    ----------
    store
        Where they are.
    match
        A selector of series.
    start_ms, end_ms
        From, and up to (not included), epoch milliseconds.
    step_ms
        Pages begin and end at its multiples; 0 where it does not matter.

    Raises
    ------
    SourceError
        When the store does not answer, or holds more in the shortest page than memory may.
    """
    step_ms = step_ms or _SECOND_MS
    at_ms = start_ms - start_ms % step_ms
    length_ms = max(step_ms, _FIRST_PAGE_MS - _FIRST_PAGE_MS % step_ms)
    while at_ms < end_ms:
        to_ms = min(at_ms + length_ms, end_ms)
        is_shortest = length_ms <= step_ms
        content = store.read(match, at_ms, to_ms - 1, _MOST_BYTES if is_shortest else PAGE_BYTES)
        if content is None:
            if is_shortest:
                raise SourceError(
                    f"VictoriaMetrics at {store.address} holds over {_MOST_BYTES:,} bytes of pings "
                    f"in {step_ms / 1000:g} s; lower MOOW_PING_RESOLUTION_S or find who writes them"
                )
            length_ms = max(step_ms, length_ms // 2 - length_ms // 2 % step_ms)
            continue
        yield Page(at_ms, to_ms, content)
        at_ms = to_ms
        if len(content) < PAGE_BYTES // 4:
            longest = max(step_ms, _LONGEST_PAGE_MS - _LONGEST_PAGE_MS % step_ms)
            length_ms = min(2 * length_ms, longest)


def spans_of(times: pl.Series) -> list[tuple[int, int]]:
    """Return the stretches of whole hours that hold the times: late pings are far from others."""
    hours = (times.dt.epoch("ms") // _HOUR_MS).unique().sort().to_list()
    spans: list[tuple[int, int]] = []
    for hour in hours:
        start_ms = hour * _HOUR_MS
        if spans and spans[-1][1] == start_ms:
            spans[-1] = (spans[-1][0], start_ms + _HOUR_MS)
        else:
            spans.append((start_ms, start_ms + _HOUR_MS))
    return spans
