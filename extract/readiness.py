"""Whether the sources are there: asked before the first row is loaded, so that nothing is half."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from extract.loading import is_empty
from extract.operational.reader import OperationalReader
from extract.operational.shapes import source_schema
from extract.operational.tables import OPERATIONAL_TABLES
from extract.raw_tables import RawTable
from warehouse.errors import SettingsError

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings


@contextmanager
def opened_operational(
    settings: Settings, warehouse: Warehouse
) -> Iterator[OperationalReader | None]:
    """Check all sources that a run cannot do without, and give the operational database.

    None stands for an operator who has feeds alone. Feeds and the weather may be away: what they
    said last goes on. The planning is the first to be loaded, and read whole before that. So do
    the last good rows of a table of the operator's: its load says what it lacks now.

    Raises
    ------
    SettingsError
        When a folder that was set does not exist.
    SourceError
        When the operational database cannot be reached, or lacks a table, or a column of one that
        was never loaded.
    """
    check_folders(settings)
    if settings.has_feeds_alone:
        yield None
        return
    reader = OperationalReader(settings.operational)
    try:
        for table in OPERATIONAL_TABLES:
            columns = [] if was_loaded(warehouse, table) else list(source_schema(table))
            reader.require(table.name, columns)
        yield reader
    finally:
        reader.close()


def was_loaded(warehouse: Warehouse, table: RawTable) -> bool:
    """Return whether a raw table is there and has a row."""
    there = "select to_regclass(%(name)s) is not null as there"
    is_there = warehouse.fetch(there, {"name": table.relation})[0]["there"]
    return is_there and not is_empty(warehouse, table)


def check_folders(settings: Settings) -> None:
    """Refuse folders that were set and do not exist; only the simulator's may be absent.

    Raises
    ------
    SettingsError
        Naming the setting and the folder.
    """
    for name in ("ping_folder", "planning_folder", "weather_folder"):
        folder = getattr(settings, name)
        if folder is not None and not folder.is_dir():
            what = "is no folder" if folder.exists() else "does not exist"
            raise SettingsError(
                f"MOOW_{name.upper()} is {folder}, which {what}; make it, or set "
                f"MOOW_{name.upper()} to the folder that holds the files, for instance "
                f"/srv/moow/{name.removesuffix('_folder')}"
            )
