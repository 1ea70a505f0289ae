"""Panel components of the pages; what they draw is in ``assets/``, shared with the offline page."""

from pathlib import Path
from typing import Any

import param
from panel.custom import JSComponent

_ASSETS = Path(__file__).parent / "assets"


def drawn(component: Any, snapshot: dict[str, Any]) -> Any:
    """Return `component`, one of the classes below, drawing `snapshot` at the page's width."""
    return component(snapshot=snapshot, sizing_mode="stretch_width")


class _Snapshot(JSComponent):
    """A component that draws one snapshot of a store."""

    snapshot = param.Dict(default={}, doc="What the store read from Postgres.")
    __abstract = True


class NextStop(_Snapshot):
    """Top bar, progress, the next stop as a card, and the buttons under the thumb."""

    _esm = _ASSETS / "components" / "next_stop.js"


class RouteMap(_Snapshot):
    """Zones, stops and the line of the route, with or without map tiles."""

    _esm = _ASSETS / "components" / "route_map.js"


class StopList(_Snapshot):
    """All stops in order."""

    _esm = _ASSETS / "components" / "stop_list.js"


class DispatchBoard(_Snapshot):
    """Top bar and figures of the city."""

    _esm = _ASSETS / "components" / "dispatch_board.js"


class CrewList(_Snapshot):
    """A card a crew: progress, next stop, when last seen."""

    _esm = _ASSETS / "components" / "crew_list.js"


class DispatchMap(_Snapshot):
    """All routes of the city and the workers' last positions."""

    _esm = _ASSETS / "components" / "dispatch_map.js"
