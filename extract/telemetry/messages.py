"""Telemetry messages, whatever the firmware: JSON texts in, flat columns or reasons out.

Two forms are known. Firmware 1 sends flat objects with epoch seconds (``id ts lat lng spd bat
lock hdop``), firmware 2 nested ones (``device gps battery state sent_at``); either may come as
``{"messages": [...]}``. Any field may be missing or null.
"""

from __future__ import annotations

import json
from typing import Any

import polars as pl

from extract.rejections import REASON

_MESSAGE: dict[str, Any] = {
    "v": pl.Float64,
    "device": pl.Struct({"id": pl.String, "fw": pl.String}),
    "sent_at": pl.String,
    "gps": pl.Struct(
        {"lat": pl.Float64, "lon": pl.Float64, "hdop": pl.Float64, "speed_kmh": pl.Float64}
    ),
    "battery": pl.Struct({"pct": pl.Float64}),
    "state": pl.Struct({"locked": pl.Boolean}),
    "id": pl.String,
    "ts": pl.Float64,
    "lat": pl.Float64,
    "lng": pl.Float64,
    "spd": pl.Float64,
    "bat": pl.Float64,
    "lock": pl.Float64,
    "hdop": pl.Float64,
}
_LINE = pl.Struct({**_MESSAGE, "messages": pl.List(pl.Struct(_MESSAGE))})
#: What `parse_messages` gives: one row a message.
PARSED: dict[str, Any] = {
    "row_key": pl.String(),
    "original": pl.String(),
    "scooter_code": pl.String(),
    "firmware": pl.String(),
    "reported_at": pl.Datetime("us", "UTC"),
    "latitude": pl.Float64(),
    "longitude": pl.Float64(),
    "hdop": pl.Float64(),
    "speed_kmh": pl.Float64(),
    "battery_pct": pl.Float64(),
    "is_locked": pl.Boolean(),
    REASON: pl.String(),
}
#: An epoch above this is in milliseconds: in seconds it would be the year 5138.
_MILLISECONDS_FROM = 1e11


def parse_messages(lines: pl.DataFrame) -> pl.DataFrame:
    """Read messages.

    Parameters
    ----------
    lines
        ``row_key`` and ``original``, the JSON text of a message or of several.

    Returns
    -------
    polars.DataFrame
        `PARSED`: one row a message, at least one a line. Messages that cannot be read have a
        reason and nulls. Never raises on what a text holds. No lines give no rows.
    """
    if lines.is_empty():
        return pl.DataFrame(schema=PARSED)
    decoded, failed = _decode(lines)
    parts = [_flatten(frame) for frame in decoded]
    if failed:
        parts.append(_one_by_one(pl.concat(failed)))
    return pl.concat(parts) if parts else pl.DataFrame(schema=PARSED)


def _decode(lines: pl.DataFrame) -> tuple[list[pl.DataFrame], list[pl.DataFrame]]:
    """Decode as many lines at once as go: where a part fails it is halved, down to the culprit."""
    good: list[pl.DataFrame] = []
    bad: list[pl.DataFrame] = []
    waiting = [lines]
    while waiting:
        part = waiting.pop()
        try:
            good.append(part.with_columns(m=part["original"].str.json_decode(_LINE)))
        except pl.exceptions.PolarsError:
            if part.height == 1:
                bad.append(part)
            else:
                middle = part.height // 2
                waiting += [part[middle:], part[:middle]]
    return good, bad


def _flatten(decoded: pl.DataFrame) -> pl.DataFrame:
    """Turn decoded lines into one row a message."""
    messages = pl.col("m").struct.field("messages")
    single = decoded.filter(messages.is_null())
    several = decoded.filter(messages.is_not_null())
    parts = [_fields(single)]
    if not several.is_empty():
        exploded = (
            several.with_columns(m=messages)
            .explode("m", empty_as_null=True, keep_nulls=True)
            .with_columns(
                row_key=pl.col("row_key")
                + "#"
                + pl.int_range(pl.len()).over("row_key").cast(pl.String)
            )
        )
        parts.append(_fields(exploded))
    return pl.concat(parts)


def _fields(frame: pl.DataFrame) -> pl.DataFrame:
    def field(*path: str) -> pl.Expr:
        column = pl.col("m")
        for name in path:
            column = column.struct.field(name)
        return column

    code = pl.coalesce(field("device", "id"), field("id")).str.strip_chars().replace("", None)
    sent, epoch = field("sent_at"), field("ts")
    return frame.select(
        "row_key",
        "original",
        code.alias("scooter_code"),
        pl.coalesce(field("device", "fw"), pl.lit("1"))
        .str.replace_all("\x00", "", literal=True)
        .alias("firmware"),
        pl.coalesce(_from_iso(sent), _from_epoch(epoch)).alias("reported_at"),
        pl.coalesce(field("gps", "lat"), field("lat")).alias("latitude"),
        pl.coalesce(field("gps", "lon"), field("lng")).alias("longitude"),
        pl.coalesce(field("gps", "hdop"), field("hdop")).alias("hdop"),
        pl.coalesce(field("gps", "speed_kmh"), field("spd")).alias("speed_kmh"),
        pl.coalesce(field("battery", "pct"), field("bat")).alias("battery_pct"),
        pl.coalesce(field("state", "locked"), field("lock").cast(pl.Boolean)).alias("is_locked"),
        pl.when(pl.col("m").is_null())
        .then(pl.lit("no message"))
        .when(code.is_null())
        .then(pl.lit("no scooter id"))
        .when(sent.is_null() & epoch.is_null())
        .then(pl.lit("no time"))
        .otherwise(pl.lit(None, pl.String))
        .alias(REASON),
    )


def _from_iso(text: pl.Expr) -> pl.Expr:
    """ISO 8601; without an offset it is UTC."""
    return pl.coalesce(
        text.str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False),
        (text + "Z").str.to_datetime("%+", time_unit="us", time_zone="UTC", strict=False),
    )


def _from_epoch(number: pl.Expr) -> pl.Expr:
    seconds = pl.when(number.abs() >= _MILLISECONDS_FROM).then(number / 1e3).otherwise(number)
    is_sane = seconds.abs() < _MILLISECONDS_FROM
    micros = pl.when(is_sane).then((seconds * 1e6).round()).otherwise(None)
    return micros.cast(pl.Int64, strict=False).cast(pl.Datetime("us")).dt.replace_time_zone("UTC")


def _one_by_one(lines: pl.DataFrame) -> pl.DataFrame:
    """Read lines that do not fit the declared types: find out which message, and what is wrong."""
    texts: list[dict[str, str]] = []
    reasons: list[dict[str, str]] = []
    for key, original in lines.select("row_key", "original").iter_rows():
        try:
            content = json.loads(original)
        except (ValueError, RecursionError):
            reasons.append({"row_key": key, "original": original, REASON: "not JSON"})
            continue
        several = content.get("messages") if isinstance(content, dict) else None
        if isinstance(several, list) and several:
            for number, message in enumerate(several):
                text = json.dumps(message)
                texts.append({"row_key": f"{key}#{number}", "original": text})
        else:
            reasons.append({"row_key": key, "original": original, REASON: _misfit(content)})
    parts = [pl.DataFrame(reasons, schema=PARSED)]
    if texts:
        # One level only: a message within a message is a misfit, so this ends.
        good, bad = _decode(pl.DataFrame(texts))
        parts += [_fields(frame) for frame in good]
        parts += [frame_of_misfits(frame) for frame in bad]
    return pl.concat(parts)


def frame_of_misfits(lines: pl.DataFrame) -> pl.DataFrame:
    """Return the lines as rejected, each with what does not fit."""
    rows = [
        {"row_key": key, "original": original, REASON: _misfit(_content(original))}
        for key, original in lines.select("row_key", "original").iter_rows()
    ]
    return pl.DataFrame(rows, schema=PARSED)


def _content(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _misfit(content: Any) -> str:
    """Say which field has the wrong kind of value."""
    if not isinstance(content, dict):
        return f"a message is an object, not {type(content).__name__}"
    for path, value in _leaves(content):
        if path in _NUMBERS and not isinstance(value, (int, float, type(None))):
            return f"{path} is {str(value)[:40]!r}; a number is needed"
        if path in _NUMBERS and isinstance(value, float) and not -1e308 < value < 1e308:
            return f"{path} is not a finite number"
    return "a field holds the wrong kind of value"


_NUMBERS = {
    *("v", "ts", "lat", "lng", "spd", "bat", "hdop", "battery.pct"),
    *("gps.lat", "gps.lon", "gps.hdop", "gps.speed_kmh"),
}


def _leaves(content: dict[str, Any]) -> list[tuple[str, Any]]:
    leaves: list[tuple[str, Any]] = []
    for name, value in content.items():
        if isinstance(value, dict):
            leaves += [(f"{name}.{inner}", deep) for inner, deep in value.items()]
        else:
            leaves.append((str(name), value))
    return leaves
