"""The rules of the warehouse on other planning sheets, in schemas of their own.

Only the models that lead from a changed worksheet to the task candidates are built there; whatever
else they read is read from the real schemas. Everything is dropped at the end, and what a killed
run left behind by the next one.
"""

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import polars as pl
from psycopg import sql

from extract.planning.tables import PLANNING, WORKSHEET_TABLES
from flows import dbt
from ml.models import PARKING_TARGETS
from warehouse.connection import Warehouse
from warehouse.models import ModelContext, run_model
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

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
_LOCK_WAIT_S = 60.0
_VARIABLES = json.dumps(
    {
        "schema_prefix": PREFIX,
        "planning_schema": PREFIX + PLANNING,
        "ml_schema": f"{PREFIX}ml",
    }
)


@contextmanager
def scratch_schemas(warehouse: Warehouse) -> Iterator[None]:
    """Hold off runs and other comparisons; leave no schema of ours behind.

    Raises
    ------
    WarehouseError
        When a run is at work for too long.
    """
    with warehouse.lock("run", _LOCK_WAIT_S):
        _drop_schemas(warehouse)
        try:
            yield
        finally:
            _drop_schemas(warehouse)


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
    # The real schemas, as a run would name them; ours in a folder apart, where dbt keeps what it
    # has parsed: other variables in a run's folder would make that run parse all anew.
    dbt.run(settings, warehouse.url, "parse")
    state = ["--defer", "--favor-state", "--state", str(settings.home / "dbt" / "target")]
    ours = settings.model_copy(update={"home": settings.home / "planning_diff"})
    selection = [f"{model}+,+fct_task_candidates" for model in first]
    dbt.run(ours, warehouse.url, "run", "--select", *selection, "--vars", _VARIABLES, *state)
    if has_targets:
        _set_targets(warehouse, settings.seed)


def relations_there(warehouse: Warehouse) -> set[str]:
    """Return what was built, as ``schema.name`` of the real schemas."""
    rows = warehouse.fetch(
        "select table_schema || '.' || table_name as name from information_schema.tables"
        " where starts_with(table_schema, %(prefix)s)",
        {"prefix": PREFIX},
    )
    return {str(row["name"]).removeprefix(PREFIX) for row in rows}


def _set_targets(warehouse: Warehouse, seed: int) -> None:
    """Compute the targets anew where there are some: planned counts and money shape them."""
    there = relations_there(warehouse)
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


def _drop_schemas(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        rows = connection.execute(
            "select nspname from pg_namespace where starts_with(nspname, %(prefix)s)",
            {"prefix": PREFIX},
        ).fetchall()
        for row in rows:
            logger.debug("dropping schema %s", row["nspname"])
            name = sql.Identifier(row["nspname"])
            connection.execute(sql.SQL("drop schema {} cascade").format(name))
