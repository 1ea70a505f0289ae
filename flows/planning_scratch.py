"""The rules of the warehouse on other planning sheets, in schemas of their own.

Only the models that lead from a changed worksheet to the task candidates are built there.
"""

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from extract.planning.tables import PLANNING, WORKSHEET_TABLES
from flows.scratch import build_beside, relations_there
from ml.models import PARKING_TARGETS
from warehouse.connection import Warehouse
from warehouse.models import ModelContext, run_model
from warehouse.settings import Settings

#: Before the name of every schema that is made here.
PREFIX = "planning_diff_"
#: Worksheets whose rows decide what is a task, and the models that read them first.
FIRST_MODELS = {
    "cities": "stg_planning__cities",
    "parkings": "stg_planning__parkings",
    "priorities": "stg_planning__priorities",
}
#: Worksheets that the targets of the parkings depend on.
_TARGETS_READ = {"cities", "parkings"}
_VARIABLES = {"planning_schema": PREFIX + PLANNING, "ml_schema": f"{PREFIX}ml"}


def build_scratch(
    settings: Settings, warehouse: Warehouse, changed: Mapping[str, pl.DataFrame]
) -> None:
    """Build what leads from the changed worksheets to the task candidates.

    Parameters
    ----------
    settings, warehouse
        Of the real warehouse, whose models are built.
    changed
        New rows of worksheets among `FIRST_MODELS`, as their raw tables take them.

    Raises
    ------
    DbtError
        When a model cannot be built from the new rows.
    """
    _copy_planning(warehouse, changed)
    first = [FIRST_MODELS[name] for name in changed]
    has_targets = bool(_TARGETS_READ & set(changed))
    if has_targets:
        _copy_table(warehouse, "ml", "parking_targets")
        first.append("stg_ml__parking_targets")
    selection = [f"{model}+,+fct_task_candidates" for model in first]
    build_beside(settings, warehouse, PREFIX, selection, variables=_VARIABLES)
    if has_targets:
        _set_targets(warehouse, settings.seed)


def _set_targets(warehouse: Warehouse, seed: int) -> None:
    """Compute the targets anew where there are some: planned counts and money shape them."""
    there = relations_there(warehouse, PREFIX)
    model = replace(
        PARKING_TARGETS,
        writes=PREFIX + PARKING_TARGETS.writes,
        reads={
            name: replace(read, relation=PREFIX + read.relation) if read.relation in there else read
            for name, read in PARKING_TARGETS.reads.items()
        },
    )
    cities = warehouse.fetch(
        "select clocks.city_id, clocks.as_of_at from ops.city_clocks as clocks where exists"
        " (select from ml.parking_targets as targets where targets.city_id = clocks.city_id)"
    )
    for city in cities:
        run_model(model, warehouse, ModelContext(city["city_id"], city["as_of_at"], seed))


def _copy_planning(warehouse: Warehouse, changed: Mapping[str, pl.DataFrame]) -> None:
    for table in WORKSHEET_TABLES:
        if table.name in changed:
            _copy_table(warehouse, PLANNING, table.name, with_rows=False)
            warehouse.append(table.conform(changed[table.name]), PREFIX + table.relation)
        else:
            _copy_table(warehouse, PLANNING, table.name)


def _copy_table(warehouse: Warehouse, schema: str, name: str, *, with_rows: bool = True) -> None:
    ours = f"{PREFIX}{schema}"
    warehouse.execute(f"create schema if not exists {ours}")
    warehouse.execute(f"create table {ours}.{name} (like {schema}.{name} including all)")
    if with_rows:
        warehouse.execute(f"insert into {ours}.{name} select * from {schema}.{name}")
