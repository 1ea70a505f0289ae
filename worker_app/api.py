"""The HTTP addresses behind the pages: JSON in, JSON out, errors with a sentence."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, BaseModel, Field, model_validator

from warehouse.errors import WarehouseError
from worker_app.actions import PROBLEMS, Action, ActionRefusedError, ActionStore, Kind
from worker_app.credentials import Refusal, Worker, set_language, verify_pin
from worker_app.database import Database
from worker_app.dispatch_store import DispatchStore, save_position
from worker_app.route_store import RouteStore
from worker_app.sessions import COOKIE, LIFETIME_S, Sessions, current_worker
from worker_app.texts import text, texts

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Services:
    """What the addresses and pages work with; one of each an app."""

    database: Database
    sessions: Sessions
    routes: RouteStore
    dispatch: DispatchStore
    actions: ActionStore
    clock: Clock
    tile_url: str


class SignIn(BaseModel):
    """Body of a sign-in."""

    worker_id: str = Field(min_length=1, max_length=80)
    pin: str = Field(min_length=1, max_length=20)


class ActionBody(BaseModel):
    """Body of a tap."""

    action_id: UUID
    kind: Kind
    stop_id: str = Field(min_length=1, max_length=200)
    happened_at: AwareDatetime
    reason: Literal[PROBLEMS] | None = None  # type: ignore[valid-type]
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _reason_with_problem(self) -> "ActionBody":
        if (self.kind == "problem") != (self.reason is not None):
            raise ValueError("a problem needs a reason, and only a problem has one")
        return self


class PositionBody(BaseModel):
    """Body of a position report; degrees and metres."""

    happened_at: AwareDatetime
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    accuracy_m: float | None = Field(default=None, ge=0, le=100_000)


class LanguageBody(BaseModel):
    """Body of a change of language."""

    language: Literal["en", "el"]


def signed_in() -> Worker:
    """Return the worker of this request; the guard lets nobody else through."""
    worker = current_worker.get()
    if worker is None:
        raise RuntimeError("a request for a worker's data came past the guard")
    return worker


def make_router(services: Services) -> APIRouter:
    """Return the addresses of the app, bound to `services`."""
    router = APIRouter()
    _add_sign_in(router, services)
    _add_worker(router, services)
    _add_reading(router, services)
    return router


def _add_sign_in(router: APIRouter, services: Services) -> None:
    @router.post("/api/sign-in")
    def sign_in(body: SignIn, request: Request) -> Response:
        language = preferred_language(request)
        worker_id = body.worker_id.strip().lower()
        checked = verify_pin(services.database, worker_id, body.pin.strip(), services.clock())
        if isinstance(checked, Refusal):
            return _refused_sign_in(checked, language)
        worker, pin_stamp = checked
        home = "/dispatch" if worker.is_dispatcher else "/"
        answer = JSONResponse({"worker_id": worker.worker_id, "role": worker.role, "home": home})
        answer.set_cookie(
            COOKIE,
            services.sessions.issue(worker, pin_stamp),
            max_age=LIFETIME_S,
            httponly=True,
            samesite="lax",
            secure=_is_https(request),
        )
        return answer

    @router.post("/api/sign-out")
    def sign_out() -> Response:
        answer = JSONResponse({"signed_out": True})
        answer.delete_cookie(COOKIE)
        return answer


def _add_worker(router: APIRouter, services: Services) -> None:
    @router.post("/api/actions")
    def act(body: ActionBody) -> Response:
        action = Action(**body.model_dump())
        try:
            outcome = services.actions.apply(signed_in(), action, services.clock())
        except ActionRefusedError as refusal:
            return JSONResponse({"error": str(refusal), "code": refusal.code}, refusal.status)
        return JSONResponse(outcome)

    @router.post("/api/positions")
    def report_position(body: PositionBody) -> Response:
        if abs((services.clock() - body.happened_at).total_seconds()) > 24 * 3600:
            return error("A position older than a day is of no use.", 422)
        save_position(services.database, signed_in(), body.model_dump())
        return JSONResponse({"saved": True})

    @router.post("/api/language")
    def choose_language(body: LanguageBody) -> Response:
        set_language(services.database, signed_in().worker_id, body.language)
        return JSONResponse({"language": body.language})


def _add_reading(router: APIRouter, services: Services) -> None:
    @router.get("/api/route")
    def read_route(request: Request) -> Response:
        return _answer(request, route_answer(services, signed_in()))

    @router.get("/api/dispatch")
    def read_dispatch(request: Request) -> Response:
        snapshot = services.dispatch.snapshot(signed_in(), services.clock())
        return _answer(request, snapshot)

    @router.get("/health")
    def health() -> Response:
        try:
            services.database.row("select 1 as one")
        except WarehouseError as problem:
            return JSONResponse({"healthy": False, "error": str(problem)}, 503)
        return JSONResponse({"healthy": True})


def route_answer(services: Services, worker: Worker) -> dict[str, Any]:
    """Return the worker's snapshot with the texts of their language and the map's background."""
    snapshot = services.routes.snapshot(worker, services.clock())
    return {**snapshot, "texts": texts(worker.language), "tile_url": services.tile_url}


def _answer(request: Request, content: dict[str, Any]) -> Response:
    # A phone asks often and little changes: a known answer costs it a few bytes.
    lasting = json.dumps({**content, "read_at": None}, sort_keys=True, default=str)
    tag = f'"{sha256(lasting.encode()).hexdigest()[:20]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return JSONResponse(content, headers=headers)


def _refused_sign_in(refusal: Refusal, language: str) -> Response:
    if not refusal.wait_s:
        return error(text("wrong_pin", language), 401)
    answer = error(text("locked", language, wait_s=refusal.wait_s), 429)
    answer.headers["Retry-After"] = str(refusal.wait_s)
    return answer


def error(sentence: str, status: int) -> JSONResponse:
    """Return an error as the phone expects it."""
    return JSONResponse({"error": sentence}, status)


def preferred_language(request: Request) -> str:
    """Return ``el`` for a browser that asks for Greek first, else ``en``."""
    wanted = request.headers.get("accept-language", "")
    return "el" if re.match(r"\s*el\b", wanted, re.IGNORECASE) else "en"


def _is_https(request: Request) -> bool:
    return "https" in (request.url.scheme, request.headers.get("x-forwarded-proto"))
