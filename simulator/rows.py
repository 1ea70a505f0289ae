"""From what happened, in metres and seconds, to rows as the operational database holds them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

import numpy as np

from geography.crs import unproject
from geography.polylines import encode
from simulator.cities import CRS, CURRENCY, TIMEZONE, City
from simulator.city_world import CityWorld, scooter_codes
from simulator.fleet import battery_sizes
from simulator.records import Cancelled, Event, HourRecords, Search
from simulator.riders import GPS_SPREAD_M
from simulator.state import IN_REPAIR, NOT_YET, RETIRED, Ride

Row = dict[str, Any]
#: Rows by name of the table.
Tables = dict[str, list[Row]]

_EPOCH = datetime(1970, 1, 1)
_RIDE_IDS, _SCOOTER_IDS, _PARKING_IDS = 1_000_000_000, 100_000, 1_000


def instant(seconds: float) -> datetime:
    """Naive UTC to the millisecond."""
    return _EPOCH + timedelta(milliseconds=round(seconds * 1000))


def id_range(city: City, first_number: int) -> tuple[int, int]:
    """Ids of a city's rows of a growing table from a number on: first, and one past the last."""
    base = city.number * _RIDE_IDS
    return base + first_number, base + _RIDE_IDS


def scooter_id(city: City, scooter: int) -> int:
    """Operational id of a scooter."""
    return city.number * _SCOOTER_IDS + scooter + 1


def parking_id(city: City, place: int) -> int | None:
    """Operational id of a parking; none for a place outside."""
    return city.number * _PARKING_IDS + place + 1 if place >= 0 else None


def user_id(seed: int, city: City, user: int) -> str:
    """Opaque id of a rider."""
    return blake2b(f"{seed}:{city.slug}:{user}".encode(), digest_size=8).hexdigest()


def master_rows(world: CityWorld, start_s: float) -> Tables:
    """Rows of cities, parkings and scooters as they now are."""
    city, city_map, state = world.city, world.city_map, world.state
    started = instant(start_s)
    return {
        "cities": [
            {
                "id": city.number,
                "slug": city.slug,
                "name": city.name_en,
                "timezone": TIMEZONE,
                "currency": CURRENCY,
                "updated_at": started,
            }
        ],
        "parkings": [
            {
                "id": parking_id(city, place),
                "city_id": city.number,
                "code": city_map.code[place],
                "name": city_map.name[place],
                "zone_geojson": city_map.zone[place],
                "capacity": int(city_map.capacity[place]),
                "is_active": True,
                "created_at": started,
                "updated_at": started,
            }
            for place in range(len(city_map))
        ],
        "scooters": [
            _scooter_row(world, scooter, code)
            for scooter, code in enumerate(scooter_codes(city))
            if state.mode[scooter] != NOT_YET
        ],
    }


def _scooter_row(world: CityWorld, scooter: int, code: str) -> Row:
    state = world.state
    size = float(battery_sizes(world.city)[scooter])
    mode = int(state.mode[scooter])
    status = "active"
    if mode == RETIRED:
        status = "retired"
    elif state.reported_lost[scooter]:
        status = "lost"
    elif mode == IN_REPAIR:
        status = "maintenance"
    return {
        "id": scooter_id(world.city, scooter),
        "city_id": world.city.number,
        "code": code,
        "model": "S1" if size < 500 else "S2",
        "battery_wh": size,
        "status": status,
        "commissioned_at": instant(float(state.commissioned_s[scooter])),
        "retired_at": instant(float(state.retired_s[scooter])) if mode == RETIRED else None,
        "updated_at": instant(float(state.status_at_s[scooter])),
    }


def hour_rows(world: CityWorld, records: HourRecords) -> Tables:
    """Rows that an hour adds: rides that ended, service events, app searches."""
    city, seed = world.city, world.seed
    rides = [
        *(_ride_row(city, seed, ride) for ride in records.rides),
        *(_cancelled_row(city, seed, ride) for ride in records.cancelled),
    ]
    _locate(rides, "start")
    _locate(rides, "end")
    _draw_paths(rides, records.rides)
    events = [_event_row(city, event) for event in records.events]
    _locate(events, "")
    searches = [_search_row(city, seed, search) for search in records.searches]
    _locate(searches, "")
    return {"rides": rides, "service_events": events, "app_searches": searches}


def ongoing_rows(world: CityWorld) -> list[Row]:
    """Rides under way now: no end yet."""
    rows = [_ride_row(world.city, world.seed, ride) for ride in world.state.rides.values()]
    _locate(rows, "start")
    for row in rows:
        row.update(dict.fromkeys(_END_COLUMNS))
        row.pop("_end")
        row["status"], row["updated_at"] = "ongoing", row["started_at"]
    return rows


_END_COLUMNS = (
    "ended_at",
    "end_latitude",
    "end_longitude",
    "end_hdop",
    "end_battery_pct",
    "distance_m",
    "polyline",
    "price",
)


def _ride_row(city: City, seed: int, ride: Ride) -> Row:
    minutes = -(-(ride.ended_s - ride.started_s) // 60)
    east, north, end_east, end_north = ride.noise
    (x, y), (end_x, end_y) = ride.path[0], ride.path[-1]
    return {
        "id": city.number * _RIDE_IDS + ride.ride_id,
        "city_id": city.number,
        "scooter_id": scooter_id(city, ride.scooter),
        "user_id": user_id(seed, city, ride.user),
        "status": "completed",
        "started_at": instant(ride.started_s),
        "ended_at": instant(ride.ended_s),
        "_start": (x + east * ride.start_hdop, y + north * ride.start_hdop),
        "start_hdop": ride.start_hdop,
        "_end": (end_x + end_east * ride.end_hdop, end_y + end_north * ride.end_hdop),
        "end_hdop": ride.end_hdop,
        "start_battery_pct": round(ride.battery_start, 1),
        "end_battery_pct": round(ride.battery_end, 1),
        "distance_m": round(ride.distance_m),
        "polyline": "",
        "price": round(city.unlock_price + minutes * city.minute_price, 2),
        "updated_at": instant(ride.ended_s),
    }


def _cancelled_row(city: City, seed: int, ride: Cancelled) -> Row:
    wobble = GPS_SPREAD_M * ride.hdop * 0.5
    battery = round(ride.battery_pct, 1)
    return {
        "id": city.number * _RIDE_IDS + ride.ride_id,
        "city_id": city.number,
        "scooter_id": scooter_id(city, ride.scooter),
        "user_id": user_id(seed, city, ride.user),
        "status": "cancelled",
        "started_at": instant(ride.started_s),
        "ended_at": instant(ride.ended_s),
        "_start": (ride.x_m + wobble, ride.y_m),
        "start_hdop": ride.hdop,
        "_end": (ride.x_m, ride.y_m + wobble),
        "end_hdop": ride.hdop,
        "start_battery_pct": battery,
        "end_battery_pct": battery,
        "distance_m": 0,
        "polyline": "",
        "price": 0.0,
        "updated_at": instant(ride.ended_s),
    }


def _event_row(city: City, event: Event) -> Row:
    return {
        "id": city.number * _RIDE_IDS + event.number,
        "city_id": city.number,
        "scooter_id": scooter_id(city, event.scooter),
        "worker": event.worker,
        "kind": event.kind,
        "occurred_at": instant(event.at_s),
        "_": (event.x_m, event.y_m),
        "battery_pct": round(event.battery_pct, 1),
        "parking_id": parking_id(city, event.place),
        "updated_at": instant(event.at_s),
    }


def _search_row(city: City, seed: int, search: Search) -> Row:
    at = instant(search.at_s)
    return {
        "id": city.number * _RIDE_IDS + search.number,
        "city_id": city.number,
        "user_id": user_id(seed, city, search.user),
        "searched_at": at,
        "_": (search.x_m, search.y_m),
        "available_count": search.available_count,
        "created_at": at,
    }


def _locate(rows: Sequence[Row], which: str) -> None:
    """Replace the metric point ``_<which>`` of every row by latitude and longitude."""
    if not rows:
        return
    prefix = f"{which}_" if which else ""
    x, y = np.array([row.pop(f"_{which}") for row in rows]).T
    for row, latitude, longitude in zip(
        rows, *(degrees.round(6).tolist() for degrees in unproject(x, y, CRS)), strict=True
    ):
        row[f"{prefix}latitude"], row[f"{prefix}longitude"] = latitude, longitude


def _draw_paths(rows: Sequence[Row], rides: Sequence[Ride]) -> None:
    if not rides:
        return
    points = np.concatenate([np.asarray(ride.path) for ride in rides])
    latitude, longitude = unproject(points[:, 0], points[:, 1], CRS)
    ends = np.cumsum([len(ride.path) for ride in rides])
    for row, ride, end in zip(rows, rides, ends, strict=False):
        part = slice(end - len(ride.path), end)
        row["polyline"] = encode(latitude[part], longitude[part])
