"""The doctor on the app: whether it can listen where the settings say."""

import errno

import httpx

from moow.doctor.finding import Finding, Home
from warehouse.errors import MoowError

#: An app that runs says within so many seconds that it does.
_PATIENCE_S = 5.0


def look_at_app(home: Home) -> Finding:
    """Listen where the app would, for a moment; where something does already, ask what it is."""
    from moow.serving import check_port  # its pages take half a second to import

    host, port = home.settings.app_host, home.settings.app_port
    try:
        check_port(host, port, "MOOW_APP_PORT")
    except MoowError as error:
        cause = error.__cause__
        if getattr(cause, "errno", None) != errno.EADDRINUSE or not _is_ours(host, port):
            return Finding(False, f"App: {error}.")
        return Finding(True, f"App: it runs at {host}:{port}.")
    return Finding(True, f"App: moow app can listen on {host}:{port}.")


def _is_ours(host: str, port: int) -> bool:
    address = f"[{host}]" if ":" in host else host
    try:
        with httpx.Client(timeout=_PATIENCE_S, trust_env=False) as client:
            body = client.get(f"http://{address}:{port}/health").json()
    except (httpx.HTTPError, ValueError):
        return False
    return isinstance(body, dict) and "healthy" in body
