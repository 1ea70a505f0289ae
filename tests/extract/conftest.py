"""A small world of sources for the tests of extraction."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.extract.operator import settings_for
from tests.extract.sources import (
    START,
    Operational,
    message,
    old_message,
    write_pings,
    write_sheets,
)
from warehouse.settings import Settings


@pytest.fixture
def operational(settings: Settings) -> Operational:
    """Give a filled SQLite database where the settings look for it, and planning sheets."""
    settings.sources_folder.mkdir(parents=True)
    made = Operational(settings.operational)
    made.fill()
    write_sheets(settings.planning)
    return made


@pytest.fixture
def maria(mariadb_url: str) -> Operational:
    """Give a filled MariaDB."""
    made = Operational(mariadb_url)
    made.fill()
    return made


@pytest.fixture
def there(settings: Settings, mariadb_url: str) -> Settings:
    """Give settings that point at it."""
    return settings_for(settings, mariadb_url)


@pytest.fixture
def ping_file(settings: Settings) -> Path:
    """Give a file of two good pings, one of each firmware."""
    return write_pings(settings.pings, START, [message(1, START), old_message(2, START)])
