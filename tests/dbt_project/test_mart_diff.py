"""`moow diff`: an edited model against the marts of the last run."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from extract.run import extract_all
from extract.schemas import create_raw_tables
from flows import dbt
from flows.mart_diff import PREFIX, diff_marts, diff_schemas
from ml.models import MODELS
from simulator.run import simulate
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from warehouse.models import ensure_tables
from warehouse.settings import PROJECT_ROOT, Settings, load_settings

pytestmark = pytest.mark.db
CITY = "kastoria"
END = datetime(2026, 6, 1, 7, tzinfo=UTC)
MODEL = "models/intermediate/rides/int_rides_located.sql"
#: A target that was said of an hour which is over.
TARGET = """
insert into ml.parking_targets
    (parking_id, city_id, hour_at, origin, expected_departures, expected_arrivals, target_count,
    minimum_count, maximum_count)
select min(id::text), min(city), %(at)s, 'model', 1, 1, 3, 1, 5 from raw_operational.parkings
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home with a simulated city of two days."""
    made = load_settings(home=tmp_path_factory.mktemp("city"), _env_file=None)
    simulate(made, cities=[CITY], days=2, seed=7, end=END)
    return made


@pytest.fixture(scope="module")
def built(module_warehouse: Warehouse, settings: Settings) -> Warehouse:
    """A warehouse in which everything is built."""
    create_raw_tables(module_warehouse)
    ensure_tables(MODELS, module_warehouse)
    extract_all(settings, module_warehouse, cities=None, until=END)
    module_warehouse.execute(
        "insert into ops.city_clocks values (%(c)s, %(t)s)", {"c": CITY, "t": END}
    )
    module_warehouse.execute(TARGET, {"at": END - timedelta(hours=4)})
    dbt.run(settings, module_warehouse.url, "build", *dbt.MODELS_ONLY)
    dbt.keep_manifest(settings)
    # The Python model keeps those of the hours to come alone.
    module_warehouse.execute("delete from ml.parking_targets")
    return module_warehouse


@pytest.fixture
def edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the dbt project, free to be edited, that dbt is told to take."""
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(PROJECT_ROOT / "dbt_project", tmp_path / "dbt_project", ignore=ignored)
    monkeypatch.setattr(dbt, "PROJECT_ROOT", tmp_path)
    return tmp_path / "dbt_project"


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_edited_rule_shows_in_the_marts_that_use_it(
    settings: Settings, built: Warehouse, edited: Path
) -> None:
    """The edited model is found without being named; the numbers of the marts stay as they were.

    Also after another dbt command has seen the edit: what was built last is not what it parsed.
    """
    _replace(edited / MODEL, "as double precision) / 60", "as double precision) / 30")
    dbt.run(settings, built.url, "parse")
    figures = "select sum(duration_min) as total, count(*) as rows from marts.fct_rides"
    before = built.fetch(figures)
    result = diff_marts(settings, built)
    rides = next(table for table in result.tables if table.name == "marts.fct_rides")
    assert (rides.added_count, rides.gone_count) == (0, 0)
    assert rides.key == ("ride_id",)
    (column,) = rides.columns
    assert column.name == "duration_min"
    assert column.sum_after == pytest.approx(2 * (column.sum_before or 0))
    assert column.sum_before == pytest.approx(before[0]["total"])
    assert built.fetch(figures) == before
    left = built.fetch(
        "select nspname from pg_namespace where starts_with(nspname, %(prefix)s)",
        {"prefix": PREFIX},
    )
    assert left == []


def test_nothing_edited_is_said(settings: Settings, built: Warehouse, edited: Path) -> None:
    """Without an edit there is nothing to compare; named models are built and are the same."""
    with pytest.raises(MoowError, match="no model differs"):
        diff_marts(settings, built)
    result = diff_marts(settings, built, ["dim_parkings"])
    assert "marts.dim_parkings" in [table.name for table in result.tables]
    assert all(table.is_same for table in result.tables)
    assert str(result) == f"{len(result.tables)} of {len(result.tables)} tables are the same"


def test_schemas_that_are_built_are_compared(
    settings: Settings, built: Warehouse, edited: Path
) -> None:
    """Marts under another prefix are compared as they are; a prefix of nothing is told."""
    built.execute("create schema if not exists review_marts")
    built.execute(
        "create table review_marts.fct_rides as select * from marts.fct_rides"
        " where ride_id <> (select min(ride_id) from marts.fct_rides)"
    )
    (rides,) = diff_schemas(settings, built, "review_").tables
    assert (rides.added_count, rides.gone_count, rides.changed_count) == (0, 1, 0)
    with pytest.raises(MoowError, match="no schema nothing_marts"):
        diff_schemas(settings, built, "nothing_")


def test_a_model_that_was_removed_is_gone(
    settings: Settings, built: Warehouse, edited: Path
) -> None:
    """A table whose model is not there any more is named, though nothing is built."""
    (edited / "models" / "bi" / "bi_worker_days.sql").unlink()
    _replace(edited / "models" / "bi" / "_bi__exposures.yml", "- ref('bi_worker_days')\n", "\n")
    result = diff_marts(settings, built)
    assert (result.only_there, result.gone) == ((), ("bi.bi_worker_days",))
    assert "bi.bi_worker_days: gone" in str(result)


def test_an_edit_above_what_is_remembered_changes_nothing(
    settings: Settings, built: Warehouse, edited: Path
) -> None:
    """What no source tells any more, such as a parking's earlier room, is read as it was kept.

    So are targets that were said of hours that are over.
    """
    built.execute(
        "update raw_operational.parkings set capacity = capacity + 5, updated_at = %(at)s",
        {"at": END - timedelta(hours=3)},
    )
    dbt.run(settings, built.url, "build", *dbt.MODELS_ONLY)
    kept = built.fetch(
        "select count(distinct capacity_count) as rooms, count(target_count) as targets"
        " from marts.fct_parking_hours"
        " where parking_id = (select min(id::text) from raw_operational.parkings)"
    )
    assert kept == [{"rooms": 2, "targets": 1}]
    for model in (
        "operational/stg_operational__parkings",
        "operational/stg_operational__scooters",
        "ml/stg_ml__parking_targets",
    ):
        path = edited / "models" / "staging" / f"{model}.sql"
        _replace(path, "\nfinal as", "\n-- Edited.\nfinal as")
    result = diff_marts(settings, built)
    assert "marts.fct_parking_hours" in [table.name for table in result.tables]
    assert [str(table) for table in result.tables if not table.is_same] == []
    remembered = ("int_ping_marks", "int_target_hours", "snap_parkings", "snap_scooters")
    assert result.remembered == remembered
    assert f"{', '.join(remembered)}: read as kept" in str(result)


def test_an_edited_rule_builds_its_tables_anew(
    settings: Settings, built: Warehouse, edited: Path
) -> None:
    """Every row of a table worked by day is by the new rule, though no source has changed."""
    figures = "select sum(duration_min) as total, count(*) as rows from marts.fct_rides"
    oid = "select 'marts.fct_rides'::regclass::oid::int as table"
    (before,), (was,) = built.fetch(figures), built.fetch(oid)
    _replace(edited / MODEL, "as double precision) / 60", "as double precision) / 30")
    for is_first in (True, False):
        dbt.run(settings, built.url, "run", "--select", "int_rides_located", "fct_rides")
        (after,), (now,) = built.fetch(figures), built.fetch(oid)
        assert after["rows"] == before["rows"]
        assert after["total"] == pytest.approx(2 * before["total"])
        # The second run finds nothing to do.
        assert (now == was) is not is_first
        was = now
