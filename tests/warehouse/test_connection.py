"""Frames in and out of the warehouse."""

from datetime import UTC, datetime

import polars as pl
import pytest

from warehouse.connection import Warehouse, apply_operations_schema
from warehouse.errors import WarehouseError

pytestmark = pytest.mark.db

FRAME = pl.DataFrame(
    {
        "city_id": ["a", "a", "b"],
        "number": [1.5, None, 2.5],
        "seen_at": [datetime(2026, 3, 29, 1, tzinfo=UTC)] * 3,
        "tags": [["x"], [], None],
    }
)


@pytest.fixture
def table(warehouse: Warehouse) -> Warehouse:
    warehouse.execute(
        "create table kept (city_id text, number double precision, seen_at timestamptz,"
        " tags text[])"
    )
    return warehouse


def test_a_frame_comes_back(table: Warehouse) -> None:
    """What is appended is read back equal: nulls, lists and UTC times too."""
    table.append(FRAME, "public.kept")
    assert table.read("select * from kept").equals(FRAME)


def test_values_are_bound_not_pasted(table: Warehouse) -> None:
    """A value with a quote is a value."""
    frame = table.read("select %(text)s::text as said", {"text": "it's; drop table kept"})
    assert frame["said"].to_list() == ["it's; drop table kept"]


def test_numeric_is_a_number(table: Warehouse) -> None:
    """Money reads as Float64, json as text, and no rows still give columns."""
    frame = table.read("select 1.25::numeric(14,2) as price, '{}'::jsonb as extra where false")
    assert frame.schema == {"price": pl.Float64, "extra": pl.String}


def test_replace_is_all_or_nothing(table: Warehouse) -> None:
    """Replacing touches the named rows only, and a failure leaves what was there."""
    table.append(FRAME, "public.kept")
    table.replace(FRAME.head(1), "public.kept", {"city_id": "a"})
    assert table.read("select number from kept order by 1")["number"].to_list() == [1.5, 2.5]
    wrong = FRAME.with_columns(missing=pl.lit(1))
    with pytest.raises(Exception, match="missing"):
        table.replace(wrong, "public.kept", {"city_id": "b"})
    assert table.fetch("select count(*) as rows from kept") == [{"rows": 2}]


def test_a_lock_has_one_holder(table: Warehouse) -> None:
    """The second one is told who holds it; once released it is free."""
    with (
        table.lock("run"),
        pytest.raises(WarehouseError, match="another run"),
        Warehouse(table.url).lock("run"),
    ):
        pass
    with table.lock("run"):
        pass


def test_a_warehouse_that_is_down_gets_a_sentence() -> None:
    """Nobody there: the address without the password, and which setting to check."""
    gone = Warehouse("postgresql://moow:secret@127.0.0.1:1/moow")
    with pytest.raises(WarehouseError, match=r"127\.0\.0\.1:1/moow.*MOOW_WAREHOUSE_URL") as caught:
        gone.fetch("select 1")
    assert "secret" not in str(caught.value)


def test_the_tables_of_python_can_be_made_twice(warehouse: Warehouse) -> None:
    """Applying the schema again changes nothing."""
    warehouse.execute("insert into ops.city_clocks values ('a', now())")
    apply_operations_schema(warehouse)
    assert warehouse.fetch("select city_id from ops.city_clocks") == [{"city_id": "a"}]
