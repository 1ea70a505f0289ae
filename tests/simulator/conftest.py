"""A small simulated world, made once: one town, three days, pings of the last."""

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from simulator.run import simulate
from warehouse.settings import Settings, load_settings

END = datetime(2026, 6, 1, 6, tzinfo=UTC)


def small_world(home: Path, **changes: object) -> Settings:
    """Simulate a town into a folder and return its settings."""
    settings = load_settings(home=home, _env_file=None)
    given = {"cities": ["kastoria"], "days": 3, "ping_days": 1, "seed": 5, "end": END} | changes
    simulate(settings, processes=1, **given)  # type: ignore[arg-type]
    return settings


def table(settings: Settings, name: str) -> pl.DataFrame:
    """Read a table of the operational database, in the order of its key."""
    path = settings.operational.removeprefix("sqlite:///")
    with sqlite3.connect(path) as connection:
        cursor = connection.execute(f"select * from {name} order by id")
        columns = [column[0] for column in cursor.description]
        return pl.DataFrame(
            cursor.fetchall(), schema=columns, orient="row", infer_schema_length=None
        )


def truth(settings: Settings, name: str, city: str = "kastoria") -> pl.DataFrame:
    """Read a truth file."""
    return pl.read_parquet(settings.home / "truth" / city / f"{name}.parquet")


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a home that holds the small world; tests only read it."""
    return small_world(tmp_path_factory.mktemp("simulated") / "moow")
