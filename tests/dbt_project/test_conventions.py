"""What every dbt model owes its readers."""

import re
import statistics
from typing import Any

import pytest

from tests.dbt_project.project import MODELS_FOLDER, described_models, entries, sql_files

pytestmark = pytest.mark.unit

FLAT_TYPES = {
    "text",
    "integer",
    "bigint",
    "boolean",
    "date",
    "double precision",
    "numeric(14,2)",
    "timestamp",
    "timestamptz",
}
KEY_TESTS = {"unique", "unique_key", "primary_key"}


def layer(name: str) -> str:
    """The folder right under models/ that a model lives in."""
    return sql_files()[name].relative_to(MODELS_FOLDER).parts[0]


def names_of_tests(entry: dict[str, Any]) -> set[str]:
    """Names of the data tests of a model and of its columns."""
    listed = list(entry.get("data_tests", []))
    for column in entry.get("columns", []):
        listed += column.get("data_tests", [])
    return {test if isinstance(test, str) else next(iter(test)) for test in listed}


@pytest.mark.parametrize("name", sql_files())
def test_model_is_described(name: str) -> None:
    """Every model has a description that says what one row is."""
    assert described_models()[name]["description"].startswith("One row per ")


@pytest.mark.parametrize("name", sql_files())
def test_columns_are_described(name: str) -> None:
    """Every described column says what it is."""
    silent = [
        column["name"]
        for column in described_models()[name].get("columns", [])
        if not column.get("description")
    ]
    assert silent == []


@pytest.mark.parametrize("name", [name for name in sql_files() if layer(name) in ("marts", "bi")])
def test_last_layers_have_contracts_and_keys(name: str) -> None:
    """Marts and bi models have an enforced contract and a tested key; steps between a key alone.

    What is only a part of another model's query has its key tested there.
    """
    entry = described_models()[name]
    if entry["config"].get("materialized") == "ephemeral":
        return
    if not name.startswith("int_"):
        assert entry["config"]["contract"] == {"enforced": True}
    # What is only summed up has no key.
    assert name == "int_fleet_hashes" or KEY_TESTS & names_of_tests(entry)


def test_models_are_short() -> None:
    """A model has fewer than 120 lines, half of them fewer than 50."""
    lengths = {name: len(path.read_text().splitlines()) for name, path in sql_files().items()}
    assert {name: length for name, length in lengths.items() if length >= 120} == {}
    assert statistics.median(lengths.values()) <= 50


@pytest.mark.parametrize("name", [name for name in sql_files() if layer(name) == "bi"])
def test_bi_is_flat_and_names_no_rider(name: str) -> None:
    """Columns of bi are flat and name no rider; beside a UTC hour stands the local one."""
    columns = {
        column["name"]: column["data_type"] for column in described_models()[name]["columns"]
    }
    assert set(columns.values()) <= FLAT_TYPES
    assert not {column for column in columns if "user" in column or "hash" in column}
    for column in (column for column, kind in columns.items() if kind == "timestamptz"):
        local = {"hour_at": "local_hour_at"}.get(column, re.sub("_at$", "_local_at", column))
        assert columns.get(local) == "timestamp", local


def test_unit_tests_say_their_rule() -> None:
    """Every unit test has a description."""
    assert [test["name"] for test in entries("unit_tests") if not test.get("description")] == []


def test_descriptions_are_short_files() -> None:
    """A file that describes models has at most 400 lines."""
    lengths = {
        path.name: len(path.read_text().splitlines()) for path in MODELS_FOLDER.rglob("*.yml")
    }
    assert {name: length for name, length in lengths.items() if length > 400} == {}


def test_every_mart_is_in_the_data_dictionary() -> None:
    """The handbook of the data names each table that analysts read."""
    dictionary = (MODELS_FOLDER.parents[1] / "docs" / "data-dictionary.md").read_text()
    marts = [name for name in sql_files() if layer(name) == "marts" and not name.startswith("int_")]
    assert [name for name in marts if f"`{name}`" not in dictionary] == []
