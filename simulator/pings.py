"""Telemetry: the messages scooters send, as files and as rows."""

import gzip
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from geography.crs import unproject
from simulator.calendar import utc
from simulator.cities import CRS, City
from simulator.city_world import CityWorld, scooter_codes
from simulator.parameters import stream
from simulator.records import HourRecords, Segment
from simulator.riders import GPS_SPREAD_M
from simulator.rows import Row, instant
from simulator.state import Floats, Ints, Ride

_PARKED_EVERY_S = 600
_RIDING_EVERY_S = 60
_OLD_FIRMWARE_SHARE = 0.2
#: Share of scooter-hours with a stretch without network; its messages come late, in one batch.
_GAP_SHARE = 0.005
#: Dirt, as shares of messages: sent twice, without a fix, cut off on the way.
_TWICE_SHARE, _NO_FIX_SHARE, _BROKEN_SHARE = 0.001, 0.0002, 0.00005


@dataclass
class _Fixes:
    """Reported positions before they become text, one entry a ping."""

    scooter: Ints
    at_s: Floats
    x_m: Floats
    y_m: Floats
    speed_kmh: Floats
    battery: Floats
    is_locked: npt.NDArray[np.bool_]


def hour_messages(world: CityWorld, records: HourRecords) -> list[tuple[float, str]]:
    """Messages received in an hour: instant of reception and text, in that order.

    Call it once for every hour, after stepping it: messages sent in the hour but received later
    are kept in the state of the world.
    """
    start_s, end_s = records.hour * 3600.0, records.hour * 3600.0 + 3600.0
    draw = stream(world.seed, world.city.number, "pings", records.hour)
    fixes = _join([_parked(world, records, start_s), *_riding(world, records, start_s)])
    sent = fixes.at_s >= world.state.silent_until_s[fixes.scooter]
    sent |= fixes.at_s < _silent_since(world, records)[fixes.scooter]
    fixes = _Fixes(**{name: values[sent] for name, values in vars(fixes).items()})
    texts = _texts(world.city, fixes, draw)
    messages = _send(fixes, texts, start_s, draw)
    messages = sorted([*world.state.late_messages, *messages])
    world.state.late_messages = [message for message in messages if message[0] >= end_s]
    return [message for message in messages if message[0] < end_s]


def _silent_since(world: CityWorld, records: HourRecords) -> Floats:
    """When in this hour a scooter fell silent; until then it was heard."""
    since = np.full(world.city.scooter_count, -np.inf)
    for scooter, at_s in records.silenced:
        since[scooter] = max(since[scooter], at_s)
    return since


def _parked(world: CityWorld, records: HourRecords, start_s: float) -> _Fixes:
    """A fix every ten minutes from whatever does not move."""
    still = [segment for segment in _segments(world, records) if segment.state not in _NO_FIX]
    phase = stream(0, world.city.number, "phase").integers(0, 600_000, world.city.scooter_count)
    order = sorted(still, key=lambda segment: (segment.scooter, segment.start_s))
    table = np.array([_numbers(segment) for segment in order]).reshape(-1, 7)
    scooter = table[:, 0].astype(np.int64)
    ticks = start_s + np.arange(6)[None, :] * _PARKED_EVERY_S + phase[scooter, None] / 1000
    inside = (ticks >= table[:, 1, None]) & (ticks < table[:, 2, None])
    row, column = np.nonzero(inside)
    at_s = ticks[row, column]
    part = table[row]
    share = (at_s - part[:, 1]) / np.maximum(part[:, 2] - part[:, 1], 1.0)
    return _Fixes(
        scooter[row],
        at_s,
        part[:, 3],
        part[:, 4],
        np.zeros(len(row)),
        part[:, 5] + share * (part[:, 6] - part[:, 5]),
        np.ones(len(row), dtype=np.bool_),
    )


_NO_FIX = frozenset({"on_trip", "not_deployed", "retired", "lost"})


def _numbers(segment: Segment) -> tuple[float, ...]:
    return (
        segment.scooter,
        segment.start_s,
        segment.end_s,
        segment.x_m,
        segment.y_m,
        segment.start_battery,
        segment.end_battery,
    )


def _segments(world: CityWorld, records: HourRecords) -> list[Segment]:
    """Every stretch that overlaps the hour, those still open included."""
    end_s = records.hour * 3600.0 + 3600.0
    still_open = [
        world.fleet.open_segment(scooter, end_s) for scooter in range(world.city.scooter_count)
    ]
    return [*records.segments, *still_open]


def _riding(world: CityWorld, records: HourRecords, start_s: float) -> list[_Fixes]:
    rides = [*records.rides, *world.state.rides.values()]
    return [fixes for ride in rides if len((fixes := _ride_fixes(ride, start_s)).at_s)]


def _ride_fixes(ride: Ride, start_s: float) -> _Fixes:
    """A fix a minute along the path, and one when the scooter is locked again."""
    at_s = np.append(np.arange(ride.started_s, ride.ended_s - 1, _RIDING_EVERY_S), ride.ended_s)
    at_s = at_s[(at_s >= start_s) & (at_s < start_s + 3600)]
    path = np.asarray(ride.path)
    along = np.append(0.0, np.cumsum(np.hypot(*np.diff(path, axis=0).T)))
    share = (at_s - ride.started_s) / (ride.ended_s - ride.started_s)
    speed = ride.distance_m / (ride.ended_s - ride.started_s) * 3.6
    is_last, is_first = at_s == ride.ended_s, at_s == ride.started_s
    wave = 1 + 0.25 * np.sin(at_s / 37.0)
    return _Fixes(
        np.full(len(at_s), ride.scooter),
        at_s,
        np.interp(share * along[-1], along, path[:, 0]),
        np.interp(share * along[-1], along, path[:, 1]),
        np.where(is_last | is_first, 0.0, speed * wave),
        ride.battery_start + share * (ride.battery_end - ride.battery_start),
        is_last,
    )


def _join(parts: Sequence[_Fixes]) -> _Fixes:
    columns = zip(*(vars(part).values() for part in parts), strict=True)
    joined = [np.concatenate(column) for column in columns]
    order = np.lexsort((joined[1], joined[0]))
    return _Fixes(*(column[order] for column in joined))


def is_old_firmware(city: City) -> npt.NDArray[np.bool_]:
    """Which scooters still send messages of version 1."""
    draw = stream(0, city.number, "firmware")
    return np.asarray(draw.random(city.scooter_count) < _OLD_FIRMWARE_SHARE)


def _texts(city: City, fixes: _Fixes, draw: np.random.Generator) -> list[str]:
    count = len(fixes.at_s)
    hdop = np.clip(draw.lognormal(0.1, 0.25, count), 0.6, 4.0)
    hdop = np.where(draw.random(count) < 0.03, draw.uniform(3.0, 9.0, count), hdop).round(1)
    wobble = draw.normal(0, GPS_SPREAD_M, (2, count)) * hdop
    latitude, longitude = unproject(fixes.x_m + wobble[0], fixes.y_m + wobble[1], CRS)
    no_fix = draw.random(count) < _NO_FIX_SHARE
    latitude, longitude = np.where(no_fix, 0.0, latitude), np.where(no_fix, 0.0, longitude)
    hdop = np.where(no_fix, 99.9, hdop)
    satellites = np.clip(np.rint(12 - 1.6 * hdop + draw.normal(0, 1, count)), 0, 16).astype(int)
    moment = np.rint(fixes.at_s * 1000).astype("datetime64[ms]")
    sent_at = np.datetime_as_string(moment, unit="ms")
    voltage = (36000 + 60 * fixes.battery).round(-1).astype(int)
    codes, old = scooter_codes(city), is_old_firmware(city)
    columns = (
        fixes.scooter.tolist(),
        fixes.at_s.tolist(),
        sent_at.tolist(),
        latitude.tolist(),
        longitude.tolist(),
        hdop.tolist(),
        satellites.tolist(),
        fixes.speed_kmh.tolist(),
        fixes.battery.tolist(),
        voltage.tolist(),
        fixes.is_locked.tolist(),
    )
    return [
        _version_1(codes[row[0]], row) if old[row[0]] else _version_2(codes[row[0]], row)
        for row in zip(*columns, strict=True)
    ]


def _version_1(code: str, row: tuple[Any, ...]) -> str:
    _, at_s, _, latitude, longitude, hdop, _, speed, battery, _, locked = row
    return (
        f'{{"id":"{code}","ts":{int(at_s)},"lat":{latitude:.6f},"lng":{longitude:.6f},'
        f'"spd":{speed:.1f},"bat":{round(battery)},"lock":{int(locked)},"hdop":{hdop}}}'
    )


def _version_2(code: str, row: tuple[Any, ...]) -> str:
    _, _, sent_at, latitude, longitude, hdop, satellites, speed, battery, voltage, locked = row
    firmware = "3.2.0" if code[-1] in "02468" else "3.1.4"
    return (
        f'{{"v":2,"device":{{"id":"{code}","fw":"{firmware}"}},"sent_at":"{sent_at}Z",'
        f'"gps":{{"lat":{latitude:.6f},"lon":{longitude:.6f},"hdop":{hdop},"sats":{satellites},'
        f'"speed_kmh":{speed:.1f}}},"battery":{{"pct":{battery:.1f},"voltage_mv":{voltage}}},'
        f'"state":{{"locked":{"true" if locked else "false"}}}}}'
    )


def _send(
    fixes: _Fixes, texts: list[str], start_s: float, draw: np.random.Generator
) -> list[tuple[float, str]]:
    """When each message is received: at once, or with others when the network is back."""
    count = len(texts)
    received = np.round(fixes.at_s + 0.2 + draw.exponential(0.9, count), 3)
    twice, broken = draw.random(count) < _TWICE_SHARE, draw.random(count) < _BROKEN_SHARE
    scooters = int(fixes.scooter.max(initial=0)) + 1
    has_gap = draw.random(scooters) < _GAP_SHARE
    gap_start = start_s + draw.uniform(0, 3000, scooters)
    gap_end = np.round(gap_start + draw.uniform(600, 2700, scooters), 3)
    who = fixes.scooter
    in_gap = has_gap[who] & (fixes.at_s >= gap_start[who]) & (fixes.at_s < gap_end[who])
    messages, batches = [], defaultdict(list)
    for index, text in enumerate(texts):
        if in_gap[index]:
            batches[int(who[index])].append(text)
            continue
        messages.append((float(received[index]), text[:-9] if broken[index] else text))
        if twice[index]:
            messages.append((round(float(received[index]) + 4.0, 3), text))
    for scooter, batch in batches.items():
        messages.append((float(gap_end[scooter]), f'{{"messages":[{",".join(batch)}]}}'))
    return messages


def hour_file(folder: Path, city: City, hour: int) -> Path:
    """Return the path of a city's ping file of an hour."""
    moment = utc(hour)
    return folder / city.slug / f"{moment:%Y-%m-%d}" / f"{moment:%H}.jsonl.gz"


def write_hour_file(path: Path, messages: Sequence[tuple[float, str]]) -> None:
    """Write a ping file whole: the same messages give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{text}\n" for _, text in messages)
    partial = path.with_suffix(".partial")
    partial.write_bytes(gzip.compress(text.encode(), compresslevel=3, mtime=0))
    partial.replace(path)


def message_rows(city: City, hour: int, messages: Sequence[tuple[float, str]]) -> list[Row]:
    """Rows of telemetry_messages; the ids grow with time."""
    first, _ = message_id_range(city, hour)
    return [
        {"id": first + index, "received_at": instant(at_s), "payload": text}
        for index, (at_s, text) in enumerate(messages)
    ]


def message_id_range(city: City, hour: int) -> tuple[int, int]:
    """Ids of a city's messages received from `hour` on: first, and one past the last."""
    hours = 1_000_000
    return (city.number * hours + hour) * 100_000, (city.number + 1) * hours * 100_000
