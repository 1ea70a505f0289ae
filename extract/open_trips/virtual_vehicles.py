"""Vehicles inferred from trips that name none.

Trips are chained: a trip is taken by the nearest vehicle that stands idle within 400 m of its
start, or by a new one. A vehicle that an operator carried further than that counts as a new one,
and two real vehicles may share a chain, so the number of vehicles is a lower bound of the fleet
in use at once, not its size.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass, field

import polars as pl

MAXIMUM_GAP_M = 400.0


@dataclass
class Fleet:
    """Vehicles standing idle, in squares of the size of the gap; and those on a trip."""

    count: int = 0
    _idle: dict[tuple[int, int], dict[str, tuple[float, float]]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    _away: list[tuple[float, str, float, float]] = field(default_factory=list)

    def park(self, vehicle: str, at: float, x_m: float, y_m: float) -> None:
        """Let a vehicle stand at a place from a time (epoch seconds) on."""
        heapq.heappush(self._away, (at, vehicle, x_m, y_m))

    def take(self, at: float, x_m: float, y_m: float) -> str:
        """Return the vehicle that leaves a place at a time: the nearest idle one, or a new one."""
        while self._away and self._away[0][0] <= at:
            _, vehicle, x, y = heapq.heappop(self._away)
            self._idle[_square(x, y)][vehicle] = (x, y)
        best: tuple[float, str, tuple[int, int]] | None = None
        column, row = _square(x_m, y_m)
        for square in ((column + i, row + j) for i in (-1, 0, 1) for j in (-1, 0, 1)):
            for vehicle, (x, y) in self._idle.get(square, {}).items():
                choice = (math.hypot(x - x_m, y - y_m), vehicle, square)
                if choice[0] <= MAXIMUM_GAP_M and (best is None or choice < best):
                    best = choice
        if best is None:
            self.count += 1
            return f"virtual-{self.count:05d}"
        del self._idle[best[2]][best[1]]
        return best[1]


def _square(x_m: float, y_m: float) -> tuple[int, int]:
    return math.floor(x_m / MAXIMUM_GAP_M), math.floor(y_m / MAXIMUM_GAP_M)


def with_vehicles(trips: pl.DataFrame, fleet: Fleet) -> pl.DataFrame:
    """Fill ``vehicle_id`` where it is null, and say so in ``is_vehicle_inferred``.

    Parameters
    ----------
    trips
        ``trip_id vehicle_id started_at ended_at start_x_m start_y_m end_x_m end_y_m``.
    fleet
        Where the virtual vehicles of earlier loads stand; changed by this call.
    """
    trips = trips.with_columns(is_vehicle_inferred=pl.col("vehicle_id").is_null())
    nameless = trips.filter("is_vehicle_inferred").sort("started_at", "trip_id")
    times = nameless.select(pl.col("started_at", "ended_at").dt.epoch("us") / 1e6)
    places = nameless.select("start_x_m", "start_y_m", "end_x_m", "end_y_m")
    vehicles = []
    for (start, end), (x, y, end_x, end_y) in zip(
        times.iter_rows(), places.iter_rows(), strict=True
    ):
        vehicle = fleet.take(start, x, y)
        fleet.park(vehicle, end, end_x, end_y)
        vehicles.append(vehicle)
    inferred = nameless.select("trip_id", pl.Series("_vehicle", vehicles, pl.String))
    joined = trips.join(inferred, on="trip_id", how="left", maintain_order="left")
    return joined.with_columns(vehicle_id=pl.coalesce("vehicle_id", "_vehicle")).drop("_vehicle")
