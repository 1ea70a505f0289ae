from re import search
from typing import Any

import pytest
from fastapi.testclient import TestClient

pytestmark = pytest.mark.db


def connection_counts(client: TestClient) -> list[int]:
    app: Any = client.app
    contexts = app.state.panel._applications.values()
    return [session.connection_count for context in contexts for session in context.sessions]


def test_page_that_left_is_let_go(signed_in: TestClient) -> None:
    """A websocket that ends leaves no connection behind that would keep its session for good."""
    token = search(r'"token":"([^"]+)"', signed_in.get("/").text)
    assert token is not None
    with signed_in.websocket_connect("/ws", subprotocols=["bokeh", token[1]]) as websocket:
        assert "ACK" in websocket.receive_text()
        assert connection_counts(signed_in) == [1]
    assert connection_counts(signed_in) == [0]


def test_resources_come_from_the_app(signed_in: TestClient) -> None:
    """The page names no other host: all scripts and styles are served by the app, and packed."""
    page = signed_in.get("/").text
    assert search(r'(src|href)="(https?:)?//', page) is None
    script = search(r'src="(static/js/bokeh\.min\.js[^"]*)"', page)
    assert script is not None
    answer = signed_in.get(f"/{script[1]}", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
