"""Telemetry messages, whatever the firmware: JSON texts in, flat columns or reasons out.

Two forms are known. Firmware 1 sends flat objects with epoch seconds (``id ts lat lng spd bat
lock hdop``), firmware 2 nested ones (``device gps battery state sent_at``); either may come as
an array of messages, bare or as ``{"messages": [...]}``. Any field may be missing or null. Three
ways lead through them, each slower and more patient than the last: `layouts`, `decoding`,
`misfits`; `arrays` takes apart what comes together.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from extract.rejections import REASON
from extract.telemetry.arrays import take_apart
from extract.telemetry.decoding import LONGEST_TEXT, decode, decode_exactly, flat, is_nobodys
from extract.telemetry.layouts import FLAT, read_known_layouts
from extract.telemetry.misfits import NOT_JSON, Message, messages_of

#: What `parse_messages` gives: one row a message. ``line`` is the row of the text it came in,
#: ``part`` its place in an array, null when it came alone.
PARSED: dict[str, Any] = {
    "line": pl.UInt32(),
    "part": pl.UInt32(),
    "scooter_code": pl.String(),
    "firmware": pl.String(),
    "reported_at": pl.Datetime("us", "UTC"),
    "latitude": pl.Float64(),
    "longitude": pl.Float64(),
    "hdop": pl.Float64(),
    "speed_kmh": pl.Float64(),
    "battery_pct": pl.Float64(),
    "is_locked": pl.Boolean(),
    REASON: pl.String(),
}
_NONE = pl.DataFrame(schema=PARSED)
#: An epoch above this is in milliseconds: in seconds it would be the year 5138.
_MILLISECONDS_FROM = 1e11
_FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def parse_messages(texts: pl.Series) -> pl.DataFrame:
    """Read messages.

    Parameters
    ----------
    texts
        JSON text of a message or of several, a line each.

    Returns
    -------
    polars.DataFrame
        `PARSED` in the order of the lines: one row a message, at least one a line. A message that
        cannot be read has a reason and nulls. Never raises on what a text holds. Times are whole
        milliseconds, as the store of pings keeps them.
    """
    lines = pl.DataFrame({"line": pl.int_range(len(texts), eager=True, dtype=pl.UInt32())})
    lines = lines.with_columns(part=pl.lit(None, pl.UInt32()), original=texts.alias("original"))
    original = lines["original"]
    is_bare = original.str.strip_chars_start().str.starts_with("[")
    may_be_arrays = is_bare | original.str.contains('"messages"', literal=True)
    pieces, others = take_apart(lines.filter(may_be_arrays))
    singles = lines.filter(~may_be_arrays) if may_be_arrays.any() else lines
    parts, suspects = _read(pl.concat([singles, others, pieces]))
    if not suspects.is_empty():
        parts = _with_suspects(parts, suspects, lines)
    messages = pl.concat(parts) if parts else _NONE
    has_arrays = messages["part"].null_count() < messages.height
    return messages.sort("line", "part", nulls_last=False) if has_arrays else messages.sort("line")


def _read(lines: pl.DataFrame) -> tuple[list[pl.DataFrame], pl.DataFrame]:
    """Read single messages; give those that were read, and the lines that are no such."""
    is_short = lines["original"].str.len_bytes() <= LONGEST_TEXT
    if not is_short.all():
        parts, others = _read(lines.filter(is_short))
        return parts, pl.concat([others, lines.filter(~is_short)])
    known, others = read_known_layouts(lines)
    parts = [_fields(frame) for frame in known]
    if others.is_empty():
        return parts, others
    single, suspects = decode(others)
    # Without a scooter it may be an array, which is looked for among the others.
    nobodys = single.filter(is_nobodys())
    parts.append(_fields(flat(single.filter(~is_nobodys()))))
    return parts, pl.concat([suspects, nobodys.select(lines.columns)])


def _with_suspects(
    parts: list[pl.DataFrame], suspects: pl.DataFrame, lines: pl.DataFrame
) -> list[pl.DataFrame]:
    """Add what the other lines hold, or what is wrong with them."""
    found = [it for row in suspects.iter_rows() for it in messages_of(*row)]
    # A piece that is no JSON was split off where it should not, or its whole line is none.
    broken = {it.line for it in found if it.part is not None and it.reason == NOT_JSON}
    if broken:
        is_broken = pl.col("line").is_in(list(broken))
        parts = [part.filter(~is_broken) for part in parts]
        found = [it for it in found if it.line not in broken]
        found += [it for row in lines.filter(is_broken).iter_rows() for it in messages_of(*row)]
    return [*parts, *_one_by_one(found)]


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Turn the fields as they were sent into columns of pings."""
    code = pl.col("id").str.strip_chars().replace("", None)
    epoch = _from_epoch(pl.col("ts"))
    has_text = frame["sent_at"].null_count() < frame.height
    reported_at = pl.coalesce(_from_iso(frame["sent_at"]), epoch) if has_text else epoch
    return frame.select(
        "line",
        "part",
        code.alias("scooter_code"),
        pl.col("fw").fill_null("1").str.replace_all("\x00", "", literal=True).alias("firmware"),
        reported_at.alias("reported_at"),
        pl.col("lat").alias("latitude"),
        pl.col("lon").alias("longitude"),
        "hdop",
        pl.col("spd").alias("speed_kmh"),
        pl.col("bat").alias("battery_pct"),
        pl.col("lock")
        .replace_strict(_FLAGS, default=None, return_dtype=pl.Boolean())
        .alias("is_locked"),
        pl.when(pl.all_horizontal(pl.col(list(FLAT)).is_null()))
        .then(pl.lit("no message"))
        .when(code.is_null())
        .then(pl.lit("no scooter id"))
        .when(pl.col("sent_at").is_null() & pl.col("ts").is_null())
        .then(pl.lit("no time"))
        .when(pl.col("lock").is_not_null() & ~pl.col("lock").is_in(list(_FLAGS)))
        .then(pl.lit("the lock is neither open nor closed"))
        .otherwise(pl.lit(None, pl.String))
        .alias(REASON),
    )


def _from_iso(text: pl.Series) -> pl.Series:
    """ISO 8601; without an offset it is UTC. The usual form is read first: it is most of them."""
    is_usual = (text.str.len_bytes() == 24) & text.str.ends_with("Z")
    seconds = text.str.head(19).str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="us", strict=False)
    fraction = text.str.slice(19, 4)
    millis = fraction.str.strip_prefix(".").cast(pl.UInt16, strict=False).cast(pl.Int64)
    times = (seconds + (millis * 1000).cast(pl.Duration("us"))).dt.replace_time_zone("UTC")
    times = times.zip_with(is_usual, pl.Series([None], dtype=times.dtype))
    unread = times.is_null() & text.is_not_null()
    if unread.any():
        others = text.filter(unread)
        with_offset, without = (
            form.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False)
            for form in (others, others + "Z")
        )
        read = with_offset.zip_with(with_offset.is_not_null(), without)
        times = times.scatter(unread.arg_true(), read)
    return times.dt.truncate("1ms").rename("sent_at")


def _from_epoch(number: pl.Expr) -> pl.Expr:
    seconds = pl.when(number.abs() >= _MILLISECONDS_FROM).then(number / 1e3).otherwise(number)
    is_sane = seconds.abs() < _MILLISECONDS_FROM
    millis = pl.when(is_sane).then((seconds * 1e3).round()).otherwise(None)
    micros = millis.cast(pl.Int64, strict=False) * 1000
    return micros.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _one_by_one(found: list[Message]) -> list[pl.DataFrame]:
    """Read those that have the right kinds of values after all, and tell the others."""
    fine = [(it.line, it.part, it.original) for it in found if it.reason is None]
    wrong = [(it.line, it.part, it.reason) for it in found if it.reason is not None]
    read, refused = decode_exactly(pl.DataFrame(fine, schema=_TEXT, orient="row"))
    parts = [
        pl.DataFrame(wrong, schema=_WRONG, orient="row"),
        refused.select("line", "part", pl.lit(_OTHER).alias(REASON)),
    ]
    return [_fields(flat(read)), *(part.pipe(_without_fields) for part in parts)]


def _without_fields(frame: pl.DataFrame) -> pl.DataFrame:
    have = set(frame.columns)
    return frame.with_columns(
        pl.lit(None, kind).alias(name) for name, kind in PARSED.items() if name not in have
    ).select(list(PARSED))


_OTHER = "a value cannot be read"
_TEXT = {"line": pl.UInt32(), "part": pl.UInt32(), "original": pl.String()}
_WRONG = {"line": pl.UInt32(), "part": pl.UInt32(), REASON: pl.String()}
