"""PINs of workers: how they are kept, checked, and how guessing is slowed down."""

import hashlib
import hmac
import os
import re
from base64 import b64decode, b64encode
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg import Connection

from warehouse.connection import Warehouse
from warehouse.errors import MoowError
from worker_app.database import Database, Row, query

#: scrypt's cost, block size and parallelism: 16 MB and some 40 ms a try (RFC 7914, section 2).
_COST, _BLOCK, _LANES = 2**14, 8, 1
#: Wrong PINs in a row that cost nothing; after them each doubles the wait.
FREE_TRIES = 5
_FIRST_WAIT = timedelta(seconds=30)
_LONGEST_WAIT = timedelta(minutes=15)


@dataclass(frozen=True)
class Worker:
    """Who is signed in.

    Attributes
    ----------
    worker_id, city_id
        As the planning sheet names them.
    role
        ``worker`` or ``dispatcher``.
    language
        ``en`` or ``el``.
    """

    worker_id: str
    city_id: str
    role: str
    language: str

    @property
    def is_dispatcher(self) -> bool:
        """May see the whole city and the dashboards."""
        return self.role == "dispatcher"


@dataclass(frozen=True)
class Refusal:
    """Why a sign-in failed: a wrong id or PIN, or too many tries until `wait_s` have passed."""

    wait_s: int = 0


def hash_pin(pin: str, salt: bytes | None = None) -> str:
    """Return the PIN's scrypt hash as ``scrypt$n$r$p$salt$key``."""
    salt = os.urandom(16) if salt is None else salt
    key = hashlib.scrypt(pin.encode(), salt=salt, n=_COST, r=_BLOCK, p=_LANES)
    costs = f"{_COST}${_BLOCK}${_LANES}"
    return f"scrypt${costs}${b64encode(salt).decode()}${b64encode(key).decode()}"


def matches(pin: str, pin_hash: str) -> bool:
    """Tell, in a time that does not depend on the answer, whether `pin` made `pin_hash`."""
    try:
        _, cost, block, lanes, salt, key = pin_hash.split("$")
        made = hashlib.scrypt(
            pin.encode(), salt=b64decode(salt), n=int(cost), r=int(block), p=int(lanes)
        )
    except ValueError:
        return False
    return hmac.compare_digest(made, b64decode(key))


#: Checked for unknown workers, so that an answer takes as long for them as for known ones.
_NOBODY = hash_pin("", b"no worker at all")


def set_pin(
    warehouse: Warehouse,
    worker_id: str,
    pin: str,
    *,
    city_id: str | None = None,
    role: str | None = None,
    language: str | None = None,
) -> None:
    """Give a worker a PIN; ends their earlier sign-ins and their lock-out.

    City, role and language come from ``marts.dim_workers`` unless given.

    Parameters
    ----------
    pin
        4 to 12 digits.

    Raises
    ------
    MoowError
        When the PIN is not 4 to 12 digits, or the worker is in no mart and `city_id` is not given.
    """
    if not re.fullmatch(r"[0-9]{4,12}", pin):
        raise MoowError(f"The PIN of {worker_id} must be 4 to 12 digits.")
    with warehouse.transaction() as connection:
        known = _known_worker(connection, worker_id)
        city = city_id or known.get("city_id")
        if not city:
            raise MoowError(f"{worker_id} is no worker of the planning sheet; add a row for them.")
        query(
            connection,
            """
            insert into ops.worker_credentials (worker_id, city_id, role, language, pin_hash)
            values (%(worker_id)s, %(city_id)s, %(role)s, %(language)s, %(pin_hash)s)
            on conflict (worker_id) do update set
                city_id = excluded.city_id, role = excluded.role, language = excluded.language,
                pin_hash = excluded.pin_hash, failed_count = 0, locked_until = null,
                updated_at = now()
            """,
            worker_id=worker_id,
            city_id=city,
            role=role or known.get("role") or "worker",
            language=language or known.get("language") or "en",
            pin_hash=hash_pin(pin),
        )


def _known_worker(connection: Connection[Any], worker_id: str) -> Row:
    there = query(connection, "select to_regclass('marts.dim_workers') as name")[0]["name"]
    if there is None:
        return {}
    found = query(
        connection,
        "select city_id, role, language from marts.dim_workers where worker_id = %(worker_id)s",
        worker_id=worker_id,
    )
    return found[0] if found else {}


def verify_pin(
    database: Database, worker_id: str, pin: str, now: datetime
) -> tuple[Worker, str] | Refusal:
    """Check a PIN and count a wrong one.

    Returns
    -------
    tuple of Worker and str, or Refusal
        The worker with the stamp of their PIN (`stamp`), or why not.
    """
    with database.transaction() as connection:
        found = query(
            connection,
            "select * from ops.worker_credentials where worker_id = %(worker_id)s for update",
            worker_id=worker_id,
        )
        if not found:
            matches(pin, _NOBODY)
            return Refusal()
        row = found[0]
        if row["locked_until"] is not None and row["locked_until"] > now:
            return Refusal(wait_s=int((row["locked_until"] - now).total_seconds()) + 1)
        if matches(pin, row["pin_hash"]):
            _count(connection, worker_id, 0, None)
            return _worker(row), stamp(row["pin_hash"])
        failed_count = row["failed_count"] + 1
        wait = wait_after(failed_count)
        _count(connection, worker_id, failed_count, now + wait if wait else None)
        return Refusal(wait_s=int(wait.total_seconds()))


def wait_after(failed_count: int) -> timedelta:
    """How long a worker is locked out after so many wrong PINs in a row."""
    if failed_count < FREE_TRIES:
        return timedelta()
    doublings = min(failed_count - FREE_TRIES, 10)
    factor: int = 2**doublings
    return min(_FIRST_WAIT * factor, _LONGEST_WAIT)


def _count(
    connection: Connection[Row], worker_id: str, failed_count: int, until: datetime | None
) -> None:
    query(
        connection,
        """
        update ops.worker_credentials set failed_count = %(failed_count)s, locked_until = %(until)s
        where worker_id = %(worker_id)s
        """,
        worker_id=worker_id,
        failed_count=failed_count,
        until=until,
    )


def find_worker(database: Database, worker_id: str, pin_stamp: str) -> Worker | None:
    """Return the worker if they still exist and their PIN is the one they signed in with."""
    row = database.row(
        "select * from ops.worker_credentials where worker_id = %(worker_id)s",
        worker_id=worker_id,
    )
    if row is None or not hmac.compare_digest(stamp(row["pin_hash"]), pin_stamp):
        return None
    return _worker(row)


def set_language(database: Database, worker_id: str, language: str) -> None:
    """Keep the language a worker chose."""
    database.rows(
        "update ops.worker_credentials set language = %(language)s where worker_id = %(worker_id)s",
        worker_id=worker_id,
        language=language,
    )


def stamp(pin_hash: str) -> str:
    """Return a short name of a PIN's hash: a new PIN, even an equal one, gets another."""
    return hashlib.sha256(pin_hash.encode()).hexdigest()[:16]


def _worker(row: Row) -> Worker:
    return Worker(row["worker_id"], row["city_id"], row["role"], row["language"])
