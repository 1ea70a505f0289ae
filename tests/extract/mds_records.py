"""Records of MDS as a small provider in Volos has them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.extract.mds_server import PROVIDER, gps, ms

Record = dict[str, Any]
START = datetime(2026, 6, 1, tzinfo=UTC)
LATITUDE, LONGITUDE = 39.362, 22.945


def name(kind: str, number: int) -> str:
    """The same UUID for the same thing, always."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {number}"))


def vehicle(number: int, **changes: Any) -> Record:
    basis = {
        "device_id": name("device", number),
        "provider_id": PROVIDER,
        "vehicle_id": f"VOL-{number:04d}",
        "vehicle_type": "scooter_standing",
        "propulsion_types": ["electric"],
        "vehicle_attributes": {"year": "2025", "make": "Segway", "model": "Max"},
        "battery_capacity": 12_750,
        "maximum_speed": 25,
    }
    return {**basis, **changes}


def trip(number: int, ended_at: datetime, device: int = 1, **changes: Any) -> Record:
    basis = {
        "provider_id": PROVIDER,
        "device_id": name("device", device),
        "trip_id": name("trip", number),
        "start_time": ms(ended_at - timedelta(minutes=10)),
        "end_time": ms(ended_at),
        "start_location": gps(LATITUDE, LONGITUDE, horizontal_accuracy=4),
        "end_location": gps(LATITUDE + 0.008, LONGITUDE),
        "duration": 600,
        "distance": 950,
        "trip_type": "rider",
        "actual_cost": 250,
        "currency": "EUR",
        "publication_time": ms(ended_at + timedelta(minutes=5)),
    }
    return {**basis, **changes}


def event(number: int, at: datetime, device: int = 1, **changes: Any) -> Record:
    basis = {
        "event_id": name("event", number),
        "device_id": name("device", device),
        "provider_id": PROVIDER,
        "vehicle_state": "available",
        "event_types": ["provider_drop_off"],
        "timestamp": ms(at),
        "location": gps(LATITUDE, LONGITUDE),
        "battery_percent": 80,
    }
    return {**basis, **changes}


def point(number: int, at: datetime, device: int = 1, **changes: Any) -> Record:
    basis = {
        "telemetry_id": name("telemetry", number),
        "device_id": name("device", device),
        "provider_id": PROVIDER,
        "timestamp": ms(at),
        "trip_ids": None,
        "journey_id": None,
        "location": gps(LATITUDE, LONGITUDE, speed=5.0, horizontal_accuracy=3.5),
        "battery_percent": 76,
    }
    return {**basis, **changes}


def stop(number: int, **changes: Any) -> Record:
    basis = {
        "stop_id": name("stop", number),
        "name": f"Stop {number}",
        "last_updated": ms(START),
        "location": gps(LATITUDE, LONGITUDE + 0.001 * number),
        "status": {"is_installed": True, "is_renting": True, "is_returning": 1},
        "capacity": {"scooter_standing": 8, "bicycle": 2},
        "num_vehicles_available": {"scooter_standing": 3},
        "num_vehicles_disabled": {"scooter_standing": 1},
    }
    return {**basis, **changes}


def square(latitude: float, longitude: float, side: float = 0.0005) -> list[list[list[float]]]:
    """Corners of a polygon as GeoJSON has them."""
    north, east = latitude + side, longitude + side
    ring = [[longitude, latitude], [east, latitude], [east, north], [longitude, north]]
    return [[*ring, ring[0]]]


def geography(number: int, shape: Record, **changes: Any) -> Record:
    basis = {
        "geography_id": name("geography", number),
        "name": f"Geography {number}",
        "geography_type": "stop",
        "published_date": ms(START),
        "geography_json": shape,
    }
    return {**basis, **changes}
