"""The Panel pages: thin views on the stores."""

from asyncio import to_thread
from collections.abc import Callable
from pathlib import Path
from typing import Any

import panel as pn

from worker_app.api import Services, route_answer, signed_in
from worker_app.components import (
    CrewList,
    DispatchBoard,
    DispatchMap,
    NextStop,
    RouteMap,
    StopList,
    drawn,
)
from worker_app.credentials import Worker
from worker_app.texts import texts

Page = Callable[[], Any]

_TEMPLATE = (Path(__file__).parent / "templates" / "page.html").read_text(encoding="utf-8")
#: How often a dispatcher's page reads the warehouse again.
_REFRESH_MS = 15_000


def route_page(services: Services) -> Page:
    """Return the page "my route" of the signed-in worker."""

    def page() -> pn.Template:
        worker = signed_in()
        snapshot = route_answer(services, worker)
        shell = _shell("route", worker)
        shell.add_panel("top", drawn(NextStop, snapshot))
        shell.add_panel("middle", drawn(RouteMap, snapshot))
        shell.add_panel("bottom", drawn(StopList, snapshot))
        return shell

    return page


def dispatch_page(services: Services) -> Page:
    """Return the page of all routes of the signed-in dispatcher's city; it keeps itself fresh."""

    def page() -> pn.Template:
        worker = signed_in()
        snapshot = _dispatch_answer(services, worker)
        views = {
            "top": drawn(DispatchBoard, snapshot),
            "middle": drawn(DispatchMap, snapshot),
            "bottom": drawn(CrewList, snapshot),
        }

        async def refresh() -> None:
            fresh = await to_thread(_dispatch_answer, services, worker)
            for view in views.values():
                view.snapshot = fresh

        state: Any = pn.state  # its annotations know no async callbacks
        state.add_periodic_callback(refresh, period=_REFRESH_MS)
        shell = _shell("dispatch", worker)
        for place, view in views.items():
            shell.add_panel(place, view)
        return shell

    return page


def _dispatch_answer(services: Services, worker: Worker) -> dict[str, Any]:
    snapshot = services.dispatch.snapshot(worker, services.clock())
    return {**snapshot, "texts": texts(worker.language), "tile_url": services.tile_url}


def _shell(name: str, worker: Worker) -> pn.Template:
    # The page lives on without its websocket, so nobody is told when a phone drops it.
    if pn.state.curdoc is not None:
        pn.state.curdoc.config.update(reconnect_session=True, notify_connection_status=False)
    shell = pn.Template(_TEMPLATE)
    shell.add_variable("page_name", name)
    shell.add_variable("page_language", worker.language)
    return shell
