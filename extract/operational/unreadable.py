"""Cells that cannot be what their column is: kept as their text, their rows rejected.

SQLite lets a word stand in a column of numbers, and a column of text may hold what ours takes for a
number or a time. Such a row is rejected with the column and the value, not with an empty cell.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from extract.rejections import REASON, as_json

#: The cells of a row that could not be read, column to text, as JSON; null in other rows.
UNREADABLE = "_unreadable"


def column_of(name: str, kind: Any, values: Sequence[Any]) -> pl.Series:
    """Return values of a column; as texts when one of them is not of its kind."""
    series = pl.Series(name, values, dtype=kind, strict=False)
    if series.null_count() == values.count(None):
        return series
    return pl.Series(name, [as_text(value) for value in values], dtype=pl.String)


def as_text(value: Any) -> str | None:
    """Return a cell as text, null as null."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value is None else str(value)


def mark_unreadable(wire: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """Add `UNREADABLE` to what was typed: the cells that stood in `wire` and are null now."""
    cells: dict[int, dict[str, str]] = {}
    for name in typed.columns:
        if typed[name].null_count() == wire[name].null_count():
            continue  # nothing was lost, which is nearly always so
        lost = wire[name].is_not_null() & typed[name].is_null()
        if wire[name].dtype == pl.String:
            lost &= wire[name].str.strip_chars() != ""  # an empty text is no value at all
        if lost.any():
            for row in lost.arg_true():
                cells.setdefault(row, {})[name] = str(wire[name][row])
    marks: list[str | None] = [None] * wire.height
    for row, texts in cells.items():
        marks[row] = json.dumps(texts, ensure_ascii=False)
    return typed.with_columns(pl.Series(UNREADABLE, marks, dtype=pl.String))


def reject_unreadable(frame: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Return the rows that have unreadable cells, with `REASON` naming the first of them."""
    bad = frame.filter(pl.col(UNREADABLE).is_not_null())
    return bad.with_columns(
        pl.Series(REASON, [_reason(text, schema) for text in bad[UNREADABLE]], dtype=pl.String)
    )


def _reason(marks: str, schema: Mapping[str, Any]) -> str:
    name, value = next(iter(json.loads(marks).items()))
    kind = schema[name]
    what = "no number"
    if isinstance(kind, pl.Datetime):
        what = "no time"
    elif isinstance(kind, pl.Boolean):
        what = "neither 0 nor 1"
    elif isinstance(kind, pl.String):
        what = "no text"
    shown = value if len(value) <= 60 else f"{value[:60]}..."
    return f"{name} is {shown!r}, which is {what}"


def row_key() -> pl.Expr:
    """Return what names a rejected row: its id, or the text that stands in its place."""
    return pl.coalesce(
        pl.col("id").cast(pl.String),
        pl.col(UNREADABLE).str.json_path_match("$.id"),
        pl.col(UNREADABLE),
    )


def as_original(names: Sequence[str]) -> pl.Expr:
    """Return rows as JSON, unreadable cells as the texts that they are."""
    return pl.struct(as_json(names).alias("row"), UNREADABLE).map_elements(
        lambda both: _merged(both["row"], both[UNREADABLE]), pl.String
    )


def _merged(row: str, marks: str | None) -> str:
    if marks is None:
        return row
    return json.dumps({**json.loads(row), **json.loads(marks)}, ensure_ascii=False)
