"""Lengths of encoded paths, many at once."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from extract.operational.paths import path_lengths
from geography.crs import haversine_m
from geography.polylines import decode, encode

pytestmark = pytest.mark.unit

_NEAR = st.tuples(st.floats(40.0, 40.02), st.floats(22.0, 22.02))
_FAR = st.tuples(st.floats(-80, 80), st.floats(-170, 170))
_PATHS = st.lists(_NEAR, min_size=1, max_size=12) | st.lists(_FAR, min_size=1, max_size=4)


def length(text: str) -> float:
    points = decode(text)
    latitude, longitude = points[:, 0], points[:, 1]
    steps = haversine_m(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
    return float(np.sum(steps))


@settings(max_examples=100, deadline=None)
@given(st.lists(_PATHS, min_size=1, max_size=6))
def test_each_path_has_its_own_length(paths: list[list[tuple[float, float]]]) -> None:
    """Together or one by one, near or around the world, the steps add up to the same metres."""
    texts = [encode(*np.array(path).T) for path in paths]
    found = path_lengths(pl.Series(texts)).to_list()
    assert found == pytest.approx([length(text) for text in texts], rel=1e-6, abs=1e-3)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.none() | st.text(max_size=30), max_size=5), st.integers(0, 5))
def test_garbled_texts_spoil_no_neighbour(garbled: list[str | None], place: int) -> None:
    """Whatever stands before and after it, a path has its length; nothing at all has none."""
    good = "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    texts = [*garbled[:place], good, *garbled[place:]]
    found = path_lengths(pl.Series(texts, dtype=pl.String))
    assert found[min(place, len(garbled))] == pytest.approx(length(good))
    empty = [value for text, value in zip(texts, found, strict=True) if not text]
    assert empty == [None] * len(empty)


@pytest.mark.parametrize("text", ["_p~iF~ps|U_", "_p~iF", "_p~iF ~ps|U", "~~~~~~~~?", "Ω?"])
def test_what_is_no_path_has_no_length(text: str) -> None:
    """A text cut off, of foreign signs or with too long a number is garbled."""
    assert path_lengths(pl.Series([text, None, ""])).to_list() == [None, None, None]
