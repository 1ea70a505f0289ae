"""Schemas of their own, in which models are built beside those of the runs and dropped again.

Whatever is not built there is read from the real schemas. What a killed command left behind is
dropped by the next one.
"""

import json
import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from flows import dbt
from warehouse.connection import Warehouse
from warehouse.settings import Settings

logger = logging.getLogger(__name__)

_LOCK_WAIT_S = 60.0


@contextmanager
def scratch_schemas(warehouse: Warehouse, prefix: str) -> Iterator[None]:
    """Hold off runs and other comparisons; leave no schema behind that begins with `prefix`.

    Raises
    ------
    WarehouseError
        When a run is at work for too long.
    """
    with warehouse.lock("run", _LOCK_WAIT_S):
        _drop_schemas(warehouse, prefix)
        try:
            yield
        finally:
            _drop_schemas(warehouse, prefix)


def build_beside(
    settings: Settings,
    warehouse: Warehouse,
    prefix: str,
    selection: Sequence[str],
    *,
    state: Path | None = None,
    variables: Mapping[str, str] | None = None,
    exclude: Sequence[str] = (),
) -> None:
    """Build the models of a selection in schemas that begin with `prefix`.

    Parameters
    ----------
    selection
        As dbt's ``--select`` takes it.
    state
        Folder with the manifest of the models as they were; None takes them as they are now.
    variables
        More of dbt's variables.
    exclude
        What of the selection is read from the real schemas all the same.

    Raises
    ------
    DbtError
        When a model cannot be built.
    """
    if state is None:
        # The real schemas, as a run would name them.
        dbt.run(settings, warehouse.url, "parse")
        state = settings.home / "dbt" / "target"
    # In a folder apart, where dbt keeps what it has parsed: other variables in a run's folder would
    # make that run parse all anew.
    ours = settings.model_copy(update={"home": settings.home / prefix.rstrip("_")})
    values = json.dumps({"schema_prefix": prefix, **(variables or {})})
    defer = ["--defer", "--favor-state", "--state", str(state)]
    # The timeline resumes where the real one stands; here it is built from its beginning.
    selected = [*selection, "tag:timeline"]
    models = ["--select", *selected, *dbt.MODELS_ONLY]
    if exclude:
        models += ["--exclude", *exclude]
    dbt.run(ours, warehouse.url, "build", *models, "--vars", values, *defer)


def relations_there(warehouse: Warehouse, prefix: str) -> set[str]:
    """Return what was built, as ``schema.name`` of the real schemas."""
    rows = warehouse.fetch(
        "select table_schema || '.' || table_name as name from information_schema.tables"
        " where starts_with(table_schema, %(prefix)s)",
        {"prefix": prefix},
    )
    return {str(row["name"]).removeprefix(prefix) for row in rows}


def _drop_schemas(warehouse: Warehouse, prefix: str) -> None:
    with warehouse.transaction() as connection:
        rows = connection.execute(
            "select nspname from pg_namespace where starts_with(nspname, %(prefix)s)",
            {"prefix": prefix},
        ).fetchall()
        for row in rows:
            logger.debug("dropping schema %s", row["nspname"])
            name = sql.Identifier(row["nspname"])
            connection.execute(sql.SQL("drop schema {} cascade").format(name))
        connection.execute(
            "delete from ops.empty_days where position(%(schema)s in relation_name) > 0",
            {"schema": f'."{prefix}'},
        )
