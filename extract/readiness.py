"""Whether the sources are there: asked before the first row is loaded, so that nothing is half."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from extract.operational.reader import OperationalReader
from extract.operational.shapes import source_schema
from extract.operational.tables import OPERATIONAL_TABLES
from warehouse.errors import SettingsError

if TYPE_CHECKING:
    from warehouse.settings import Settings


@contextmanager
def opened_operational(settings: Settings) -> Iterator[OperationalReader | None]:
    """Check all sources that a run cannot do without, and give the operational database.

    None stands for an operator who has feeds alone. Feeds and the weather may be away: what they
    said last goes on. The planning is the first to be loaded, and read whole before that.

    Raises
    ------
    SettingsError
        When a folder that was set does not exist.
    SourceError
        When the operational database cannot be reached, or lacks a table or column.
    """
    check_folders(settings)
    if settings.has_feeds_alone:
        yield None
        return
    reader = OperationalReader(settings.operational)
    try:
        for table in OPERATIONAL_TABLES:
            reader.require(table.name, list(source_schema(table)))
        yield reader
    finally:
        reader.close()


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
