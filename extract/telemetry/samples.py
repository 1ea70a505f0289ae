"""Pings as VictoriaMetrics keeps them: a metric a measured quantity, a series a scooter.

Labels are ``scooter`` (its code), ``city`` and ``firmware``; the timestamp is when the ping was
reported, in milliseconds. What a ping does not say has no sample, and nothing but finite numbers is
ever written. ``moow_received_at`` (epoch seconds) is written last: a ping that has it is whole.

VictoriaMetrics keeps decimal numbers, so coordinates of up to nine decimals (a tenth of a
millimetre) come back exactly as they went; beyond that they differ by less than 2e-10 degrees.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import polars as pl

PREFIX = "moow_"
#: Columns of a ping that are metrics of the same name, ``moow_latitude`` and so on.
QUANTITIES = ("latitude", "longitude", "hdop", "speed_kmh", "battery_pct", "is_locked")
ARRIVAL = "received_at"
#: What `read_pings` gives.
PINGS: dict[str, Any] = {
    "scooter_code": pl.String(),
    "city": pl.String(),
    "firmware": pl.String(),
    "reported_at": pl.Datetime("us", "UTC"),
    **{name: pl.Float64() for name in QUANTITIES if name != "is_locked"},
    "is_locked": pl.Boolean(),
    "received_at": pl.Datetime("us", "UTC"),
}
_SERIES = ["scooter_code", "city", "firmware"]
_LABELS = ("__name__", "scooter", "city", "firmware")
_EXPORTED: dict[str, Any] = {
    "metric": pl.Struct(dict.fromkeys(_LABELS, pl.String)),
    "values": pl.List(pl.Float64),
    "timestamps": pl.List(pl.Int64),
}
#: What selects the metrics of pings, and those that are whole.
ALL = f'{{__name__=~"{PREFIX}({"|".join((*QUANTITIES, ARRIVAL))})"}}'
WHOLE = f'{{__name__="{PREFIX}{ARRIVAL}"}}'
#: Samples in one request; larger ones are no faster.
_REQUEST_PINGS = 20_000


def requests(pings: pl.DataFrame) -> Iterator[bytes]:
    """Give pings as bodies of imports, to be sent in this order.

    Parameters
    ----------
    pings
        With the columns of `PINGS`; keys are unique.
    """
    for part in pings.iter_slices(_REQUEST_PINGS):
        rows = part.with_columns(
            is_locked=pl.col("is_locked").cast(pl.Float64),
            received_at=pl.col("received_at").dt.epoch("ms") / 1000,
            at_ms=pl.col("reported_at").dt.epoch("ms"),
        ).sort([*_SERIES, "at_ms"])
        yield b"".join(_lines(rows, name) for name in QUANTITIES)
        yield _lines(rows, ARRIVAL)


def _lines(rows: pl.DataFrame, name: str) -> bytes:
    said = rows.filter(pl.col(name).is_finite())
    series = said.group_by(_SERIES, maintain_order=True).agg(
        pl.col(name).alias("values"), pl.col("at_ms").alias("timestamps")
    )
    metric = pl.struct(
        pl.lit(PREFIX + name).alias("__name__"),
        pl.col("scooter_code").alias("scooter"),
        "city",
        pl.col("firmware").fill_null(""),
    )
    return series.select(metric.alias("metric"), "values", "timestamps").write_ndjson().encode()


def read_pings(content: bytes) -> pl.DataFrame:
    """Join exported samples to one ping a row.

    Parameters
    ----------
    content
        What `VictoriaMetrics.read` gives.

    Returns
    -------
    polars.DataFrame
        `PINGS` in the order of time. Of several samples of a metric at the same time the largest
        counts, as it does for VictoriaMetrics itself. A ping that is not whole (no arrival) is left
        out: it is still being written. So is a series without ``scooter``, as nobody's.
    """
    series = _series(content).unnest("metric").filter(pl.col("scooter").str.len_bytes() > 0)
    if series.is_empty():
        return pl.DataFrame(schema=PINGS)
    samples = series.explode("values", "timestamps", empty_as_null=True, keep_nulls=True)
    samples = samples.filter(pl.col("values").is_finite())
    wide = samples.group_by("scooter", "city", "firmware", "timestamps").agg(
        pl.col("values").filter(pl.col("__name__") == PREFIX + name).max().alias(name)
        for name in (*QUANTITIES, ARRIVAL)
    )
    whole = wide.filter(pl.col(ARRIVAL).is_not_null())
    return whole.select(
        pl.col("scooter").alias("scooter_code"),
        "city",
        pl.col("firmware").replace("", None),
        _moment(pl.col("timestamps")).alias("reported_at"),
        *(name for name in QUANTITIES if name != "is_locked"),
        pl.col("is_locked") != 0,
        _moment((pl.col(ARRIVAL) * 1000).round()).alias("received_at"),
    ).sort("reported_at", "scooter_code", "firmware", "city")


def read_arrivals(content: bytes) -> pl.DataFrame:
    """Return who reported when (``scooter_code reported_at``), of exported samples of `WHOLE`."""
    series = _series(content).unnest("metric")
    samples = series.explode("values", "timestamps", empty_as_null=True, keep_nulls=True)
    return samples.select(
        pl.col("scooter").alias("scooter_code"), _moment(pl.col("timestamps")).alias("reported_at")
    ).unique()


def _moment(millis: pl.Expr) -> pl.Expr:
    return (millis.cast(pl.Int64) * 1000).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _series(content: bytes) -> pl.DataFrame:
    if not content.strip():
        return pl.DataFrame(schema=_EXPORTED)
    try:
        return pl.read_ndjson(content, schema=_EXPORTED)
    except pl.exceptions.PolarsError:
        # Somebody wrote an infinite number, which is exported as a text.
        rows = [json.loads(line) for line in content.splitlines() if line.strip()]
    for row in rows:
        row["values"] = [None if isinstance(value, str) else value for value in row["values"]]
        row["metric"] = {name: row["metric"].get(name) for name in _LABELS}
    return pl.DataFrame(rows, schema=_EXPORTED)
