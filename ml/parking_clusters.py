"""Dense places among points: MeanShift in metres, and which of them to keep.

MeanShift after Comaniciu and Meer, "Mean shift: a robust approach toward feature space analysis",
IEEE Transactions on Pattern Analysis and Machine Intelligence 24, 2002.
"""

import numpy as np
import numpy.typing as npt

from geography.neighbours import nearest

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def find_centres(
    points: FloatArray, bandwidth_m: float, min_bin_freq: int, most_points: int, seed: int
) -> FloatArray:
    """Densest places of `points`, shape (k, 2), metres; none when no bin has enough points.

    More than `most_points` points are thinned at random first, and `min_bin_freq` with them.
    """
    from sklearn.cluster import MeanShift

    share = min(1.0, most_points / max(len(points), 1))
    if share < 1.0:
        chosen = np.random.default_rng(seed).choice(len(points), most_points, replace=False)
        points = points[np.sort(chosen)]
    least = max(round(min_bin_freq * share), 1)
    bins = np.unique(np.round(points / bandwidth_m), axis=0, return_counts=True)[1]
    if not len(points) or bins.max() < least:
        return np.empty((0, 2))
    shift = MeanShift(
        bandwidth=bandwidth_m, bin_seeding=True, min_bin_freq=least, cluster_all=False, max_iter=100
    )
    return np.asarray(shift.fit(points).cluster_centers_, dtype=np.float64)


def assign(points: FloatArray, centres: FloatArray, within_m: float) -> tuple[IntArray, FloatArray]:
    """Index of the nearest centre of each point (-1: none within `within_m`) and its distance."""
    index, distance = nearest(
        points[:, 0], points[:, 1], centres[:, 0], centres[:, 1], within_m=within_m
    )
    return index[:, 0], distance[:, 0]


def choose(
    centres: FloatArray,
    counts: IntArray,
    existing: FloatArray,
    *,
    min_distance_m: float,
    least_count: int,
    most: int,
) -> IntArray:
    """Indices of the centres to keep, most points first.

    A centre is kept when it has `least_count` points and is at least `min_distance_m` from every
    existing place and from every centre kept before it.
    """
    kept: list[int] = []
    order = np.lexsort((centres[:, 1], centres[:, 0], -counts))
    taken = existing.astype(np.float64).reshape(-1, 2)
    for candidate in order:
        if counts[candidate] < least_count or len(kept) == most:
            break
        gaps = np.hypot(*(taken - centres[candidate]).T)
        if not len(gaps) or gaps.min() >= min_distance_m:
            kept.append(int(candidate))
            taken = np.vstack([taken, centres[candidate]])
    return np.array(kept, dtype=np.int64)
