"""Single values as feeds write them: flags as 0/1, times of two kinds, texts in languages."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from typing import Any

from extract.json_text import json_text

_TRUE = {"true", "1", "yes", "y", "t"}
_FALSE = {"false", "0", "no", "n", "f"}
_EARLIEST = datetime(2015, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"^\s*(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)\s*%?\s*$")


def clean(written: str) -> str:
    """Return a text as Postgres and polars take it: no zero byte, no half of a character.

    JSON may name both, the second as one of the two parts that make a sign such as an emoji.
    """
    return written.replace("\x00", "").encode("utf-8", "replace").decode()


def flag(value: Any) -> bool | None:
    """Read ``true``, 1, ``"1"`` or ``"yes"`` and their opposites; None for anything else."""
    if isinstance(value, bool):
        return value
    text = str(value).strip().lower()
    if text in _TRUE | {"1.0"}:
        return True
    return False if text in _FALSE | {"0.0"} else None


def number(value: Any) -> float | None:
    """Read a finite number, also from a text such as ``"85"`` or ``"85 %"``."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, str):
        match = _NUMBER.match(value)
        value = match[1] if match else None
    try:
        read = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return read if math.isfinite(read) else None


def count(value: Any) -> int | None:
    """Read a whole number that is not negative."""
    read = number(value)
    return int(read) if read is not None and 0 <= read < 1e9 and read == int(read) else None


def moment(value: Any) -> datetime | None:
    """Read a time: seconds or milliseconds since 1970 (2.x), or RFC 3339 (3.0).

    None for what is no time, or lies before 2015 or after 2100.
    """
    read: datetime | None = None
    seconds = number(value)
    try:
        if seconds is not None:
            read = datetime.fromtimestamp(seconds / 1000 if seconds > 1e11 else seconds, UTC)
        elif isinstance(value, str):
            read = datetime.fromisoformat(value.strip())
            read = read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return read if read is not None and _EARLIEST <= read < _LATEST else None


def text(value: Any) -> str | None:
    """Read a text; of texts in several languages (3.0) the English one, else the first."""
    if isinstance(value, list):
        texts = [item for item in value if isinstance(item, dict) and item.get("text")]
        english = [item for item in texts if str(item.get("language", "")).startswith("en")]
        chosen = (english or texts or [{}])[0]
        return text(chosen.get("text"))
    if isinstance(value, dict):
        return text(value.get("en") or value.get("text") or next(iter(value.values()), None))
    if value is None or isinstance(value, bool):
        return None
    return clean(str(value)).strip() or None


def first(row: dict[str, Any], *names: str) -> Any:
    """Return the value of the first name that the row has, null values aside."""
    return next((row[name] for name in names if row.get(name) is not None), None)


def as_json(value: Any) -> str:
    """Return a part of a document as JSON."""
    return clean(json_text(value, ensure_ascii=False).replace("\\u0000", ""))


def as_text(value: Any) -> str:
    """Return what came as text, for a ``_rejected`` table."""
    return as_json(value)[:10_000]
