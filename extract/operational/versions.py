"""Ids and times of the last change of one table, in the source and in the warehouse."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from extract.operational.reader import OperationalReader
from extract.operational.shapes import Shape
from extract.operational.tables import OPERATIONAL_REJECTED
from extract.raw_tables import POLARS_TYPES

if TYPE_CHECKING:
    from warehouse.connection import Warehouse

_LARGEST_ID = 2**63 - 1


@dataclass(frozen=True)
class Difference:
    """Ids that the warehouse misses or has in another version, and ids that the source has not."""

    missed: list[int]
    gone: list[int]


@dataclass(frozen=True)
class Versions:
    """The rows of one table by their ids and the times of their last change.

    Parameters
    ----------
    reader, warehouse
        The two sides.
    shape
        The table.
    city_ids
        The cities to look at; None looks at all.
    """

    reader: OperationalReader
    warehouse: Warehouse
    shape: Shape
    city_ids: Sequence[int] | None

    def bounds(self) -> tuple[int | None, int | None]:
        """Return the least and the greatest id on either side."""
        source = self.reader.fetch(
            self._name,
            f"select min(id), max(id) from {self._name} where id <= {_LARGEST_ID}",
        )[0]
        there = self.warehouse.fetch(
            f"select min(id) as first, max(id) as last from {self.shape.table.relation}"
        )[0]
        first = [int(one) for one in (source[0], there["first"]) if one is not None]
        last = [int(one) for one in (source[1], there["last"]) if one is not None]
        return min(first, default=None), max(last, default=None)

    def live_count(self) -> int:
        """Return how many rows the warehouse holds that are not deleted."""
        rows = self.warehouse.fetch(f"select count(*) as live from ({self._there()}) as rows_there")
        return int(rows[0]["live"])

    def differing(self, first: int, last: int, width: int, with_times: bool) -> list[int]:
        """Return the chunks of ids in which the two sides do not count the same.

        Parameters
        ----------
        first, last
            Bounds of the ids.
        width
            Ids a chunk; chunk n begins with id n times the width.
        with_times
            Whether the times of the last change are added up as well, which reads whole rows.
        """
        changed = self.shape.changed
        if self.reader.is_sqlite:
            chunk, time = (
                f"cast(id / {width} as integer)",
                f"sum(cast(strftime('%s', {changed}) as integer))",
            )
            seconds = "sum(floor(extract(epoch from changed)))"
        else:
            chunk = f"floor(id / {width})"
            time = f"sum(timestampdiff(microsecond, '1970-01-01', {changed}))"
            seconds = "sum(extract(epoch from changed) * 1000000)"
        source = self.reader.fetch(
            self._name,
            f"select {chunk}, count(*), sum(id), {time if with_times else 'null'}"
            f" from {self._name} where id between {first} and {last}{self._in_source()} group by 1",
        )
        there = self.warehouse.fetch(
            f"select floor(id::numeric / {width}) as chunk, count(*) as rows, sum(id) as ids,"
            f" {seconds if with_times else 'null'} as times"
            f" from ({self._there()}) as rows_there"
            f" where id between {first} and {last} group by 1"
        )
        ours = {tuple(_whole(value) for value in row.values()) for row in there}
        theirs = {tuple(_whole(value) for value in row) for row in source}
        return sorted({int(row[0] or 0) for row in ours ^ theirs})

    def compare(self, first: int, last: int, until: datetime, with_rejected: bool) -> Difference:
        """Compare the ids between two bounds one by one.

        Parameters
        ----------
        first, last
            Bounds of the ids.
        until
            The bound of the run.
        with_rejected
            Whether rejected rows, which have lost the time of their last change, are taken for
            another version.
        """
        changed = self.shape.changed
        schema: dict[str, Any] = {"id": pl.Int64(), changed: POLARS_TYPES["timestamp"]}
        where = f"id between {first} and {last}{self._in_source()}"
        source = self._read(f"{where} and {self.shape.until(until)}", schema)
        there = self.warehouse.read(
            f"select id, changed as {changed}, is_rejected from ({self._there()}) as rows_there"
            f" where id between {first} and {last}"
        )
        there = there.with_columns(pl.col("id").cast(pl.Int64))
        missed = source.join(there, on=["id", changed], how="anti", nulls_equal=True)
        if not with_rejected:
            missed = missed.join(there.filter("is_rejected"), on="id", how="anti")
        unseen = there.join(source, on="id", how="anti")["id"].to_list()
        gone: list[int] = []
        if unseen:
            # Later than the bound, or of another city now, is not gone.
            among = f"id in ({', '.join(map(str, unseen))}) and {self.shape.is_live}"
            still = self._read(among, {"id": pl.Int64()})["id"]
            gone = sorted(set(unseen) - set(still.to_list()))
        return Difference(missed["id"].sort().to_list(), gone)

    @property
    def _name(self) -> str:
        return self.shape.table.name

    def _in_source(self) -> str:
        cities = ""
        if self.city_ids is not None:
            cities = f" and city_id in ({', '.join(map(str, self.city_ids)) or '-1'})"
        live = "" if self.shape.soft_delete is None else f" and {self.shape.is_live}"
        return f"{live}{cities}"

    def _there(self) -> str:
        """Return the query of ids and times of what the warehouse holds, rejected or not."""
        table, changed = self.shape.table, self.shape.changed
        bad = OPERATIONAL_REJECTED[table.name].relation
        cities = city = ""
        if self.city_ids is not None:
            ids = [str(one) for one in self.city_ids] or ["-1"]
            texts = ", ".join(f"'{one}'" for one in ids)
            cities = f" and city_id in ({', '.join(ids)})"
            city = f" and original::json ->> 'city_id' in ({texts})"
        is_id = r"row_key ~ '^\d{1,18}$'"
        return (
            f"select id, {changed} as changed, false as is_rejected from {table.relation}"
            f" where deleted_at is null{cities} union all"
            " select row_key::bigint, null::timestamptz, true"
            f" from {bad} where {is_id}{city}"
        )

    def _read(self, where: str, schema: dict[str, Any]) -> pl.DataFrame:
        frames = list(self.reader.read(self._name, schema, where))
        return pl.concat(frames) if frames else pl.DataFrame(schema=schema)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
