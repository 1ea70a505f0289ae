"""A server that goes away in the middle, and comes back: a TCP proxy on loopback that can cut."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import suppress
from types import TracebackType


class Proxy:
    """Passes bytes on to a port of loopback until it is told to cut.

    Attributes
    ----------
    port
        Where it listens.
    passed
        Bytes passed on so far, both ways.
    cuts
        How often it has cut all connections.
    """

    def __init__(self, target_port: int) -> None:
        self._target = ("127.0.0.1", target_port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.passed = 0
        self.cuts = 0
        self._cut_at: int | None = None
        self._stays_away = False
        self._is_away = False
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._listener.close()
        self._cut()

    def cut_after(self, count: int, *, stays_away: bool = False) -> None:
        """Cut all connections once so many more bytes have passed; take none up until `heal`."""
        with self._lock:
            self._cut_at, self._stays_away = self.passed + count, stays_away

    def heal(self) -> None:
        """Come back."""
        with self._lock:
            self._cut_at, self._is_away = None, False

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_away:
                _reset(client)
                continue
            server = socket.create_connection(self._target)
            with self._lock:
                self._open |= {client, server}
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                with self._lock:
                    self.passed += len(data)
                    is_due = self._cut_at is not None and self.passed >= self._cut_at
                    if is_due:
                        self._cut_at, self._is_away = None, self._stays_away
                if is_due:
                    self.cuts += 1
                    self._cut()
                    return
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def _cut(self) -> None:
        with self._lock:
            victims, self._open = self._open, set()
        for one in victims:
            _reset(one)


def _reset(connection: socket.socket) -> None:
    """Close at once, so that the other side sees a reset rather than an end."""
    with suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    connection.close()
