"""An app on a real Postgres with one day's route, its clock in the test's hand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from tests.worker_app.seeding import DISPATCHER, NOW, PIN, WORKER, seed_day, seed_people
from warehouse.connection import Warehouse
from warehouse.settings import Settings
from worker_app.credentials import Worker
from worker_app.database import Database
from worker_app.server import create_app


@dataclass
class Moment:
    """A clock that stands still until a test moves it."""

    now: datetime = field(default=NOW)

    def __call__(self) -> datetime:
        """Return the present moment."""
        return self.now

    def forward(self, **length: float) -> None:
        """Let time pass."""
        self.now += timedelta(**length)


@pytest.fixture
def moment() -> Moment:
    """The app's clock, at 08:40 in Thessaloniki."""
    return Moment()


@pytest.fixture
def day(warehouse: Warehouse) -> Warehouse:
    """A warehouse with a worker, a dispatcher and the worker's route of 14 stops."""
    seed_people(warehouse)
    seed_day(warehouse)
    return warehouse


@pytest.fixture
def database(day: Warehouse) -> Iterator[Database]:
    """The app's connections to the day's warehouse."""
    made = Database(day.url)
    made.open()
    yield made
    made.close()


@pytest.fixture
def client(settings: Settings, day: Warehouse, moment: Moment) -> Iterator[TestClient]:
    """Somebody's browser at the app, not signed in."""
    app = create_app(settings, day.url, clock=moment)
    with TestClient(app, base_url="http://testserver", follow_redirects=False) as made:
        yield made


@pytest.fixture
def worker() -> Worker:
    """The worker of the seeded route."""
    return Worker(WORKER, "thessaloniki", "worker", "en")


@pytest.fixture
def signed_in(client: TestClient) -> TestClient:
    """The worker's browser."""
    return sign_in(client, WORKER)


@pytest.fixture
def dispatcher(client: TestClient) -> TestClient:
    """The dispatcher's browser."""
    return sign_in(client, DISPATCHER)


def sign_in(client: TestClient, worker_id: str) -> TestClient:
    """Sign a worker in; the browser keeps the cookie."""
    answer = client.post("/api/sign-in", json={"worker_id": worker_id, "pin": PIN})
    assert answer.status_code == 200, answer.text
    return client
