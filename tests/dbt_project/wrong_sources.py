"""Sources that hold what cannot be true, a city for each kind of trouble, all in one warehouse."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from extract.run import extract_all
from geography.zones import circle_zone, parse_zone
from tests.dbt_project.test_build import prepare
from tests.extract.sources import (
    LATITUDE,
    LONGITUDE,
    SHEETS,
    Operational,
    city,
    message,
    naive,
    parking,
    ride,
    scooter,
    write_pings,
    write_sheets,
)
from warehouse.connection import Warehouse
from warehouse.settings import Settings

#: The clock of the cities that live in June.
NOW = datetime(2026, 6, 5, 12, tzinfo=UTC)
#: Each city with what is wrong with it, or odd, and its clock.
CITIES: Mapping[str, tuple[int, datetime]] = {
    "messy": (1, NOW),
    "unplanned": (2, NOW),
    "late": (3, NOW),
    "empty": (4, NOW),
    "new-york": (5, NOW),
    "spring": (6, datetime(2026, 3, 30, 12, tzinfo=UTC)),
    "autumn": (7, datetime(2026, 10, 26, 12, tzinfo=UTC)),
}
NEW_YORK = (40.73, -73.99)
#: Where no scooter may be left, 300 m from the parkings.
FORBIDDEN = (LATITUDE + 0.003, LONGITUDE)


def load(settings: Settings, warehouse: Warehouse) -> None:
    """Write the sources, load them, and put the clock of each city."""
    settings.sources_folder.mkdir(parents=True, exist_ok=True)
    operational = Operational(settings.operational)
    operational.put("cities", *(_city(slug) for slug in CITIES))
    operational.put("parkings", *_parkings())
    operational.put("scooters", *_scooters())
    operational.put("rides", *_rides())
    _write_pings(settings)
    write_sheets(settings.planning, {**SHEETS, **_sheets()})
    prepare(warehouse)
    extract_all(settings, warehouse, cities=None, until=max(at for _, at in CITIES.values()))
    for slug, (_, clock) in CITIES.items():
        warehouse.execute(
            "insert into ops.city_clocks values (%(city)s, %(clock)s)",
            {"city": slug, "clock": clock},
        )
    _forbid(warehouse)


def _city(slug: str) -> dict[str, Any]:
    zone = "America/New_York" if slug == "new-york" else "Europe/Athens"
    return {**city(CITIES[slug][0], slug), "timezone": zone}


def _sheets() -> dict[str, list[dict[str, Any]]]:
    first = SHEETS["cities"][0]
    rows = [
        {**first, "city": slug, "name_en": slug, "service_start_hour": 0}
        for slug in CITIES
        if slug != "unplanned"
    ]
    for row in rows:
        if row["city"] == "new-york":
            row |= {"timezone": "America/New_York", "crs": "EPSG:32618"}
            row |= {"depot_latitude": NEW_YORK[0], "depot_longitude": NEW_YORK[1]}
    named = ("parkings", "workers", "vehicles", "shifts")
    return {"cities": rows} | {
        name: [{**row, "city": "messy"} for row in SHEETS[name]] for name in named
    }


def _parkings() -> list[dict[str, Any]]:
    """Two that overlap in the messy city, one in the others but the empty one."""
    overlapping = circle_zone(LATITUDE + 0.0001, LONGITUDE, 15.0, "EPSG:2100")
    there = circle_zone(*NEW_YORK, 15.0, "EPSG:32618")
    return [
        parking(1),
        parking(2, name="B", zone_geojson=overlapping),
        parking(3, city_id=2),
        parking(4, city_id=3),
        parking(5, city_id=5, zone_geojson=there),
        parking(6, city_id=6),
        parking(7, city_id=7),
    ]


def _scooters() -> list[dict[str, Any]]:
    """Ten in the messy city; one of the unplanned city has the code of one of them."""
    long_ago = naive(datetime(2026, 1, 1, tzinfo=UTC))
    made = [scooter(number, commissioned_at=long_ago) for number in range(1, 11)]
    for number, city_id in ((20, 2), (30, 3), (50, 5), (60, 6), (70, 7)):
        made.append(scooter(number, city_id=city_id, commissioned_at=long_ago))
    made.append(scooter(21, city_id=2, code="SKG-0010", commissioned_at=long_ago))
    return made


def _ride(number: int, scooter_id: int, began: datetime, minutes: float, **changes: Any) -> Any:
    times = {"started_at": naive(began), "ended_at": naive(began + timedelta(minutes=minutes))}
    home = {"end_latitude": LATITUDE, "end_longitude": LONGITUDE}
    changed = {"updated_at": times["ended_at"]}
    return ride(number, scooter_id=scooter_id, **{**times, **home, **changed, **changes})


def _rides() -> list[dict[str, Any]]:
    day, rides = NOW - timedelta(days=2), []
    rides.append(_ride(1, 1, day, 10))
    rides.append(_ride(2, 1, day, 10))  # the same once more
    rides.append(_ride(3, 2, day, 60))
    rides.append(_ride(4, 2, day + timedelta(minutes=30), 10))  # while the other goes on
    endless = dict.fromkeys(("ended_at", "end_latitude", "end_longitude", "distance_m"))
    rides.append(_ride(5, 3, day, 0, status="ongoing", **endless))
    rides.append(_ride(6, 4, day, 25 * 60))  # longer than a day
    rides.append(_ride(7, 5, day, 1, end_latitude=LATITUDE + 0.03, distance_m=500.0))  # 3 km a min
    rides.append(_ride(8, 20, day, 10))  # a scooter of the unplanned city
    rides.append(_ride(9, 6, NOW - timedelta(minutes=30), 10))
    for number, (slug, scooter_id) in enumerate((("unplanned", 20), ("late", 30)), start=10):
        rides.append(_ride(number, scooter_id, NOW - timedelta(minutes=30), 10, **_in(slug)))
    rides.append(_ride(20, 30, NOW - timedelta(days=3), 10, **_in("late")))
    rides += _rides_elsewhere()
    return rides


def _in(slug: str) -> dict[str, Any]:
    return {"city_id": CITIES[slug][0]}


def _rides_elsewhere() -> list[dict[str, Any]]:
    """One late in the evening of New York, and some around the nights of the clock change."""
    lat, lon = NEW_YORK
    places = {"start_latitude": lat, "start_longitude": lon, "end_latitude": lat}
    there = {**_in("new-york"), **places, "end_longitude": lon}
    rides = [
        _ride(30, 50, datetime(2026, 6, 3, 12, tzinfo=UTC), 10, **there),
        _ride(31, 50, datetime(2026, 6, 5, 2, 30, tzinfo=UTC), 10, **there),
        _ride(32, 50, NOW - timedelta(minutes=30), 10, **there),
    ]
    for number, slug, scooter_id, at in (
        (40, "spring", 60, datetime(2026, 3, 28, 6, tzinfo=UTC)),
        (41, "spring", 60, datetime(2026, 3, 29, 0, 30, tzinfo=UTC)),
        (42, "spring", 60, datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (50, "autumn", 70, datetime(2026, 10, 24, 6, tzinfo=UTC)),
        (51, "autumn", 70, datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (52, "autumn", 70, datetime(2026, 10, 25, 1, 30, tzinfo=UTC)),
    ):
        rides.append(_ride(number, scooter_id, at, 10, **_in(slug)))
    return rides


def _write_pings(settings: Settings) -> None:
    """The scooters are heard at the clock, the late city's two days before it for the last time."""
    hour = NOW - timedelta(hours=1)
    heard = [message(number, hour + timedelta(minutes=50)) for number in (1, 2, 4, 5, 6, 7, 8)]
    astray = message(9, hour + timedelta(minutes=50), lat=FORBIDDEN[0], lon=FORBIDDEN[1])
    write_pings(settings.pings, hour, [*heard, astray], "messy")
    write_pings(settings.pings, hour, [message(20, hour + timedelta(minutes=50))], "unplanned")
    last = NOW - timedelta(days=2, hours=1)
    write_pings(settings.pings, last, [message(30, last + timedelta(minutes=50))], "late")


def _forbid(warehouse: Warehouse) -> None:
    """Put a no-parking zone of the operator's public feed."""
    text = circle_zone(*FORBIDDEN, 30.0, "EPSG:2100")
    zone = parse_zone(text, "EPSG:2100")
    warehouse.execute(
        "insert into raw_gbfs.geofencing_zones (city, zone_id, part, name, is_ride_end_allowed,"
        " zone_geojson, zone_polygon_m, x_m, y_m, area_m2, observed_at) values ('messy', 'z', 0,"
        " 'Old harbour', false, %(text)s, %(polygon)s, %(x)s, %(y)s, %(area)s, %(now)s)",
        {"text": text, "polygon": zone.polygon_m, "area": zone.area_m2, "now": NOW}
        | {"x": zone.x_m, "y": zone.y_m},
    )
