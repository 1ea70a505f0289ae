"""From JSON lines to columns, as many lines at once as go: polars' reader with a schema.

The reader takes each line for itself and skips blank ones, so as many rows as lines means row by
row the same. It refuses a whole batch for one bad line, and does not say which. So of a batch that
is refused, lines that a pattern finds to be no JSON, or to hold a wrong kind of value, are put
aside; what is still refused is halved until the bad lines are found.
"""

from __future__ import annotations

from typing import Any

import polars as pl

#: The fields of both firmwares that are read. Flags come as truth values or numbers: as text.
MESSAGE: dict[str, Any] = {
    "device": pl.Struct({"id": pl.String, "fw": pl.String}),
    "sent_at": pl.String,
    "gps": pl.Struct(
        {"lat": pl.Float64, "lon": pl.Float64, "hdop": pl.Float64, "speed_kmh": pl.Float64}
    ),
    "battery": pl.Struct({"pct": pl.Float64}),
    "state": pl.Struct({"locked": pl.String}),
    "id": pl.String,
    "ts": pl.Float64,
    "lat": pl.Float64,
    "lng": pl.Float64,
    "spd": pl.Float64,
    "bat": pl.Float64,
    "lock": pl.String,
    "hdop": pl.Float64,
}
#: A longer text is not looked into: an array of four thousand messages is shorter.
LONGEST_TEXT = 1_000_000
BLANK = r"[ \t\r\n]*"
TEXT = r'(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*'
#: A longer exponent may be no finite number.
_NUMBER = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]{1,2})?"
SCALAR = f'(?:"{TEXT}"|{_NUMBER}|true|false|null)'
_NUMBERS = "ts|lat|lng|lon|spd|speed_kmh|bat|pct|hdop"
_OBJECTS = "device|gps|battery|state"
#: Beside a key of ours, what cannot begin its value: a pattern alone, it may be wrong.
_MISFIT = (
    f'"(?:{_NUMBERS})"{BLANK}:{BLANK}[^-0-9n \\t\\r\\n]'
    f'|"(?:{_OBJECTS})"{BLANK}:{BLANK}[^{{n \\t\\r\\n]'
)


def _object(value: str) -> str:
    member = f'"{TEXT}"{BLANK}:{BLANK}{value}{BLANK}'
    return rf"\{{{BLANK}(?:(?:{member},{BLANK})*{member})?\}}"


def _value(depth: int) -> str:
    """Write a JSON value as a pattern, objects and arrays as deep as that."""
    if depth == 0:
        return SCALAR
    inner = _value(depth - 1)
    array = rf"\[{BLANK}(?:(?:{inner}{BLANK},{BLANK})*{inner}{BLANK})?\]"
    return f"(?:{SCALAR}|{_object(inner)}|{array})"


#: Deeper ones are rare, and found by halving or one by one.
_JSON_OBJECT = f"^{BLANK}{_object(_value(2))}{BLANK}$"


def decode(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read single messages.

    Parameters
    ----------
    lines
        With ``original``, the texts, none longer than `LONGEST_TEXT`.

    Returns
    -------
    tuple of polars.DataFrame
        The lines that were read, with the columns of `MESSAGE`; and those that must be looked at
        one by one, most of them bad, in the columns of `lines`.
    """
    text = lines["original"]
    may_be = text.str.contains(rf"^{BLANK}\{{")
    read = _read(lines.filter(may_be))
    if read is not None:
        return read, lines.filter(~may_be)
    looks = lines.select(
        is_json=pl.col("original").str.contains(_JSON_OBJECT),
        is_misfit=pl.col("original").str.contains(_MISFIT),
    )
    may_be &= looks["is_json"] & ~looks["is_misfit"]
    good, refused = decode_exactly(lines.filter(may_be))
    return good, pl.concat([lines.filter(~may_be), refused])


def decode_exactly(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read single messages, and tell exactly those that cannot be read: by halving, for a few."""
    good, bad = [_empty(lines)], [lines.clear()]
    waiting = [lines]
    while waiting:
        part = waiting.pop()
        read = _read(part)
        if read is not None:
            good.append(read)
        elif part.height == 1:
            bad.append(part)
        else:
            middle = part.height // 2
            waiting += [part[middle:], part[:middle]]
    return pl.concat(good), pl.concat(bad)


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Bring both firmwares to the columns of `layouts.FLAT`."""

    def field(name: str, inner: str) -> pl.Expr:
        return pl.col(name).struct.field(inner)

    return frame.select(
        "line",
        "part",
        pl.coalesce(field("device", "id"), "id").alias("id"),
        field("device", "fw").alias("fw"),
        "sent_at",
        "ts",
        pl.coalesce(field("gps", "lat"), "lat").alias("lat"),
        pl.coalesce(field("gps", "lon"), "lng").alias("lon"),
        pl.coalesce(field("gps", "hdop"), "hdop").alias("hdop"),
        pl.coalesce(field("gps", "speed_kmh"), "spd").alias("spd"),
        pl.coalesce(field("battery", "pct"), "bat").alias("bat"),
        pl.coalesce(field("state", "locked"), "lock").alias("lock"),
    )


def is_nobodys() -> pl.Expr:
    """Whether a decoded message names no scooter."""
    return pl.coalesce(pl.col("device").struct.field("id"), "id").is_null()


def _empty(lines: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame(schema={**lines.schema, **MESSAGE})


def _read(lines: pl.DataFrame) -> pl.DataFrame | None:
    """Return the lines with their fields; None when one of them cannot be read."""
    if lines.is_empty():
        return _empty(lines)
    text = lines["original"]
    if text.str.contains("\n", literal=True).any():
        # Between lines only; within a JSON text it is a blank like any other.
        text = text.str.replace_all("\n", " ", literal=True)
    content = text.str.join("\n").item().encode()
    try:
        read = pl.read_ndjson(content, schema=MESSAGE)
    except pl.exceptions.PolarsError:
        return None
    if read.height != lines.height:
        return None
    return lines.hstack(read)
