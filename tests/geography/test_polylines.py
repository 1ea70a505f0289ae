"""Encoded polylines."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geography.polylines import decode, encode, length_m

pytestmark = pytest.mark.unit

POINTS = st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=30)


@given(POINTS)
def test_a_path_comes_back_to_five_decimals(points: list[tuple[float, float]]) -> None:
    """Decoding an encoded path gives its points, rounded to five decimals."""
    path = np.array(points, dtype=float).reshape(-1, 2)
    back = decode(encode(path[:, 0], path[:, 1]))
    assert back.shape == path.shape
    assert np.allclose(back, path, atol=5.1e-6)


def test_the_format_is_the_published_one() -> None:
    """The example in the format's description encodes to its text."""
    assert (
        encode([38.5, 40.7, 43.252], [-120.2, -120.95, -126.453]) == "_p~iF~ps|U_ulLnnqC_mqNvxq`@"
    )


@given(st.text(max_size=20))
def test_broken_text_is_refused(text: str) -> None:
    """Any text decodes to pairs of numbers or raises ValueError."""
    try:
        assert decode(text).shape[1] == 2
    except ValueError:
        assert text


def test_the_length_of_a_path() -> None:
    """The length is the sum of the straight steps; a single point has none."""
    assert length_m([0, 3, 3], [0, 4, 10]) == 11
    assert length_m([5], [5]) == 0
