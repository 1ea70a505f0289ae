"""Ping messages for the benchmark of their load, good and bad, and how fast they are parsed."""

from __future__ import annotations

import gzip
import json
import math
import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    lambda line: line.replace('"lat":4', '"lat":"x4', 1).replace(',"l', '","l', 1),
    lambda line: line.replace('"hdop":1.2', '"hdop":NaN'),
    lambda line: line.replace(',"hdop"', '"hdop"').replace(',"sats"', '"sats"'),
    lambda _: "AT+CGPSINF=0",
)


def make_files(folder: Path, rows: int, bad: float = 0.0) -> None:
    """Write the messages into files of an hour each, as they arrived."""
    lines = make_lines(rows, bad)
    per_hour = math.ceil(rows / 24)
    for hour in range(24):
        path = folder / CITY / f"{START:%Y-%m-%d}" / f"{hour:02d}.jsonl.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        part = lines[hour * per_hour : (hour + 1) * per_hour]
        path.write_bytes(gzip.compress("".join(f"{line}\n" for line in part).encode(), 6))


def parse_ratio(bad: float, rounds: int, rows: int = 200_000) -> float:
    """Return how many times as fast `parse_messages` is as json.loads, both to a frame."""
    lines = make_lines(rows, bad)
    texts = pl.Series(lines)
    ours, theirs = math.inf, math.inf
    for _ in range(max(5, rounds)):
        began = time.perf_counter()
        parse_messages(texts)
        middle = time.perf_counter()
        _row_by_row(lines)
        ours = min(ours, middle - began)
        theirs = min(theirs, time.perf_counter() - middle)
    return theirs / ours


def _row_by_row(lines: Sequence[str]) -> pl.DataFrame:
    """Parse as one would at first: a message at a time, the same fields, bad ones counted."""
    rows = []
    bad = 0
    for line in lines:
        try:
            message = json.loads(line)
            if "device" in message:
                device, gps = message["device"], message["gps"]
                row = (
                    device["id"],
                    device["fw"],
                    datetime.fromisoformat(message["sent_at"]),
                    float(gps["lat"]),
                    float(gps["lon"]),
                    float(gps["hdop"]),
                    float(gps["speed_kmh"]),
                    float(message["battery"]["pct"]),
                    bool(message["state"]["locked"]),
                )
            else:
                row = (
                    message["id"],
                    "1",
                    datetime.fromtimestamp(message["ts"] / 1000, UTC),
                    float(message["lat"]),
                    float(message["lng"]),
                    float(message["hdop"]),
                    float(message["spd"]),
                    float(message["bat"]),
                    bool(message["lock"]),
                )
            rows.append(row)
        except (ValueError, KeyError, TypeError):
            bad += 1
    return pl.DataFrame(rows, orient="row", infer_schema_length=None)
