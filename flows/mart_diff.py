"""What edited models do to the numbers: the marts built from them beside those of the last run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from flows.dbt import last_run_folder
from flows.scratch import build_beside, relations_there, scratch_schemas
from flows.table_diff import TableDiff, compare_tables
from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from warehouse.settings import Settings

#: Before the name of every schema in which the edited models are built.
PREFIX = "mart_diff_"
#: Models that hold more than the sources could tell again: made anew they would have lost it, which
#: no run does to them.
_MEMORY = "memory"
#: Layers that people and programs read; the others are on the way to these.
LAYERS = ("marts", "bi")
#: Tests that say which columns tell the rows of a model apart, and where they name them.
_KEY_TESTS = {"unique": "column_name", "primary_key": "column_name", "unique_key": "columns"}


@dataclass(frozen=True)
class MartDiff:
    """What building the edited models gave.

    Attributes
    ----------
    tables
        One comparison a table of the marts, by name.
    only_there
        Tables that the last run did not have.
    gone
        Tables of the last run whose models are not there any more.
    remembered
        Models below an edit that were read as they are: a run does not make them anew.
    """

    tables: tuple[TableDiff, ...]
    only_there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    remembered: tuple[str, ...] = ()

    def __str__(self) -> str:
        same = sum(table.is_same for table in self.tables)
        lines = [str(table) for table in self.tables if not table.is_same]
        lines += [f"{name}: new" for name in self.only_there]
        lines += [f"{name}: gone" for name in self.gone]
        if self.remembered:
            lines.append(
                f"{', '.join(self.remembered)}: read as kept; an edit of them, or above them, "
                "shows in what they take up from the next run on"
            )
        return "\n".join([*lines, f"{same} of {len(self.tables)} tables are the same"])


def diff_marts(settings: Settings, warehouse: Warehouse, models: Sequence[str] = ()) -> MartDiff:
    """Build models beside the real ones and compare the marts that come out.

    Parameters
    ----------
    models
        Models as dbt selects them, each with all that depends on it; none takes those that differ
        from the last run.

    Raises
    ------
    WarehouseError
        When a run is at work.
    DbtError
        When a model cannot be built.
    MoowError
        When there was no run to compare with, or nothing was edited.
    """
    state = _last_run(settings)
    selection = [f"{model.rstrip('+')}+" for model in models] or ["state:modified+"]
    with scratch_schemas(warehouse, PREFIX):
        kept = [f"tag:{_MEMORY}"]
        build_beside(settings, warehouse, PREFIX, selection, state=state, exclude=kept)
        built = relations_there(warehouse, PREFIX)
        manifest = settings.home / PREFIX.rstrip("_") / "dbt" / "target" / "manifest.json"
        before = state / "manifest.json"
        gone = _gone(manifest, before)
        if not any(name.split(".")[0] in LAYERS for name in built) and not gone:
            raise MoowError(
                "no model differs from those of the last run; name models to build them anyway, "
                "for instance moow diff fct_rides"
            )
        result = _compare(warehouse, sorted(built), PREFIX, _nodes(manifest))
        return replace(result, gone=gone, remembered=_remembered(manifest, before, models))


def diff_schemas(settings: Settings, warehouse: Warehouse, prefix: str) -> MartDiff:
    """Compare the marts with those that were built under another prefix of schemas.

    Parameters
    ----------
    prefix
        What stands before the other schemas' names, for instance ``review_`` of ``review_marts``.

    Raises
    ------
    MoowError
        When there is no such schema, or no run to compare with.
    """
    state = _last_run(settings)
    there = sorted(relations_there(warehouse, prefix)) if prefix else []
    if not any(name.split(".")[0] in LAYERS for name in there):
        raise MoowError(
            f"there is no schema {prefix}marts; build it first, for instance moow dbt build "
            f"--vars 'schema_prefix: {prefix}'"
        )
    return _compare(warehouse, there, prefix, _nodes(state / "manifest.json"))


def _last_run(settings: Settings) -> Path:
    folder = last_run_folder(settings)
    if not (folder / "manifest.json").exists():
        raise MoowError("there are no marts to compare with yet; moow run makes them first")
    return folder


def _nodes(manifest: Path) -> dict[str, tuple[str, ...]]:
    """Columns that tell the rows apart, by the model's name; empty where nothing says."""
    nodes = json.loads(manifest.read_text())["nodes"].values()
    tests = [node for node in nodes if node["resource_type"] == "test"]
    return {
        node["name"]: _indexed_key(node) or _tested_key(node["unique_id"], tests)
        for node in nodes
        if node["resource_type"] == "model"
    }


def _gone(manifest: Path, before: Path) -> tuple[str, ...]:
    """Tables of the marts that models of the last run made, and that no model makes any more."""
    was = json.loads(before.read_text())["nodes"]
    names = _nodes(manifest)
    made = [node for node in was.values() if node["resource_type"] == "model"]
    missing = [node for node in made if node["name"] not in names and node["schema"] in LAYERS]
    return tuple(sorted(f"{node['schema']}.{node['name']}" for node in missing))


def _remembered(manifest: Path, before: Path, models: Sequence[str]) -> tuple[str, ...]:
    """Models of memory that are edited or named, or have such a model above them."""
    graph = json.loads(manifest.read_text())
    was = json.loads(before.read_text())["nodes"]
    nodes, named = graph["nodes"], {model.rstrip("+") for model in models}

    @cache
    def is_touched(node_id: str) -> bool:
        node = nodes.get(node_id)
        if node is None:
            return False
        is_edited = node["checksum"] != was.get(node_id, {}).get("checksum")
        parents = graph["parent_map"].get(node_id, [])
        return (not named and is_edited) or node["name"] in named or any(map(is_touched, parents))

    kept = {
        node["name"]
        for node_id, node in nodes.items()
        if node["resource_type"] != "test" and _MEMORY in node["tags"] and is_touched(node_id)
    }
    return tuple(sorted(kept))


def _indexed_key(node: dict[str, Any]) -> tuple[str, ...]:
    indexes = node["config"].get("indexes") or []
    return next((tuple(index["columns"]) for index in indexes if index.get("unique")), ())


def _tested_key(model: str, tests: list[dict[str, Any]]) -> tuple[str, ...]:
    for test in tests:
        about = test.get("test_metadata") or {}
        if test.get("attached_node") == model and about.get("name") in _KEY_TESTS:
            named = about["kwargs"].get(_KEY_TESTS[about["name"]], [])
            return (named,) if isinstance(named, str) else tuple(named)
    return ()


def _compare(
    warehouse: Warehouse, built: Sequence[str], prefix: str, keys: dict[str, tuple[str, ...]]
) -> MartDiff:
    rows = warehouse.fetch(
        "select table_schema || '.' || table_name as name from information_schema.tables"
        " where table_schema = any(%(layers)s)",
        {"layers": list(LAYERS)},
    )
    real = {str(row["name"]) for row in rows}
    shown = [name for name in built if name.split(".")[0] in LAYERS]
    return MartDiff(
        tuple(
            compare_tables(warehouse, name, prefix + name, keys.get(name.split(".")[1], ()))
            for name in shown
            if name in real
        ),
        tuple(name for name in shown if name not in real),
    )
