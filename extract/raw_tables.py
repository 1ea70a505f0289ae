"""What a raw table is: its columns, its key, and how Postgres, dlt and polars name its types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

Type = Literal["text", "bigint", "double", "boolean", "timestamp", "money"]

POSTGRES_TYPES: dict[Type, str] = {
    "text": "text",
    "bigint": "bigint",
    "double": "double precision",
    "boolean": "boolean",
    "timestamp": "timestamp with time zone",
    "money": "numeric(14,2)",
}
DLT_TYPES: dict[Type, dict[str, Any]] = {
    "text": {"data_type": "text"},
    "bigint": {"data_type": "bigint"},
    "double": {"data_type": "double"},
    "boolean": {"data_type": "bool"},
    "timestamp": {"data_type": "timestamp"},
    "money": {"data_type": "decimal", "precision": 14, "scale": 2},
}
POLARS_TYPES: dict[Type, Any] = {
    "text": pl.String(),
    "bigint": pl.Int64(),
    "double": pl.Float64(),
    "boolean": pl.Boolean(),
    "timestamp": pl.Datetime("us", "UTC"),
    "money": pl.Decimal(14, 2),
}


@dataclass(frozen=True)
class RawTable:
    """One table of a raw schema.

    Parameters
    ----------
    schema, name
        Where it lives, such as ``raw_operational`` and ``rides``.
    columns
        Column names to types, in the order of the table.
    key
        The columns that name a row. Rows are merged by it.
    """

    schema: str
    name: str
    columns: Mapping[str, Type]
    key: tuple[str, ...]

    def __post_init__(self) -> None:
        unknown = [column for column in self.key if column not in self.columns]
        if unknown or not self.key:
            raise ValueError(f"{self.relation}: the key {self.key} is not among its columns")

    @property
    def relation(self) -> str:
        """``schema.name``."""
        return f"{self.schema}.{self.name}"

    @property
    def polars_schema(self) -> dict[str, Any]:
        """Column names to polars types, the frame that this table takes."""
        return {name: POLARS_TYPES[kind] for name, kind in self.columns.items()}

    @property
    def dlt_columns(self) -> dict[str, Any]:
        """Column hints for a dlt resource, nothing left to be guessed."""
        return {
            name: {"name": name, **DLT_TYPES[kind], "nullable": name not in self.key}
            for name, kind in self.columns.items()
        }

    def ddl(self) -> str:
        """Return the statement that makes the table when it does not exist."""
        lines = [f"    {name} {POSTGRES_TYPES[kind]}" for name, kind in self.columns.items()]
        lines.append(f"    primary key ({', '.join(self.key)})")
        return f"create table if not exists {self.relation} (\n" + ",\n".join(lines) + "\n)"

    def conform(self, frame: pl.DataFrame) -> pl.DataFrame:
        """Return the frame with exactly this table's columns and types.

        A column that is missing becomes null; one too many is left out. A value that does not
        fit its type raises `polars.exceptions.InvalidOperationError`.
        """
        if frame.is_empty():
            return pl.DataFrame(schema=self.polars_schema)  # a literal would add a row
        have = set(frame.columns)
        return frame.select(
            (pl.col(name) if name in have else pl.lit(None)).cast(kind).alias(name)
            for name, kind in self.polars_schema.items()
        )


def columns(declaration: str) -> dict[str, Type]:
    """Read ``name type`` pairs, one a comma: a table is easier to read as a list."""
    read: dict[str, Type] = {}
    for item in declaration.split(","):
        name, kind = item.split()
        read[name] = kind  # type: ignore[assignment]
    return read


def rejected_table(schema: str, name: str) -> RawTable:
    """Return the table that keeps what ``schema.name`` could not take, with the reason."""
    return RawTable(
        schema,
        f"{name}_rejected",
        {
            "row_key": "text",
            "city": "text",
            "reason": "text",
            "original": "text",
            "rejected_at": "timestamp",
        },
        ("row_key",),
    )
