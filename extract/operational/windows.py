"""Reading a large table of MySQL in windows of ids.

connectorx takes in all it is sent, however slow we are, so a query must not return more than we can
hold; and a window that broke off is simply read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import polars as pl


def windows(
    ask: Callable[[str], list[tuple[Any, ...]]],
    read: Callable[[int, int], pl.DataFrame],
    table: str,
    where: str,
    rows: int,
    *,
    is_whole: bool,
) -> Iterator[pl.DataFrame]:
    """Give the rows that fulfil a condition, at most so many at a time.

    Ids are whole numbers, so a window as wide as that cannot hold more. Where ids are sparse, or
    few rows fulfil the condition, windows grow, as far as a count of their rows allows.

    Parameters
    ----------
    ask
        Answers a query with a few rows.
    read
        Reads the rows whose ids lie between two bounds, both included, and fulfil the condition.
    table, where
        The table and the condition.
    rows
        At most so many a window.
    is_whole
        Whether most rows are expected to fulfil the condition: counting them would only cost.
    """
    among = "" if is_whole else f" where {where}"
    counted = "null" if is_whole else "count(*)"
    ((count, first, last),) = ask(f"select {counted}, min(id), max(id) from {table}{among}")
    if first is None:
        return
    if count is not None and count <= rows:
        yield read(first, last)
        return
    width = rows
    while first <= last:
        end = min(first + width - 1, last)
        within = f"id between {first} and {end}"
        if width > rows:
            ((count,),) = ask(f"select count(*) from {table} where ({where}) and {within}")
            if count > rows:
                width = max(rows, width // 4)
                continue
        frame = read(first, end)
        yield frame
        first = end + 1
        if frame.is_empty():
            ((found,),) = ask(f"select min(id) from {table} where id > {end}")
            first = last + 1 if found is None else found
        if frame.height < rows // 4:
            width *= 2
