"""The dbt project as dbt parsed it, handed on from one home of the tests to the next.

dbt parses the whole project anew (some fifteen seconds) for each new connection. What it keeps of
a parse names the database and holds a hash of the connection; for another database whose name is
as long, both are replaced. What dbt does not know again it parses anew, as without this.
"""

import pprint
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dbt.adapters.postgres.connections import PostgresCredentials
from dbt.artifacts.resources import FileHash

from flows.dbt import dbt_environment
from warehouse.embedded import embedded_postgres_running


@dataclass(frozen=True)
class ParsedProject:
    """What dbt keeps of a parse, by the length of the database's name, in a folder of all tests."""

    folder: Path

    def hand_to(self, home: Path, environment: Mapping[str, str]) -> None:
        """Give a home that has none the parsed project, for the connection of an environment."""
        target = home / "dbt" / "target" / "partial_parse.msgpack"
        database = environment["MOOW_DBT_DBNAME"].encode()
        kept = self._kept(database)
        if target.exists() or not kept.exists():
            return
        name, checksum, parsed = kept.read_bytes().split(b"\n", 2)
        target.parent.mkdir(parents=True, exist_ok=True)
        ours = _connection_hash(environment)
        target.write_bytes(parsed.replace(name, database).replace(checksum, ours))

    def keep_of(self, home: Path, environment: Mapping[str, str]) -> None:
        """Keep what dbt has parsed in a home, unless there is one already."""
        made = home / "dbt" / "target" / "partial_parse.msgpack"
        database = environment["MOOW_DBT_DBNAME"].encode()
        kept = self._kept(database)
        if kept.exists() or not made.exists():
            return
        parsed, checksum = made.read_bytes(), _connection_hash(environment)
        if parsed.count(checksum) == 1:
            new = kept.with_name(uuid.uuid4().hex)
            new.write_bytes(b"\n".join((database, checksum, parsed)))
            new.replace(kept)

    def hand_to_command(self, home: Path) -> None:
        """Give it to a home that a command will fill, for the embedded Postgres of that home."""
        with embedded_postgres_running(home / "postgres") as url:
            self.hand_to(home, dbt_environment(url))

    def keep_of_command(self, home: Path) -> None:
        """Keep what dbt has parsed in a home that a command has filled."""
        with embedded_postgres_running(home / "postgres") as url:
            self.keep_of(home, dbt_environment(url))

    def _kept(self, database: bytes) -> Path:
        return self.folder / f"parsed-{len(database)}"


def _connection_hash(environment: Mapping[str, str]) -> bytes:
    """Hash a connection as dbt does, of the profile in dbt_project/profiles.yml."""
    credentials = PostgresCredentials(
        host=environment["MOOW_DBT_HOST"],
        port=int(environment["MOOW_DBT_PORT"]),
        user=environment["MOOW_DBT_USER"],
        password=environment["MOOW_DBT_PASSWORD"],
        database=environment["MOOW_DBT_DBNAME"],
        schema="analytics",
        keepalives_idle=0,
        connect_timeout=10,
    )
    known = sorted(credentials.connection_info())
    return FileHash.from_contents(pprint.pformat(known)).checksum.encode()
