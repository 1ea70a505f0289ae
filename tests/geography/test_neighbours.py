"""Nearest neighbours."""

import numpy as np
import pytest

from geography.neighbours import nearest

pytestmark = pytest.mark.unit


def test_the_nearest_come_first() -> None:
    """Places come in the order of their distance."""
    index, distance = nearest([0.0], [0.0], [5, 1, 3], [0, 0, 0], count=2)
    assert index.tolist() == [[1, 2]]
    assert distance.tolist() == [[1, 3]]


def test_too_far_is_nobody() -> None:
    """Beyond the bound, for a missing position and without places there is no neighbour."""
    index, distance = nearest([0, 100, np.nan], [0, 0, 0], [1], [0], within_m=10)
    assert index[:, 0].tolist() == [0, -1, -1]
    assert distance[1, 0] == np.inf
    assert nearest([0], [0], [], [])[0].tolist() == [[-1]]
