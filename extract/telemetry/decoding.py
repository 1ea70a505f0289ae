"""From JSON lines to columns, as many lines at once as go: polars' reader with a schema.

The reader takes each line for itself and skips blank ones, so as many rows as lines means row by
row the same. It refuses a whole batch for one bad line, and does not say which; told to ignore
errors it puts nulls in their place. So a batch that is refused is read once more with nulls, after
what cannot be JSON at a glance was put aside: a message that then has all its fields was read as it
is, and only the others are looked at closely.
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
_SEVERAL = {"messages": pl.List(pl.Struct(MESSAGE))}
#: A longer text is not looked into: an array of four thousand messages is shorter.
LONGEST_TEXT = 1_000_000
#: Lines read together when one of them is bad and nothing tells which.
_CHUNK_LINES = 256
_NOT_JSON = ["NaN", "Infinity", "nan"]


def decode(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read single messages.

    Parameters
    ----------
    lines
        With ``original``, the texts.

    Returns
    -------
    tuple of polars.DataFrame
        The lines that were read, with the columns of `MESSAGE`; and those that must be looked at
        one by one, most of them bad, in the columns of `lines`.
    """
    read = None if _longest(lines) > LONGEST_TEXT else _read(lines, MESSAGE)
    if read is not None:
        return read, lines.clear()
    text = pl.col("original").str.strip_chars()
    looks_good = (
        text.str.starts_with("{")
        & text.str.ends_with("}")
        & (text.str.len_bytes() <= LONGEST_TEXT)
        & ~text.str.contains_any(_NOT_JSON)
        & (text.str.count_matches("{", literal=True) == text.str.count_matches("}", literal=True))
    )
    rest, suspects = lines.filter(looks_good), [lines.filter(~looks_good)]
    read = _read(rest, MESSAGE, ignore_errors=True)
    if read is None:
        good, refused = _in_chunks(rest, MESSAGE)
        return good, pl.concat([*suspects, *refused])
    is_whole = _is_whole()
    good, again = read.filter(is_whole), read.filter(~is_whole).select(lines.columns)
    more, refused = _in_chunks(again, MESSAGE)
    return pl.concat([good, more]), pl.concat([*suspects, *refused])


def decode_several(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read arrays of messages.

    Parameters
    ----------
    lines
        With ``original`` and ``part``, the texts; none of them is a single message.

    Returns
    -------
    tuple of polars.DataFrame
        Those that were read, one row a message, ``part`` being its place; and those to be looked
        at one by one. Lines that hold no array are in neither.
    """
    good, refused = _in_chunks(lines, _SEVERAL)
    arrays = good.filter(pl.col("messages").list.len() > 0).with_columns(
        part=pl.int_ranges(0, pl.col("messages").list.len(), dtype=pl.UInt32())
    )
    apart = arrays.explode("messages", "part", empty_as_null=True, keep_nulls=True)
    return apart.unnest("messages"), pl.concat([lines.clear(), *refused])


def decode_exactly(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Read single messages, and tell exactly those that cannot be read: by halving, for a few."""
    good, bad = [_empty(lines, MESSAGE)], [lines.clear()]
    waiting = [lines]
    while waiting:
        part = waiting.pop()
        read = _read(part, MESSAGE)
        if read is not None:
            good.append(read)
        elif part.height == 1:
            bad.append(part)
        else:
            middle = part.height // 2
            waiting += [part[middle:], part[:middle]]
    return pl.concat(good), pl.concat(bad)


def flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Bring both firmwares to the columns of `usual_forms.FLAT`."""

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


def _longest(lines: pl.DataFrame) -> int:
    return int(lines.select(pl.col("original").str.len_bytes().max().fill_null(0)).item())


def _in_chunks(
    lines: pl.DataFrame, fields: dict[str, Any]
) -> tuple[pl.DataFrame, list[pl.DataFrame]]:
    whole = _read(lines, fields)
    if whole is not None:
        return whole, []
    good, refused = [_empty(lines, fields)], []
    for chunk in lines.iter_slices(_CHUNK_LINES):
        read = _read(chunk, fields)
        if read is None:
            refused.append(chunk)
        else:
            good.append(read)
    return pl.concat(good), refused


def _empty(lines: pl.DataFrame, fields: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(schema={**lines.schema, **fields})


def _read(
    lines: pl.DataFrame, fields: dict[str, Any], ignore_errors: bool = False
) -> pl.DataFrame | None:
    """Return the lines with their fields; None when one of them cannot be read."""
    if lines.is_empty():
        return _empty(lines, fields)
    text = lines["original"]
    if text.str.contains("\n", literal=True).any():
        # Between lines only; within a JSON text it is a blank like any other.
        text = text.str.replace_all("\n", " ", literal=True)
    content = text.str.join("\n").item().encode()
    try:
        read = pl.read_ndjson(content, schema=fields, ignore_errors=ignore_errors)
    except pl.exceptions.PolarsError:
        return None
    if read.height != lines.height:
        return None
    return lines.hstack(read)


def _is_whole() -> pl.Expr:
    """Whether a message has every field that its firmware sends: none became null on the way."""
    nested = [
        pl.col(name).struct.field(inner.name).is_not_null()
        for name in ("device", "gps", "battery", "state")
        for inner in MESSAGE[name].fields
    ]
    flat = [
        pl.col(name).is_not_null()
        for name in ("id", "ts", "lat", "lng", "spd", "bat", "lock", "hdop")
    ]
    return pl.all_horizontal(*nested, pl.col("sent_at").is_not_null()) | pl.all_horizontal(flat)
