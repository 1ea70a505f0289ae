"""Everything that changes in a simulated city, and how it is kept between two commands."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

IDLE, RIDING, IN_VAN, IN_REPAIR, LOST, RETIRED, NOT_YET = range(7)
OUTSIDE = -1

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass
class Van:
    """A van: where it is, what is loaded, and how many batteries are left."""

    x_m: float
    y_m: float
    battery_stock: int
    load: list[int] = field(default_factory=list)


@dataclass
class Ride:
    """A ride under way; its end is known from its beginning."""

    ride_id: int
    scooter: int
    user: int
    started_s: float
    ended_s: float
    place: int
    battery_start: float
    battery_end: float
    distance_m: float
    path: list[tuple[float, float]]
    start_hdop: float
    end_hdop: float
    noise: tuple[float, float, float, float]


@dataclass
class CityState:
    """One city between two hours.

    Attributes
    ----------
    hour
        The next hour to simulate.
    x_m, y_m, battery_pct, mode, place
        One entry a scooter; `place` is a parking's position or OUTSIDE.
    since_s, since_battery
        When, and with what charge, the scooter came into its present state.
    is_low
        Its present state is low battery.
    silent_until_s
        Until then the scooter sends nothing.
    rides
        Rides under way by scooter.
    agenda
        Things to come: instant, kind, scooter; kept sorted by the loop that takes them.
    vans
        The crew.
    counters
        Last number given, by kind of row.
    late_messages
        Messages sent but not yet received: instant of reception and text.
    status_at_s
        When each scooter's status last changed.
    """

    hour: int
    x_m: Floats
    y_m: Floats
    battery_pct: Floats
    mode: Ints
    place: Ints
    since_s: Floats
    since_battery: Floats
    is_low: npt.NDArray[np.bool_]
    silent_until_s: Floats
    commissioned_s: Floats
    retired_s: Floats
    reported_lost: npt.NDArray[np.bool_]
    status_at_s: Floats
    rides: dict[int, Ride] = field(default_factory=dict)
    agenda: list[tuple[float, str, int]] = field(default_factory=list)
    vans: list[Van] = field(default_factory=list)
    counters: dict[str, int] = field(default_factory=dict)
    late_messages: list[tuple[float, str]] = field(default_factory=list)

    def next_number(self, kind: str) -> int:
        """Return the next number of one kind of row, from 1."""
        number = self.counters.get(kind, 0) + 1
        self.counters[kind] = number
        return number


_ARRAYS: dict[str, Any] = {
    "x_m": np.float64, "y_m": np.float64, "battery_pct": np.float64, "mode": np.int64,
    "place": np.int64, "since_s": np.float64, "since_battery": np.float64, "is_low": np.bool_,
    "silent_until_s": np.float64, "commissioned_s": np.float64, "retired_s": np.float64,
    "reported_lost": np.bool_, "status_at_s": np.float64,
}  # fmt: skip


def to_json(state: CityState) -> dict[str, Any]:
    """Turn a state into what JSON can hold; floats survive exactly."""
    document: dict[str, Any] = {name: getattr(state, name).tolist() for name in _ARRAYS}
    document["hour"] = state.hour
    document["rides"] = [vars(ride) for ride in state.rides.values()]
    document["vans"] = [vars(van) for van in state.vans]
    document["agenda"] = state.agenda
    document["counters"] = state.counters
    document["late_messages"] = state.late_messages
    return document


def from_json(document: dict[str, Any]) -> CityState:
    """Turn a document of `to_json` back into the same state."""
    arrays = {name: np.array(document[name], dtype=kind) for name, kind in _ARRAYS.items()}
    rides = {}
    for values in document["rides"]:
        path = [(float(x), float(y)) for x, y in values["path"]]
        noise = tuple(values["noise"])
        rides[int(values["scooter"])] = Ride(**{**values, "path": path, "noise": noise})
    return CityState(
        hour=int(document["hour"]),
        **arrays,
        rides=rides,
        agenda=[(float(at), str(kind), int(scooter)) for at, kind, scooter in document["agenda"]],
        vans=[Van(**values) for values in document["vans"]],
        counters=dict(document["counters"]),
        late_messages=[(float(at), str(text)) for at, text in document["late_messages"]],
    )
