"""Panel pages on a FastAPI app, with what a phone on a patchy network needs."""

from collections.abc import Mapping
from typing import Any

import panel as pn
from bokeh_fastapi.handler import WSHandler  # type: ignore[import-untyped]
from fastapi import FastAPI
from panel.io.fastapi import add_applications

from worker_app.pages import Page
from worker_app.sessions import COOKIE

#: A locked phone comes back within minutes; its page's session waits that long.
_UNUSED_LIFETIME_MS = 15 * 60 * 1000
_CHECK_UNUSED_MS = 60 * 1000


def add_pages(app: FastAPI, pages: Mapping[str, tuple[str, Page]]) -> None:
    """Mount pages, ``{path: (title, page)}``, with Panel's own resources served by the app."""
    pn.extension(
        reconnect=True, notifications=False, browser_info=False, global_loading_spinner=False
    )
    _release_lost_connections()
    app.state.panel = add_applications(
        {path: page for path, (_, page) in pages.items()},
        app=app,
        title={path: title for path, (title, _) in pages.items()},
        unused_session_lifetime_milliseconds=_UNUSED_LIFETIME_MS,
        check_unused_sessions_milliseconds=_CHECK_UNUSED_MS,
        # Bokeh writes what it includes into the page, where scripts could read the sign-in.
        exclude_cookies=[COOKIE],
        exclude_headers=["Cookie", "cookie"],
    )


def _release_lost_connections() -> None:
    """Let go of a session's connection when its websocket ends.

    bokeh-fastapi 0.1.8 leaves its receive loop without doing so, and sessions with a connection
    are never cleaned up: each page view would stay in memory for good.
    """
    if getattr(WSHandler, "releases_connections", False):
        return
    receive_loop = WSHandler._receive_loop

    async def receive_then_release(self: Any) -> None:
        try:
            await receive_loop(self)
        finally:
            if self.connection is not None:
                self.application.client_lost(self.connection)

    WSHandler._receive_loop = receive_then_release
    WSHandler.releases_connections = True
