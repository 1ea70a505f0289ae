"""Two versions of a table, held against each other in the warehouse, a column at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from warehouse.connection import Warehouse

#: Sums of the same floating numbers in another order differ by less than this share.
_SAME_SHARE = 1e-9
#: Types without an order of their own, which are compared as text.
_AS_TEXT = {"polygon", "point", "json", "box", "path"}
#: What a row was built from: not a number that anybody reads.
_TECHNICAL = {"day_fingerprint"}
#: Rows that both versions have, as `_joined` names them.
_BOTH = "b.is_there and a.is_there"
#: How many changed rows are shown of a column.
_EXAMPLES = 3


@dataclass(frozen=True)
class ColumnDiff:
    """A column in which rows that both versions have differ.

    Attributes
    ----------
    changed_count
        Rows with another value.
    sum_before, sum_after
        Sums over all rows of both versions; None where it holds no numbers.
    examples
        Key, value before and value after of the first changed rows by key.
    """

    name: str
    changed_count: int
    sum_before: float | None = None
    sum_after: float | None = None
    examples: tuple[tuple[str, Any, Any], ...] = ()

    def __str__(self) -> str:
        total = ""
        if self.sum_before is not None and self.sum_after is not None:
            total = f", sum {self.sum_before:,.6g} to {self.sum_after:,.6g}"
        lines = [f"    {self.name}: {self.changed_count:,} changed{total}"]
        lines += [f"      {key}: {before} -> {after}" for key, before, after in self.examples]
        return "\n".join(lines)


@dataclass(frozen=True)
class TableDiff:
    """How a table differs from its other version.

    Attributes
    ----------
    key
        Columns by which rows were matched; empty where nothing tells rows apart: then a changed
        row counts as one gone and one added.
    row_count
        Rows of the first version.
    added_count, gone_count, changed_count
        Rows that only the second has, that only the first has, that both have with other values.
    new_columns, lost_columns
        Columns of only one of them.
    """

    name: str
    key: tuple[str, ...]
    row_count: int
    added_count: int
    gone_count: int
    changed_count: int = 0
    columns: tuple[ColumnDiff, ...] = ()
    new_columns: tuple[str, ...] = field(default=())
    lost_columns: tuple[str, ...] = field(default=())

    @property
    def is_same(self) -> bool:
        """Whether rows and columns are the same."""
        counts = self.added_count + self.gone_count + self.changed_count
        return not (counts or self.new_columns or self.lost_columns)

    def __str__(self) -> str:
        lines = [
            f"{self.name}: {self.row_count:,} rows, {self.added_count:,} added, "
            f"{self.gone_count:,} gone, {self.changed_count:,} changed"
        ]
        lines += [f"    {column}: new column" for column in self.new_columns]
        lines += [f"    {column}: column gone" for column in self.lost_columns]
        return "\n".join([*lines, *map(str, self.columns)])


def compare_tables(
    warehouse: Warehouse, before: str, after: str, key: Sequence[str] = ()
) -> TableDiff:
    """Compare two tables row by row.

    Parameters
    ----------
    before, after
        ``schema.name`` of the two; the result carries the first one's name.
    key
        Columns that tell rows apart in both; empty compares whole rows.
    """
    types_before, types_after = _types(warehouse, before), _types(warehouse, after)
    shared = {name: kind for name, kind in types_before.items() if name in types_after}
    new = tuple(name for name in types_after if name not in types_before)
    lost = tuple(name for name in types_before if name not in types_after)
    row_count = int(warehouse.fetch(f"select count(*) as rows from {before}")[0]["rows"])
    if not key or not set(key) <= set(shared):
        gone, added = (
            _rows_only_in(warehouse, one, other, shared)
            for one, other in ((before, after), (after, before))
        )
        return TableDiff(before, (), row_count, added, gone, new_columns=new, lost_columns=lost)
    values = {name: kind for name, kind in shared.items() if name not in key}
    differs = {name: _differs(name, kind) for name, kind in values.items()}
    counts = _counts(warehouse, before, after, key, values, differs)
    columns = tuple(
        _column(warehouse, before, after, key, name, counts, differs[name])
        for name in values
        if counts[f"changed_{name}"]
    )
    return TableDiff(
        before, tuple(key), row_count, counts["added"], counts["gone"], counts["changed"],
        columns, new, lost,
    )  # fmt: skip


def _types(warehouse: Warehouse, relation: str) -> dict[str, str]:
    schema, name = relation.split(".")
    rows = warehouse.fetch(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = %(schema)s and table_name = %(name)s order by ordinal_position",
        {"schema": schema, "name": name},
    )
    types = {row["column_name"]: row["data_type"] for row in rows}
    return {name: kind for name, kind in types.items() if name not in _TECHNICAL}


def _comparable(side: str, name: str, kind: str) -> str:
    value = f'{side}."{name}"'
    return f"cast({value} as text)" if kind in _AS_TEXT else value


def _differs(name: str, kind: str) -> str:
    before, after = _comparable("b", name, kind), _comparable("a", name, kind)
    if kind not in ("double precision", "real"):
        return f"{before} is distinct from {after}"
    scale = f"greatest(abs({before}), abs({after}))"
    return (
        f"(({before} is null) <> ({after} is null)"
        f" or ({before} <> {after} and abs({before} - {after}) > {_SAME_SHARE} * {scale}))"
    )


def _joined(before: str, after: str, key: Sequence[str]) -> str:
    """Both versions, each row beside the one of its key; a NULL in a key equals another one."""
    matches = " and ".join(
        f"""coalesce(cast(b."{name}" as text), '') = coalesce(cast(a."{name}" as text), '')"""
        for name in key
    )
    sides = [f"(select true as is_there, * from {table}) as" for table in (before, after)]
    return f"{sides[0]} b full outer join {sides[1]} a on {matches}"


def _counts(
    warehouse: Warehouse,
    before: str,
    after: str,
    key: Sequence[str],
    values: dict[str, str],
    differs: dict[str, str],
) -> dict[str, Any]:
    """Rows added, gone and changed, and of each column the changed ones and both sums."""
    parts = [
        "count(*) filter (where b.is_there is null) as added",
        "count(*) filter (where a.is_there is null) as gone",
        f"count(*) filter (where {_BOTH} and ({' or '.join(differs.values()) or 'false'}))"
        " as changed",
    ]
    for name, kind in values.items():
        parts.append(f'count(*) filter (where {_BOTH} and {differs[name]}) as "changed_{name}"')
        if kind in ("integer", "bigint", "numeric", "double precision"):
            parts += [f'cast(sum({s}."{name}") as double precision) as "{s}_{name}"' for s in "ba"]
    return warehouse.fetch(f"select {', '.join(parts)} from {_joined(before, after, key)}")[0]


def _column(
    warehouse: Warehouse,
    before: str,
    after: str,
    key: Sequence[str],
    name: str,
    counts: dict[str, Any],
    differs: str,
) -> ColumnDiff:
    ordered = ", ".join(f'b."{column}"' for column in key)
    rows = warehouse.fetch(
        f"select concat_ws('|', {ordered}) as label,"
        f'  cast(b."{name}" as text) as old, cast(a."{name}" as text) as new'
        f" from {_joined(before, after, key)} where {_BOTH} and {differs}"
        f" order by {ordered} limit {_EXAMPLES}"
    )
    examples = tuple((row["label"], row["old"], row["new"]) for row in rows)
    old, new = counts.get(f"b_{name}"), counts.get(f"a_{name}")
    return ColumnDiff(name, counts[f"changed_{name}"], old, new, examples)


def _rows_only_in(warehouse: Warehouse, one: str, other: str, shared: dict[str, str]) -> int:
    """Rows of one table that the other lacks, counted as often as they occur."""
    columns = [_comparable("x", name, kind) for name, kind in shared.items()]
    selected = ", ".join(columns) or "1"
    rows = warehouse.fetch(
        f"select count(*) as rows from (select {selected} from {one} as x"
        f" except all select {selected} from {other} as x) as missing"
    )
    return int(rows[0]["rows"])
