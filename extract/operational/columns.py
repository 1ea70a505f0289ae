"""Which column of the source may fill which column of ours, and how it is asked for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

from extract.raw_tables import Type
from warehouse.errors import SourceError

#: What a source calls its types, by kind. Others are unknown, and SQLite may name none at all. A
#: column of a view that says ``null as end_hdop`` holds nothing.
_KINDS = {
    "whole": "bigint int integer tinyint smallint mediumint bit boolean bool year",
    "decimal": "decimal numeric",
    "float": "double float real double_precision",
    "time": "datetime timestamp",
    "date": "date",
    "text": "char varchar text tinytext mediumtext longtext enum set json uuid inet4 inet6"
    " clob nvarchar nchar",
    "nothing": "null",
}
_KIND_OF = {name: kind for kind, names in _KINDS.items() for name in names.split()}
_ALLOWED: dict[Type, tuple[str, ...]] = {
    "bigint": ("whole",),
    "double": ("float", "decimal", "whole"),
    "money": ("decimal", "float", "whole"),
    "boolean": ("whole",),
    "timestamp": ("time",),
    "text": ("text", "whole", "decimal"),
}
#: Days may stand in these columns of times: nothing depends on the hour. In others the hour of a
#: ride would be lost, or what changed since the last run.
_DAYS = {"parkings.created_at", "scooters.commissioned_at", "scooters.retired_at"}
#: Whole degrees are no position.
_DEGREES = ("latitude", "longitude")
_RAW_TYPE: dict[str, Type] = {
    "whole": "bigint",
    "decimal": "double",
    "float": "double",
    "time": "timestamp",
    "date": "timestamp",
    "text": "text",
}
#: Types that the reader of MySQL would not give as text by itself.
_AS_TEXT = {"enum", "set", "json", "uuid", "inet4", "inet6", "year", "decimal", "numeric"}
#: So many digits survive as a floating point number.
_EXACT_DIGITS = 15
#: Columns that say who a person is are not copied just because somebody added them.
_PERSONAL = re.compile(
    r"name|mail|phone|mobile|passw|token|secret|iban|card|address|birth|licen[cs]e|passport"
    r"|(^|_)(ip|imei|tax|vat|user|rider|customer|person|device|advertising)(_|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SourceColumn:
    """A column of the source.

    Attributes
    ----------
    name
        As the source spells it.
    type_name
        Such as ``bigint``, small letters, without sizes.
    digits
        How many digits a decimal holds; None where that is not said.
    """

    name: str
    type_name: str
    digits: int | None = None

    @property
    def kind(self) -> str:
        """One of `_KINDS`, or ``unknown``."""
        return _KIND_OF.get(self.type_name, "unknown")

    def expression(self, kind: Any) -> str:
        """Return what to select from MySQL for a polars type, without its name."""
        quoted = f"`{self.name}`"
        if self.kind == "nothing":
            return "cast(null as char)"
        if self.kind in ("time", "date"):
            # A date of zeros, or one without a month or day, is no time that anything can read.
            date = f"case when month({quoted}) > 0 and dayofmonth({quoted}) > 0 then {quoted} end"
            return f"cast({date} as datetime(6))" if self.kind == "date" else date
        if self.type_name == "bit":
            return f"{quoted} + 0"
        if isinstance(kind, pl.String) and self.type_name in _AS_TEXT:
            return f"cast({quoted} as char)"
        if isinstance(kind, pl.Float64) and self.kind == "decimal":
            return f"{quoted} + 0e0"
        if isinstance(kind, pl.Decimal) and (self.digits or 0) > _EXACT_DIGITS:
            return f"cast(round({quoted}, {kind.scale}) as char)"
        return quoted


def check_types(
    table: str,
    wanted: Mapping[str, Type],
    there: Mapping[str, SourceColumn],
    address: str,
    *,
    is_sqlite: bool,
) -> None:
    """Check that the columns exist and can hold what ours do.

    In SQLite the type of a column binds no cell, and it may have none: what is unknown passes, and
    so does a date, which may hold hours there. Its cells are looked at one by one.

    Raises
    ------
    SourceError
        Naming the columns that are missing, or the first whose type changed.
    """
    missing = [name for name in wanted if name not in there]
    if missing:
        raise SourceError(
            f"table {table!r} of the operational database {address} lacks {', '.join(missing)}; "
            f"it has {', '.join(sorted(there))}; give each its name back, or make a view {table!r} "
            "that has it"
        )
    for name, kind in wanted.items():
        column = there[name]
        kinds = _ALLOWED[kind]
        if is_sqlite:
            kinds += ("unknown", "date") if kind == "timestamp" else ("unknown",)
        elif name.endswith(_DEGREES):
            kinds = ("float", "decimal")
        elif f"{table}.{name}" in _DAYS:
            kinds += ("date",)
        if column.kind not in (*kinds, "nothing"):
            needed = "a number with decimals" if name.endswith(_DEGREES) else _words(kind)
            raise SourceError(
                f"column {name} of table {table!r} of the operational database is "
                f"{column.type_name}, and {needed} is needed; change it back, or make a "
                f"view {table!r} that converts it"
            )


def extra_columns(
    known: Mapping[str, Type], there: Mapping[str, SourceColumn]
) -> tuple[dict[str, Type], list[str]]:
    """Return the columns that we do not know: what is taken, and what is not, with the reason."""
    taken: dict[str, Type] = {}
    left: list[str] = []
    for name, column in there.items():
        if name in known or name in SOFT_DELETES:
            continue
        if _PERSONAL.search(name):
            left.append(f"{name} (may say who a person is)")
        elif column.kind not in _RAW_TYPE or not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
            left.append(f"{name} ({column.type_name})")
        else:
            taken[name] = _RAW_TYPE[column.kind]
    return taken, left


#: Columns by which an operator marks a row as deleted, in the order in which they are believed.
SOFT_DELETES = ("deleted_at", "is_deleted", "deleted")


def typed(frame: pl.DataFrame, schema: Mapping[str, Any]) -> pl.DataFrame:
    """Give the columns their types; a value that is not of its kind becomes null.

    Parameters
    ----------
    frame
        As it was read, by name.
    schema
        Names to polars types; times in the frame are naive UTC.
    """
    return frame.select(_cast(name, kind, frame[name].dtype) for name, kind in schema.items())


def _cast(name: str, kind: Any, there: Any) -> pl.Expr:
    column = pl.col(name)
    if isinstance(kind, pl.Datetime):
        if there == pl.String:
            column = column.str.to_datetime(time_unit="us", strict=False)
        return column.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(kind, pl.Boolean):
        return column.cast(pl.Int64, strict=False).cast(pl.Boolean)
    if isinstance(kind, pl.Decimal):
        if there == pl.String:
            exact = column.cast(kind, strict=False)
            return pl.coalesce(
                exact, column.cast(pl.Float64, strict=False).cast(kind, strict=False)
            )
        return column.cast(pl.Float64).round(kind.scale).cast(kind, strict=False)
    if isinstance(kind, pl.Int64) and there == pl.String:
        number = column.cast(pl.Float64, strict=False).cast(kind, strict=False)
        return pl.coalesce(column.cast(kind, strict=False), number)
    if isinstance(kind, pl.String):
        # Postgres takes no text with a NUL in it.
        return column.cast(pl.String).str.replace_all("\x00", "\ufffd", literal=True)
    return column.cast(kind, strict=False)


def _words(kind: Type) -> str:
    return {
        **{"bigint": "a whole number", "double": "a number", "money": "a number"},
        **{"boolean": "a boolean", "timestamp": "a datetime", "text": "a text"},
    }[kind]
