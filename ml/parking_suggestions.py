"""New parkings where rides begin and end outside every zone."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import polars as pl
from scipy.stats import poisson

from geography.crs import unproject
from geography.neighbours import nearest
from geography.zones import circle_zone, parse_zone
from ml.parking_clusters import assign, choose, find_centres
from ml.schemas import ParkingSuggestionSchema
from warehouse.models import ModelContext

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ParkingSuggestionParameters:
    """How parkings are suggested.

    Attributes
    ----------
    bandwidth_m
        Radius over which MeanShift looks for the densest place; events farther from a suggestion
        do not count for it. Must exceed the grid that coordinates were cut to (three decimals of
        a degree are about 110 m).
    min_bin_freq
        Events in a square of `bandwidth_m` for it to start a search; larger is faster and finds
        fewer places.
    min_distance_m
        A suggestion is at least this far from every parking and from every better suggestion.
    least_events
        Fewer events make no suggestion.
    most_suggestions
        Only the best so many are kept.
    most_points
        A larger sample is thinned at random (seeded); events are counted on all points all the
        same.
    least_radius_m, largest_radius_m
        Bounds of the zone's radius, which otherwise holds 80 % of the events; a zone never
        reaches half way to the next suggestion or parking, whatever the bounds.
    dwell_h
        How long a scooter stands before its next ride, for the capacity.
    """

    bandwidth_m: float = 120.0
    min_bin_freq: int = 5
    min_distance_m: float = 100.0
    least_events: int = 15
    most_suggestions: int = 60
    most_points: int = 20_000
    least_radius_m: float = 15.0
    largest_radius_m: float = 75.0
    dwell_h: float = 8.0

    def __post_init__(self) -> None:
        for name in ("bandwidth_m", "min_distance_m", "least_radius_m", "dwell_h"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be above 0")
        for name in ("min_bin_freq", "least_events", "most_suggestions", "most_points"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.largest_radius_m < self.least_radius_m:
            raise ValueError(
                f"largest_radius_m is {self.largest_radius_m}; "
                f"it must be at least least_radius_m, {self.least_radius_m}"
            )


def build_parking_suggestions(
    inputs: Mapping[str, pl.DataFrame],
    context: ModelContext,
    parameters: ParkingSuggestionParameters,
) -> pl.DataFrame:
    """Suggest parkings, most events first; too few events give no rows."""
    parkings = inputs["parkings"].filter("is_active").drop_nulls(["x_m", "y_m"])
    points, days = events_outside(inputs["rides"], has_parkings=not parkings.is_empty())
    if len(points) < parameters.least_events or inputs["cities"].is_empty():
        return ParkingSuggestionSchema.create_empty()
    existing = parkings.select("x_m", "y_m").to_numpy().astype(np.float64)
    centres = _centres(points, existing, parameters, context.seed)
    if not len(centres):
        return ParkingSuggestionSchema.create_empty()
    crs = str(inputs["cities"]["crs"][0])
    rows = _describe(points, centres, existing, days, crs, parameters)
    return pl.DataFrame(rows, infer_schema_length=None).with_columns(
        city_id=pl.lit(context.city_id),
        suggestion_id=pl.format("{}:suggestion-{}", pl.lit(context.city_id), "rank"),
    )


def events_outside(rides: pl.DataFrame, *, has_parkings: bool) -> tuple[FloatArray, float]:
    """Places where rides ended or began outside every zone, and the days they span.

    A city without parkings has no outside: there every start and every end counts.

    Returns
    -------
    points, days
        Shape (n, 2), metres; days at least 1.
    """
    ends = rides.select(x="end_x_m", y="end_y_m", at="ended_at", outside="is_end_outside")
    starts = rides.select(x="start_x_m", y="start_y_m", at="started_at", outside="is_start_outside")
    events = pl.concat([ends, starts]).drop_nulls(["x", "y", "at"])
    if has_parkings:
        events = events.filter(pl.col("outside").fill_null(False))
    if events.is_empty():
        return np.empty((0, 2)), 1.0
    first, last = events["at"].min(), events["at"].max()
    assert isinstance(first, datetime)
    assert isinstance(last, datetime)
    days = max((last - first).total_seconds() / 86_400.0, 1.0)
    return events.select("x", "y").to_numpy().astype(np.float64), days


def capacity_of(events: int, days: float, dwell_h: float) -> int:
    """Places that suffice nine times in ten for the scooters that stand at once.

    Half the events are arrivals; the mean number standing is their rate times the dwell (Little,
    Operations Research 9, 1961), and with Poisson arrivals it is Poisson distributed.
    """
    standing = events / 2.0 / days * dwell_h / 24.0
    return max(int(poisson.ppf(0.9, standing)), 2)


def _centres(
    points: FloatArray, existing: FloatArray, parameters: ParkingSuggestionParameters, seed: int
) -> FloatArray:
    found = find_centres(
        points, parameters.bandwidth_m, parameters.min_bin_freq, parameters.most_points, seed
    )
    if not len(found):
        return found
    owner, _ = assign(points, found, parameters.bandwidth_m)
    kept = choose(
        found,
        np.bincount(owner[owner >= 0], minlength=len(found)),
        existing,
        min_distance_m=parameters.min_distance_m,
        least_count=parameters.least_events,
        most=parameters.most_suggestions,
    )
    return found[kept]


def _describe(
    points: FloatArray,
    centres: FloatArray,
    existing: FloatArray,
    days: float,
    crs: str,
    parameters: ParkingSuggestionParameters,
) -> list[dict[str, object]]:
    owner, distance = assign(points, centres, parameters.bandwidth_m)
    counts = np.bincount(owner[owner >= 0], minlength=len(centres))
    _, gaps = nearest(centres[:, 0], centres[:, 1], existing[:, 0], existing[:, 1])
    room = _room(centres, existing)
    latitude, longitude = unproject(centres[:, 0], centres[:, 1], crs)
    rows: list[dict[str, object]] = []
    for place in np.argsort(-counts, kind="stable"):
        spread = float(np.quantile(distance[owner == place], 0.8)) if counts[place] else 0.0
        radius = float(np.clip(spread, parameters.least_radius_m, parameters.largest_radius_m))
        radius = min(radius, float(room[place]))
        geojson = circle_zone(float(latitude[place]), float(longitude[place]), radius, crs)
        zone = parse_zone(geojson, crs)
        gap = float(gaps[place, 0])
        rows.append(
            {
                "rank": len(rows) + 1,
                "latitude": float(latitude[place]),
                "longitude": float(longitude[place]),
                "x_m": float(centres[place, 0]),
                "y_m": float(centres[place, 1]),
                "radius_m": radius,
                "zone_geojson": zone.geojson,
                "zone_polygon_m": zone.polygon_m,
                "area_m2": zone.area_m2,
                "event_count": max(int(counts[place]), 1),
                "share": float(counts[place] / len(points)),
                "nearest_parking_m": gap if math.isfinite(gap) else None,
                "capacity_count": capacity_of(int(counts[place]), days, parameters.dwell_h),
            }
        )
    return rows


def _room(centres: FloatArray, existing: FloatArray) -> FloatArray:
    """Largest radius that keeps a zone clear of its neighbours, shape (centres,)."""
    places = np.vstack([centres, existing])
    _, distance = nearest(centres[:, 0], centres[:, 1], places[:, 0], places[:, 1], count=2)
    return 0.49 * distance[:, 1]
