"""The map: parkings by stock, suggested parkings. Drawn in metres, with or without tiles."""

import json

import numpy as np
import polars as pl
from bokeh.core.properties import value
from bokeh.models import (
    BooleanFilter,
    CDSView,
    ColumnDataSource,
    HoverTool,
    SingleIntervalTicker,
    WMTSTileSource,
)

from dashboards import palette
from dashboards.canvas import FONT, Figure, new_figure
from geography.crs import project

#: Tiles come in web mercator, and the figure is drawn in it, so that tiles fit under it.
MAP_CRS = "EPSG:3857"
#: Metres of mercator left around the outermost parking, and the narrowest extent shown.
MARGIN_SHARE, NARROWEST_M = 0.08, 1500.0
GRID_M = 1000.0

COLOURS = {
    "empty": palette.EMPTY,
    "low": palette.LOW,
    "near": palette.NEAR,
    "high": palette.HIGH,
    "unplanned": palette.UNPLANNED,
}


def city_map(parkings: pl.DataFrame, suggestions: pl.DataFrame, tile_url: str = "") -> Figure:
    """Draw the parkings of a city, coloured by stock against target, and suggested ones.

    Parameters
    ----------
    parkings
        parking_name, latitude, longitude, zone_geojson, available_count, target_count,
        capacity_count and status (see `dashboards.stock`); may be empty.
    suggestions
        suggestion_rank, latitude, longitude, event_count, nearest_parking_m, capacity_count;
        may be empty.
    tile_url
        Address of map tiles; empty draws a grid of lines 1 km apart instead.
    """
    placed, suggested = _place(parkings), _place(suggestions)
    drawing = new_figure(
        sizing_mode="stretch_both", match_aspect=True, min_border=0,
        tools="pan,wheel_zoom,zoom_in,zoom_out,reset", active_drag="pan", active_scroll=None,
        toolbar_location="below", x_axis_location=None, y_axis_location=None,
    )  # fmt: skip
    drawing.background_fill_color, drawing.background_fill_alpha = "#f1f5f4", 1
    _frame(drawing, pl.concat([placed.select("x", "y"), suggested.select("x", "y")]))
    _draw_ground(drawing, tile_url, placed)
    _draw_zones(drawing, placed)
    _draw_parkings(drawing, placed)
    _draw_suggestions(drawing, suggested)
    return drawing


def _place(places: pl.DataFrame) -> pl.DataFrame:
    x, y = project(places["latitude"].to_numpy(), places["longitude"].to_numpy(), MAP_CRS)
    return places.with_columns(pl.Series("x", x, pl.Float64), pl.Series("y", y, pl.Float64))


def _frame(drawing: Figure, points: pl.DataFrame) -> None:
    """Make the map begin with all `points` in view; the ranges follow an unseen box around them.

    Ranges must follow something drawn: bokeh keeps a metre as long up as along for those only.
    """
    corners = drawing.scatter(_padded(points["x"]), _padded(points["y"]), alpha=0, size=1)
    drawing.x_range.renderers = drawing.y_range.renderers = [corners]
    drawing.x_range.range_padding = drawing.y_range.range_padding = 0


def _padded(values: pl.Series) -> tuple[float, float]:
    known = values.drop_nans().drop_nulls().to_numpy()
    low, high = (known.min(), known.max()) if known.size else (0.0, 0.0)
    half = max((high - low) * (0.5 + MARGIN_SHARE), NARROWEST_M / 2)
    middle = (low + high) / 2
    return float(middle - half), float(middle + half)


def _draw_ground(drawing: Figure, tile_url: str, placed: pl.DataFrame) -> None:
    if tile_url:
        drawing.add_tile(WMTSTileSource(url=_bokeh_address(tile_url)))
        drawing.grid.grid_line_color = None
        return
    # A metre of web mercator is shorter than one on the ground, by the cosine of the latitude.
    stretch = _stretch(placed)
    ticker = SingleIntervalTicker(interval=GRID_M * stretch, num_minor_ticks=0)
    drawing.xgrid.ticker = drawing.ygrid.ticker = ticker
    drawing.grid.grid_line_color = palette.LINE


def _bokeh_address(tile_url: str) -> str:
    for part in "zxy":
        tile_url = tile_url.replace(f"{{{part}}}", f"{{{part.upper()}}}")
    return tile_url


def _stretch(placed: pl.DataFrame) -> float:
    latitudes = placed["latitude"].drop_nulls().to_numpy()
    return 1.0 if latitudes.size == 0 else float(1 / np.cos(np.radians(latitudes)).mean())


def _draw_zones(drawing: Figure, placed: pl.DataFrame) -> None:
    drawn = placed.drop_nulls("zone_geojson")
    rings = [_ring(zone) for zone in drawn["zone_geojson"].to_list()]
    colours = [COLOURS[status] for status in drawn["status"].to_list()]
    drawing.patches(
        xs=[ring[0] for ring in rings], ys=[ring[1] for ring in rings], fill_color=colours,
        line_color=colours, fill_alpha=0.18, line_alpha=0.7,
    )  # fmt: skip


def _ring(zone_geojson: str) -> tuple[list[float], list[float]]:
    geometry = json.loads(zone_geojson)
    outline = geometry.get("geometry", geometry)["coordinates"][0]
    x, y = project([point[1] for point in outline], [point[0] for point in outline], MAP_CRS)
    return x.tolist(), y.tolist()


def _draw_suggestions(drawing: Figure, suggested: pl.DataFrame) -> None:
    if suggested.is_empty():
        return
    source = _source(suggested.with_columns(pl.lit(palette.CARD).alias("text_colour")))
    marks = drawing.scatter(
        "x", "y", source=source, marker="diamond", size=26,
        fill_color=palette.SUGGESTED, line_color="#ffffff", line_width=1.5,
    )  # fmt: skip
    _write(drawing, source, "suggestion_rank", "text_colour")
    drawing.add_tools(
        HoverTool(
            renderers=[marks],
            visible=False,
            tooltips=[
                ("Suggested parking", "no. @suggestion_rank"),
                ("Rides that would use it", "@event_count{0,0}"),
                ("Nearest parking", "@nearest_parking_m{0,0} m"),
                ("Room for", "@capacity_count{0,0} scooters"),
            ],
        )
    )


def _draw_parkings(drawing: Figure, placed: pl.DataFrame) -> None:
    # Empty ones last: they lie on top of whatever crowds around them.
    ordered = placed.with_columns(
        (pl.col("status") == "empty").alias("is_empty"),
        pl.col("status").replace_strict(COLOURS, return_dtype=pl.String).alias("colour"),
        pl.col("available_count").cast(pl.Int64).cast(pl.String).alias("count_text"),
        (16 + 3.2 * pl.col("available_count").fill_null(0).cast(pl.Float64).sqrt()).alias("size"),
        # White on amber is too pale to read.
        pl.when(pl.col("status") == "low").then(pl.lit(palette.INK)).otherwise(pl.lit(palette.CARD))
        .alias("text_colour"),
        pl.col("target_count").cast(pl.Float64).round(0).cast(pl.Int64).cast(pl.String)
        .fill_null("none").alias("target_text"),
    ).sort("is_empty", "size", descending=[False, True])  # fmt: skip
    source = _source(ordered)
    only_empty = CDSView(filter=BooleanFilter(booleans=ordered["is_empty"].to_list()))
    drawing.scatter(
        "x", "y", source=source, size=34, marker="circle", fill_alpha=0.2, fill_color="colour",
        line_color="colour", line_alpha=0.5, view=only_empty,
    )  # fmt: skip
    marks = drawing.scatter(
        "x", "y", source=source, size="size", marker="circle", fill_color="colour",
        line_color="#ffffff", line_width=1.5,
    )  # fmt: skip
    _write(drawing, source, "count_text", "text_colour")
    drawing.add_tools(
        HoverTool(
            renderers=[marks],
            visible=False,
            tooltips=[
                ("Parking", "@parking_name"),
                ("Scooters now", "@count_text of @capacity_count{0,0}"),
                ("Target now", "@target_text"),
            ],
        )
    )


def _source(places: pl.DataFrame) -> ColumnDataSource:
    shown = places.drop("zone_geojson")
    return ColumnDataSource({name: shown[name].to_list() for name in shown.columns})


def _write(drawing: Figure, source: ColumnDataSource, column: str, colour: str) -> None:
    drawing.text(
        "x", "y", text=column, source=source, text_align="center", text_baseline="middle",
        text_color=colour, text_font=value(FONT), text_font_size="11px", text_font_style="bold",
    )  # fmt: skip
