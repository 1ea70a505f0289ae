"""The address of the store of pings, as a setting."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator

_EXAMPLE = "for instance http://user:password@victoria-metrics:8428"


def check_store(text: str | None) -> str | None:
    """Return the address of a VictoriaMetrics without a slash at its end.

    Raises
    ------
    ValueError
        When it is no http or https address, or lacks a host.
    """
    if text is None:
        return None
    try:
        parts = urlsplit(text.strip())
        is_good = parts.scheme in ("http", "https") and bool(parts.hostname)
        is_good = is_good and (parts.port is None or parts.port > 0)
    except ValueError as error:
        raise ValueError(f"the address of a VictoriaMetrics, {_EXAMPLE}") from error
    if not is_good or parts.query or parts.fragment:
        raise ValueError(f"the address of a VictoriaMetrics, {_EXAMPLE}")
    return text.strip().rstrip("/")


StoreSetting = Annotated[str | None, AfterValidator(check_store)]
