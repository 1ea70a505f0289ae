"""The map of parkings."""

import polars as pl
import pytest
from bokeh.models import TileRenderer

from dashboards.city_map import city_map
from dashboards.overview import read_overview
from warehouse.connection import Warehouse

pytestmark = pytest.mark.db


def test_no_tiles_unless_configured(bi: Warehouse) -> None:
    """Without an address of tiles the map asks no server for any; with one, that one."""
    overview = read_overview(bi, "thessaloniki")
    assert overview is not None
    frames = overview.parkings, overview.suggestions
    address = "http://127.0.0.1:1/{z}/{x}/{y}.png"
    tiles = city_map(*frames, tile_url=address).select(TileRenderer)
    assert [tile.tile_source.url for tile in tiles] == ["http://127.0.0.1:1/{Z}/{X}/{Y}.png"]
    assert not list(city_map(*frames).select(TileRenderer))


def test_one_parking_is_enough(bi: Warehouse) -> None:
    """A city of one parking gets a map of its surroundings, not of a point."""
    overview = read_overview(bi, "thessaloniki")
    assert overview is not None
    drawing = city_map(overview.parkings.head(1), overview.suggestions.clear())
    seen = drawing.x_range.renderers[0].glyph.x
    corners = drawing.x_range.renderers[0].data_source.data[seen]
    assert max(corners) - min(corners) >= 1000


def test_suggestions_alone(bi: Warehouse) -> None:
    """A city without parkings still shows where they should be."""
    overview = read_overview(bi, "thessaloniki")
    assert overview is not None
    drawing = city_map(overview.parkings.clear(), overview.suggestions)
    sources = [renderer.data_source.data for renderer in drawing.renderers]
    assert any(len(data.get("suggestion_rank", [])) == 4 for data in sources)


def test_parking_without_zone(bi: Warehouse) -> None:
    """A parking without a zone is drawn as a point."""
    overview = read_overview(bi, "thessaloniki")
    assert overview is not None
    bare = overview.parkings.with_columns(pl.lit(None, dtype=pl.String).alias("zone_geojson"))
    assert city_map(bare, overview.suggestions).renderers
