"""The fast way through most messages: those laid out as others of the same batch are.

A device writes its fields in one order, so a pattern finds them in less time than a JSON reader
takes, and a bad line costs its neighbours nothing: it does not match. Which layouts there are is
learnt from some lines of the batch, whatever fields they add, leave out or reorder. A pattern
matches nothing but JSON objects with values of the right kinds; whatever else a line is,
`extract.telemetry.decoding` reads it, with the same result.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl

#: One message, the fields of both firmwares in the same columns. Flags come as truth values or as
#: numbers, so they stay texts here.
FLAT: dict[str, Any] = {
    "id": pl.String(),
    "fw": pl.String(),
    "sent_at": pl.String(),
    "ts": pl.Float64(),
    "lat": pl.Float64(),
    "lon": pl.Float64(),
    "hdop": pl.Float64(),
    "spd": pl.Float64(),
    "bat": pl.Float64(),
    "lock": pl.String(),
}
#: Which field each column comes from.
_FIELDS: Mapping[str, Any] = {
    "device": {"id": "id", "fw": "fw"},
    "gps": {"lat": "lat", "lon": "lon", "hdop": "hdop", "speed_kmh": "spd"},
    "battery": {"pct": "bat"},
    "state": {"locked": "lock"},
    **{"id": "id", "sent_at": "sent_at", "ts": "ts", "lat": "lat", "lng": "lon"},
    **{"hdop": "hdop", "spd": "spd", "bat": "bat", "lock": "lock"},
}
#: So many lines are looked at for layouts; a layout of fewer of them is no gain over the reader.
_SAMPLE = 64
_LEAST_SHARE = 1 / 16
#: Fewer lines are read sooner than a thread is started.
_WORTH_A_THREAD = 5_000
_TEXT = r'[^"\\\x00-\x1f]*'
_NUMBER = r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,17})?"
_SCALAR = rf'(?:"{_TEXT}"|{_NUMBER}|true|false|null)'
_LIST = rf"\[(?:{_SCALAR}(?:, ?{_SCALAR})*)?\]"


def read_known_layouts(lines: pl.DataFrame) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Read the lines in one of the layouts that are common among them.

    Parameters
    ----------
    lines
        With ``original``, the texts.

    Returns
    -------
    tuple
        Frames of the lines that were read, in the columns of `lines` without ``original`` and those
        of `FLAT`; and the other lines.
    """
    patterns = _layouts(lines["original"])
    if not patterns:
        return [], lines
    size = max(1, -(-lines.height // pl.thread_pool_size()))
    if size < _WORTH_A_THREAD:
        return _read(lines, patterns)
    # A pattern is one thread's work, so the lines are shared out.
    slices = list(lines.iter_slices(size))
    with ThreadPoolExecutor(len(slices)) as pool:
        parts = list(pool.map(_read, slices, [patterns] * len(slices)))
    return [frame for read, _ in parts for frame in read], pl.concat(rest for _, rest in parts)


def _read(lines: pl.DataFrame, patterns: Sequence[str]) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    read: list[pl.DataFrame] = []
    for pattern in patterns:
        if lines.is_empty():
            break
        found = lines.with_columns(pl.col("original").str.extract_groups(pattern).alias("_found"))
        is_found = pl.col("_found").struct.field("id").is_not_null()
        read.append(found.filter(is_found).drop("original").unnest("_found").pipe(_flat))
        lines = found.filter(~is_found).drop("_found")
    return read, lines


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    have = set(frame.columns)
    others = [name for name in frame.columns if name not in FLAT]
    return frame.select(
        *others,
        *(
            (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name)
            for name, kind in FLAT.items()
        ),
    )


def _layouts(texts: pl.Series) -> list[str]:
    """Return patterns of the layouts that some of the texts have, the most common first."""
    step = max(1, len(texts) // _SAMPLE)
    sample = texts.gather_every(step)
    found = Counter(filter(None, map(layout_of, sample)))
    least = _LEAST_SHARE * len(sample)
    return [pattern for pattern, count in found.most_common() if count >= least]


class _Object(list[tuple[str, Any]]):
    """The members of a JSON object in their order."""


class _UnfitError(Exception):
    """Nothing to make a pattern of."""


def layout_of(text: str) -> str | None:
    """Return the pattern of a message laid out like this one; None when it makes none."""
    try:
        message = json.loads(text, object_pairs_hook=_Object)
        if not isinstance(message, _Object):
            return None
        fields = dict(_FIELDS)
        device = dict(message).get("device")
        if isinstance(device, _Object) and "id" in dict(device):
            del fields["id"]  # a message may have a number of its own
        named: set[str] = set()
        pattern = _object(message, fields, named)
    except (ValueError, RecursionError, _UnfitError):
        return None
    return f"^{pattern}$" if "id" in named else None


def _object(members: _Object, fields: Mapping[str, Any], named: set[str]) -> str:
    """Write an object as a pattern, with or without a blank after colons and commas."""
    names = [name for name, _ in members]
    if len(set(names)) < len(names) or any(json.dumps(it)[1:-1] != it for it in names):
        raise _UnfitError
    written = (
        f'"{re.escape(name)}": ?{_value(it, fields.get(name), named)}' for name, it in members
    )
    return r"\{" + ", ?".join(written) + r"\}"


def _value(value: Any, field: Any, named: set[str]) -> str:
    if isinstance(field, str):
        return _column(value, field, named)
    if isinstance(value, _Object):
        return _object(value, field or {}, named)
    if field is not None:
        # One of our objects that is none.
        if value is None:
            return "null"
        raise _UnfitError
    return _LIST if isinstance(value, list) else _SCALAR


def _column(value: Any, column: str, named: set[str]) -> str:
    kind = FLAT[column]
    if column == "lock":
        is_fit, inner = value in (None, True, False), "(?<lock>true|false|0|1)"
    elif kind == pl.String():
        is_fit, inner = value is None or isinstance(value, str), f'"(?<{column}>{_TEXT})"'
    else:
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        is_fit, inner = value is None or is_number, f"(?<{column}>{_NUMBER})"
    if not is_fit or column in named:
        raise _UnfitError
    named.add(column)
    # Whether there is an id tells whether the pattern matched.
    return inner if column == "id" else f"(?:{inner}|null)"
