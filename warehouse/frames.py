"""Tables of Arrow, as ADBC gives them, as frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa


def frame_of(table: pa.Table) -> pl.DataFrame:
    """Return a table as a frame: ``numeric`` as Float64, other types of Postgres alone as text."""
    import pyarrow as pa

    opaque = {
        field.name: getattr(field.type, "type_name", None)
        for field in table.schema
        if isinstance(field.type, pa.BaseExtensionType)
    }
    for position, field in enumerate(table.schema):
        if field.name in opaque:
            column = table.column(position)
            storage = pa.chunked_array(
                [chunk.storage for chunk in column.chunks], type=field.type.storage_type
            )
            table = table.set_column(position, field.name, storage)
    frame = pl.DataFrame(pl.from_arrow(table))
    numbers = [name for name, kind in opaque.items() if kind == "numeric"]
    return frame.with_columns(pl.col(numbers).cast(pl.Float64)) if numbers else frame
