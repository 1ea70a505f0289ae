"""The operator's database: its tables, and writing them all or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    DateTime,
    Double,
    Engine,
    Index,
    MetaData,
    Numeric,
    String,
    Table,
    Text,
    create_engine,
    delete,
    event,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from simulator.rows import Row, Tables
from warehouse.errors import SourceError

_CHUNK = 5_000
METADATA = MetaData()
# SQLite gives row ids only to INTEGER keys, and MySQL cuts times to seconds unless told.
_INTEGER = BigInteger().with_variant(sqlite.INTEGER(), "sqlite")
_TIME = DateTime().with_variant(mysql.DATETIME(fsp=3), "mysql", "mariadb")
_MONEY = Numeric(10, 2).with_variant(Double(), "sqlite")
_LONG = Text().with_variant(mysql.MEDIUMTEXT(), "mysql", "mariadb")


def _table(name: str, *columns: Column[object] | Index) -> Table:
    key = Column("id", _INTEGER, primary_key=True, autoincrement=False)
    return Table(name, METADATA, key, *columns, mysql_charset="utf8mb4")


CITIES = _table(
    "cities",
    Column("slug", String(40), nullable=False),
    Column("name", String(80), nullable=False),
    Column("timezone", String(60), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("updated_at", _TIME, nullable=False),
)
PARKINGS = _table(
    "parkings",
    Column("city_id", _INTEGER, nullable=False),
    Column("code", String(20), nullable=False),
    Column("name", String(120), nullable=False),
    Column("zone_geojson", _LONG),
    Column("capacity", _INTEGER),
    Column("is_active", Boolean, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Column("updated_at", _TIME, nullable=False),
)
SCOOTERS = _table(
    "scooters",
    Column("city_id", _INTEGER, nullable=False),
    Column("code", String(20), nullable=False),
    Column("model", String(40)),
    Column("battery_wh", Double),
    Column("status", String(20), nullable=False),
    Column("commissioned_at", _TIME),
    Column("retired_at", _TIME),
    Column("updated_at", _TIME, nullable=False),
)
RIDES = _table(
    "rides",
    Column("city_id", _INTEGER, nullable=False),
    Column("scooter_id", _INTEGER, nullable=False),
    Column("user_id", String(32)),
    Column("status", String(20), nullable=False),
    Column("started_at", _TIME, nullable=False),
    Column("ended_at", _TIME),
    Column("start_latitude", Double),
    Column("start_longitude", Double),
    Column("start_hdop", Double),
    Column("end_latitude", Double),
    Column("end_longitude", Double),
    Column("end_hdop", Double),
    Column("start_battery_pct", Double),
    Column("end_battery_pct", Double),
    Column("distance_m", Double),
    Column("polyline", Text),
    Column("price", _MONEY),
    Column("updated_at", _TIME, nullable=False),
    Index("rides_updated_at", "updated_at"),
)
SERVICE_EVENTS = _table(
    "service_events",
    Column("city_id", _INTEGER, nullable=False),
    Column("scooter_id", _INTEGER, nullable=False),
    Column("worker", String(60)),
    Column("kind", String(30), nullable=False),
    Column("occurred_at", _TIME, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("battery_pct", Double),
    Column("parking_id", _INTEGER),
    Column("updated_at", _TIME, nullable=False),
    Index("service_events_updated_at", "updated_at"),
)
APP_SEARCHES = _table(
    "app_searches",
    Column("city_id", _INTEGER, nullable=False),
    Column("user_id", String(32)),
    Column("searched_at", _TIME, nullable=False),
    Column("latitude", Double),
    Column("longitude", Double),
    Column("available_count", _INTEGER, nullable=False),
    Column("created_at", _TIME, nullable=False),
    Index("app_searches_created_at", "created_at"),
)
TELEMETRY_MESSAGES = _table(
    "telemetry_messages",
    Column("received_at", _TIME, nullable=False),
    Column("payload", _LONG, nullable=False),
    Index("telemetry_messages_received_at", "received_at"),
)
#: Marks a database as simulated, by which world; the operator's own has no such table.
SIMULATED_WORLDS = _table(
    "simulated_worlds",
    Column("fingerprint", String(200), nullable=False),
    Column("ended_at", _TIME, nullable=False),
)
#: Tables whose rows grow with time, with the column that tells when.
GROWING = (RIDES, SERVICE_EVENTS, APP_SEARCHES)


def engine_for(url: str) -> Engine:
    """Open a database; for SQLite with a real transaction around every write."""
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _speed_up_sqlite)
    return engine


def _speed_up_sqlite(connection: object, _record: object) -> None:
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("synchronous=NORMAL", "temp_store=MEMORY", "cache_size=-64000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


@contextmanager
def transaction(url: str) -> Iterator[Connection]:
    """All of the block is written, or nothing.

    Raises
    ------
    SourceError
        When the database cannot be reached or refuses a statement.
    """
    engine = engine_for(url)
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        where = make_url(url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise SourceError(
            f"the operational database {where} cannot be written: {reason}; "
            "check MOOW_OPERATIONAL_URL and that the database exists and is writable"
        ) from error
    finally:
        engine.dispose()


def sqlite_path(url: str) -> Path | None:
    """Return the file of a SQLite database, none for another kind."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database:
        return None
    return Path(parsed.database)


def written_world(connection: Connection) -> str | None:
    """Fingerprint of the world a database holds; none when it is empty.

    Raises
    ------
    SourceError
        When it holds rows that no simulator wrote.
    """
    names = set(inspect(connection).get_table_names())
    if SIMULATED_WORLDS.name in names:
        found = connection.execute(select(SIMULATED_WORLDS.c.fingerprint)).scalar()
        if found is not None:
            return str(found)
    for table in METADATA.sorted_tables:
        if (
            table.name in names
            and connection.execute(select(func.count()).select_from(table)).scalar()
        ):
            raise SourceError(
                f"table {table.name} of the operational database holds rows that the simulator did "
                "not write; give MOOW_OPERATIONAL_URL an empty database"
            )
    return None


def write_rows(connection: Connection, tables: Tables) -> None:
    """Insert rows in chunks; keys of a row are the names of the columns."""
    for name, rows in tables.items():
        statement = insert(METADATA.tables[name])
        for chunk in _chunks(rows):
            connection.execute(statement, chunk)


def _chunks(rows: Sequence[Row]) -> Iterable[Sequence[Row]]:
    for start in range(0, len(rows), _CHUNK):
        yield rows[start : start + _CHUNK]


def empty_tables(connection: Connection) -> None:
    """Delete everything, within the transaction."""
    for table in METADATA.sorted_tables:
        connection.execute(delete(table))
