"""The maps of the six cities: real places, valid zones, ways on land."""

import json
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
import shapely
from shapely.geometry import Point, Polygon, shape

from geography.crs import project
from geography.zones import parse_zone
from simulator.cities import CITIES, CRS, City, find_city
from simulator.places import load_map
from simulator.streets import load_streets
from warehouse.errors import SourceError

EXPECTED = {
    "thessaloniki": (420, 60), "ioannina": (140, 20), "kastoria": (70, 12),
    "kozani": (90, 14), "trikala": (100, 15), "katerini": (100, 15),
}  # fmt: skip

each_city = pytest.mark.parametrize("city", CITIES, ids=lambda city: city.slug)


def _metric(text: str) -> Polygon:
    ring = np.asarray(json.loads(text)["coordinates"][0])
    return Polygon(np.column_stack(project(ring[:, 1], ring[:, 0], CRS)))


@pytest.mark.unit
@each_city
def test_fleet_and_parkings_have_their_sizes(city: City) -> None:
    """Each city has the scooters and parkings of the reference operator."""
    assert (city.scooter_count, len(load_map(city))) == EXPECTED[city.slug]


@pytest.mark.unit
@each_city
def test_zones_are_valid_small_and_apart(city: City) -> None:
    """Every zone passes the load's own check, is 8 to 21 m across, and touches no other."""
    city_map = load_map(city)
    zones = [_metric(text) for text in city_map.zone]
    for text, zone in zip(city_map.zone, zones, strict=True):
        parse_zone(text, CRS)
        sides = shapely.minimum_rotated_rectangle(zone).exterior.coords
        lengths = [Point(a).distance(Point(b)) for a, b in pairwise(sides)]
        assert min(lengths) > 7.9
        assert max(lengths) < 20.5
    assert not any(one.intersects(other) for one, other in combinations(zones, 2))


@pytest.mark.unit
@each_city
def test_everything_lies_on_land(city: City) -> None:
    """Zones, corners, the points where riders appear and all ways lie on the town's land."""
    city_map, streets = load_map(city), load_streets(city)
    assert all(city_map.land.contains(_metric(text)) for text in city_map.zone)
    for pool in (city_map.rider_pool, city_map.outside_pool):
        points = pool.reshape(-1, 2)
        assert shapely.contains_xy(city_map.land, points[:, 0], points[:, 1]).all()
    for start in range(len(city_map)):
        ways = [streets.path(start, end) for end in range(len(city_map)) if end != start]
        lines = [shapely.LineString(way) for way in ways]
        assert shapely.covers(city_map.land, lines).all()


@pytest.mark.unit
def test_thessaloniki_land_is_municipal_land(shared_data: Path) -> None:
    """The shipped outline of Thessaloniki and its zones lie within the real municipalities."""
    features = json.loads((shared_data / "thessaloniki" / "municipalities.geojson").read_text())
    real = shapely.union_all([shape(feature["geometry"]) for feature in features["features"]])
    zones = load_map(find_city("thessaloniki")).zone
    assert all(real.contains(shape(json.loads(zone))) for zone in zones)


@pytest.mark.unit
@each_city
def test_a_point_drawn_in_a_zone_is_in_it(city: City) -> None:
    """Two uniform numbers always give a point within the zone."""
    city_map = load_map(city)
    grid = np.linspace(0.0, 0.999, 7)
    for place, text in enumerate(city_map.zone):
        zone = _metric(text)
        points = [city_map.point_in_zone(place, a, b) for a in grid for b in grid]
        assert all(zone.contains(Point(point)) for point in points)


@pytest.mark.unit
@each_city
def test_points_left_outside_are_outside_every_zone(city: City) -> None:
    """Nobody who leaves a scooter outside is within the GPS tolerance of a zone."""
    city_map = load_map(city)
    points = shapely.points(city_map.outside_pool.reshape(-1, 2))
    corners = shapely.points(np.column_stack([city_map.corner_x_m, city_map.corner_y_m]))
    for text in city_map.zone:
        zone = _metric(text)
        assert shapely.distance(points, zone).min() > 20
        assert shapely.distance(corners, zone).min() > 40


@pytest.mark.unit
def test_unknown_city_is_named() -> None:
    """An unknown city gives a sentence with the name and the known ones."""
    with pytest.raises(SourceError, match=r"'athens'.*kastoria"):
        find_city("athens")
