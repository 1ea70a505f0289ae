import numpy as np
import pytest

from ml.parking_clusters import assign, choose, find_centres

pytestmark = pytest.mark.unit


def _crowds(seed: int = 1) -> np.ndarray:
    """200 points around (0, 0) and 100 around (1000, 0), 20 m wide."""
    rng = np.random.default_rng(seed)
    return np.vstack([rng.normal((0, 0), 20, (200, 2)), rng.normal((1000, 0), 20, (100, 2))])


def test_each_crowd_has_one_centre_near_its_middle() -> None:
    """Two crowds a kilometre apart give two centres within 10 m of their middles."""
    centres = find_centres(_crowds(), 100.0, 5, 20_000, seed=1)
    found = centres[np.argsort(centres[:, 0])]
    assert found == pytest.approx(np.array([[0.0, 0.0], [1000.0, 0.0]]), abs=10)


def test_scattered_points_start_no_search() -> None:
    """With fewer points in every square than min_bin_freq there is no centre."""
    points = np.column_stack([np.arange(20) * 500.0, np.zeros(20)])
    assert len(find_centres(points, 100.0, 2, 20_000, seed=1)) == 0
    assert len(find_centres(np.empty((0, 2)), 100.0, 2, 20_000, seed=1)) == 0


def test_a_thinned_sample_finds_the_same_places() -> None:
    """A third of the points leads to the same centres within 15 m, whatever the order of seeds."""
    thinned = find_centres(_crowds(), 100.0, 5, 100, seed=1)
    assert len(thinned) == 2
    assert np.array_equal(thinned, find_centres(_crowds(), 100.0, 5, 100, seed=1))
    assert np.sort(thinned[:, 0]) == pytest.approx([0.0, 1000.0], abs=15)


def test_points_far_from_every_centre_belong_to_none() -> None:
    """A point within the bandwidth belongs to its centre, one beyond it to none."""
    centres = np.array([[0.0, 0.0]])
    owner, distance = assign(np.array([[99.0, 0.0], [101.0, 0.0]]), centres, 100.0)
    assert owner.tolist() == [0, -1]
    assert distance[0] == pytest.approx(99.0)


def test_kept_places_keep_their_distance() -> None:
    """Near an existing or a better place nothing is suggested; too few points neither."""
    centres = np.array([[0.0, 0.0], [100.0, 0.0], [500.0, 0.0], [900.0, 0.0], [2000.0, 0.0]])
    counts = np.array([50, 60, 40, 30, 4])
    existing = np.array([[520.0, 0.0]])
    kept = choose(centres, counts, existing, min_distance_m=150.0, least_count=5, most=10)
    assert kept.tolist() == [1, 3]


def test_no_more_than_asked_for_are_kept() -> None:
    """Of many good places only the best few are kept."""
    centres = np.column_stack([np.arange(10) * 1000.0, np.zeros(10)])
    kept = choose(
        centres, np.arange(10, 20), np.empty((0, 2)), min_distance_m=1.0, least_count=1, most=3
    )
    assert kept.tolist() == [9, 8, 7]
