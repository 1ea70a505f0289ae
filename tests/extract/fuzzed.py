"""Records of feeds with one thing wrong: each field, however deep, in turn something else."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterator
from typing import Any

#: The field is left out.
MISSING = object()
#: As long a text as this has to be no repetition: Postgres would pack one.
LONG = "".join(hashlib.sha256(str(n).encode()).hexdigest() for n in range(157))[:10_000]
WRONG: dict[str, Any] = {
    "null": None,
    "list": [],
    "list_of_objects": [{}],
    "object": {},
    "object_of_lists": {"en": [[]]},
    "text": "x",
    "half_a_character": "\ud83d\x00",
    "negative": -1,
    "huge": 1e30,
    "beyond_all_floats": 10**400,
    "infinite": float("inf"),
    "true": True,
    "long": LONG,
    "missing": MISSING,
}


def nested(levels: int) -> list[Any]:
    """Lists in lists, as many as JSON may hold and Python hardly writes."""
    inner: list[Any] = []
    for _ in range(levels):
        inner = [inner]
    return inner


def paths(value: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Give the way to each part of a record, the record itself left out."""
    if above:
        yield above
    keys = value if isinstance(value, dict) else range(len(value) if isinstance(value, list) else 0)
    for key in keys:
        yield from paths(value[key], (*above, key))


def changed(record: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return a copy of a record with another value at one place."""
    made = copy.deepcopy(record)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    if value is MISSING:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return made
