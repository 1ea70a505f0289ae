"""Messages sent together: arrays taken apart as texts, many lines at once.

``[{...},{...}]`` is split between its messages, wherever ``}`` and ``{`` stand about a comma. Each
piece is then read by itself. A split within a message or a text leaves pieces that are no JSON;
pieces that all are JSON are the elements of an array that is JSON.
"""

from __future__ import annotations

import polars as pl

from extract.telemetry.decoding import BLANK, LONGEST_TEXT, SCALAR, TEXT

_MEMBER = f'"{TEXT}"{BLANK}:{BLANK}{SCALAR}'
_HEAD = f'^{BLANK}(?:\\{{{BLANK}(?:{_MEMBER}{BLANK},{BLANK})*"messages"{BLANK}:{BLANK})?$'
_TAIL = f"^{BLANK}(?:(?:,{BLANK}{_MEMBER}{BLANK})*\\}})?{BLANK}$"
#: No JSON text holds it as it is.
_MARK = "\x1e"


def take_apart(lines: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Split arrays, bare or as ``{"messages": [...]}`` beside plain fields, into messages.

    Parameters
    ----------
    lines
        With ``line``, ``part`` and ``original``; ``part`` is null.

    Returns
    -------
    tuple of polars.DataFrame
        The messages, ``part`` being their place; and the lines that are no such arrays.
    """
    head = pl.col("original").str.extract(r"^([^\[]*)\[")
    tail = pl.col("original").str.extract(r"\]([^\]]*)$")
    cut = lines.with_columns(_head=head, _tail=tail).with_columns(
        _inner=pl.col("original")
        .str.strip_prefix(pl.col("_head") + "[")
        .str.strip_suffix("]" + pl.col("_tail"))
        .str.strip_chars()
    )
    is_array = cut.select(_is_array().fill_null(False)).to_series()
    pieces = (
        cut.filter(is_array)
        .select(
            "line",
            original=pl.col("_inner")
            .str.replace_all(rf"\}}{BLANK},{BLANK}\{{", f"}}{_MARK}{{")
            .str.split(_MARK),
        )
        .with_columns(part=pl.int_ranges(0, pl.col("original").list.len(), dtype=pl.UInt32()))
        .explode("original", "part")
    )
    return pieces.select(lines.columns), lines.filter(~is_array)


def _is_array() -> pl.Expr:
    head, tail = pl.col("_head"), pl.col("_tail")
    both = head + tail
    return (
        (pl.col("original").str.len_bytes() <= LONGEST_TEXT)
        & pl.col("_inner").str.starts_with("{")
        & head.str.contains(_HEAD)
        & tail.str.contains(_TAIL)
        & (head.str.contains(r"\{") == tail.str.contains(r"\}"))
        & (both.str.count_matches('"messages"', literal=True) <= 1)
        # Such a line is a message of its own.
        & ~both.str.contains(r'"(?:id|device)"|\\')
    )
