"""Reading one step ahead: the next rows are on their way while these are worked on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Give the items in order, the next one being fetched in a thread meanwhile.

    Parameters
    ----------
    items
        Whatever it raises is raised here, in its turn. At most one item waits, so that memory
        holds two.
    """
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="ahead") as pool:
        upcoming = pool.submit(next, items, None)
        while (item := upcoming.result()) is not None:
            upcoming = pool.submit(next, items, None)
            yield item
