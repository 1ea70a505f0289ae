"""The pages in a real browser, on a manager's screen and on a phone."""

import re
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
import uvicorn
from fastapi import FastAPI
from panel.io.fastapi import add_applications
from playwright.sync_api import Browser, Page, expect, sync_playwright

from dashboards.pages import build_pages
from warehouse.connection import Warehouse
from warehouse.settings import load_settings

pytestmark = pytest.mark.browser

SCREENS = [(1280, 800), (390, 844)]
CHROMIUM = "/usr/bin/chromium"
# A machine that runs other tests as well may take its time.
expect.set_options(timeout=20_000)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass
class Visit:
    """A page being looked at, and what it asked for and complained about."""

    page: Page
    addresses: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


#: Opens a path, on a screen of a size.
Visitor = Callable[..., Visit]


@pytest.fixture(scope="module")
def address(bi: Warehouse) -> Iterator[str]:
    """Address of a server with the dashboard of `bi`, and one of an empty database."""
    settings = load_settings(_env_file=None)
    nowhere = bi.url.rsplit("/", 1)[0] + "/postgres"
    pages = build_pages(settings, bi.url) | {
        "/empty": build_pages(settings, nowhere)["/dashboard"],
        "/down": build_pages(settings, "postgresql://nobody@127.0.0.1:1/none")["/dashboard"],
    }
    app = FastAPI()
    titles = {path: title for path, (title, _) in pages.items()}
    add_applications({path: page for path, (_, page) in pages.items()}, app=app, title=titles)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visitor]:
    """Opens a path of the server on a screen; what was opened is closed at the end."""
    pages: list[Page] = []

    def open_page(path: str, screen: tuple[int, int] = SCREENS[0]) -> Visit:
        page = browser.new_page(viewport={"width": screen[0], "height": screen[1]})
        pages.append(page)
        seen = Visit(page)
        page.on("request", lambda request: seen.addresses.append(request.url))
        page.on("pageerror", lambda error: seen.problems.append(str(error)))
        page.goto(address + path)
        return seen

    yield open_page
    for page in pages:
        page.close()


@pytest.mark.parametrize("screen", SCREENS)
def test_city_page(visit: Visitor, address: str, screen: tuple[int, int]) -> None:
    """The page shows figures, charts, map and tasks, fits the screen and asks only our server."""
    seen = visit("/dashboard?city=thessaloniki", screen)
    expect(seen.page.locator(".indicator")).to_have_count(5)
    expect(seen.page.locator(".map canvas").first).to_be_visible()
    expect(seen.page.locator("#freshness")).to_contain_text(
        "As of Mon 1 Jun 2026, 09:00 local time"
    )
    expect(seen.page.locator(".tasks tbody tr")).to_have_count(4)
    assert seen.page.evaluate("document.documentElement.scrollWidth") <= screen[0]
    assert not [each for each in seen.addresses if not re.match(rf"{address}|data:|blob:", each)]
    assert not seen.problems


def test_one_column_on_a_phone(visit: Visitor) -> None:
    """On a phone the cards stand under each other, each as wide as the screen allows."""
    seen = visit("/dashboard?city=thessaloniki", (390, 844))
    boxes = [card.bounding_box() for card in seen.page.locator("main > .card").all()]
    assert len(boxes) == 4
    assert all(box is not None and box["width"] > 350 for box in boxes)


def test_choosing_a_city(visit: Visitor) -> None:
    """Choosing another city shows it, and its address can be kept; old data is visible."""
    seen = visit("/dashboard")
    seen.page.get_by_label("City", exact=True).last.select_option("kozani")
    expect(seen.page.locator("h1")).to_have_text("Kozani")
    assert seen.page.url.endswith("?city=kozani")
    expect(seen.page.get_by_role("alert")).to_contain_text("Last ping 9 hours ago")
    expect(seen.page.locator("main")).to_contain_text("No forecast yet")


@pytest.mark.parametrize(
    ("path", "sentence"),
    [
        ("/dashboard?city=atlantis", "There is no city called 'atlantis' here."),
        ("/dashboard?city=newtown", "Newtown <b> has no data yet"),
        ("/empty", "Nothing to show yet"),
        ("/down", "The warehouse does not answer"),
    ],
)
def test_nothing_to_show(visit: Visitor, path: str, sentence: str) -> None:
    """Whatever is missing is said in a sentence."""
    seen = visit(path)
    expect(seen.page.locator("h1")).to_have_text(sentence)


def test_text_of_people_is_no_markup(visit: Visitor) -> None:
    """A name from the planning sheet is shown as written, never run."""
    seen = visit("/dashboard?city=%3Cimg src=x onerror=alert(1)%3E")
    expect(seen.page.locator("h1")).to_contain_text("<img src=x")
    assert seen.page.locator("h1 img, option b").count() == 0
