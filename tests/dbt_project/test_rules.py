"""A kind of task, or a check of the data, is known everywhere or nowhere."""

import csv
import re

import pytest
import yaml

from extract.planning.template import template_rows
from extract.planning.worksheets import _TASK_KINDS, WORKSHEETS
from flows.planning_words import _THRESHOLDS
from ml.forecast_fit import ForecastParameters
from routing.lifecycle import CLOSE_AFTER_H
from simulator.planning import worksheets
from tests.dbt_project.project import MODELS_FOLDER, described_models, entries, sql_files

pytestmark = pytest.mark.unit

#: What each check of the data quality tells.
CHECK_COLUMNS = ["city_id", "check_name", "severity", "failed_count", "detail_en"]


def task_kinds() -> set[str]:
    """Return the kinds of the seed."""
    with (MODELS_FOLDER.parent / "seeds" / "task_kinds.csv").open(encoding="utf-8") as file:
        return {row["task_kind"] for row in csv.DictReader(file)}


def models_of(prefix: str) -> set[str]:
    """Return what follows the prefix in the names of the models."""
    return {name.removeprefix(prefix) for name in sql_files() if name.startswith(prefix)}


def listed(model: str) -> set[str]:
    """Return the names in the list at the head of a model that unites others."""
    head = sql_files()[model].read_text().partition("-%}")[0]
    return set(re.findall(r"'(\w+)'", head))


def test_a_kind_of_task_is_known_everywhere() -> None:
    """The seed, a model, the union, the planning sheet, its examples and the routes agree."""
    kinds = task_kinds()
    (priorities,) = (sheet for sheet in WORKSHEETS if sheet.name == "priorities")
    example = {cell for row in template_rows(priorities) for cell in row}
    simulated = {row["task_kind"] for row in worksheets([])["priorities"]}
    known = {
        "models/marts/operations/candidates": models_of("int_candidates_"),
        "the head of fct_task_candidates.sql": listed("fct_task_candidates"),
        "extract/planning/worksheets.py": set(_TASK_KINDS),
        "extract/planning/template.py": example & kinds,
        "simulator/planning.py": simulated,
        "routing/lifecycle.py": set(CLOSE_AFTER_H),
        "flows/planning_words.py": set(_THRESHOLDS),
    }
    assert {place: kinds ^ named for place, named in known.items() if named != kinds} == {}


def test_the_union_of_kinds_is_tested_with_all_of_them() -> None:
    """The unit test of the candidates names every kind: without its input none compiles."""
    (test,) = (one for one in entries("unit_tests") if one["model"] == "fct_task_candidates")
    inputs = {given["input"].split("'")[1] for given in test["given"]}
    assert {f"int_candidates_{kind}" for kind in task_kinds()} <= inputs


def test_a_check_is_united_with_the_others() -> None:
    """Each model of a check is part of the data quality."""
    assert listed("rpt_data_quality") == models_of("int_quality_")


@pytest.mark.parametrize("check", sorted(models_of("int_quality_")))
def test_checks_are_alike(check: str) -> None:
    """Each check has the same columns and a unit test of its rule."""
    model = f"int_quality_{check}"
    assert [column["name"] for column in described_models()[model]["columns"]] == CHECK_COLUMNS
    assert model in {test["model"] for test in entries("unit_tests")}


@pytest.mark.parametrize("kind", sorted(models_of("int_candidates_")))
def test_kinds_have_unit_tests(kind: str) -> None:
    """Each kind of task has a unit test of its rule."""
    assert f"int_candidates_{kind}" in {test["model"] for test in entries("unit_tests")}


def test_forecasts_are_classed_as_the_backtest_classes() -> None:
    """What is low, medium and high volume of a parking is the same in dbt and in Python."""
    project = yaml.safe_load((MODELS_FOLDER.parent / "dbt_project.yml").read_text())
    bounds = project["vars"]["parking_volume_bounds"]
    assert tuple(bounds) == ForecastParameters().volume_bounds


def test_trips_of_files_are_read_through_what_counts_them() -> None:
    """No model takes a file's trips where another source tells the same rides."""
    readers = {
        name
        for name, path in sql_files().items()
        if "ref('stg_open_trips__trips')" in path.read_text()
    }
    assert readers == {"int_trips_counted"}


def test_a_change_of_the_sheets_makes_no_version_of_a_parking() -> None:
    """The snapshot of parkings reads no sheet: one that is weighed would lose its history."""
    found = ["int_parkings_dated"]
    for name in found:  # the list grows while it is walked
        named = re.findall(r"ref\('(\w+)'\)", sql_files()[name].read_text())
        found += [parent for parent in named if parent in sql_files() and parent not in found]
    assert "stg_operational__parkings" in found
    assert [name for name in found if name.startswith("stg_planning")] == []
