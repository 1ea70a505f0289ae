"""The door of the app: who may open which page, websocket and address."""

from collections.abc import Collection
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from warehouse.errors import WarehouseError
from worker_app.credentials import Worker
from worker_app.rendering import sentence_page
from worker_app.sessions import COOKIE, Sessions, current_worker
from worker_app.texts import text

#: Open to anybody: nothing here tells a thing about a city or a person.
_OPEN_PATHS = frozenset(
    {"/sign-in", "/api/sign-in", "/health", "/service-worker.js", "/offline", "/favicon.ico"}
)
_OPEN_FOLDERS = ("/assets/", "/static/")

_SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
}


class Guard:
    """ASGI middleware: asks for a sign-in, and for the role dispatcher where it is needed.

    Parameters
    ----------
    dispatcher_paths
        Pages, with their websockets, that only dispatchers may see.
    """

    def __init__(self, app: ASGIApp, sessions: Sessions, dispatcher_paths: Collection[str]) -> None:
        self._app = app
        self._sessions = sessions
        self._dispatcher_paths = tuple(path.rstrip("/") for path in dispatcher_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or websocket, or refuse it."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if _is_foreign(scope, headers):
            await _refuse(scope, receive, send, 403, text("foreign_origin", "en"))
            return
        if _is_open(scope["path"]):
            await self._app(scope, receive, _with_safety_headers(send))
            return
        await self._serve_signed_in(scope, receive, send, headers)

    async def _serve_signed_in(
        self, scope: Scope, receive: Receive, send: Send, headers: Headers
    ) -> None:
        try:
            worker = await run_in_threadpool(self._sessions.worker, _cookie(headers))
        except WarehouseError as error:
            await _refuse(scope, receive, send, 503, str(error))
            return
        if worker is None:
            await _ask_to_sign_in(scope, receive, send)
        elif not self._may_see(worker, scope["path"]):
            sentence = text("dispatchers_only", worker.language)
            await _refuse(scope, receive, send, 403, sentence, worker.language)
        else:
            mark = current_worker.set(worker)
            try:
                await self._app(scope, receive, _with_safety_headers(send))
            finally:
                current_worker.reset(mark)

    def _may_see(self, worker: Worker, path: str) -> bool:
        is_for_dispatchers = any(
            path == page or path.startswith(f"{page}/") for page in self._dispatcher_paths
        )
        return worker.is_dispatcher or not is_for_dispatchers


def _is_open(path: str) -> bool:
    return path in _OPEN_PATHS or path.startswith(_OPEN_FOLDERS)


def _is_foreign(scope: Scope, headers: Headers) -> bool:
    """Another site's page is trying to use the worker's cookie."""
    if scope["type"] == "http" and scope["method"] in {"GET", "HEAD", "OPTIONS"}:
        return False
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def _cookie(headers: Headers) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return None
    return None if morsel is None else morsel.value


async def _ask_to_sign_in(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope["path"]
    if scope["type"] == "websocket" or path.startswith("/api/"):
        await _refuse(scope, receive, send, 401, text("sign_in_first", "en"))
        return
    target = b"/sign-in" if path == "/" else f"/sign-in?next={quote(path)}".encode()
    await send({"type": "http.response.start", "status": 303, "headers": [(b"location", target)]})
    await send({"type": "http.response.body", "body": b""})


async def _refuse(
    scope: Scope, receive: Receive, send: Send, status: int, sentence: str, language: str = "en"
) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 4000 + status, "reason": sentence})
        return
    answer: Response = JSONResponse({"error": sentence}, status)
    if not scope["path"].startswith("/api/"):
        answer = sentence_page(sentence, language, status)
    await answer(scope, receive, _with_safety_headers(send))


def _with_safety_headers(send: Send) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in _SAFETY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return send_with_headers
