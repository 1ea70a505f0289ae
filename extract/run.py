"""All sources at once: what an hourly run calls."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from extract.gbfs.source import GbfsSource
from extract.gbfs.tables import GBFS
from extract.loading import LOCK_WAIT_S, RawPipeline
from extract.mds.load import MdsLoad
from extract.operational.bad_parkings import bad_parkings
from extract.operational.load import OperationalLoad
from extract.operational.reader import OperationalReader
from extract.planning.load import load_planning
from extract.readiness import opened_operational
from extract.schemas import create_raw_tables
from extract.telemetry.database import timeless_messages
from extract.telemetry.load import TelemetryLoad
from extract.telemetry.read_back import StoreLoad
from extract.telemetry.victoria_metrics import check_store, open_store
from extract.weather.files import WeatherSource
from extract.weather.service import MeteostatSource
from extract.weather.tables import WEATHER

if TYPE_CHECKING:
    from warehouse.connection import Warehouse
    from warehouse.settings import Settings

logger = logging.getLogger(__name__)


@dataclass
class ExtractReport:
    """What a run of the extraction did.

    Attributes
    ----------
    rows, rejected
        Rows given to each raw table, and to each ``_rejected`` one, by ``schema.table``.
    notes
        Sentences a person should read: missing sheets, files left out.
    problems
        What a person must mend while the run goes on with what was good: bad cells, bad zones.
    """

    rows: dict[str, int] = field(default_factory=dict)
    rejected: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, counts: dict[str, int]) -> None:
        """Add the rows that a pipeline loaded."""
        for relation, count in counts.items():
            into = self.rejected if relation.endswith("_rejected") else self.rows
            if count or relation in into:
                into[relation] = into.get(relation, 0) + count

    def __str__(self) -> str:
        """Return the figures, a line a table."""
        lines = [f"{relation}: {count:,} rows" for relation, count in sorted(self.rows.items())]
        lines += [f"{name}: {count:,} rejected" for name, count in sorted(self.rejected.items())]
        return "\n".join([*lines, *self.notes, *self.problems]) or "nothing new"


def extract_all(
    settings: Settings,
    warehouse: Warehouse,
    *,
    cities: Sequence[str] | None,
    until: datetime,
    is_complete: bool = False,
) -> ExtractReport:
    """Bring the raw schemas up to date with all sources.

    Parameters
    ----------
    settings
        Where the sources are.
    warehouse
        Where the raw tables are; they are made when missing.
    cities
        Slugs of the cities to read; None reads all. Planning sheets are always read whole.
    until
        The bound of all tables, UTC: what began, changed or arrived later is left for a later run.
    is_complete
        Whether every row of the operational database is compared with what was loaded, as once a
        night: rows that are gone, or were committed long after they say, are found by it; and
        pings that others wrote into the store up to a week late.

    Returns
    -------
    ExtractReport
        Rows and rejected rows a table, and notes.

    Raises
    ------
    SettingsError
        When a folder that was set does not exist.
    SourceError
        When a source cannot be reached or has another shape.
    WarehouseError
        When the warehouse cannot be reached, or another extraction is at work on it.
    """
    until = until.astimezone(UTC)
    report = ExtractReport()
    # What is away is found before the first row is loaded.
    with (
        warehouse.lock("extract", LOCK_WAIT_S),
        warehouse.reading(),
        opened_operational(settings, warehouse) as reader,
    ):
        if settings.victoria_metrics_url is not None and reader is not None:
            check_store(settings.victoria_metrics_url)
        create_raw_tables(warehouse)
        extract_planning(settings, warehouse, until, report)
        if reader is None:
            report.notes.append("no operational database: the fleet is that of the feeds")
        else:
            extract_operator(settings, warehouse, reader, cities, until, report, is_complete)
        extract_mds(settings, warehouse, cities, until, report)
        extract_gbfs(settings, warehouse, cities, until, report)
        extract_weather(settings, warehouse, cities, until, report)
    return report


def extract_planning(
    settings: Settings, warehouse: Warehouse, until: datetime, report: ExtractReport
) -> None:
    """Load the planning sheets that changed, from the spreadsheet or the folder."""
    loaded = load_planning(settings, warehouse, until)
    report.add(loaded.counts)
    report.notes += loaded.notes
    report.problems += loaded.problems


def extract_operator(
    settings: Settings,
    warehouse: Warehouse,
    reader: OperationalReader,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
    is_complete: bool = False,
) -> None:
    """Load what changed in the operational database, and the telemetry of its scooters."""
    operational = OperationalLoad(settings, warehouse, reader, cities, until, is_complete)
    report.add(operational.run())
    report.notes += operational.notes
    report.problems += operational.problems
    report.problems += bad_parkings(warehouse, reader, cities)
    extract_telemetry(settings, warehouse, reader, cities, until, report, is_complete)


def extract_telemetry(
    settings: Settings,
    warehouse: Warehouse,
    reader: OperationalReader,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
    is_complete: bool = False,
) -> None:
    """Load new pings: from VictoriaMetrics when it is configured, else from files and messages."""
    report.problems += timeless_messages(reader)
    if settings.victoria_metrics_url is None:
        load = TelemetryLoad(settings, warehouse, reader, cities, until)
        report.add(load.run())
        report.notes += load.notes
        return
    with open_store(settings.victoria_metrics_url) as store:
        report.add(StoreLoad(settings, warehouse, store, until, is_complete).run())


def extract_mds(
    settings: Settings,
    warehouse: Warehouse,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
) -> None:
    """Load what is new in the MDS feeds."""
    load = MdsLoad(settings, warehouse, cities, until)
    report.add(load.run())
    report.notes += load.notes
    report.problems += load.problems


def extract_gbfs(
    settings: Settings,
    warehouse: Warehouse,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
) -> None:
    """Load what the GBFS feeds say, then the rides concluded from it."""
    if not settings.gbfs_feeds:
        return
    pipeline = RawPipeline(settings, warehouse, GBFS)
    source = GbfsSource(settings, warehouse, pipeline.state, cities, until)
    report.add(pipeline.load(source.observed()))
    report.add(pipeline.load(source.inferred()))
    report.notes += source.notes


def extract_weather(
    settings: Settings,
    warehouse: Warehouse,
    cities: Sequence[str] | None,
    until: datetime,
    report: ExtractReport,
) -> None:
    """Load what is new in the weather files, or at Meteostat."""
    pipeline = RawPipeline(settings, warehouse, WEATHER)
    source: WeatherSource | MeteostatSource
    if settings.weather == "meteostat":
        now = datetime.now(UTC)
        source = MeteostatSource(settings, warehouse, pipeline.state, cities, until, now)
    else:
        source = WeatherSource(settings.weather_files, pipeline.state, cities, until)
        if not settings.weather_files.is_dir():
            report.notes.append(f"the weather folder {settings.weather_files} does not exist")
    report.add(pipeline.load(source.batches()))
    report.notes += source.notes
