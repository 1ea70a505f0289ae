"""Times that lie ahead of the source's own clock: local ones, which would be taken for UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from extract.operational.reader import OperationalReader

#: In these something changes at any hour.
_TABLES = ("rides", "scooters")
#: Clocks of an application and of its database may differ so much.
_TOLERANCE = timedelta(minutes=5)


def times_ahead(url: str) -> list[str]:
    """Return a sentence for each table whose newest change lies ahead of the database's clock.

    A file of SQLite has no clock of its own, and a simulated one is ahead as it pleases: of that
    nothing is said. Nor can times west of Greenwich be told from those of a quiet night.
    """
    reader = OperationalReader(url, waits_s=())
    said = []
    try:
        if reader.is_sqlite:
            return []
        now = reader.now()
        for table in _TABLES:
            ((newest,),) = reader.fetch(table, f"select max(updated_at) from {table}")
            if isinstance(newest, datetime) and newest.replace(tzinfo=UTC) > now + _TOLERANCE:
                said.append(_sentence(table, newest.replace(tzinfo=UTC), now))
    finally:
        reader.close()
    return said


def _sentence(table: str, newest: datetime, now: datetime) -> str:
    hours = (newest - now).total_seconds() / 3600
    return (
        f"the newest updated_at of table {table!r} is {newest:%Y-%m-%d %H:%M}, which is "
        f"{hours:.1f} hours ahead of the database's clock ({now:%H:%M} UTC); where its times are "
        f"local, make a view {table!r} that gives all of them in UTC by convert_tz, as "
        "docs/sources.md shows"
    )
