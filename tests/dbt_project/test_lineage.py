"""The lineage in the dbt docs is what the code does."""

import re
from collections.abc import Iterable

import pytest

from ml.models import MODELS as ML_MODELS
from routing.models import MODELS as ROUTING_MODELS
from routing.models import READS as ROUTING_READS
from routing.models import WRITES as ROUTING_WRITES
from tests.dbt_project.project import (
    described_models,
    entries,
    exposures,
    sources,
    sql_files,
)
from warehouse.models import PythonModel, Read
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.unit

PYTHON_MODELS = (*ML_MODELS, *ROUTING_MODELS)
PYTHON_SCHEMAS = ("ml", "ops")


def lineage(relations: Iterable[str]) -> set[str]:
    """Name relations as dbt does: sources with their schema, models without."""
    return {
        relation if relation.split(".")[0] in PYTHON_SCHEMAS else relation.split(".")[1]
        for relation in relations
    }


def reads() -> list[tuple[str, Read]]:
    """Every declared read of a dbt model, with the name of the Python model."""
    return [
        (model.name, read)
        for model in PYTHON_MODELS
        for read in model.reads.values()
        if read.relation.split(".")[0] not in PYTHON_SCHEMAS
    ]


@pytest.mark.parametrize("model", PYTHON_MODELS, ids=lambda model: model.name)
def test_exposure_depends_on_what_the_model_reads(model: PythonModel) -> None:
    """Each Python model is an exposure that depends on exactly what the code reads."""
    declared = lineage(read.relation for read in model.reads.values())
    assert exposures().get(model.name) == declared


def test_no_exposure_of_a_model_that_is_gone() -> None:
    """An exposure of type ml belongs to a Python model that exists."""
    declared = {entry["name"] for entry in entries("exposures") if entry["type"] == "ml"}
    assert declared == {model.name for model in PYTHON_MODELS}


def test_outputs_are_sources() -> None:
    """What a Python model writes is a source of dbt, and each source in ml is written by one."""
    written = {model.writes for model in PYTHON_MODELS}
    assert written | set(ROUTING_WRITES) <= sources()
    assert {name for name in sources() if name.startswith("ml.")} <= written


def test_routing_exposure() -> None:
    """The exposure routing depends on exactly the marts that planning reads."""
    assert exposures()["routing"] == lineage(ROUTING_READS)


def test_dashboards_exposure() -> None:
    """The exposure dashboards depends on exactly the bi models that its queries name."""
    code = "\n".join(
        path.read_text() for path in sorted((PROJECT_ROOT / "dashboards").rglob("*.py"))
    )
    assert exposures()["dashboards"] == set(re.findall(r"\bbi\.(bi_\w+)", code))


def test_worker_app_exposure() -> None:
    """The exposure worker_app names every mart that the app's queries name."""
    code = "\n".join(
        path.read_text() for path in sorted((PROJECT_ROOT / "worker_app").rglob("*.py"))
    )
    named = {name for name in exposures()["worker_app"] if "." not in name}
    assert named == set(re.findall(r"\bmarts\.(\w+)", code))


@pytest.mark.parametrize(
    ("model", "read"), reads(), ids=[f"{name}-{read.relation}" for name, read in reads()]
)
def test_reads_exist(model: str, read: Read) -> None:
    """Each relation and column that a Python model reads is a described dbt model's."""
    schema, name = read.relation.split(".")
    assert sql_files()[name].relative_to(PROJECT_ROOT / "dbt_project/models").parts[0] == schema
    columns = {column["name"] for column in described_models()[name]["columns"]}
    assert set(read.columns) <= columns
