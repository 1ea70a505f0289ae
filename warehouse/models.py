"""The contract of a Python model: what it reads, what it writes, and the one way to run it."""

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Protocol

import dataframely as dy
import polars as pl

from warehouse.connection import Warehouse
from warehouse.errors import ContractError

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Read:
    """One relation that a model reads, for one city.

    Attributes
    ----------
    relation
        ``schema.table`` of a mart, or of another model's output.
    columns
        The columns it needs; with ``city_id`` among those of the relation only rows of the city
        are read (`is_by_city`).
    time_column, history_days, ahead_days
        Rows from `history_days` before the clock up to `ahead_days` after it; None is no bound.
    is_by_city
        False reads the relation whole.
    """

    relation: str
    columns: tuple[str, ...]
    time_column: str | None = None
    history_days: float | None = None
    ahead_days: float | None = None
    is_by_city: bool = True

    def statement(self) -> str:
        """SQL of the read, with ``%(city_id)s`` and ``%(as_of)s`` to be filled in."""
        conditions = ["city_id = %(city_id)s"] if self.is_by_city else []
        bounds = ((">=", self.history_days, -1), ("<=", self.ahead_days, 1))
        for sign, days, direction in bounds:
            if self.time_column and days is not None:
                conditions.append(
                    f"{self.time_column} {sign} %(as_of)s::timestamptz"
                    f" + interval '{direction * days * 24:.3f} hours'"
                )
        where = f" where {' and '.join(conditions)}" if conditions else ""
        columns = ", ".join(self.columns)
        # A fixed order of the rows makes sums of floats, and so the results, repeatable.
        return f"select {columns} from {self.relation}{where} order by {columns}"


@dataclass(frozen=True)
class ModelContext:
    """For whom and when a model runs.

    Attributes
    ----------
    city_id
        The city.
    as_of
        The city's clock, UTC: nothing later is known.
    seed
        Seed of everything random.
    """

    city_id: str
    as_of: datetime
    seed: int = 7


class Build(Protocol):
    """The model itself: frames in, a frame out, nothing else touched."""

    def __call__(
        self, inputs: Mapping[str, pl.DataFrame], context: ModelContext, parameters: Any
    ) -> pl.DataFrame:
        """Compute the output of one city."""


@dataclass(frozen=True)
class PythonModel:
    """One Python model, declared in one place.

    Attributes
    ----------
    name
        Name of the model and of its dbt exposure.
    reads
        What it reads, by the name under which `build` receives the frame.
    writes
        ``schema.table`` of its output.
    schema
        The output's columns and rules.
    key
        Columns that identify a row.
    build
        The pure function.
    parameters
        Frozen dataclass handed to `build`.
    replaces
        Columns whose values name the rows that a new output replaces; ``("city_id",)`` replaces
        all rows of the city, ``("city_id", "issued_at")`` keeps what was issued before.
    """

    name: str
    reads: Mapping[str, Read]
    writes: str
    schema: type[dy.Schema]
    key: tuple[str, ...]
    build: Build
    parameters: Any = None
    replaces: tuple[str, ...] = ("city_id",)
    constants: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def ensure_tables(models: Iterable[PythonModel], warehouse: Warehouse) -> None:
    """Make the output tables that are missing; add columns that a new version declares.

    Existing tables are never dropped: dbt's views hang on them.
    """
    with warehouse.transaction() as connection:
        connection.execute("select pg_advisory_xact_lock(hashtextextended('model tables', 0))")
        for model in models:
            columns = {name: _postgres_type(c) for name, c in model.schema.columns().items()}
            body = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            key = ", ".join(f'"{name}"' for name in model.key)
            statements = [
                f"create table if not exists {model.writes} ({body}, primary key ({key}))",
                *(
                    f'alter table {model.writes} add column if not exists "{name}" {kind}'
                    for name, kind in columns.items()
                ),
            ]
            for statement in statements:
                connection.execute(statement)


def run_model(model: PythonModel, warehouse: Warehouse, context: ModelContext) -> int:
    """Run `model` for one city and put its rows in place of the earlier ones.

    Returns
    -------
    int
        The number of rows written.

    Raises
    ------
    ContractError
        When the output is not what the model declares; the earlier rows stay.
    """
    started = time.perf_counter()
    inputs = {name: _read(read, warehouse, context) for name, read in model.reads.items()}
    output = _checked(model, model.build(inputs, context, model.parameters))
    where: dict[str, Any] = {}
    for column in model.replaces:
        values = output[column].unique().to_list()
        if column == "city_id":
            values = [context.city_id]
        elif column == "issued_at" and not values:
            values = [context.as_of]
        if len(values) != 1:
            raise ContractError(f"{model.name} replaces by {column}, so it must hold one value")
        where[column] = values[0]
    rows = warehouse.replace(output, model.writes, where)
    warehouse.execute(f"analyze {model.writes}")
    seconds = time.perf_counter() - started
    logger.info("%s: %s, %d rows, %.1f s", model.name, context.city_id, rows, seconds)
    return rows


def _read(read: Read, warehouse: Warehouse, context: ModelContext) -> pl.DataFrame:
    parameters = {"city_id": context.city_id, "as_of": context.as_of}
    return warehouse.read(read.statement(), parameters)


def _checked(model: PythonModel, output: pl.DataFrame) -> pl.DataFrame:
    try:
        checked: pl.DataFrame = model.schema.validate(output, cast=True)
    except (dy.exc.ValidationError, dy.exc.SchemaError, pl.exceptions.PolarsError) as error:
        raise ContractError(f"{model.name} broke its contract: {error}") from error
    if checked.select(model.key).is_duplicated().any():
        raise ContractError(f"{model.name} gave two rows of the same {', '.join(model.key)}")
    return checked


def _postgres_type(column: dy.Column) -> str:
    dtype = column.dtype
    if dtype == pl.Datetime:
        return "timestamptz" if getattr(dtype, "time_zone", None) else "timestamp"
    if dtype.is_integer():
        return "bigint" if dtype == pl.Int64 else "integer"
    if dtype.is_float():
        return "double precision"
    simple = {pl.String: "text", pl.Boolean: "boolean", pl.Date: "date", pl.Binary: "bytea"}
    for kind, name in simple.items():
        if dtype == kind:
            return name
    raise ContractError(f"no Postgres type is declared for {dtype}")
