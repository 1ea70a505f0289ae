"""The map of a city: parkings with their zones, unofficial corners, crossings, land."""

import csv
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon
from shapely.geometry.base import BaseGeometry

from geography.crs import project, unproject
from geography.zones import circle_zone
from simulator.cities import CRS, City
from simulator.parameters import stream

Floats = npt.NDArray[np.float64]

_FOLDER = Path(__file__).parent
#: Points near a parking where riders appear, and points where they leave scooters.
POOL_SIZE = 240
#: Power of the shipped weights; below 1 it evens them out, so that busy parkings hold 6-15.
_EVENNESS = 0.55


@dataclass(frozen=True)
class CityMap:
    """Where things are in one city; coordinates in metres of the city's CRS.

    Attributes
    ----------
    code, name, place_type
        One entry a parking; the type is ``home``, ``work`` or ``leisure``.
    weight
        Attraction of each parking.
    x_m, y_m
        Centres of the parkings, shape (p,).
    zone
        GeoJSON text of each zone.
    half_width_m, half_height_m, angle
        Shape of a rectangular zone; a circle has the radius twice and a NaN angle.
    capacity
        Scooters that fit.
    corner_x_m, corner_y_m, corner_weight
        Corners outside the zones where riders like to leave scooters, shape (k,).
    node_x_m, node_y_m
        Street nodes: the parkings, then the corners, then the crossings.
    land
        The built-up land, metric.
    rider_pool, outside_pool
        Points near each parking, shape (p, POOL_SIZE, 2): where riders stand, and where they
        leave scooters outside every zone.
    """

    code: tuple[str, ...]
    name: tuple[str, ...]
    place_type: tuple[str, ...]
    weight: Floats
    x_m: Floats
    y_m: Floats
    zone: tuple[str, ...]
    half_width_m: Floats
    half_height_m: Floats
    angle: Floats
    capacity: npt.NDArray[np.int64]
    corner_x_m: Floats
    corner_y_m: Floats
    corner_weight: Floats
    node_x_m: Floats
    node_y_m: Floats
    land: BaseGeometry
    rider_pool: Floats
    outside_pool: Floats

    def __len__(self) -> int:
        return len(self.code)

    def point_in_zone(self, place: int, first: float, second: float) -> tuple[float, float]:
        """Turn two uniform numbers into a uniform point of a zone, a metre off its edge."""
        width, height = self.half_width_m[place] - 1.0, self.half_height_m[place] - 1.0
        if np.isnan(self.angle[place]):
            radius, turn = width * np.sqrt(first) * 0.97, 2 * np.pi * second
            east, north = radius * np.cos(turn), radius * np.sin(turn)
        else:
            u, v = (2 * first - 1) * width, (2 * second - 1) * height
            sine, cosine = np.sin(self.angle[place]), np.cos(self.angle[place])
            east, north = u * cosine - v * sine, u * sine + v * cosine
        return float(self.x_m[place] + east), float(self.y_m[place] + north)


@lru_cache(maxsize=16)
def load_map(city: City) -> CityMap:
    """Return the map of a city; it is the same for every seed."""
    rows = _rows(city.slug)
    parkings = [row for row in rows if row["kind"] == "parking"]
    corners = [row for row in rows if row["kind"] == "hotspot"]
    crossings = [row for row in rows if row["kind"] == "crossing"]
    ordered = [*parkings, *corners, *crossings]
    node_x, node_y = project(
        [float(row["latitude"]) for row in ordered],
        [float(row["longitude"]) for row in ordered],
        CRS,
    )
    count, after = len(parkings), len(parkings) + len(corners)
    weight = np.array([float(row["weight"]) for row in parkings]) ** _EVENNESS
    width, height, angle = _zone_shapes(city, count)
    x, y = node_x[:count], node_y[:count]
    land = _land(city.slug)
    return CityMap(
        code=tuple(f"{city.code}-P{index + 1:03d}" for index in range(count)),
        name=tuple(row["name"] for row in parkings),
        place_type=tuple(row["place_type"] for row in parkings),
        weight=weight,
        x_m=x,
        y_m=y,
        zone=tuple(_zone_text(*shape) for shape in zip(x, y, width, height, angle, strict=True)),
        half_width_m=width,
        half_height_m=height,
        angle=angle,
        capacity=_capacities(weight, city.scooter_count),
        corner_x_m=node_x[count:after],
        corner_y_m=node_y[count:after],
        corner_weight=np.array([float(row["weight"]) for row in corners]),
        node_x_m=node_x,
        node_y_m=node_y,
        land=land,
        rider_pool=_with_corners(
            _pool(city, land, x, y, nearest_m=0.0, farthest_m=_reach(x, y)),
            (x, y),
            (node_x[count:after], node_y[count:after]),
        ),
        outside_pool=_pool(city, land, x, y, nearest_m=45.0, farthest_m=210.0),
    )


def _rows(slug: str) -> list[dict[str, str]]:
    with (_FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        return [row for row in csv.DictReader(file) if row["city"] == slug]


def _land(slug: str) -> BaseGeometry:
    features = json.loads((_FOLDER / "land.geojson").read_text(encoding="utf-8"))["features"]
    ring = next(
        feature["geometry"]["coordinates"][0]
        for feature in features
        if feature["properties"]["city"] == slug
    )
    longitude, latitude = np.asarray(ring, dtype=np.float64).T
    land = Polygon(np.column_stack(project(latitude, longitude, CRS)))
    shapely.prepare(land)
    return land


def _zone_shapes(city: City, count: int) -> tuple[Floats, Floats, Floats]:
    """Half the zones are circles of 12 to 20 m across, half rectangles of 8 to 20 m a side."""
    draw = stream(0, city.number, "zones")
    is_circle = draw.random(count) < 0.5
    radius = draw.uniform(6.0, 10.0, count)
    width, height = draw.uniform(6.0, 10.0, count), draw.uniform(4.0, 8.0, count)
    angle = draw.uniform(0.0, np.pi, count)
    return (
        np.where(is_circle, radius, width),
        np.where(is_circle, radius, height),
        np.where(is_circle, np.nan, angle),
    )


def _zone_text(x_m: float, y_m: float, width: float, height: float, angle: float) -> str:
    if np.isnan(angle):
        latitude, longitude = unproject([x_m], [y_m], CRS)
        return circle_zone(float(latitude[0]), float(longitude[0]), width, CRS)
    u = np.array([-width, width, width, -width])
    v = np.array([-height, -height, height, height])
    latitude, longitude = unproject(
        x_m + u * np.cos(angle) - v * np.sin(angle),
        y_m + u * np.sin(angle) + v * np.cos(angle),
        CRS,
    )
    ring = np.column_stack([longitude, latitude]).round(7).tolist()
    return json.dumps({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})


def _capacities(weight: Floats, scooters: int) -> npt.NDArray[np.int64]:
    expected = scooters * weight / weight.sum()
    return np.asarray(np.clip(np.rint(1.6 * expected + 1), 5, 20), dtype=np.int64)


def _reach(x: Floats, y: Floats) -> float:
    """Riders of a parking appear within this distance, nearer to it than to others, metres."""
    gap = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    return float(min(170.0, 0.55 * gap[gap > 0].min()))


def _with_corners(
    pools: Floats, parkings: tuple[Floats, Floats], corners: tuple[Floats, Floats]
) -> Floats:
    """Let a tenth of the riders of the parking next to a corner appear at that corner."""
    for x, y in zip(*corners, strict=True):
        place = int(np.argmin(np.hypot(parkings[0] - x, parkings[1] - y)))
        pools[place, ::10] = (x, y)
    return pools


def _pool(
    city: City, land: BaseGeometry, x: Floats, y: Floats, *, nearest_m: float, farthest_m: float
) -> Floats:
    """Points around each parking, on land, and off every zone when `nearest_m` is above 0."""
    draw = stream(0, city.number, "pool", int(nearest_m))
    pools = np.empty((len(x), POOL_SIZE, 2))
    for place in range(len(x)):
        turn = draw.uniform(0, 2 * np.pi, 8 * POOL_SIZE)
        reach = draw.triangular(nearest_m, nearest_m + 5, farthest_m, 8 * POOL_SIZE)
        east, north = x[place] + reach * np.cos(turn), y[place] + reach * np.sin(turn)
        usable = shapely.contains_xy(land, east, north)
        if nearest_m > 0:
            gap = np.hypot(east[:, None] - x[None, :], north[:, None] - y[None, :])
            usable &= gap.min(axis=1) > 42.0
        chosen = np.flatnonzero(usable)
        chosen = chosen[np.arange(POOL_SIZE) % len(chosen)]
        pools[place] = np.column_stack([east[chosen], north[chosen]])
    return pools
