"""What changed planning sheets would change today, in words, before a run loads them."""

from datetime import UTC, datetime
from typing import Any

import polars as pl

from extract.planning.grids import Grids
from extract.planning.load import in_force_in, keep_together, names_in_force
from extract.planning.sheets import Planning, check_planning
from extract.planning.tables import PLANNING, WORKSHEET_TABLES
from extract.schemas import create_raw_tables
from flows.planning_scratch import FIRST_MODELS, PREFIX, build_scratch
from flows.planning_words import Change, Effects, describe_changes, describe_effects
from flows.scratch import relations_there, scratch_schemas
from warehouse.connection import Warehouse
from warehouse.errors import WarehouseError
from warehouse.settings import Settings

_CANDIDATES = (
    "select candidate_id, city_id, task_kind, priority, scooter_count"
    " from {}marts.fct_task_candidates"
)
_CITIES = "select city_id, name_en, stale_reason from {}marts.dim_cities order by city_id"
_TASKS = (
    "select city_id || '|' || task_kind || '|' || subject_id as candidate_id, status"
    " from ops.tasks where status in ('open', 'assigned')"
)
#: Columns that a load adds to what the sheet says.
_ADDED = {"loaded_at", "depot_x_m", "depot_y_m"}


def compare(settings: Settings, warehouse: Warehouse, grids: Grids) -> list[str]:
    """Say what the sheets change against the planning in force, and what that would do today.

    A worksheet that a run would not take is named and counts as unchanged. Nothing is loaded;
    "today" is the clock at which the marts were built last.

    Parameters
    ----------
    settings, warehouse
        Where the marts are, which a run must have built.
    grids
        The new worksheets.

    Returns
    -------
    list of str
        Sentences: what is wrong with the sheets, what differs, what would follow.

    Raises
    ------
    WarehouseError
        When the marts were never built, or a run is at work.
    DbtError
        When the rules cannot be evaluated on the new sheets.
    """
    create_raw_tables(warehouse)
    planning = check_planning(grids)
    in_force = in_force_in(warehouse)
    keep_together(planning, in_force)
    frames = _new_frames(planning)
    changes = [
        change for name, frame in frames.items() for change in _changes(warehouse, name, frame)
    ]
    said = [*planning.notes(names_in_force(in_force)), *describe_changes(changes)]
    touched = {change.worksheet for change in changes}
    weighed = {name: frames[name] for name in FIRST_MODELS if name in touched}
    if not weighed:
        return said
    return said + describe_effects(_effects(settings, warehouse, weighed), changes)


def _new_frames(planning: Planning) -> dict[str, pl.DataFrame]:
    now = datetime.now(UTC)
    return {sheet.name: sheet.frame(now) for sheet in planning.sheets if not sheet.problems}


def _changes(warehouse: Warehouse, name: str, frame: pl.DataFrame) -> list[Change]:
    """Rows and cells in which a worksheet differs from what is in force, in the order of keys."""
    table = next(table for table in WORKSHEET_TABLES if table.name == name)
    columns = [column for column in table.columns if column not in _ADDED]
    old = warehouse.read(f"select {', '.join(columns)} from {PLANNING}.{name}")

    def by_key(rows: pl.DataFrame) -> dict[tuple[Any, ...], dict[str, Any]]:
        named = rows.select(columns).iter_rows(named=True)
        return {tuple(row[column] for column in table.key): row for row in named}

    before, after = by_key(old), by_key(frame)
    changes = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before or key not in after:
            changes.append(Change(name, key, None, key in before or None, key in after or None))
            continue
        changes += [
            Change(name, key, column, before[key][column], after[key][column])
            for column in columns
            if before[key][column] != after[key][column]
        ]
    return changes


def _effects(settings: Settings, warehouse: Warehouse, weighed: dict[str, pl.DataFrame]) -> Effects:
    built = warehouse.fetch("select to_regclass('marts.fct_task_candidates') is not null as there")
    if not built[0]["there"]:
        raise WarehouseError("there are no tasks to compare with yet; moow run makes them first")
    with scratch_schemas(warehouse, PREFIX):
        build_scratch(settings, warehouse, weighed)
        has_cities = "marts.dim_cities" in relations_there(warehouse, PREFIX)
        return Effects(
            before=warehouse.read(_CANDIDATES.format("")),
            after=warehouse.read(_CANDIDATES.format(PREFIX)),
            cities_before=warehouse.read(_CITIES.format("")),
            cities_after=warehouse.read(_CITIES.format(PREFIX if has_cities else "")),
            tasks=warehouse.read(_TASKS),
        )
