"""What the pages read against what dbt promises."""

from pathlib import Path

import pytest
import yaml

from warehouse.connection import Warehouse

pytestmark = pytest.mark.db

BI_MODELS = Path(__file__).resolve().parents[2] / "dbt_project" / "models" / "bi"


def test_tables_of_the_tests_are_those_of_dbt(empty_bi: Warehouse) -> None:
    """Every column that the pages are tested with is one that a bi model declares."""
    declared = {
        (model["name"], column["name"])
        for path in BI_MODELS.glob("*.yml")
        for model in yaml.safe_load(path.read_text()).get("models", [])
        for column in model.get("columns", [])
    }
    tested = empty_bi.read(
        "select table_name::text, column_name::text from information_schema.columns"
        " where table_schema = 'bi'"
    )
    assert set(tested.iter_rows()) - declared == set()
