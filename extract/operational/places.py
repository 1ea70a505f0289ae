"""Where a city is of which no planning row and no zone tells."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from extract.operational.reader import OperationalReader
from extract.projection import Place
from extract.rejections import outside_world

_STARTS = {"start_latitude": pl.Float64(), "start_longitude": pl.Float64()}


def place_by_rides(
    reader: OperationalReader, places: dict[str, Place], cities: Mapping[int, str]
) -> None:
    """Let rides say where a city is of which nothing else is known: zones may be swapped.

    Parameters
    ----------
    reader
        The source.
    places
        What is known by slug; a place is added for each city that has none, and has rides.
    cities
        Ids to slugs.
    """
    for key, slug in cities.items():
        if places.get(slug, Place()) != Place():
            continue
        starts = next(reader.read("rides", _STARTS, f"city_id = {key}"), None)
        if starts is None:
            continue
        there = starts.filter(~outside_world(*_STARTS)).median()
        if there.row(0) != (None, None):
            places[slug] = Place(depot=there.row(0))
