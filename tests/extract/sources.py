"""Tiny sources for the tests: an operational database, ping files, sheets and weather."""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from geography.zones import circle_zone

START = datetime(2026, 6, 1, 6, tzinfo=UTC)
UNTIL = START + timedelta(hours=6)
LATITUDE, LONGITUDE = 40.63, 22.94
_T = {"i": sa.BigInteger, "s": sa.String(200), "f": sa.Double, "x": sa.Text, "b": sa.Boolean}
_TABLES = {
    "cities": "id:i slug:s name:s timezone:s currency:s updated_at:t",
    "parkings": "id:i city_id:i code:s name:s zone_geojson:x capacity:i is_active:b created_at:t"
    " updated_at:t",
    "scooters": "id:i city_id:i code:s model:s battery_wh:f status:s commissioned_at:t"
    " retired_at:t updated_at:t",
    "rides": "id:i city_id:i scooter_id:i user_id:i status:s started_at:t ended_at:t"
    " start_latitude:f start_longitude:f start_hdop:f end_latitude:f end_longitude:f end_hdop:f"
    " start_battery_pct:f end_battery_pct:f distance_m:f polyline:x price:n updated_at:t",
    "service_events": "id:i city_id:i scooter_id:i worker:s kind:s occurred_at:t latitude:f"
    " longitude:f battery_pct:f parking_id:i updated_at:t",
    "app_searches": "id:i city_id:i user_id:i searched_at:t latitude:f longitude:f"
    " available_count:i created_at:t",
    "telemetry_messages": "id:i received_at:t payload:x",
}


class Operational:
    """An operational database with two cities, made anew at `url`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        self.metadata = sa.MetaData()
        for name, declaration in _TABLES.items():
            columns = [part.split(":") for part in declaration.split()]
            sa.Table(
                name,
                self.metadata,
                *(
                    sa.Column(
                        column,
                        self._type(kind),
                        primary_key=column == "id",
                        autoincrement=False,
                    )
                    for column, kind in columns
                ),
            )
        self.metadata.drop_all(self.engine)
        self.metadata.create_all(self.engine)

    def _type(self, kind: str) -> Any:
        if kind == "t" and self.engine.dialect.name == "mysql":
            from sqlalchemy.dialects.mysql import DATETIME

            return DATETIME(fsp=3)
        return {**_T, "t": sa.DateTime, "n": sa.Numeric(14, 2)}[kind]

    def put(self, table: str, *rows: Mapping[str, Any]) -> None:
        """Insert rows, or put them in place of those with the same id."""
        target = self.metadata.tables[table]
        ids = [row["id"] for row in rows]
        with self.engine.begin() as connection:
            connection.execute(target.delete().where(target.c.id.in_(ids)))
            connection.execute(target.insert(), [dict(row) for row in rows])

    def fill(self, rides: int = 20) -> None:
        """Put two cities, a parking, two scooters and some rides."""
        self.put("cities", city(1, "thessaloniki"), city(2, "kozani"))
        self.put("parkings", parking(1))
        self.put("scooters", scooter(1), scooter(2))
        self.put("rides", *(ride(number) for number in range(1, rides + 1)))
        self.put("service_events", service_event(1))
        self.put("app_searches", app_search(1))


def naive(moment: datetime) -> datetime:
    """Return the time as the operational database holds it."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def city(number: int, slug: str) -> dict[str, Any]:
    return {
        **{"id": number, "slug": slug, "name": slug.title(), "timezone": "Europe/Athens"},
        **{"currency": "EUR", "updated_at": naive(START)},
    }


def parking(number: int, **changes: Any) -> dict[str, Any]:
    zone = circle_zone(LATITUDE, LONGITUDE, 15.0, "EPSG:2100")
    return {
        **{"id": number, "city_id": 1, "code": f"P{number}", "name": "A", "zone_geojson": zone},
        **{"capacity": 8, "is_active": True, "created_at": naive(START)},
        "updated_at": naive(START),
        **changes,
    }


def scooter(number: int, **changes: Any) -> dict[str, Any]:
    return {
        **{"id": number, "city_id": 1, "code": f"SKG-{number:04d}", "model": "M"},
        **{"battery_wh": 460.0, "status": "active", "commissioned_at": naive(START)},
        **{"retired_at": None, "updated_at": naive(START)},
        **changes,
    }


def ride(number: int, **changes: Any) -> dict[str, Any]:
    began = naive(START + timedelta(seconds=number))
    return {
        **{"id": number, "city_id": 1, "scooter_id": 1, "user_id": 5, "status": "completed"},
        **{"started_at": began, "ended_at": began + timedelta(minutes=10)},
        **{"start_latitude": LATITUDE, "start_longitude": LONGITUDE, "start_hdop": 1.0},
        **{"end_latitude": 40.635, "end_longitude": 22.95, "end_hdop": 1.1},
        **{"start_battery_pct": 80.0, "end_battery_pct": 75.0, "distance_m": 1200.0},
        **{"polyline": "_p~iF~ps|U_ulLnnqC", "price": 2.5},
        "updated_at": began + timedelta(minutes=10),
        **changes,
    }


def service_event(number: int, **changes: Any) -> dict[str, Any]:
    return {
        **{"id": number, "city_id": 1, "scooter_id": 1, "worker": "w", "kind": "deploy"},
        **{"occurred_at": naive(START), "latitude": LATITUDE, "longitude": LONGITUDE},
        **{"battery_pct": 100.0, "parking_id": None, "updated_at": naive(START)},
        **changes,
    }


def app_search(number: int, **changes: Any) -> dict[str, Any]:
    return {
        **{"id": number, "city_id": 1, "user_id": 5, "searched_at": naive(START)},
        **{"latitude": LATITUDE, "longitude": LONGITUDE, "available_count": 0},
        "created_at": naive(START),
        **changes,
    }


def message(scooter_number: int, at: datetime, **gps: Any) -> dict[str, Any]:
    """Return a message of firmware 2."""
    return {
        "v": 2,
        "device": {"id": f"SKG-{scooter_number:04d}", "fw": "3.1.4"},
        "sent_at": at.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z",
        "gps": {"lat": LATITUDE, "lon": LONGITUDE, "hdop": 1.2, "sats": 9, "speed_kmh": 0.0, **gps},
        "battery": {"pct": 71.0, "voltage_mv": 40100},
        "state": {"locked": True},
    }


def old_message(scooter_number: int, at: datetime, **changes: Any) -> dict[str, Any]:
    """Return a message of firmware 1."""
    return {
        **{"id": f"SKG-{scooter_number:04d}", "ts": int(at.timestamp()), "lat": LATITUDE},
        **{"lng": LONGITUDE, "spd": 0.0, "bat": 71, "lock": 1, "hdop": 1.2},
        **changes,
    }


def write_pings(
    folder: Path, hour_at: datetime, messages: Sequence[Any], city_slug: str = "thessaloniki"
) -> Path:
    """Write a ping file; a text stands for itself, anything else for its JSON."""
    path = folder / city_slug / f"{hour_at:%Y-%m-%d}" / f"{hour_at:%H}.jsonl.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [text if isinstance(text, str) else json.dumps(text) for text in messages]
    path.write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    return path


SHEETS: dict[str, list[dict[str, Any]]] = {
    "cities": [
        {
            **{"city": "thessaloniki", "name_en": "Thessaloniki", "name_el": "Θεσσαλονίκη"},
            **{"timezone": "Europe/Athens", "crs": "EPSG:2100", "currency": "EUR"},
            **{"gps_tolerance_m": 15, "low_battery_pct": 25, "idle_hours": 48},
            **{"silent_hours": 6, "stale_hours": 3, "search_radius_m": 300, "ride_value": 2.5},
            **{"move_cost": 1.5, "depot_latitude": 40.65, "depot_longitude": 22.9},
            **{"service_start_hour": 6, "service_end_hour": 24},
        }
    ],
    "parkings": [
        {
            **{"city": "thessaloniki", "parking_code": "P1", "day_part": "morning"},
            **{"minimum_count": 2, "target_count": "", "maximum_count": 9},
        }
    ],
    "priorities": [{"city": "*", "task_kind": "low_battery", "weight": 1, "value_per_task": 3}],
    "workers": [
        {
            **{"worker": "thessaloniki-1", "city": "thessaloniki", "role": "worker"},
            **{"language": "el", "skills": "swap;move"},
        }
    ],
    "vehicles": [
        {
            **{"vehicle": "thessaloniki-van-1", "city": "thessaloniki"},
            **{"capacity_scooters": 20, "battery_stock": 30},
        }
    ],
    "shifts": [
        {
            **{"worker": "thessaloniki-1", "vehicle": "thessaloniki-van-1"},
            **{"city": "thessaloniki", "weekdays": "mon tue", "start_local": "07:00"},
            "end_local": "15:00",
        }
    ],
}


def write_sheets(folder: Path, sheets: Mapping[str, Sequence[Mapping[str, Any]]] = SHEETS) -> None:
    """Write the worksheets as CSV files."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in sheets.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as handle:
            writer = csv.DictWriter(handle, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def write_weather(folder: Path, lines: Sequence[str], city_slug: str = "thessaloniki") -> None:
    """Write a weather file."""
    folder.mkdir(parents=True, exist_ok=True)
    header = "hour_at,kind,issued_at,temperature_c,precipitation_mm,wind_kmh,humidity_pct"
    text = "\n".join([header + ",condition_code", *lines]) + "\n"
    (folder / f"{city_slug}.csv.gz").write_bytes(gzip.compress(text.encode()))
