"""`moow planning diff` on the real rules: a small city, built once, weighed with other sheets."""

import csv
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from extract.planning.grids import read_folder
from extract.planning.sheets import check_planning
from extract.planning.worksheets import NAMES
from extract.run import extract_all
from extract.schemas import create_raw_tables
from flows import dbt
from flows.planning_diff import compare
from flows.planning_publish import publish_suggestions
from flows.planning_scratch import PREFIX
from ml.models import MODELS, PARKING_TARGETS
from simulator.run import simulate
from tests.flows.digest import digests
from warehouse.connection import Warehouse, apply_operations_schema
from warehouse.models import ModelContext, ensure_tables, run_model
from warehouse.settings import Settings, load_settings

pytestmark = pytest.mark.db

CITY = "kastoria"
END = datetime(2026, 6, 1, 7, tzinfo=UTC)
Edit = Callable[[dict[str, str]], None]
#: Weighs the sheets of a folder and is killed once the schemas are there and dbt is to build.
_KILLED = """
import os, sys
from pathlib import Path
from extract.planning.grids import read_folder
from extract.planning.worksheets import NAMES
from flows import dbt
from flows.planning_diff import compare
from warehouse.connection import Warehouse
from warehouse.settings import load_settings
dbt.run = lambda *_: os.kill(os.getpid(), 9)
settings = load_settings(home=Path(sys.argv[1]), _env_file=None)
compare(settings, Warehouse(sys.argv[2]), read_folder(Path(sys.argv[3]), NAMES))
"""


@dataclass(frozen=True)
class Built:
    """A warehouse with the candidates of one city, and the sheets it was built from."""

    warehouse: Warehouse
    settings: Settings

    def candidates(self) -> dict[str, tuple[float, str]]:
        """Priority and kind of every candidate."""
        rows = self.warehouse.fetch("select * from marts.fct_task_candidates")
        return {row["candidate_id"]: (row["priority"], row["task_kind"]) for row in rows}

    def schemas(self) -> set[str]:
        """Names of all schemas."""
        return {row["nspname"] for row in self.warehouse.fetch("select nspname from pg_namespace")}

    def weigh(self, folder: Path, **edits: Edit) -> list[str]:
        """Copy the sheets with some rows edited, and compare."""
        self.edit(folder, **edits)
        return compare(self.settings, self.warehouse, read_folder(folder, NAMES))

    def edit(self, folder: Path, **edits: Edit) -> None:
        """Copy the sheets with some rows edited."""
        folder.mkdir(exist_ok=True)
        for name in NAMES:
            with (self.settings.planning / f"{name}.csv").open(encoding="utf-8") as handle:
                rows = list(csv.DictReader(handle))
            for row in rows:
                edits.get(name, lambda _row: None)(row)
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as handle:
                writer = csv.DictWriter(handle, list(rows[0]))
                writer.writeheader()
                writer.writerows(rows)


@pytest.fixture(scope="module")
def built(module_warehouse: Warehouse, tmp_path_factory: pytest.TempPathFactory) -> Built:
    """A city of two days, as far as its task candidates, with targets."""
    settings = load_settings(home=tmp_path_factory.mktemp("city"), _env_file=None)
    simulate(settings, cities=[CITY], days=2, seed=7, end=END)
    sheet = settings.planning / "cities.csv"
    sheet.write_text(sheet.read_text().replace(",15,20,48,", ",15,50,48,"))  # batteries are full
    apply_operations_schema(module_warehouse)
    create_raw_tables(module_warehouse)
    ensure_tables(MODELS, module_warehouse)
    extract_all(settings, module_warehouse, cities=None, until=END)
    module_warehouse.execute(
        "insert into ops.city_clocks values (%(c)s, %(t)s)", {"c": CITY, "t": END}
    )
    select = ["--select", "+fct_task_candidates", "+fct_demand_hours", "+dim_parking_plans"]
    dbt.run(settings, module_warehouse.url, "build", *select, *dbt.MODELS_ONLY)
    run_model(PARKING_TARGETS, module_warehouse, ModelContext(CITY, END, settings.seed))
    return Built(module_warehouse, settings)


def test_the_same_sheets_change_nothing(built: Built, tmp_path: Path) -> None:
    """Sheets that are in force are said to be, and nothing is built."""
    said = built.weigh(tmp_path)
    assert said == ["the sheets are the planning in force; nothing would change"]


def _set(**cells: str) -> Edit:
    return lambda row: row.update(cells)


def _weights(**weights: str) -> Edit:
    return lambda row: row.update(weight=weights.get(row["task_kind"], row["weight"]))


def test_weights_move_priorities_and_switch_kinds_off(built: Built, tmp_path: Path) -> None:
    """A weight doubled doubles its priorities, one of 0 takes its tasks away; killed, it is mended.

    The first try is killed with its schemas in place: the next one clears them away.
    """
    before, schemas = built.candidates(), built.schemas()
    kinds = [kind for _, kind in before.values()]
    low, target = kinds.count("low_battery"), kinds.count("below_target")
    assert low > 1
    assert target > 1
    edit = _weights(low_battery="2", below_target="0")
    built.edit(tmp_path, priorities=edit)
    arguments = [str(built.settings.home), built.warehouse.url, str(tmp_path)]
    done = subprocess.run([sys.executable, "-c", _KILLED, *arguments], check=False)
    assert done.returncode == -signal.SIGKILL
    assert any(name.startswith(PREFIX) for name in built.schemas())
    text = "\n".join(built.weigh(tmp_path, priorities=edit))
    assert built.schemas() == schemas
    assert built.candidates() == before
    assert "priorities, * low_battery: weight 1 -> 2" in text
    assert (
        f"Kastoria: the priority of {low} low-battery tasks would rise by 100 % (weight 1 -> 2)"
        in text
    )
    assert f"Kastoria: {target} below-target tasks would vanish (weight 0.6 -> 0)" in text
    assert "appear" not in text


def test_a_bad_sheet_counts_as_unchanged(built: Built, tmp_path: Path) -> None:
    """A worksheet that a run would not take is named and changes nothing."""
    said = built.weigh(tmp_path, priorities=_weights(over_capacity="1,000"))
    assert "sheet priorities, row 8, column weight: '1,000' is not a number" in said[0]
    assert said[1:] == ["the sheets are the planning in force; nothing would change"]


def test_suggestions_are_written_beside_the_sheets(built: Built) -> None:
    """A row a parking and part of the day, in the shape of the sheet parkings; twice is once."""
    publish_suggestions(built.settings, built.warehouse)
    path = built.settings.planning / "suggested_targets.csv"
    first = path.read_bytes()
    assert len(publish_suggestions(built.settings, built.warehouse)) == 2
    assert path.read_bytes() == first
    rows = list(csv.DictReader(path.open(encoding="utf-8")))
    parkings = built.warehouse.fetch("select count(*) as n from marts.dim_parkings where is_active")
    assert len(rows) == 4 * parkings[0]["n"]
    for row in rows:
        low, mid, high = (int(row[f"{n}_count"]) for n in ("minimum", "target", "maximum"))
        assert low <= mid <= high
    assert {row["origin"] for row in rows} == {"model", "planning"}
    assert check_planning(read_folder(built.settings.planning, NAMES)).is_good


def test_a_threshold_and_a_limit(built: Built, tmp_path: Path) -> None:
    """What is said of thresholds and counts is what a run with these sheets then finds."""
    before, digest, schemas = built.candidates(), digests(built.warehouse), built.schemas()
    said = built.weigh(
        tmp_path,
        cities=_set(low_battery_pct="70", ride_value="9"),
        parkings=_set(minimum_count="0", target_count="0", maximum_count="1"),
    )
    assert digests(built.warehouse) == digest
    assert built.schemas() == schemas
    settings = built.settings.model_copy(update={"planning_folder": tmp_path})
    extract_all(settings, built.warehouse, cities=None, until=END)
    select = ["--select", "+fct_task_candidates", "+dim_parking_plans"]
    dbt.run(settings, built.warehouse.url, "run", *select)
    run_model(PARKING_TARGETS, built.warehouse, ModelContext(CITY, END, settings.seed))
    after = built.candidates()
    text = "\n".join(said)
    assert "cities, kastoria: low_battery_pct" in said[0]
    kinds = {kind for _, kind in (*before.values(), *after.values())}
    assert {"low_battery", "over_capacity"} <= kinds
    for kind in kinds:
        for word, gained, lost in (("appear", after, before), ("vanish", before, after)):
            ids = {name for name, (_, its) in gained.items() if its == kind} - lost.keys()
            line = f"Kastoria: {len(ids)} {kind.replace('_', '-')} task{'s' * (len(ids) != 1)}"
            assert (f"{line} would {word}" in text) == bool(ids), (kind, word, text)
        both = [n for n in before.keys() & after.keys() if before[n][1] == kind]
        risen = [name for name in both if after[name][0] > before[name][0] * (1 + 1e-6)]
        assert (f"priority of {len(risen)} {kind.replace('_', '-')} task" in text) or not risen
    assert "low-battery tasks would appear (low_battery_pct 50 -> 70)" in text
