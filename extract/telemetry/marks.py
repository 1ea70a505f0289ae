"""What has been written into which store, kept in ``raw_telemetry.ingested``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.telemetry.checks import SECOND_LOOK, Counts
from extract.telemetry.files import PingFile
from extract.telemetry.tables import INGESTED

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

#: How messages of the operational database are named among the files.
_MESSAGES = "telemetry_messages"
_IS_SAFE = "(is_settled or server_started_at = %(started_at)s)"


@dataclass
class Marks:
    """The marks of one store.

    Parameters
    ----------
    warehouse
        Where they are kept.
    store
        The address of the store, without user and password.
    """

    warehouse: Warehouse
    store: str

    def forget(self) -> None:
        """Remove all marks: the store has lost its data, or is another at the same address."""
        self.warehouse.execute(
            "delete from raw_telemetry.ingested where store = %(store)s", {"store": self.store}
        )

    def settle(self, started_at: int) -> None:
        """Trust for good the marks whose server is still alive a minute after them."""
        self.warehouse.execute(
            "update raw_telemetry.ingested set is_settled = true"
            " where store = %(store)s and server_started_at = %(started_at)s"
            " and not is_settled and ingested_at < clock_timestamp() - interval '1 minute'",
            {"store": self.store, "started_at": started_at},
        )

    def new(self, files: Sequence[PingFile], started_at: int) -> list[PingFile]:
        """Return the files that are not marked, or not safely."""
        rows = self.warehouse.fetch(
            "select path, size_bytes, modified_ns from raw_telemetry.ingested"
            f" where store = %(store)s and {_IS_SAFE}",
            {"store": self.store, "started_at": started_at},
        )
        known = {(row["path"], row["size_bytes"], row["modified_ns"]) for row in rows}
        return [it for it in files if (it.name, it.size_bytes, it.modified_ns) not in known]

    def messages_until(self, started_at: int) -> datetime | None:
        """Return up to when the database's messages are safely in; None when none are."""
        rows = self.warehouse.fetch(
            "select max(until_at) as until_at from raw_telemetry.ingested"
            f" where store = %(store)s and starts_with(path, %(path)s) and {_IS_SAFE}",
            {"store": self.store, "path": _MESSAGES, "started_at": started_at},
        )
        until: datetime | None = rows[0]["until_at"]
        return until

    def add_messages(self, until: datetime, started_at: int) -> None:
        """Mark the database's messages up to `until`; settled marks before it go."""
        self.warehouse.execute(
            "delete from raw_telemetry.ingested where store = %(store)s"
            " and starts_with(path, %(path)s) and until_at < (select max(until_at)"
            " from raw_telemetry.ingested where store = %(store)s and is_settled"
            " and starts_with(path, %(path)s))",
            {"store": self.store, "path": _MESSAGES},
        )
        row = {"path": f"{_MESSAGES} {until.isoformat()}", "until_at": until}
        self._put([row], started_at)

    def has_looked(self, fleet: str, started_at: int) -> bool:
        """Return whether rejected messages were held against this fleet, to no further avail."""
        rows = self.warehouse.fetch(
            "select 1 from raw_telemetry.ingested"
            f" where store = %(store)s and path = %(path)s and {_IS_SAFE}",
            {"store": self.store, "path": f"{SECOND_LOOK} {fleet}", "started_at": started_at},
        )
        return bool(rows)

    def add_look(self, fleet: str, until: datetime, started_at: int) -> None:
        """Mark that rejected messages were held against this fleet; marks of others go."""
        self.warehouse.execute(
            "delete from raw_telemetry.ingested"
            " where store = %(store)s and starts_with(path, %(path)s)",
            {"store": self.store, "path": f"{SECOND_LOOK} "},
        )
        self._put([{"path": f"{SECOND_LOOK} {fleet}", "until_at": until}], started_at)

    def add(
        self,
        files: Sequence[PingFile],
        counts: Counts,
        until: datetime,
        started_at: int,
    ) -> None:
        """Mark files whose pings are in."""
        rows = [
            {
                "path": file.name,
                "size_bytes": file.size_bytes,
                "modified_ns": file.modified_ns,
                "row_count": counts.read.get(file.name, 0),
                "rejected_count": counts.rejected.get(file.name, 0),
                "until_at": until,
            }
            for file in files
        ]
        self._put(rows, started_at)

    def _put(self, rows: list[dict[str, Any]], started_at: int) -> None:
        if not rows:
            return
        frame = INGESTED.conform(
            pl.DataFrame(rows, infer_schema_length=None).with_columns(
                store=pl.lit(self.store),
                server_started_at=pl.lit(started_at, pl.Int64),
                is_settled=pl.lit(False),
            )
        )
        paths = {"store": self.store, "paths": frame["path"].to_list()}
        chosen = "store = %(store)s and path = any(%(paths)s)"
        with self.warehouse.transaction() as connection:
            connection.execute(f"delete from raw_telemetry.ingested where {chosen}", paths)
            self.warehouse.append(frame, INGESTED.relation, connection)
            connection.execute(
                f"update raw_telemetry.ingested set ingested_at = clock_timestamp() where {chosen}",
                paths,
            )
