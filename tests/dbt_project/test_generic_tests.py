"""The project's own generic tests: each finds what it is for, and nothing else."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jinja2
import pytest
import yaml

from warehouse.connection import Warehouse
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.db

FOLDER = PROJECT_ROOT / "dbt_project" / "tests" / "generic"
NEWEST = PROJECT_ROOT / "dbt_project" / "macros" / "newest_rows.sql"


def query(name: str, dbt: dict[str, Any] | None = None, **arguments: Any) -> str:
    """Return the query of a generic test, as dbt would render it with what it says itself."""
    text = (FOLDER / f"{name}.sql").read_text()
    header = re.match(r"\{% test \w+\((.*?)\) %\}", text, re.DOTALL)
    assert header is not None
    body = text[header.end() :].replace("{% endtest %}", "")
    defaults = dict(re.findall(r"(\w+)=([^,\s)]+)", header.group(1)))
    environment = jinja2.Environment(extensions=["jinja2.ext.do"])
    told = {"flags": SimpleNamespace(FULL_REFRESH=False), "env_var": lambda _name, value: value}
    module = environment.from_string(NEWEST.read_text()).make_module({**told, **(dbt or {})})
    macro = module.newest_rows  # type: ignore[attr-defined]
    values = {key: yaml.safe_load(value) for key, value in defaults.items()}
    values = {key: None if value == "none" else value for key, value in values.items()}
    return environment.from_string(body).render(**{**values, **arguments}, newest_rows=macro)


def found(warehouse: Warehouse, name: str, rows: str, **arguments: Any) -> int:
    """How many rows the test finds among `rows`, a list of values with its columns."""
    warehouse.execute(f"create table tested as select * from (values {rows}")
    return len(warehouse.fetch(query(name, model="tested", **arguments)))


@pytest.mark.parametrize(
    ("second", "gaps", "overlaps"),
    [("2, 3", 0, 0), ("2.5, 3", 1, 0), ("1.5, 3", 0, 1)],
)
def test_intervals(warehouse: Warehouse, second: str, gaps: int, overlaps: int) -> None:
    """A later start is a gap, an earlier one an overlap; another partition is neither."""
    rows = f"('a', 1, 2), ('a', {second}), ('b', 9, 10)) as t (who, starts, ends)"
    bounds = {"partition_by": "who", "starts": "starts", "ends": "ends"}
    assert found(warehouse, "no_gaps", rows, **bounds) == gaps
    assert len(warehouse.fetch(query("no_overlaps", model="tested", **bounds))) == overlaps


def test_sum_to(warehouse: Warehouse) -> None:
    """A sum that is off by more than the tolerance is found; NULL counts as 0 among the parts."""
    rows = "(1, 2.005, 3), (1, 2.02, 3), (null, 3, 3), (1, 1, null)) as t (a, b, whole)"
    assert found(warehouse, "sum_to", rows, parts=["a", "b"], total="whole") == 1


@pytest.mark.parametrize(
    ("bounds", "expected"),
    [({"at_least": 0, "at_most": 1}, 2), ({"at_least": 0}, 1), ({"at_most": 1}, 1)],
)
def test_within_bounds(warehouse: Warehouse, bounds: dict[str, int], expected: int) -> None:
    """Values past a bound are found; those on it, and NULL, are not."""
    rows = "(-0.1), (0), (1), (1.1), (null)) as t (share)"
    assert found(warehouse, "within_bounds", rows, column_name="share", **bounds) == expected


def test_not_swapped_lat_lon(warehouse: Warehouse) -> None:
    """A place that swapped lies nearer to its city is found; one far away as it is, is not."""
    warehouse.execute(
        "create table cities as select 'a' as city_id, 40.6 as depot_latitude,"
        " 22.9 as depot_longitude union all select 'unknown', null, null"
    )
    rows = (
        "('a', 40.61, 22.92), ('a', 22.92, 40.61), ('a', 48.8, 2.3), ('a', null, null),"
        " ('unknown', 22.92, 40.61)) as t (city_id, latitude, longitude)"
    )
    assert found(warehouse, "not_swapped_lat_lon", rows, cities="cities") == 1


def test_newest_keeps_to_the_last_days(warehouse: Warehouse) -> None:
    """With `newest`, rows older than its days are left out."""
    rows = "(2.0, date '2026-06-01'), (2.0, date '2026-06-10')) as t (share, day)"
    newest = {"column": "day", "days": 2}
    at_most = {"column_name": "share", "at_most": 1}
    assert found(warehouse, "within_bounds", rows, newest=newest, **at_most) == 1


@pytest.mark.parametrize(
    "dbt",
    [{"flags": SimpleNamespace(FULL_REFRESH=True)}, {"env_var": lambda _name, _value: "true"}],
)
def test_newest_is_nothing_where_all_is_new(warehouse: Warehouse, dbt: dict[str, Any]) -> None:
    """In a full refresh, and where all rows are asked for, `newest` leaves out none."""
    rows = "(2.0, date '2026-06-01'), (2.0, date '2026-06-10')) as t (share, day)"
    newest = {"column": "day", "days": 2}
    at_most = {"column_name": "share", "at_most": 1}
    assert found(warehouse, "within_bounds", rows, dbt=dbt, newest=newest, **at_most) == 2


def test_every_generic_test_is_described() -> None:
    """Each test says what it finds and what its arguments are."""
    described = yaml.safe_load((FOLDER / "_generic__tests.yml").read_text())["macros"]
    arguments = {
        entry["name"].removeprefix("test_"): {item["name"] for item in entry["arguments"]}
        for entry in described
        if entry["description"]
    }
    written = {path.stem: _arguments(path) for path in FOLDER.glob("*.sql")}
    assert arguments == written


def _arguments(path: Path) -> set[str]:
    header = re.match(r"\{% test \w+\((.*?)\) %\}", path.read_text(), re.DOTALL)
    assert header is not None
    return {part.split("=")[0].strip() for part in header.group(1).split(",")}
