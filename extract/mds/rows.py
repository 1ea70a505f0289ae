"""From the objects of MDS to rows: one function an object, nothing judged yet.

Not read: altitude, heading and satellites of positions; accessibility, fare and journey attributes;
fuel; photos of parked vehicles; associated tickets.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from extract.mds.values import (
    count,
    flag,
    moment,
    money,
    number,
    original,
    position,
    text,
    texts,
)

Record = dict[str, Any]
Row = dict[str, Any]


def vehicle(record: Record) -> Row:
    """Read a vehicle."""
    attributes = record.get("vehicle_attributes")
    attributes = attributes if isinstance(attributes, dict) else {}
    return {
        "device_id": text(record.get("device_id")),
        "provider_id": text(record.get("provider_id")),
        "vehicle_id": text(record.get("vehicle_id")),
        "vehicle_type": text(record.get("vehicle_type")),
        "propulsion_types": texts(record.get("propulsion_types")),
        "make": text(attributes.get("make") or attributes.get("manufacturer")),
        "model": text(attributes.get("model")),
        "model_year": text(attributes.get("year")),
        "battery_mah": number(record.get("battery_capacity")),
        "maximum_speed_kmh": number(record.get("maximum_speed")),
    }


def event(record: Record) -> Row:
    """Read an event."""
    place = position(record.get("location") or record.get("event_location"))
    del place["speed_kmh"]
    return {
        "event_id": text(record.get("event_id")),
        "provider_id": text(record.get("provider_id")),
        "device_id": text(record.get("device_id")),
        "vehicle_state": text(record.get("vehicle_state")),
        "event_types": texts(record.get("event_types")),
        "occurred_at": moment(record.get("timestamp")),
        "published_at": moment(record.get("publication_time")),
        **place,
        "battery_pct": number(record.get("battery_percent")),
        "trip_ids": texts(record.get("trip_ids")),
        "stop_id": text(record.get("stop_id")),
        "geography_ids": texts(record.get("event_geographies")),
    }


def telemetry(record: Record) -> Row:
    """Read a point of telemetry."""
    return {
        "telemetry_id": text(record.get("telemetry_id")),
        "provider_id": text(record.get("provider_id")),
        "device_id": text(record.get("device_id")),
        "reported_at": moment(record.get("timestamp")),
        "trip_ids": texts(record.get("trip_ids")),
        "stop_id": text(record.get("stop_id")),
        **position(record.get("location")),
        "location_type": text(record.get("location_type")),
        "battery_pct": number(record.get("battery_percent")),
        "is_tipped_over": flag(record.get("tipped_over")),
    }


def trip(record: Record) -> Row:
    """Read a trip."""
    currency = text(record.get("currency"))
    costs = {name: money(record.get(name), currency) for name in ("standard_cost", "actual_cost")}
    return {
        "trip_id": text(record.get("trip_id")),
        "provider_id": text(record.get("provider_id")),
        "device_id": text(record.get("device_id")),
        "journey_id": text(record.get("journey_id")),
        "trip_type": texts(record.get("trip_type")),
        "started_at": moment(record.get("start_time")),
        "ended_at": moment(record.get("end_time")),
        "published_at": moment(record.get("publication_time")),
        **_end(record.get("start_location"), "start"),
        **_end(record.get("end_location"), "end"),
        "duration_s": number(record.get("duration")),
        "distance_m": number(record.get("distance")),
        "parking_category": text(record.get("parking_category")),
        **costs,
        "currency": (currency or "USD").upper() if any(costs.values()) or currency else None,
    }


def _end(location: Any, side: str) -> Row:
    place = position(location)
    names = ("latitude", "longitude", "accuracy_m")
    return {f"{side}_{name}": place[name] for name in names}


def status(record: Record) -> Row:
    """Read a vehicle's status: the newest event and telemetry it names."""
    last_event = _object(record, "last_event")
    last_telemetry = _object(record, "last_telemetry")
    happened, reported = event(last_event), telemetry(last_telemetry)
    return {
        "device_id": text(record.get("device_id")),
        "provider_id": text(record.get("provider_id")),
        "event_id": happened["event_id"],
        "vehicle_state": happened["vehicle_state"],
        "event_types": happened["event_types"],
        "occurred_at": happened["occurred_at"],
        "telemetry_id": reported["telemetry_id"],
        **{name: reported[name] for name in ("reported_at", "latitude", "longitude")},
        "battery_pct": reported["battery_pct"],
    }


def stop(record: Record) -> Row:
    """Read a stop, its zone not yet drawn."""
    state = _object(record, "status")
    place = position(record.get("location"))
    names = ("num_places_available", "num_places_disabled")
    vehicles = ("num_vehicles_available", "num_vehicles_disabled")
    counts = {name: count(record.get(name)) for name in (*names, *vehicles)}
    standing = [counts[name] for name in vehicles if counts[name] is not None]
    devices = record.get("devices")
    if not standing and isinstance(devices, list):
        standing = [len(devices)]
    places = [counts[name] for name in names if counts[name] is not None]
    capacity = count(record.get("capacity"))
    # Every place is free, disabled, or taken by a vehicle that works or does not.
    if capacity is None and counts["num_places_available"] is not None:
        capacity = sum(filter(None, [*places, *standing]))
    return {
        "stop_id": text(record.get("stop_id")),
        "provider_id": text(record.get("provider_id")),
        "name": text(record.get("name")),
        "short_name": text(record.get("short_name")),
        "geography_id": text(record.get("geography_id")),
        "latitude": place["latitude"],
        "longitude": place["longitude"],
        "capacity": capacity,
        "vehicle_count": sum(filter(None, standing)) if standing else None,
        **{name: flag(state.get(name)) for name in ("is_installed", "is_renting", "is_returning")},
        "updated_at": moment(record.get("last_updated")),
    }


def policy(record: Record) -> Row:
    """Read a policy; its rules stay one JSON text."""
    rules = record.get("rules")
    return {
        "policy_id": text(record.get("policy_id")),
        "mode_id": text(record.get("mode_id")),
        "name": text(record.get("name")),
        "description": text(record.get("description")),
        "currency": text(record.get("currency")),
        "provider_ids": texts(record.get("provider_ids")),
        "starts_at": moment(record.get("start_date")),
        "ends_at": moment(record.get("end_date")),
        "published_at": moment(record.get("published_date")),
        "previous_policy_ids": texts(record.get("prev_policies")),
        "rules_json": original(rules) if isinstance(rules, list) else None,
    }


def _object(record: Record, name: str) -> Record:
    value = record.get(name)
    return value if isinstance(value, dict) else {}


READERS: dict[str, Callable[[Record], Row]] = {
    "vehicles": vehicle,
    "events": event,
    "telemetry": telemetry,
    "trips": trip,
    "stops": stop,
    "policies": policy,
    "vehicle_status": status,
}
