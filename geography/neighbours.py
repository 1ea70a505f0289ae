"""Nearest neighbours in metric coordinates."""

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree


def nearest(
    x_m: npt.ArrayLike,
    y_m: npt.ArrayLike,
    to_x_m: npt.ArrayLike,
    to_y_m: npt.ArrayLike,
    *,
    count: int = 1,
    within_m: float | None = None,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Find the nearest places of each point.

    Parameters
    ----------
    x_m, y_m
        Points, metres, shape (n,).
    to_x_m, to_y_m
        Places to choose from, metres, shape (m,).
    count
        How many places a point.
    within_m
        Farther places do not count.

    Returns
    -------
    index, distance_m
        Shapes (n, count), nearest first. Where there is no such place the index is -1 and the
        distance infinite; with no places at all every entry is so.
    """
    points = np.column_stack([np.asarray(x_m, float), np.asarray(y_m, float)])
    places = np.column_stack([np.asarray(to_x_m, float), np.asarray(to_y_m, float)])
    index = np.full((len(points), count), -1, dtype=np.int64)
    distance = np.full((len(points), count), np.inf)
    usable = np.isfinite(points).all(axis=1)
    if not len(places) or not usable.any():
        return index, distance
    found_distance, found_index = cKDTree(places).query(
        points[usable], k=list(range(1, count + 1)), distance_upper_bound=within_m or np.inf
    )
    index[usable] = np.where(np.isfinite(found_distance), found_index, -1)
    distance[usable] = found_distance
    return index, distance
