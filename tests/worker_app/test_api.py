from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.worker_app.conftest import Moment, sign_in
from tests.worker_app.seeding import DISPATCHER, NOW, PIN, WORKER
from warehouse.connection import Warehouse

pytestmark = pytest.mark.db


def tap(**changes: Any) -> dict[str, Any]:
    return {
        "action_id": str(uuid4()),
        "kind": "done",
        "stop_id": f"{WORKER}-r1-s1",
        "happened_at": NOW.isoformat(),
        **changes,
    }


def test_sign_in_sets_a_cookie_that_scripts_cannot_read(client: TestClient) -> None:
    """The cookie is HttpOnly, SameSite, and leads each role to its page."""
    answer = client.post("/api/sign-in", json={"worker_id": f" {WORKER.upper()} ", "pin": PIN})
    assert answer.json()["home"] == "/"
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    boss = client.post("/api/sign-in", json={"worker_id": DISPATCHER, "pin": PIN})
    assert boss.json()["home"] == "/dispatch"


def test_https_makes_the_cookie_secure(client: TestClient) -> None:
    """Behind a proxy that speaks HTTPS the cookie never travels in the clear."""
    answer = client.post(
        "/api/sign-in",
        json={"worker_id": WORKER, "pin": PIN},
        headers={"X-Forwarded-Proto": "https"},
    )
    assert "secure" in answer.headers["set-cookie"].lower()


def test_wrong_and_unknown_get_the_same_answer(client: TestClient) -> None:
    """Nobody learns from a refused sign-in which workers exist."""
    wrong = client.post("/api/sign-in", json={"worker_id": WORKER, "pin": "0000"})
    unknown = client.post("/api/sign-in", json={"worker_id": "nobody", "pin": "0000"})
    assert (wrong.status_code, wrong.json()) == (unknown.status_code, unknown.json())
    assert wrong.status_code == 401


def test_lock_out_says_how_long(client: TestClient, moment: Moment) -> None:
    """Too many tries get 429 with the wait, in the browser's language; time heals it."""
    for _ in range(5):
        client.post("/api/sign-in", json={"worker_id": WORKER, "pin": "0000"})
    body = {"worker_id": WORKER, "pin": PIN}
    locked = client.post("/api/sign-in", json=body, headers={"Accept-Language": "el-GR"})
    assert locked.status_code == 429
    assert int(locked.headers["Retry-After"]) > 0
    assert "Περιμένετε" in locked.json()["error"]
    moment.forward(minutes=1)
    assert client.post("/api/sign-in", json=body).status_code == 200


def test_action_is_answered_and_shown(signed_in: TestClient) -> None:
    """A tap is answered with the stop's status, again the same, and the route shows it."""
    body = tap()
    first, again = (signed_in.post("/api/actions", json=body) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert signed_in.get("/api/route").json()["route"]["stops"][0]["status"] == "done"


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"kind": "explode"}, "kind"),
        ({"action_id": "7"}, "action_id"),
        ({"happened_at": "yesterday"}, "happened_at"),
        ({"happened_at": "2026-06-01T05:40:00"}, "happened_at"),
        ({"kind": "problem"}, "reason"),
        ({"kind": "problem", "reason": "bored"}, "reason"),
        ({"reason": "damaged"}, "reason"),
        ({"note": "x" * 501}, "note"),
    ],
)
def test_bad_action_gets_a_sentence(
    signed_in: TestClient, changes: dict[str, Any], named: str
) -> None:
    """A body that cannot be an action gets 422 and one sentence that names the field."""
    answer = signed_in.post("/api/actions", json=tap(**changes))
    assert answer.status_code == 422
    assert named in answer.json()["error"]


def test_unchanged_route_costs_no_bytes(signed_in: TestClient, moment: Moment) -> None:
    """A phone that has the route gets an empty 304, until something changes."""
    tag = signed_in.get("/api/route").headers["ETag"]
    moment.forward(minutes=3)
    same = signed_in.get("/api/route", headers={"If-None-Match": tag})
    assert (same.status_code, same.content) == (304, b"")
    signed_in.post("/api/actions", json=tap())
    assert signed_in.get("/api/route", headers={"If-None-Match": tag}).status_code == 200


def test_position_is_kept_once(signed_in: TestClient, day: Warehouse) -> None:
    """A position is kept, and sent again changes nothing."""
    body = {"happened_at": NOW.isoformat(), "latitude": 40.63, "longitude": 22.94}
    for _ in range(2):
        assert signed_in.post("/api/positions", json=body).status_code == 200
    assert len(day.fetch("select * from ops.worker_positions")) == 1


def test_impossible_position_is_refused(signed_in: TestClient) -> None:
    """A latitude beyond the pole is no position, nor is one of last week of any use."""
    body = {"happened_at": NOW.isoformat(), "latitude": 91, "longitude": 22.94}
    assert signed_in.post("/api/positions", json=body).status_code == 422
    old = {**body, "latitude": 40, "happened_at": "2026-05-20T00:00:00Z"}
    assert signed_in.post("/api/positions", json=old).status_code == 422


def test_language_is_remembered(signed_in: TestClient) -> None:
    """The language a worker picks stays theirs, in texts and reasons."""
    signed_in.post("/api/language", json={"language": "el"})
    shown = signed_in.get("/api/route").json()
    assert shown["texts"]["done"] == "Έτοιμο"
    assert shown["route"]["stops"][4]["reason"] == "Χωρίς σήμα εδώ και 31 ώρες"


def test_dispatcher_sees_the_city(client: TestClient) -> None:
    """Progress and the last position of each crew, from what the crews sent."""
    sign_in(client, WORKER)
    client.post("/api/actions", json=tap())
    here = {"happened_at": NOW.isoformat(), "latitude": 40.63, "longitude": 22.94}
    client.post("/api/positions", json=here)
    (crew,) = sign_in(client, DISPATCHER).get("/api/dispatch").json()["routes"]
    assert (crew["worker_id"], crew["done_count"], len(crew["stops"])) == (WORKER, 1, 14)
    assert crew["position"]["age_min"] == 0


def test_health_tells_of_the_warehouse(client: TestClient) -> None:
    """The health address answers without a sign-in."""
    assert client.get("/health").json() == {"healthy": True}
