"""A small provider of MDS in Volos, and how the tests load it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from extract.mds.load import MdsLoad
from extract.schemas import create_raw_tables
from tests.extract.mds_records import START, event, point, stop, trip, vehicle
from tests.extract.mds_server import TOKEN, Provider
from warehouse.connection import Warehouse
from warehouse.settings import Settings, load_settings

HOUR = timedelta(hours=1)
UNTIL = START + 6 * HOUR


def small_provider() -> Provider:
    """Return three scooters, and what happened to them in six hours."""
    made = Provider(now=UNTIL)
    made.lists = {
        "vehicles": [vehicle(number) for number in (1, 2, 3)],
        "trips": [trip(hour, START + hour * HOUR + HOUR / 2) for hour in range(6)],
        "events": [event(1, START + HOUR / 4), event(2, START + 2 * HOUR, 2)],
        "telemetry": [point(n, START + n * HOUR / 6) for n in range(36)],
        "stops": [stop(1), stop(2)],
        "policies": [],
        "geographies": [],
    }
    return made


def settings_for(home: Settings, provider: Provider, **more: Any) -> Settings:
    basis: dict[str, Any] = {
        "mds_token": TOKEN,
        "mds_since": START.isoformat(),
        "mds_overlap_hours": 2,
    }
    basis["mds_feeds"] = f"volos={provider.address}"
    return load_settings(home=home.home, _env_file=None, **{**basis, **more})


def load(
    settings: Settings, warehouse: Warehouse, until: datetime, since: datetime | None = None
) -> MdsLoad:
    """Load, without waiting; what was waited for stands in the result's ``waits``."""
    create_raw_tables(warehouse)
    waits: list[float] = []
    made = MdsLoad(settings, warehouse, None, until, since=since, sleep=waits.append)
    made.counts = made.run()  # type: ignore[attr-defined]
    made.waits = waits  # type: ignore[attr-defined]
    return made
