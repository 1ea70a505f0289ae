"""A proxy that lets some paths of a server pass and refuses others, as an operator's may."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from tests.loopback import QuietHandler, http_running


@contextmanager
def hiding(url: str, *paths: str) -> Iterator[str]:
    """Serve what is at `url` but for `paths`, which are answered with 403; gives the address."""
    with httpx.Client(base_url=url, timeout=60.0, trust_env=False) as client:

        class Handler(QuietHandler):
            def answer(self) -> None:
                if self.path.startswith(paths):
                    self.reply(403, b"")
                    return
                content = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                try:
                    answer = client.request(self.command, self.path, content=content)
                except httpx.TransportError:
                    self.reply(502, b"")
                    return
                self.reply(answer.status_code, answer.content)

        with http_running(Handler) as address:
            yield address
