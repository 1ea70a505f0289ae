"""A street-like network over a city's nodes: how far it is to ride, and along which path."""

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import Delaunay

from simulator.cities import City
from simulator.parameters import stream
from simulator.places import CityMap, load_map

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Streets:
    """Shortest ways between a city's parkings, all on land.

    Attributes
    ----------
    length_m
        Length of the way between parkings, shape (p, p).
    """

    length_m: Floats
    _previous: npt.NDArray[np.int32]
    _node_xy: Floats
    _bends: dict[tuple[int, int], tuple[float, float]]
    _paths: dict[tuple[int, int], Floats] = field(default_factory=dict)

    def path(self, start: int, end: int) -> Floats:
        """Return the way from one parking to another, both included, metres, shape (k, 2)."""
        known = self._paths.get((start, end))
        if known is not None:
            return known
        nodes = [end]
        while nodes[-1] != start:
            nodes.append(int(self._previous[start, nodes[-1]]))
        nodes.reverse()
        points = [tuple(self._node_xy[start])]
        for before, after in pairwise(nodes):
            points.append(self._bends[min(before, after), max(before, after)])
            points.append(tuple(self._node_xy[after]))
        way = np.asarray(points, dtype=np.float64)
        self._paths[start, end] = way
        return way


@lru_cache(maxsize=16)
def load_streets(city: City) -> Streets:
    """Build the network of a city: neighbouring nodes joined by bent edges that stay on land."""
    city_map = load_map(city)
    xy = np.column_stack([city_map.node_x_m, city_map.node_y_m])
    edges = _edges(xy)
    bends = _bend(city, city_map, xy, edges)
    first, second = np.array(sorted(bends)).T
    corner = np.array([bends[a, b] for a, b in zip(first, second, strict=True)])
    length = np.hypot(*(xy[first] - corner).T) + np.hypot(*(xy[second] - corner).T)
    graph = csr_matrix((length, (first, second)), shape=(len(xy), len(xy)))
    distance, previous = dijkstra(
        graph, directed=False, indices=range(len(city_map)), return_predecessors=True
    )
    return Streets(distance[:, : len(city_map)], previous, xy, bends)


def _edges(xy: Floats) -> npt.NDArray[np.int64]:
    corners = Delaunay(xy).simplices
    pairs = np.vstack([corners[:, [0, 1]], corners[:, [1, 2]], corners[:, [0, 2]]])
    return np.unique(np.sort(pairs, axis=1), axis=0).astype(np.int64)


def _bend(
    city: City, city_map: CityMap, xy: Floats, edges: npt.NDArray[np.int64]
) -> dict[tuple[int, int], tuple[float, float]]:
    """Give every edge a corner to one side, as a street block does; edges off land are left out."""
    draw = stream(0, city.number, "bends")
    start, end = xy[edges[:, 0]], xy[edges[:, 1]]
    along = end - start
    side = draw.uniform(-0.28, 0.28, (len(edges), 1))
    share = draw.uniform(0.3, 0.7, (len(edges), 1))
    corner = start + share * along + side * np.column_stack([-along[:, 1], along[:, 0]])
    bent = shapely.linestrings(np.stack([start, corner, end], axis=1))
    straight = shapely.linestrings(np.stack([start, end], axis=1))
    bent_on_land = shapely.covers(city_map.land, bent)
    straight_on_land = shapely.covers(city_map.land, straight)
    corner = np.where(bent_on_land[:, None], corner, start + share * along)
    keep = bent_on_land | straight_on_land
    return {
        (int(a), int(b)): (float(x), float(y))
        for (a, b), (x, y) in zip(edges[keep], corner[keep], strict=True)
    }
