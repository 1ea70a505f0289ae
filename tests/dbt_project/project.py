"""The dbt project as its own files tell it, without starting dbt."""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from warehouse.settings import PROJECT_ROOT

MODELS_FOLDER = PROJECT_ROOT / "dbt_project" / "models"


def entries(kind: str) -> Iterator[dict[str, Any]]:
    """Every entry under `kind` (models, sources, exposures) in the project's yml files."""
    for document in _documents():
        yield from document.get(kind, [])


@lru_cache
def _documents() -> tuple[dict[str, Any], ...]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    paths = sorted(MODELS_FOLDER.rglob("*.yml"))
    return tuple(yaml.load(path.read_text(), loader) or {} for path in paths)


@lru_cache
def described_models() -> dict[str, dict[str, Any]]:
    """What the yml files say of each model, by its name."""
    return {entry["name"]: entry for entry in entries("models")}


@lru_cache
def sql_files() -> dict[str, Path]:
    """Where each model is, by its name."""
    return {path.stem: path for path in sorted(MODELS_FOLDER.rglob("*.sql"))}


def sources() -> set[str]:
    """Every source, as ``schema.table``."""
    return {
        f"{source['name']}.{table['name']}"
        for source in entries("sources")
        for table in source["tables"]
    }


def exposures() -> dict[str, set[str]]:
    """What each exposure depends on: names of models, and ``schema.table`` of sources."""
    return {
        entry["name"]: {_node(text) for text in entry["depends_on"]}
        for entry in entries("exposures")
    }


def _node(reference: str) -> str:
    names = re.findall(r"'(\w+)'", reference)
    return ".".join(names)
