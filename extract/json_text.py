"""What a feed said, as JSON again: for rejected rows, and to tell two states apart."""

from __future__ import annotations

import json
from typing import Any

_TOO_DEEP = "(nested too deeply)"


def json_text(value: Any, **options: bool) -> str:
    """Return a value as one JSON text.

    What was just within the reach of the reader may be beyond that of the writer: such a part of
    an object is left out with a word, and the rest of it kept.

    Parameters
    ----------
    options
        As `json.dumps` takes them.
    """
    try:
        return json.dumps(value, default=str, **options)  # type: ignore[arg-type]
    except RecursionError:
        parts = value if isinstance(value, dict) else {}
    kept = {name: part if _is_shallow(part) else _TOO_DEEP for name, part in parts.items()}
    return json.dumps(kept or _TOO_DEEP, default=str, **options)  # type: ignore[arg-type]


def _is_shallow(part: Any) -> bool:
    try:
        json.dumps(part, default=str)
    except RecursionError:
        return False
    return True
