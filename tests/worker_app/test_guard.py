from base64 import urlsafe_b64decode
from re import findall

import panel as pn
import pytest
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from tests.worker_app.conftest import Moment, sign_in
from tests.worker_app.seeding import DISPATCHER, PIN, WORKER
from warehouse.connection import Warehouse
from warehouse.settings import Settings
from worker_app.credentials import set_pin
from worker_app.server import create_app
from worker_app.sessions import COOKIE

pytestmark = pytest.mark.db


@pytest.fixture
def client(settings: Settings, day: Warehouse, moment: Moment):  # type: ignore[no-untyped-def]
    """A browser at an app with a dashboard mounted beside the workers' pages."""
    extra = {"/dashboard": ("Dashboards", lambda: pn.Column("# figures"))}
    app = create_app(settings, day.url, extra, clock=moment)
    with TestClient(app, follow_redirects=False) as made:
        yield made


@pytest.mark.parametrize("path", ["/", "/dispatch", "/dashboard", "/components/x", "/nowhere"])
def test_page_asks_for_a_sign_in(client: TestClient, path: str) -> None:
    """Whatever is not known to be open sends a stranger to the sign-in, and back afterwards."""
    answer = client.get(path)
    assert answer.status_code == 303
    wanted = "/sign-in" if path == "/" else f"/sign-in?next={path}"
    assert answer.headers["location"] == wanted


@pytest.mark.parametrize("path", ["/api/route", "/api/dispatch"])
def test_address_asks_for_a_sign_in(client: TestClient, path: str) -> None:
    """Addresses answer a stranger with 401 and a sentence, not with a page."""
    answer = client.get(path)
    assert (answer.status_code, answer.json()) == (401, {"error": "Sign in first."})


@pytest.mark.parametrize("path", ["/ws", "/dispatch/ws", "/dashboard/ws"])
def test_websocket_asks_for_a_sign_in(client: TestClient, path: str) -> None:
    """A page's websocket is closed to strangers as the page is."""
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect(path, subprotocols=["bokeh", "token"]),
    ):
        pass
    assert closed.value.code == 4401


@pytest.mark.parametrize("path", ["/dispatch", "/dispatch/", "/dashboard", "/api/dispatch"])
def test_dispatchers_only(client: TestClient, path: str) -> None:
    """A worker may not see the whole city; a dispatcher may."""
    assert sign_in(client, WORKER).get(path).status_code == 403
    assert sign_in(client, DISPATCHER).get(path).status_code != 403


def test_a_refusal_is_a_page_with_a_way_back(client: TestClient) -> None:
    """A worker who opens the dashboard reads why not and can go on; so does one who got lost."""
    for path, status, sentence in [
        ("/dashboard", 403, "This page is for dispatchers."),
        ("/nowhere", 404, "Not Found."),
    ]:
        answer = sign_in(client, WORKER).get(path, headers={"accept-language": "en"})
        assert (answer.status_code, answer.headers["content-type"]) == (
            status,
            "text/html; charset=utf-8",
        )
        assert sentence in answer.text
        assert 'href="/"' in answer.text


def test_dispatchers_only_websocket(client: TestClient) -> None:
    """A worker cannot reach the dashboards through their websocket either."""
    sign_in(client, WORKER)
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/dashboard/ws", subprotocols=["bokeh", "token"]),
    ):
        pass
    assert closed.value.code == 4403


def test_open_to_all(client: TestClient) -> None:
    """The sign-in, its files and the page for no network need no sign-in."""
    for path in ["/sign-in", "/offline", "/service-worker.js", "/assets/app.css", "/health"]:
        assert client.get(path).status_code == 200, path


def test_page_of_another_site_cannot_act(client: TestClient) -> None:
    """A post or websocket with a foreign Origin is refused though it brings the cookie."""
    sign_in(client, WORKER)
    foreign = {"Origin": "https://elsewhere.example"}
    assert client.post("/api/language", json={"language": "el"}, headers=foreign).status_code == 403
    with (
        pytest.raises(WebSocketDisconnect) as closed,
        client.websocket_connect("/ws", subprotocols=["bokeh", "token"], headers=foreign),
    ):
        pass
    assert closed.value.code == 4403
    own = {"Origin": "http://testserver"}
    assert client.post("/api/language", json={"language": "el"}, headers=own).status_code == 200


def test_forged_cookie_is_no_sign_in(client: TestClient) -> None:
    """A cookie that our secret did not sign is as good as none."""
    sign_in(client, WORKER)
    cookie = client.cookies[COOKIE]
    client.cookies.set(COOKIE, cookie[:-3] + "abc")
    assert client.get("/api/route").status_code == 401


def test_new_pin_signs_out(client: TestClient, day: Warehouse) -> None:
    """Setting a worker's PIN ends their sign-ins on every phone at once."""
    sign_in(client, WORKER)
    set_pin(day, WORKER, PIN, city_id="thessaloniki")
    assert client.get("/api/route").status_code == 401


def test_sign_in_survives_a_restart(
    client: TestClient, settings: Settings, day: Warehouse, moment: Moment
) -> None:
    """A cookie of one app is good for the next one on the same home, not on another home."""
    cookies = dict(sign_in(client, WORKER).cookies)
    again = create_app(settings, day.url, clock=moment)
    with TestClient(again, cookies=cookies) as restarted:
        assert restarted.get("/api/route").status_code == 200
    elsewhere = settings.model_copy(update={"home": settings.home / "other"})
    with TestClient(create_app(elsewhere, day.url, clock=moment), cookies=cookies) as other:
        assert other.get("/api/route").status_code == 401


def test_page_does_not_give_the_cookie_away(client: TestClient) -> None:
    """The page's source, which scripts can read, does not hold the sign-in cookie."""
    sign_in(client, WORKER)
    page = client.get("/").text
    cookie = client.cookies[COOKIE]
    assert cookie not in page
    parts = [part for token in findall(r'"token":"([^"]+)"', page) for part in token.split(".")]
    assert parts
    decoded = [urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
    assert not any(cookie.encode() in part for part in decoded)
