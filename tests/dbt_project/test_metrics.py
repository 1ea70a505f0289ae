"""The metrics of the semantic layer are the figures of the marts."""

import csv
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from extract.run import extract_all
from extract.schemas import create_raw_tables
from flows.dbt import MODELS_ONLY, dbt_environment, run
from ml.models import MODELS
from simulator.run import simulate
from tests.dbt_project.project import described_models, entries
from tests.needs import need
from warehouse.connection import Warehouse
from warehouse.models import ensure_tables
from warehouse.settings import PROJECT_ROOT, load_settings

MF = Path(sys.executable).parent / "mf"
END = datetime(2026, 6, 1, 7, tzinfo=UTC)
#: Columns of rpt_city_days that are no figures.
NO_FIGURES = {"city_id", "service_date", "currency"}

Figures = dict[tuple[str, str], dict[str, float | None]]


def metrics() -> dict[str, dict[str, Any]]:
    """What the yml files say of each metric, by its name."""
    return {metric["name"]: metric for metric in entries("metrics")}


def mart_columns() -> dict[str, str]:
    """The metric that each column of rpt_city_days is."""
    found = {
        metric["config"]["meta"].get("mart_column"): name for name, metric in metrics().items()
    }
    return {column.split(".")[1]: name for column, name in found.items() if column}


@pytest.mark.unit
def test_every_figure_of_the_mart_is_a_metric() -> None:
    """Each figure of rpt_city_days is computed by one metric of the same name."""
    columns = {column["name"] for column in described_models()["rpt_city_days"]["columns"]}
    assert mart_columns() == {column: column for column in columns - NO_FIGURES}


@pytest.mark.unit
def test_metrics_read_no_report() -> None:
    """Metrics are computed from facts and dimensions: from a report they would prove nothing."""
    read = {model["model"].split("'")[1] for model in entries("semantic_models")}
    assert {name for name in read if not name.startswith(("fct_", "dim_"))} == set()


@pytest.mark.unit
def test_metrics_are_described() -> None:
    """Each metric has a label, a description and a unit, and says whether it is a KPI."""
    for name, metric in metrics().items():
        assert metric["label"], name
        assert metric["description"], name
        assert {"unit", "is_kpi"} <= set(metric["config"]["meta"]), name


def documented() -> dict[str, list[str]]:
    """The cells after the name of each metric in docs/metrics.md."""
    page = (PROJECT_ROOT / "docs" / "metrics.md").read_text()
    lines = [line.split("|")[1:-1] for line in page.splitlines() if line.startswith("| `")]
    return {cells[0].strip(" `"): [cell.strip() for cell in cells[1:]] for cells in lines}


@pytest.mark.unit
def test_every_metric_is_documented() -> None:
    """The page of the metrics names each of them, KPIs first, with its unit."""
    kpis = [name for name, metric in metrics().items() if metric["config"]["meta"]["is_kpi"]]
    assert set(documented()) == set(metrics())
    assert set(list(documented())[: len(kpis)]) == set(kpis)
    units = {name: metric["config"]["meta"]["unit"] for name, metric in metrics().items()}
    assert {name: cells[2] for name, cells in documented().items()} == units


@pytest.mark.unit
def test_documented_formulas_are_those_of_the_metrics() -> None:
    """A ratio names its two metrics; a simple one the table and the columns of its measure."""
    models = {model["name"]: model for model in entries("semantic_models")}
    measures = {
        measure["name"]: (model, str(measure.get("expr", measure["name"])))
        for model in models.values()
        for measure in model.get("measures", [])
    }
    for name, (formula, source, _unit, _example) in documented().items():
        terms = metrics()[name]["type_params"]
        if metrics()[name]["type"] == "ratio":
            assert formula == f"`{terms['numerator']}` / `{terms['denominator']}`"
        elif metrics()[name]["type"] == "simple":
            model, expression = measures[terms["measure"]]
            table, *columns = re.findall(r"`(\w+)`", source)
            known = {column["name"] for column in described_models()[table]["columns"]}
            assert table == model["model"].split("'")[1], name
            assert set(columns) == known & set(re.findall(r"\w+", expression)), name


@pytest.mark.unit
def test_documented_examples_add_up() -> None:
    """An example with a result is the result of its terms, to the digits it is given with."""
    for name, (*_, example) in documented().items():
        sum_, _, result = example.partition(" = ")
        if not result:
            continue
        assert re.fullmatch(r"[\d. /-]+", sum_), name
        left, _, less = sum_.partition(" - ")
        numerator, denominator = left.split(" / ")
        value = float(numerator) / float(denominator) - float(less or 0)
        assert f"{value:.{len(result.partition('.')[2])}f}" == result, name


@pytest.fixture(scope="module")
def city(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """Nine days of a small city, built up to rpt_city_days."""
    settings = load_settings(home=tmp_path_factory.mktemp("city"), _env_file=None)
    simulate(settings, cities=["kastoria"], days=9, seed=7, end=END)
    create_raw_tables(module_warehouse)
    ensure_tables(MODELS, module_warehouse)
    extract_all(settings, module_warehouse, cities=None, until=END)
    module_warehouse.execute(
        "insert into ops.city_clocks (city_id, as_of_at) values ('kastoria', %(end)s)", {"end": END}
    )
    selected = ["--select", "+rpt_city_days", "int_days"]
    run(settings, module_warehouse.url, "build", *MODELS_ONLY, *selected)
    return module_warehouse


@pytest.fixture(scope="module")
def project(city: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dbt project as MetricFlow wants it: with its target folder inside."""
    folder = tmp_path_factory.mktemp("project")
    for part in (PROJECT_ROOT / "dbt_project").iterdir():
        if part.name != "target":
            (folder / part.name).symlink_to(part)
    dbt = Path(sys.executable).parent / "dbt"
    subprocess.run(
        [dbt, "parse", "--quiet", "--log-path", folder / "logs", "--profiles-dir", folder],
        check=True,
        cwd=folder,
        env=dbt_environment(city.url),
    )
    return folder


def queried(project: Path, url: str, names: list[str]) -> Figures:
    """What MetricFlow computes for each city and day."""
    need(MF.exists(), "MetricFlow")
    table = project / "metrics.csv"
    command = [MF, "query", "--metrics", ",".join(names), "--group-by", "city,metric_time__day"]
    done = subprocess.run(
        [*command, "--csv", table, "--quiet"],
        capture_output=True,
        text=True,
        cwd=project,
        # It asks a registry whether it is the newest, wherever it runs: nobody answers there.
        env={**dbt_environment(url), "HTTPS_PROXY": "http://127.0.0.1:9"},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with table.open() as lines:
        rows = list(csv.DictReader(lines))
    return {
        (row["city"], row["metric_time__day"][:10]): {
            name: float(row[name]) if row[name] else None for name in names
        }
        for row in rows
    }


@pytest.mark.db
def test_marts_hold_what_metricflow_computes(city: Warehouse, project: Path) -> None:
    """Every figure of a city's day is its metric; a sum of nothing is 0 in the mart, and no row."""
    computed = queried(project, city.url, sorted(mart_columns()))
    rows = city.fetch("select * from marts.rpt_city_days order by service_date")
    assert len(rows) == len(computed) == 10
    for row in rows:
        metric = computed[row["city_id"], str(row["service_date"])]
        for column in mart_columns():
            mart = row[column]
            if column.endswith("share") or "_per_" in column or "average" in column:
                assert (mart is None) == (metric[column] is None), column
            assert float(mart or 0) == pytest.approx(metric[column] or 0, rel=1e-9), column


@pytest.mark.db
def test_a_week_before_is_the_same_weekday(city: Warehouse, project: Path) -> None:
    """The change of rides compares a day with the one seven days before."""
    computed = queried(project, city.url, ["ride_count", "ride_count_change"])
    days = sorted(computed)[:10]
    changes = [computed[day]["ride_count_change"] for day in days]
    counts = [computed[day]["ride_count"] or 0 for day in days]
    assert changes[:7] == [None] * 7
    assert changes[7:] == pytest.approx(
        [after / before - 1 for before, after in zip(counts, counts[7:], strict=False)]
    )
