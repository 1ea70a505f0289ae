"""The app: FastAPI, its guard, the Panel pages, and the files a phone keeps."""

import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware

from warehouse.errors import WarehouseError
from warehouse.settings import Settings
from worker_app.actions import ActionStore
from worker_app.api import Clock, Services, error, make_router, preferred_language
from worker_app.database import Database
from worker_app.dispatch_store import DispatchStore
from worker_app.guard import Guard
from worker_app.pages import Page, dispatch_page, route_page
from worker_app.panel_server import add_pages
from worker_app.rendering import rendered, sentence_page
from worker_app.route_store import RouteStore
from worker_app.sessions import Sessions

_log = logging.getLogger(__name__)
_HERE = Path(__file__).parent


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    settings: Settings,
    warehouse_url: str,
    extra_pages: Mapping[str, tuple[str, Page]] | None = None,
    *,
    clock: Clock = _utc_now,
) -> FastAPI:
    """Return the app that serves workers and dispatchers.

    Parameters
    ----------
    settings
        Home of the session secret, and the address of map tiles.
    warehouse_url
        The Postgres that holds schema ``ops``.
    extra_pages
        More Panel pages, ``{path: (title, page)}``; only dispatchers may see them.
    clock
        Gives the present moment, in UTC.
    """
    services = make_services(settings, warehouse_url, clock)
    extra = dict(extra_pages or {})
    app = FastAPI(
        title="moow", docs_url=None, redoc_url=None, openapi_url=None, lifespan=_lifespan(services)
    )
    app.include_router(make_router(services))
    _add_files(app)
    _add_error_answers(app)
    pages = {
        "/": ("moow", route_page(services)),
        "/dispatch": ("moow", dispatch_page(services)),
        **extra,
    }
    add_pages(app, pages)
    # Panel's scripts are 3 MB, 0.8 MB packed: a phone loads them once and then keeps them.
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(
        Guard,
        sessions=services.sessions,
        dispatcher_paths=["/dispatch", "/api/dispatch", *extra],
    )
    return app


def make_services(settings: Settings, warehouse_url: str, clock: Clock) -> Services:
    """Return the stores of one app, on one pool of connections that is not open yet."""
    database = Database(warehouse_url)
    routes = RouteStore(database)
    return Services(
        database=database,
        sessions=Sessions(settings, database),
        routes=routes,
        dispatch=DispatchStore(database, routes),
        actions=ActionStore(database),
        clock=clock,
        tile_url=settings.tile_url,
    )


def _lifespan(services: Services) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        services.database.open()
        yield
        services.database.close()

    return lifespan


def _add_files(app: FastAPI) -> None:
    app.mount("/assets", StaticFiles(directory=_HERE / "assets"), name="assets")

    @app.get("/sign-in")
    def sign_in_page(request: Request) -> Response:
        language = preferred_language(request)
        return rendered("sign_in.html", language)

    @app.get("/offline")
    def offline_page(request: Request) -> Response:
        return rendered("offline.html", preferred_language(request))

    @app.get("/service-worker.js")
    def service_worker() -> Response:
        # At the root, because a service worker only serves the folder it came from.
        return FileResponse(
            _HERE / "assets" / "service_worker.js",
            media_type="text/javascript",
            headers={"Cache-Control": "no-cache"},
        )

    @app.get("/favicon.ico")
    def favicon() -> Response:
        return FileResponse(_HERE / "assets" / "icon.svg", media_type="image/svg+xml")


def _add_error_answers(app: FastAPI) -> None:
    @app.exception_handler(WarehouseError)
    def warehouse_down(_: Request, problem: WarehouseError) -> Response:
        return error(str(problem), 503)

    @app.exception_handler(RequestValidationError)
    def bad_body(_: Request, problem: RequestValidationError) -> Response:
        first = problem.errors()[0]
        place = ".".join(str(part) for part in first["loc"][1:]) or "The body"
        return error(f"{place}: {first['msg'].removeprefix('Value error, ')}.", 422)

    @app.exception_handler(HTTPException)
    def plain(request: Request, problem: HTTPException) -> Response:
        if request.url.path.startswith("/api/"):
            return error(f"{request.url.path}: {problem.detail}.", problem.status_code)
        detail, language = str(problem.detail), preferred_language(request)
        return sentence_page(f"{detail}.", language, problem.status_code)

    @app.exception_handler(Exception)
    def unforeseen(request: Request, problem: Exception) -> Response:
        _log.exception("request failed", extra={"path": request.url.path}, exc_info=problem)
        return JSONResponse({"error": "Something went wrong here; it has been noted."}, 500)
