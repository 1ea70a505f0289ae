"""Two versions of a table, told apart by rows and columns."""

import pytest

from flows.table_diff import compare_tables
from warehouse.connection import Warehouse

pytestmark = pytest.mark.db


@pytest.fixture
def versions(warehouse: Warehouse) -> Warehouse:
    """Two versions of a table: a row gone, one added, one changed, one as good as the same."""
    warehouse.execute("create schema marts")
    warehouse.execute("create schema mine_marts")
    columns = "city_id text, n integer, share double precision, zone polygon"
    warehouse.execute(f"create table marts.t ({columns}, lost text)")
    warehouse.execute(f"create table mine_marts.t ({columns}, found text)")
    zone = "'((0,0),(0,1),(1,1))'"
    warehouse.execute(
        f"insert into marts.t values ('a', 1, 0.5, {zone}), ('b', 2, 0.3, {zone}),"
        f" (null, 3, null, null), ('c', 4, 1, {zone})"
    )
    warehouse.execute(
        f"insert into mine_marts.t values ('a', 1, 0.5 + 1e-15, {zone}),"
        f" ('b', 5, null, '((0,0),(0,2),(1,1))'), (null, 3, null, null), ('d', 4, 1, {zone})"
    )
    return warehouse


def test_rows_and_columns_are_counted(versions: Warehouse) -> None:
    """Added, gone and changed rows by key, each column with sums; a NULL key matches a NULL key.

    A share that differs by less than floating sums do is the same.
    """
    diff = compare_tables(versions, "marts.t", "mine_marts.t", ["city_id"])
    assert (diff.row_count, diff.added_count, diff.gone_count, diff.changed_count) == (4, 1, 1, 1)
    assert (diff.new_columns, diff.lost_columns) == (("found",), ("lost",))
    changed = {column.name: column for column in diff.columns}
    assert set(changed) == {"n", "share", "zone"}
    assert (changed["n"].sum_before, changed["n"].sum_after) == (10, 13)
    assert changed["n"].examples == (("b", "2", "5"),)
    assert changed["share"].examples == (("b", "0.3", None),)
    assert "n: 1 changed, sum 10 to 13" in str(diff)


def test_without_a_key_whole_rows_are_compared(versions: Warehouse) -> None:
    """Where nothing tells rows apart a changed one counts as gone and added."""
    diff = compare_tables(versions, "marts.t", "mine_marts.t")
    assert (diff.added_count, diff.gone_count, diff.changed_count) == (3, 3, 0)
    assert not diff.is_same


def test_the_same_is_the_same(versions: Warehouse) -> None:
    """A table does not differ from itself, with a key or without."""
    for key in (["city_id"], []):
        assert compare_tables(versions, "marts.t", "marts.t", key).is_same
