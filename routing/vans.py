"""Where each van stands when its plan begins: at the depot, or after the stops already started."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from geography.crs import project
from routing.crew import CrewShift
from routing.problem import Place, Van

Row = dict[str, Any]

_CHANGES = {"pick_up": 1, "drop_off": -1}
_WORKED = frozenset({"begun", "done"})


@dataclass(frozen=True)
class VanState:
    """A shift with the route in force, if there is one, and its started stops in order."""

    shift: CrewShift
    route: Row | None
    kept: Sequence[Row]

    @property
    def last(self) -> Row:
        """The stop the worker turned to last, whatever the order on the route."""
        return max(self.kept, key=lambda stop: stop["begun_at"] or stop["done_at"])

    @property
    def load(self) -> int | None:
        """Scooters on board where that is known: fixed once a route of this shift has started."""
        if self.route is None or not self.kept:
            return None
        load = int(self.route["start_load_count"])
        for stop in self.kept:
            if stop["status"] in _WORKED:
                load += _CHANGES.get(stop["action"], 0) * int(stop["scooter_count"])
        return min(max(load, 0), self.shift.capacity)

    @property
    def batteries(self) -> int:
        """Fresh batteries left: every swap took one, and every empty scooter picked up."""
        used = 0
        for stop in self.kept:
            if stop["status"] in _WORKED and stop["action"] == "swap":
                used += int(stop["scooter_count"])
            elif stop["status"] in _WORKED and stop["action"] == "pick_up":
                used += sum("|low_battery|" in task for task in stop["task_ids"])
        return max(self.shift.battery_stock - used, 0)

    def free_at(self, as_of: datetime) -> datetime:
        """When the van can drive on: now, at the shift's start, or when the begun work is done."""
        moment = max(as_of, self.shift.starts_at)
        if self.kept and self.last["status"] == "begun":
            last = self.last
            moment = max(moment, last["begun_at"] + (last["departs_at"] - last["arrives_at"]))
        return min(moment, self.shift.ends_at)


def build_vans(
    states: Sequence[VanState],
    depot: Place,
    crs: str,
    as_of: datetime,
    origin_at: datetime,
    in_van_count: int,
) -> tuple[Van, ...]:
    """Vans of a problem whose second 0 is `origin_at`.

    Scooters that the marts see in vans and that no started route accounts for are shared out evenly
    among the vans whose load is open: such a van may start with any number up to its share.
    """
    shares = _shares(states, as_of, in_van_count)
    vans = []
    for state, share in zip(states, shares, strict=True):
        shift = state.shift
        least, most = (state.load, state.load) if state.load is not None else share
        assert least is not None
        assert most is not None
        vans.append(
            Van(
                van_id=f"{shift.worker_id}|{shift.vehicle_id}",
                worker_id=shift.worker_id,
                vehicle_id=shift.vehicle_id,
                capacity=shift.capacity,
                battery_stock=state.batteries,
                start=_place_after(state, crs) if state.kept else depot,
                end=depot,
                shift_start_s=int((state.free_at(as_of) - origin_at).total_seconds()),
                shift_end_s=int((shift.ends_at - origin_at).total_seconds()),
                start_load=least,
                start_load_most=most,
                skills=shift.skills,
            )
        )
    return tuple(vans)


def _shares(
    states: Sequence[VanState], as_of: datetime, in_van_count: int
) -> list[tuple[int, int]]:
    """Least and most start load of each van; a published start load stands once the shift began."""
    fixed: list[int | None] = []
    for state in states:
        published = None
        if state.route and max(state.shift.starts_at, state.route["first_published_at"]) < as_of:
            published = int(state.route["start_load_count"])
        fixed.append(state.load if state.load is not None else published)
    left = max(in_van_count - sum(load for load in fixed if load is not None), 0)
    waiting = sum(load is None for load in fixed)
    shares = []
    for state, load in zip(states, fixed, strict=True):
        if load is not None:
            bounded = min(load, state.shift.capacity)
            shares.append((bounded, bounded))
            continue
        share = -(-left // waiting)
        left, waiting = left - share, waiting - 1
        shares.append((0, min(share, state.shift.capacity)))
    return shares


def _place_after(state: VanState, crs: str) -> Place:
    last = state.last
    x_m, y_m = project([last["latitude"]], [last["longitude"]], crs)
    return Place(last["latitude"], last["longitude"], float(x_m[0]), float(y_m[0]))
