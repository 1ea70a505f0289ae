"""What happened in one simulated hour."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from simulator.state import Ride


class Search(NamedTuple):
    """Somebody opened the app."""

    number: int
    user: int
    at_s: float
    x_m: float
    y_m: float
    available_count: int


class Event(NamedTuple):
    """The crew, or the office, did something to a scooter."""

    number: int
    scooter: int
    worker: str
    kind: str
    at_s: float
    x_m: float
    y_m: float
    battery_pct: float
    place: int


class Segment(NamedTuple):
    """A scooter stood still in one state; `end_s` is when that ended."""

    scooter: int
    state: str
    start_s: float
    end_s: float
    place: int
    x_m: float
    y_m: float
    start_battery: float
    end_battery: float


class Cancelled(NamedTuple):
    """A scooter was unlocked and given back at once."""

    ride_id: int
    scooter: int
    user: int
    started_s: float
    ended_s: float
    x_m: float
    y_m: float
    hdop: float
    battery_pct: float


@dataclass
class HourRecords:
    """Everything of one hour of one city.

    Attributes
    ----------
    hour
        Counted from 1970-01-01T00Z.
    rides
        Rides that ended in the hour.
    cancelled, searches, events, segments
        In order of time; segments are those that ended in the hour.
    silenced
        Scooters whose modem fell silent in the hour, and when.
    refused
        Orders that could not be carried out, and why.
    latent_mean, latent_count, served_count
        Demand by parking, shape (p,).
    average_count, empty_min
        Occupancy by available scooters, shape (p,).
    """

    hour: int
    rides: list[Ride] = field(default_factory=list)
    cancelled: list[Cancelled] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    silenced: list[tuple[int, float]] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)
    latent_mean: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    latent_count: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    served_count: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    average_count: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    empty_min: npt.NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
