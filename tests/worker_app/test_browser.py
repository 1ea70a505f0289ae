import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.needs import need
from tests.worker_app.seeding import DISPATCHER, PIN, WORKER, publish, seed_marts
from warehouse.connection import Warehouse
from warehouse.settings import Settings
from worker_app.credentials import set_pin
from worker_app.server import create_app

pytestmark = [pytest.mark.browser, pytest.mark.db]

PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
}
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Site:
    """The app on a port of its own, which a test may stop and start again."""

    settings: Settings
    warehouse: Warehouse
    port: int
    _servers: list[tuple[uvicorn.Server, threading.Thread]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where the browser finds it."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Serve until `stop`."""
        app = create_app(self.settings, self.warehouse.url)
        ready = threading.Event()
        server = uvicorn.Server(
            uvicorn.Config(app, port=self.port, log_level="warning", timeout_graceful_shutdown=1)
        )
        startup = server.startup

        async def startup_then_tell(*args: Any, **kwargs: Any) -> None:
            await startup(*args, **kwargs)
            ready.set()

        server.startup = startup_then_tell  # type: ignore[method-assign]
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        assert ready.wait(60)
        self._servers.append((server, thread))

    def stop(self) -> None:
        """Stop serving, as when the app is restarted."""
        server, thread = self._servers.pop()
        server.should_exit = True
        thread.join(30)


@pytest.fixture
def site(settings: Settings, day: Warehouse) -> Iterator[Site]:
    """The app, served."""
    seed_marts(day)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        made = Site(settings, day, probe.getsockname()[1])
    made.start()
    yield made
    if made._servers:
        made.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium without a window."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    need(path, "Chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=path, args=_FLAGS)
        yield made
        made.close()


@pytest.fixture
def phone(browser: Browser, site: Site) -> Iterator[Callable[..., Page]]:
    """Makes phones; each fails the test when its page asks for anything of another host."""
    foreign: list[str] = []
    made: list[BrowserContext] = []

    def make(**options: Any) -> Page:
        context = browser.new_context(**{**PHONE, "locale": "en-GB", **options})
        context.set_default_timeout(60_000)
        made.append(context)
        page = context.new_page()
        page.on("request", lambda request: foreign.append(request.url))
        return page

    yield make
    for context in made:
        context.close()
    own = (site.url, "data:", "blob:")
    assert [url for url in foreign if not url.startswith(own)] == []


def sign_in(page: Page, site: Site, worker_id: str = WORKER) -> None:
    page.goto(f"{site.url}/sign-in")
    page.fill("[name=worker_id]", worker_id)
    page.fill("[name=pin]", PIN)
    page.click("button[type=submit]")


def card(page: Page, number: int, status: str = "planned") -> None:
    """Wait until the card shows that stop."""
    expect(
        page.locator(f".stop-card[data-stop$='-s{number}'][data-status={status}]")
    ).to_be_visible(timeout=60_000)


def controlled(page: Page) -> None:
    """Wait until the service worker keeps the page."""
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def settled(page: Page) -> None:
    """Wait until no tap waits on the phone."""
    page.wait_for_function(f"(localStorage.getItem('moow.queue.{WORKER}') ?? '[]') === '[]'")


def taps(warehouse: Warehouse) -> list[tuple[str, str]]:
    rows = warehouse.fetch(
        "select kind, stop_id from ops.worker_actions order by received_at, kind"
    )
    return [(row["kind"], row["stop_id"].rsplit("-", 1)[1]) for row in rows]


def test_route_on_a_phone(phone: Callable[..., Page], site: Site) -> None:
    """All parts of the route fit the screen, and what can be tapped is 48 pixels high."""
    page = phone()
    sign_in(page, site)
    card(page, 1)
    expect(page.locator(".progress")).to_have_attribute("data-progress", "0/14")
    expect(page.locator(".row")).to_have_count(14)
    expect(page.locator(".pin")).to_have_count(14)
    link = page.locator("[data-do=navigate]").get_attribute("href")
    assert link is not None
    assert "destination=40.635900,22.934200" in link
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    low = [
        box
        for target in page.locator("button:visible, a.button:visible").all()
        if (box := target.bounding_box()) and box["height"] < 48
    ]
    assert low == []


def test_begin_done_problem_reach_the_warehouse(phone: Callable[..., Page], site: Site) -> None:
    """Begin, done and a problem move the card on and are in Postgres; a reload shows the same."""
    page = phone()
    sign_in(page, site)
    card(page, 1)
    page.click("[data-do=begin]")
    card(page, 1, "begun")
    page.click("[data-do=done]")
    card(page, 2)
    page.click("[data-do=problem]")
    page.click("[data-reason=no_access]")
    card(page, 3)
    settled(page)
    assert taps(site.warehouse) == [("begin", "s1"), ("done", "s1"), ("problem", "s2")]
    page.reload()
    card(page, 3)
    expect(page.locator(".row[data-status=done]")).to_have_count(1)
    expect(page.locator(".row[data-status=problem]")).to_have_count(1)


def test_done_offline_arrives_once(phone: Callable[..., Page], site: Site) -> None:
    """A tap without network outlives a reload and is in Postgres once when back online."""
    page = phone()
    sign_in(page, site)
    card(page, 1)
    controlled(page)
    page.context.set_offline(True)
    page.click("[data-do=begin]")
    card(page, 1, "begun")
    page.click("[data-do=done]")
    card(page, 2)
    expect(page.locator(".strip")).to_have_attribute("data-waiting", "2")
    page.reload()
    card(page, 2)
    expect(page.locator(".strip")).to_have_attribute("data-waiting", "2")
    expect(page.locator(".row")).to_have_count(14)
    expect(page.locator(".pin")).to_have_count(14)
    assert taps(site.warehouse) == []
    page.context.set_offline(False)
    expect(page.locator(".strip")).to_have_count(0, timeout=60_000)
    settled(page)
    assert taps(site.warehouse) == [("begin", "s1"), ("done", "s1")]
    page.reload()
    card(page, 2)
    expect(page.locator(".progress")).to_have_attribute("data-progress", "1/14")


def test_answer_lost_on_the_way_is_harmless(phone: Callable[..., Page], site: Site) -> None:
    """When the server took a tap and its answer was lost, sending it again adds nothing."""
    page = phone()
    sign_in(page, site)
    card(page, 1)
    lost: list[int] = []

    def lose_first(route: Any) -> None:
        if lost:
            route.continue_()
            return
        lost.append(route.fetch().status)
        route.abort()

    page.route("**/api/actions", lose_first)
    page.click("[data-do=begin]")
    card(page, 1, "begun")
    settled(page)
    assert lost == [200]
    assert taps(site.warehouse) == [("begin", "s1")]


def test_restart_keeps_sign_in_and_route(phone: Callable[..., Page], site: Site) -> None:
    """After a restart of the app the worker is still signed in, and taps made meanwhile count."""
    page = phone()
    sign_in(page, site)
    card(page, 1)
    site.stop()
    page.click("[data-do=begin]")
    card(page, 1, "begun")
    site.start()
    page.evaluate("dispatchEvent(new Event('online'))")
    settled(page)
    page.reload()
    card(page, 1, "begun")
    assert taps(site.warehouse) == [("begin", "s1")]


def test_replan_appears_by_itself(phone: Callable[..., Page], site: Site) -> None:
    """A new plan replaces the old one on the phone without a reload."""
    page = phone()
    sign_in(page, site)
    card(page, 1)
    publish(site.warehouse, f"{WORKER}-r2", version=2, first=4)
    page.evaluate("dispatchEvent(new Event('online'))")
    card(page, 4)
    expect(page.locator(".toast")).to_have_text("Your route was updated.")


def test_end_of_route_and_no_route(phone: Callable[..., Page], site: Site) -> None:
    """A finished route says so; a worker for whom nothing is planned reads that, too."""
    site.warehouse.execute("update ops.route_stops set status = 'done'", {})
    page = phone()
    sign_in(page, site)
    expect(page.locator("[data-state=all-done]")).to_contain_text("14 stops done", timeout=60_000)
    set_pin(site.warehouse, "thessaloniki-9", PIN, city_id="thessaloniki")
    idle = phone()
    sign_in(idle, site, "thessaloniki-9")
    expect(idle.locator("[data-state=no-route]")).to_be_visible(timeout=60_000)


def test_greek(phone: Callable[..., Page], site: Site) -> None:
    """A Greek browser signs in in Greek, and a Greek worker's page is Greek throughout."""
    set_pin(site.warehouse, WORKER, PIN, city_id="thessaloniki", language="el")
    page = phone(locale="el-GR")
    page.goto(f"{site.url}/sign-in")
    expect(page.locator("button")).to_have_text("Σύνδεση")
    sign_in(page, site)
    card(page, 1)
    expect(page.locator(".stop-card .reason")).to_have_text("4 πάνω από τον στόχο των 6")
    expect(page.locator("[data-do=navigate]")).to_contain_text("Πλοήγηση")
    # Words keep off the edges of their buttons.
    for name in ("problem", "navigate", "begin"):
        button = page.locator(f"[data-do={name}]")
        inside = button.evaluate(
            "e => {const r = document.createRange(); r.selectNodeContents(e);"
            " return e.getBoundingClientRect().width - r.getBoundingClientRect().width}"
        )
        assert inside >= 12, (name, inside)
    assert page.evaluate("document.documentElement.lang") == "el"
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_position_is_shared_when_wished(phone: Callable[..., Page], site: Site) -> None:
    """Switched on in the menu, the phone's position reaches the dispatcher's page."""
    page = phone(geolocation={"latitude": 40.63, "longitude": 22.945}, permissions=["geolocation"])
    sign_in(page, site)
    card(page, 1)
    page.click(".bar .round")
    with page.expect_response("**/api/positions"):
        page.click("[role=switch]")
    expect(page.locator(".spot.me")).to_be_visible()
    desk = phone(viewport={"width": 1280, "height": 800}, is_mobile=False, has_touch=False)
    sign_in(desk, site, DISPATCHER)
    crew = desk.locator(f"[data-crew={WORKER}]")
    expect(crew).to_contain_text("seen just now", timeout=60_000)
    expect(desk.locator(".spot.me")).to_be_visible()


def test_wrong_pin_stays_on_the_page(phone: Callable[..., Page], site: Site) -> None:
    """A wrong PIN is told in words, and a worker does not get to the dispatcher's page."""
    page = phone()
    page.goto(f"{site.url}/")
    page.fill("[name=worker_id]", WORKER)
    page.fill("[name=pin]", "0000")
    page.click("button[type=submit]")
    expect(page.locator(".error")).to_have_text("That id and PIN do not match.")
    sign_in(page, site)
    card(page, 1)
    answer = page.goto(f"{site.url}/dispatch")
    assert answer is not None
    assert answer.status == 403
