"""The specification's own example files, served by a feed and loaded into Postgres."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from extract.run import extract_all
from tests.extract.mds_server import Provider, serving
from tests.extract.mds_world import UNTIL, settings_for
from tests.extract.raw import count, reasons
from warehouse.connection import Warehouse
from warehouse.settings import Settings

pytestmark = pytest.mark.db
#: The no-ride zones bear the id of the municipal boundary; one slow zone has a hole.
BY_TYPE = {
    "municipal_boundary": 1,
    "operating_area": 1,
    "distribution_zone": 1,
    "slow_ride_zone": 6,
    "stop": 9,
}
SINGLE = [
    *("municipal-boundary", "operating-area", "distribution-zone-8", "no-ride-zone"),
    *("slow-ride-zone", "stop"),
]


@pytest.fixture
def example(shared_data: Path) -> Path:
    """Folder of the files."""
    return shared_data / "mds_v2_example"


@pytest.fixture
def provider() -> Iterator[Provider]:
    """Serve a feed of a city of which nothing but geographies is known."""
    lists: dict[str, list[Any]] = {"vehicles": [], "stops": [], "policies": []}
    with serving(Provider(now=UNTIL, lists=lists)) as made:
        yield made


def louisville(settings: Settings, provider: Provider) -> Settings:
    return settings_for(settings, provider, mds_feeds=f"louisville={provider.address}")


def loaded(warehouse: Warehouse) -> list[dict[str, Any]]:
    return warehouse.fetch("select * from raw_mds.geographies order by geography_id, part")


def test_the_list_of_geographies_arrives(
    settings: Settings, warehouse: Warehouse, provider: Provider, example: Path
) -> None:
    """The file as it is: polygons that Postgres takes, circles, and the two that cannot be used."""
    provider.bodies["geographies"] = (example / "geographies.json").read_bytes()
    there = louisville(settings, provider)
    report = extract_all(there, warehouse, cities=None, until=UNTIL)
    assert report.rows["raw_mds.geographies"] == sum(BY_TYPE.values())
    found = warehouse.fetch(
        "select geography_type, count(*) as parts,"
        " count(*) filter (where point(x_m, y_m) <@ zone_polygon_m::polygon) as around,"
        " count(*) filter (where abs(area(path(zone_polygon_m::polygon)) / area_m2 - 1) < 1e-3)"
        " as of_that_area from raw_mds.geographies group by 1"
    )
    assert {row["geography_type"]: row["parts"] for row in found} == BY_TYPE
    assert {row["geography_type"]: row["of_that_area"] for row in found} == BY_TYPE
    assert next(row["around"] for row in found if row["geography_type"] == "stop") == 9
    assert sorted(reasons(warehouse, "raw_mds.geographies").values()) == [
        "the id of another geography",
        "zone: the polygon has a hole; give one outline a row",
    ]
    city = warehouse.fetch("select city, crs from raw_mds.cities")
    assert city == [{"city": "louisville", "crs": "EPSG:32616"}]
    assert extract_all(there, warehouse, cities=None, until=UNTIL).rows == {}


def test_the_single_files_are_the_list(
    settings: Settings, warehouse: Warehouse, provider: Provider, example: Path
) -> None:
    """Served one by one, page by page, the geographies are those of the list."""
    there = louisville(settings, provider)
    provider.bodies["geographies"] = (example / "geographies.json").read_bytes()
    extract_all(there, warehouse, cities=None, until=UNTIL)
    listed = loaded(warehouse)
    provider.bodies.clear()
    provider.page_size = 2
    provider.lists["geographies"] = [
        json.loads((example / f"{name}.json").read_text()) for name in SINGLE
    ]
    extract_all(there, warehouse, cities=None, until=UNTIL)
    assert loaded(warehouse) == listed
    assert count(warehouse, "raw_mds.geographies_rejected") == 2
    assert len([path for path in provider.requests if "geographies?page" in path]) == 2
