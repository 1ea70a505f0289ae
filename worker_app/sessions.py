"""The signed cookie of a sign-in; the worker of the request at hand."""

from contextvars import ContextVar
from typing import Any

from itsdangerous import BadSignature, URLSafeTimedSerializer

from warehouse.settings import Settings
from worker_app.credentials import Worker, find_worker
from worker_app.database import Database

COOKIE = "moow_session"
#: A month, so that nobody types a PIN every morning; a new PIN ends all sign-ins at once.
LIFETIME_S = 30 * 24 * 3600

#: Who the request or websocket being served belongs to; pages read it, the guard sets it.
current_worker: ContextVar[Worker | None] = ContextVar("current_worker", default=None)


class Sessions:
    """Signs and reads session cookies with a secret kept under ``settings.home``."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._database = database
        secret = settings.secret("session_secret")
        self._serializer = URLSafeTimedSerializer(secret, salt="moow worker session")

    def issue(self, worker: Worker, pin_stamp: str) -> str:
        """Return the cookie's value for a worker who has just signed in."""
        return self._serializer.dumps([worker.worker_id, pin_stamp])

    def worker(self, cookie: str | None) -> Worker | None:
        """Return the signed-in worker; None when the cookie is missing, forged, old or revoked."""
        if not cookie:
            return None
        try:
            content: Any = self._serializer.loads(cookie, max_age=LIFETIME_S)
            worker_id, pin_stamp = content
        except (BadSignature, ValueError, TypeError):
            return None
        return find_worker(self._database, str(worker_id), str(pin_stamp))
