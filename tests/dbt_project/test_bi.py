"""What docs/bi.md says of schema bi, and what schema bi tells of persons."""

import re

import pytest

from tests.dbt_project.bi_fields import bi_models, documented, kind_of, rows_of
from tests.dbt_project.project import described_models, entries, exposures, sql_files
from warehouse.settings import PROJECT_ROOT

pytestmark = pytest.mark.unit

#: Columns by which a ride, or who rode it, could be told from another.
NAMES_A_RIDE = re.compile(
    r"user|hash|^ride_id$|rider_id|(start|end)_(lat|lon|x_m|y_m)|polyline|^(started|ended)_(local_)?at$"
)


@pytest.mark.parametrize("name", bi_models())
def test_fields_are_documented(name: str) -> None:
    """The page says of each field what it is; a line that is not right is printed as it should."""
    lines = [line for line in documented() if line.startswith(f"| `{name}` |")]
    assert lines == rows_of(name), "\n".join(["docs/bi.md should say:", *rows_of(name)])


def test_no_field_is_documented_that_is_gone() -> None:
    """Every line is about a model that there is."""
    named = {line.split("`")[1] for line in documented()}
    assert named == set(bi_models())


@pytest.mark.parametrize("name", bi_models())
def test_a_place_comes_in_all_forms(name: str) -> None:
    """Where there is a coordinate there is a geopoint, and where a polygon both of its forms."""
    columns = described_models()[name]["columns"]
    kinds = [kind_of(column) for column in columns]
    assert kinds.count("coordinate") in (0, 2)
    assert kinds.count("geopoint") == kinds.count("coordinate") // 2
    assert kinds.count("polygon") in (0, 2)


def test_every_bi_model_is_on_a_dashboard() -> None:
    """Each model of bi is read by an exposure of type dashboard."""
    dashboards = [entry["name"] for entry in entries("exposures") if entry["type"] == "dashboard"]
    read = {name for dashboard in dashboards for name in exposures()[dashboard]}
    assert read == set(bi_models())


@pytest.mark.parametrize("name", bi_models())
def test_bi_names_no_ride_and_no_rider(name: str) -> None:
    """No model of bi has a column of a single ride, nor reads rides one by one."""
    columns = [column["name"] for column in described_models()[name]["columns"]]
    assert [column for column in columns if NAMES_A_RIDE.search(column)] == []
    read = re.findall(r"ref\('(\w+)'\)", sql_files()[name].read_text())
    assert [model for model in read if re.search(r"(^|_)rides(_|$)", model)] == []


def test_outside_reads_the_public_models_alone() -> None:
    """What readers outside see is on their own dashboard, and nothing else is."""
    public = {name for name in bi_models() if name.startswith("bi_public_")}
    assert exposures()["bi_open_data"] == public


def test_dashboards_are_documented() -> None:
    """The page's table of dashboards says what each exposure reads, ours included."""
    page = (PROJECT_ROOT / "docs" / "bi.md").read_text().split("## Dashboards")[1].split("## ")[0]
    table = [line.split("|")[1:3] for line in page.splitlines() if line.startswith("|")][2:]
    said = {label.strip(): set(re.findall(r"`(bi_\w+)`", read)) for label, read in table}
    dashboards = [entry for entry in entries("exposures") if entry["type"] == "dashboard"]
    labels = {"dashboards": "our own (`moow app`)"}
    assert said == {
        labels.get(entry["name"], entry["label"]): exposures()[entry["name"]]
        for entry in dashboards
    }
