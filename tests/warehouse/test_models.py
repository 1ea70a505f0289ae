"""The one way to run a Python model."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import dataframely as dy
import polars as pl
import pytest

from warehouse.connection import Warehouse
from warehouse.errors import ContractError
from warehouse.models import ModelContext, PythonModel, Read, ensure_tables, run_model

pytestmark = pytest.mark.db

NOW = datetime(2026, 6, 1, 6, tzinfo=UTC)


class Doubled(dy.Schema):
    """One row a number."""

    city_id = dy.String(nullable=False)
    number = dy.Int64(nullable=False)
    doubled = dy.Int64(nullable=False, min=0)


def _double(
    inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: Any
) -> pl.DataFrame:
    return (
        inputs["numbers"]
        .with_columns(city_id=pl.lit(context.city_id), doubled=pl.col("number") * parameters)
        .select("city_id", "number", "doubled")
    )


def _model(factor: int) -> PythonModel:
    return PythonModel(
        name="doubled",
        reads={"numbers": Read("numbers", ("number",), "seen_at", history_days=1, ahead_days=0)},
        writes="ml.doubled",
        schema=Doubled,
        key=("city_id", "number"),
        build=_double,
        parameters=factor,
    )


@pytest.fixture
def numbers(warehouse: Warehouse) -> Warehouse:
    warehouse.execute("create table numbers (city_id text, number bigint, seen_at timestamptz)")
    warehouse.execute(
        "insert into numbers values ('a', 1, '2026-06-01T05:00Z'), ('a', 2, '2026-06-01T07:00Z'),"
        " ('a', 3, '2026-05-01T05:00Z'), ('b', 4, '2026-06-01T05:00Z')"
    )
    ensure_tables([_model(2)], warehouse)
    return warehouse


def test_reads_its_city_up_to_the_clock(numbers: Warehouse) -> None:
    """A model sees the rows of its city within its window, and nothing later than the clock."""
    assert run_model(_model(2), numbers, ModelContext("a", NOW)) == 1
    assert numbers.fetch("select number, doubled from ml.doubled") == [{"number": 1, "doubled": 2}]


def test_replaces_the_rows_of_its_city_only(numbers: Warehouse) -> None:
    """A second run replaces the city's rows and leaves the other cities alone."""
    for city, factor in (("a", 2), ("b", 2), ("a", 3)):
        run_model(_model(factor), numbers, ModelContext(city, NOW))
    rows = numbers.fetch("select city_id, doubled from ml.doubled order by 1")
    assert rows == [{"city_id": "a", "doubled": 3}, {"city_id": "b", "doubled": 8}]


def test_a_broken_contract_leaves_the_last_good_rows(numbers: Warehouse) -> None:
    """An output against the schema is refused, and what stood there stays."""
    run_model(_model(2), numbers, ModelContext("a", NOW))
    with pytest.raises(ContractError, match="doubled"):
        run_model(_model(-1), numbers, ModelContext("a", NOW))
    assert numbers.fetch("select doubled from ml.doubled") == [{"doubled": 2}]
