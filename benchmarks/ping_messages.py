"""Ping messages for the benchmark of their load, good and bad, and how fast they are parsed."""

from __future__ import annotations

import gzip
import json
import math
import random
import re
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from extract.telemetry.messages import parse_messages

START = datetime(2026, 6, 1, tzinfo=UTC)
SCOOTERS = 1_000
CITY = "thessaloniki"
#: Shares of bad messages that the parsing is measured with.
BAD_SHARES = (0.0, 0.001, 0.02)


def make_lines(rows: int, bad: float, seed: int = 7) -> list[str]:
    """Return messages in the order of time: four in five of firmware 2, a share of them bad."""
    choose = random.Random(seed)
    step = timedelta(hours=24) / max(rows, 1)
    lines = []
    for number in range(rows):
        at = START + number * step
        code = f"SKG-{choose.randrange(SCOOTERS):04d}"
        latitude = round(40.6 + choose.random() / 10, 7)
        longitude = round(22.9 + choose.random() / 10, 7)
        battery, speed = round(choose.random() * 100, 1), round(choose.random() * 25, 1)
        if choose.random() < 0.2:
            line = (
                f'{{"id":"{code}","ts":{int(at.timestamp() * 1000)},"lat":{latitude},'
                f'"lng":{longitude},"spd":{speed},"bat":{battery:.0f},"lock":1,"hdop":1.2}}'
            )
        else:
            line = (
                f'{{"v":2,"device":{{"id":"{code}","fw":"3.1.4"}},"sent_at":'
                f'"{at:%Y-%m-%dT%H:%M:%S}.{at.microsecond // 1000:03d}Z","gps":{{"lat":{latitude},'
                f'"lon":{longitude},"hdop":1.2,"sats":9,"speed_kmh":{speed}}},"battery":'
                f'{{"pct":{battery},"voltage_mv":40100}},"state":{{"locked":true}}}}'
            )
        lines.append(choose.choice(_SPOIL)(line) if choose.random() < bad else line)
    return lines


#: Cut off on the way, a text for a number, no number, a missing comma, nothing of ours.
_SPOIL: tuple[Callable[[str], str], ...] = (
    lambda line: line[: len(line) // 2],
    lambda line: re.sub(r'"lat":([0-9.]+)', r'"lat":"x\1"', line),
    lambda line: re.sub(r'"(lng|lon)":[0-9.]+', r'"\1":NaN', line),
    lambda line: line.replace(',"', '"', 1),
    lambda _: "AT+CGPSINF=0",
)

Change = Callable[[dict[str, Any], random.Random], dict[str, Any]]


def _without_some(message: dict[str, Any], choose: random.Random) -> dict[str, Any]:
    """Leave out one field in three that a message may lack."""
    needed = ("id", "ts", "device", "sent_at", "gps", "lat", "lng", "lon")
    return {
        name: _without_some(value, choose)
        if isinstance(value, dict) and name != "device"
        else value
        for name, value in message.items()
        if name in needed or choose.random() > 1 / 3
    }


def _with_null(message: dict[str, Any], _: random.Random) -> dict[str, Any]:
    if "gps" in message:
        return {**message, "gps": {**message["gps"], "hdop": None}}
    return {**message, "hdop": None}


#: What operators make of the two forms: the name, what it changes, how many messages a line.
LAYOUTS: dict[str, tuple[Change | None, int]] = {
    "usual": (None, 1),
    "an extra field": (lambda message, _: {**message, "seq": 1}, 1),
    "a number of its own": (lambda message, _: {"msg": {"id": 1}, **message}, 1),
    "reordered": (lambda message, _: dict(reversed(message.items())), 1),
    "a field null": (_with_null, 1),
    "fields missing": (lambda message, _: _without_some(message, random.Random(1)), 1),
    "fields missing at random": (_without_some, 1),
    "five together": (None, 5),
}


def make_layout(name: str, rows: int, bad: float, seed: int = 7) -> list[str]:
    """Return lines in one of `LAYOUTS`, with so many messages, a share of them bad."""
    change, together = LAYOUTS[name]
    choose = random.Random(seed)
    lines = make_lines(rows, 0.0, seed)
    if change is not None:
        changed = (change(json.loads(line), choose) for line in lines)
        lines = [json.dumps(message, separators=(",", ":")) for message in changed]
    lines = [choose.choice(_SPOIL)(it) if choose.random() < bad else it for it in lines]
    if together == 1:
        return lines
    parts = (lines[start : start + together] for start in range(0, rows, together))
    return [f'{{"messages":[{",".join(part)}]}}' for part in parts]


def make_files(folder: Path, rows: int, bad: float = 0.0) -> None:
    """Write the messages into files of an hour each, as they arrived."""
    lines = make_lines(rows, bad)
    per_hour = math.ceil(rows / 24)
    for hour in range(24):
        path = folder / CITY / f"{START:%Y-%m-%d}" / f"{hour:02d}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = lines[hour * per_hour : (hour + 1) * per_hour]
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in part).encode(), 6))


def parse_ratio(layout: str, bad: float, rounds: int, rows: int = 100_000) -> tuple[float, float]:
    """Return how many times as fast `parse_messages` is as json.loads, both to a frame.

    The first is the ratio of the times, the second that of the processor times, which a busy
    machine changes less.
    """
    lines = make_layout(layout, rows, bad)
    texts = pl.Series(lines)
    times = [
        (_timed(lambda: parse_messages(texts)), _timed(lambda: _row_by_row(lines)))
        for _ in range(max(5, rounds))
    ]
    wall, cpu = (
        min(theirs[kind] for _, theirs in times) / min(ours[kind] for ours, _ in times)
        for kind in (0, 1)
    )
    return wall, cpu


def _timed(work: Callable[[], object]) -> tuple[float, float]:
    began, cpu_began = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu_began


def _row_by_row(lines: Sequence[str]) -> pl.DataFrame:
    """Parse as one would at first: a message at a time, the same fields, bad ones counted."""
    rows = []
    bad = 0
    for line in lines:
        try:
            content = json.loads(line)
            for message in content.get("messages", (content,)):
                rows.append(_nested_row(message) if "device" in message else _plain_row(message))
        except (ValueError, KeyError, TypeError):
            bad += 1
    return pl.DataFrame(rows, orient="row", infer_schema_length=None)


def _nested_row(message: dict[str, Any]) -> tuple[Any, ...]:
    device, gps = message["device"], message["gps"]
    return (
        device["id"],
        device["fw"],
        datetime.fromisoformat(message["sent_at"]),
        float(gps["lat"]),
        float(gps["lon"]),
        gps.get("hdop"),
        gps.get("speed_kmh"),
        message["battery"].get("pct") if "battery" in message else None,
        message["state"].get("locked") if "state" in message else None,
    )


def _plain_row(message: dict[str, Any]) -> tuple[Any, ...]:
    locked, battery = message.get("lock"), message.get("bat")
    return (
        message["id"],
        "1",
        datetime.fromtimestamp(message["ts"] / 1000, UTC),
        float(message["lat"]),
        float(message["lng"]),
        message.get("hdop"),
        message.get("spd"),
        None if battery is None else float(battery),
        None if locked is None else bool(locked),
    )
