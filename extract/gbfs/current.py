"""Feeds of which the newest snapshot says all: system, types, plans, stations, zones."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from extract.cells import check_timezone
from extract.gbfs.documents import Document
from extract.gbfs.shapes import polygon_parts
from extract.gbfs.values import as_json, as_text, clean, count, first, flag, moment, number, text
from extract.rejections import LONGEST_ID, TOO_LONG, unforeseen
from geography.zones import circle_zone

#: The zone of a station whose feed draws none, as for stations of trip files.
RADIUS_M = 12.0
#: What a station's row has for ``station_zones``, as long as nobody knows whether it is taken.
_PARTS = "_parts"
Row = dict[str, Any]


@dataclass
class Current:
    """Rows by table, and rejected ones: table, key, reason and the original.

    The rows lack ``city`` and ``observed_at``.
    """

    crs: str
    rows: dict[str, list[Row]] = field(default_factory=dict)
    rejected: list[tuple[str, str, str, str]] = field(default_factory=list)

    def add(self, document: Document) -> None:
        """Read a document of one of the feeds."""
        read, table, key = _READERS[document.feed]
        rows = self.rows.setdefault(table, [])
        if document.feed == "station_information":
            self.rows.setdefault("station_zones", [])
        seen: set[Any] = set()
        for place, original in enumerate(document.rows):
            try:
                if not isinstance(original, dict):
                    raise ValueError("no object")
                made = read(self, original, place)
                name = made[0][key]
                if name is None:
                    raise ValueError("no id")
                if len(name) > LONGEST_ID:
                    raise ValueError(f"the id {TOO_LONG}")
                if name in seen:
                    if original in document.rows[:place]:
                        continue
                    if table != "geofencing_zones":
                        raise ValueError("the id is there twice in one snapshot")
                    for row in made:
                        row[key] = f"{name}#{place}"
                seen.add(name)
                for n, part in enumerate(made[0].pop(_PARTS, [])):
                    zone = {"station_id": name, "part": n, **part}
                    self.rows["station_zones"].append(zone)
                rows.extend(made)
            except Exception as error:  # whatever a row holds: it must not stop every later run
                reason = unforeseen(error)
                if isinstance(error, ValueError):
                    reason = clean(str(error))
                self.rejected.append((table, str(place), reason, as_text(original)))

    def vehicle_type(self, row: Row, _place: int) -> list[Row]:
        """Read a vehicle type."""
        return [
            {
                "vehicle_type_id": text(row.get("vehicle_type_id")),
                "name": text(row.get("name")),
                "form_factor": text(row.get("form_factor")),
                "propulsion_type": text(row.get("propulsion_type")),
                "max_range_m": number(row.get("max_range_meters")),
                "return_constraint": text(row.get("return_constraint")),
                "default_pricing_plan_id": text(row.get("default_pricing_plan_id")),
            }
        ]

    def plan(self, row: Row, _place: int) -> list[Row]:
        """Read a pricing plan."""
        price = number(row.get("price"))
        if price is not None and abs(price) >= 1e12:
            raise ValueError(f"the price {price:g} is no price")
        return [
            {
                "plan_id": text(row.get("plan_id")),
                "name": text(row.get("name")),
                "currency": text(row.get("currency")),
                "price": None if price is None else Decimal(f"{price:.2f}"),
                "is_taxable": flag(row.get("is_taxable")),
                "description": text(row.get("description")),
                "per_minute_price": _rate(row.get("per_min_pricing")),
                "per_km_price": _rate(row.get("per_km_pricing")),
                "per_min_pricing_json": _json(row.get("per_min_pricing")),
                "per_km_pricing_json": _json(row.get("per_km_pricing")),
            }
        ]

    def station(self, row: Row, _place: int) -> list[Row]:
        """Read a station, all of its areas under `_PARTS`."""
        station_id = text(row.get("station_id"))
        latitude, longitude = number(row.get("lat")), number(first(row, "lon", "lng"))
        if latitude is None or longitude is None or (latitude, longitude) == (0.0, 0.0):
            raise ValueError("no position")
        if abs(latitude) > 90 or abs(longitude) > 180:
            raise ValueError("the position is no place on earth")
        area = row.get("station_area")
        parts = polygon_parts(area, self.crs) if area else []
        drawn = bool(parts)
        if not parts:
            circle = json.loads(circle_zone(latitude, longitude, RADIUS_M, self.crs))
            parts = polygon_parts(circle, self.crs)
        return [
            {
                "station_id": station_id,
                "name": text(row.get("name")),
                "short_name": text(row.get("short_name")),
                "address": text(row.get("address")),
                "region_id": text(row.get("region_id")),
                "parking_type": text(row.get("parking_type")),
                "latitude": latitude,
                "longitude": longitude,
                "capacity": count(row.get("capacity")),
                "is_virtual": flag(row.get("is_virtual_station")),
                "is_charging": flag(row.get("is_charging_station")),
                "is_area_drawn": drawn,
                **parts[0],
                _PARTS: parts,
            }
        ]

    def zone(self, row: Row, place: int) -> list[Row]:
        """Read a geofencing zone: a row a part."""
        properties = row.get("properties")
        properties = properties if isinstance(properties, dict) else {}
        parts = polygon_parts(row.get("geometry"), self.crs)
        if not parts:
            raise ValueError("the area has no extent")
        name = text(properties.get("name"))
        zone_id = text(first(row, "id")) or text(first(properties, "zone_id", "id")) or name
        rules = properties.get("rules")
        basis = {
            "zone_id": zone_id or f"zone-{place}",
            "name": name,
            "starts_at": moment(properties.get("start")),
            "ends_at": moment(properties.get("end")),
            **_first_rule(rules if isinstance(rules, list) else []),
            "rules_json": _json(rules),
        }
        return [{**basis, "part": number_, **part} for number_, part in enumerate(parts)]

    def system(self, row: Row, _place: int) -> list[Row]:
        """Read the system."""
        languages = row.get("languages") or row.get("language")
        chosen = languages[0] if isinstance(languages, list) and languages else languages
        timezone = text(row.get("timezone"))
        return [
            {
                "system_id": text(row.get("system_id")) or "",
                "name": text(row.get("name")),
                "operator": text(row.get("operator")),
                # The marts count its days: one that is none would stop all cities.
                "timezone": None if timezone is None else check_timezone(timezone),
                "language": text(chosen),
                "opening_hours": text(row.get("opening_hours")),
            }
        ]


def currency_of(plans: list[Row]) -> str | None:
    """Return the currency of most plans, if any is three capital letters."""
    found = Counter(plan["currency"] for plan in plans if plan["currency"])
    codes = [code for code, _ in found.most_common() if re.fullmatch("[A-Z]{3}", code)]
    return codes[0] if codes else None


def observed(document: Document, fallback: datetime) -> datetime:
    """Return when a document was so; `fallback` when nothing in it says."""
    return document.observed_at or fallback


def _first_rule(rules: list[Any]) -> Row:
    """Read the first rule, in the words of 2.x or 3.0; null is what it does not say."""
    rule = next((rule for rule in rules if isinstance(rule, dict)), {})
    allowed = flag(rule.get("ride_allowed"))  # 2.x: both ends at once
    start, end = flag(rule.get("ride_start_allowed")), flag(rule.get("ride_end_allowed"))
    types = first(rule, "vehicle_type_ids", "vehicle_type_id")
    types = types if isinstance(types, list) else [] if types is None else [types]
    return {
        "is_ride_start_allowed": allowed if start is None else start,
        "is_ride_end_allowed": allowed if end is None else end,
        "is_ride_through_allowed": flag(rule.get("ride_through_allowed")),
        "is_station_parking": flag(rule.get("station_parking")),
        "maximum_speed_kmh": number(rule.get("maximum_speed_kph")),
        "vehicle_type_ids": ",".join(filter(None, map(text, types))) or None,
    }


def _rate(steps: Any) -> float | None:
    """Return the price of one unit in the first step."""
    step = steps[0] if isinstance(steps, list) and steps and isinstance(steps[0], dict) else {}
    rate, interval = number(step.get("rate")), number(step.get("interval"))
    return rate / interval if rate is not None and interval else rate


def _json(value: Any) -> str | None:
    return None if value is None else as_json(value)


_Reader = Callable[[Current, Row, int], list[Row]]
_READERS: dict[str, tuple[_Reader, str, str]] = {
    "vehicle_types": (Current.vehicle_type, "vehicle_types", "vehicle_type_id"),
    "system_pricing_plans": (Current.plan, "pricing_plans", "plan_id"),
    "station_information": (Current.station, "stations", "station_id"),
    "geofencing_zones": (Current.zone, "geofencing_zones", "zone_id"),
    "system_information": (Current.system, "systems", "system_id"),
}
CURRENT_FEEDS = tuple(_READERS)
#: The raw table of each feed's rows, by name.
TABLE_OF = {
    **{"vehicle_status": "vehicle_observations", "station_status": "station_observations"},
    **{feed: table for feed, (_, table, _) in _READERS.items()},
}
