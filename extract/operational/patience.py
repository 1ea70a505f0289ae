"""Waiting for a server that goes away and comes back."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

#: Long enough for a restart of the server, short enough for an hourly run.
WAITS_S: tuple[float, ...] = (1.0, 4.0, 15.0)
#: What drivers say when the server is away, in words of pymysql and of the client in connectorx.
_AWAY = re.compile(
    r"refused|could not connect|can't connect|timed out|broken pipe|reset by peer|io error|"
    r"gone away|lost connection|disconnect|remaining on stream|was killed|interrupted|"
    r"unexpected eof|shutdown in progress|codecerror|aborted",
    re.IGNORECASE,
)
#: What is refused today is refused in a minute.
_FINAL = re.compile(r"access denied|unknown database|\b1045\b|\b1049\b|\b1044\b", re.IGNORECASE)


def patiently(action: Callable[[], Result], waits_s: Sequence[float]) -> Result:
    """Do something, and again after each wait while the server is away.

    Parameters
    ----------
    action
        Leaves nothing behind when it fails.
    waits_s
        Seconds before each further try; none tries once.

    Raises
    ------
    Exception
        Whatever the last try raised; at once when it does not say that the server is away.
    """
    for wait_s in waits_s:
        try:
            return action()
        except Exception as error:
            if not is_away(error):
                raise
            logger.warning(
                "the operational database went away (%s); trying again in %g s",
                reason_of(error),
                wait_s,
            )
            time.sleep(wait_s)
    return action()


def is_away(error: BaseException) -> bool:
    """Return whether an error says that the server is not there, rather than what is wrong."""
    text = str(error)
    return bool(_AWAY.search(text)) and not _FINAL.search(text)


def reason_of(error: BaseException) -> str:
    """Return what an error says in one line: the driver's own words, without its number."""
    origin = getattr(error, "orig", None) or error
    arguments: tuple[object, ...] = getattr(origin, "args", ())
    said = arguments[1] if len(arguments) == 2 and isinstance(arguments[0], int) else origin
    return str(said).strip().splitlines()[0] if str(said).strip() else type(origin).__name__
