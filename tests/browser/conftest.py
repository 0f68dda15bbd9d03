"""The console in a real browser: a server, a page for each role, and what every page has to pass.

def test_the_list_of_people_is_usable(page_for, passes):
    page = page_for(ADMINISTRATOR)
    page.goto("/people/")
    passes(page, "people")
"""

import json
import os
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import uvicorn
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect, sync_playwright

from console.factories import OrganisationFactory, PostFactory
from watchward.access.roles import Role

PROJECT = Path(__file__).parents[2]
VENDOR = PROJECT / "src/watchward/console/static/vendor"
AXE = PROJECT / "node_modules/axe-core/axe.min.js"
CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# The NHS back link stands between the header and the main part, in no landmark; that is the pattern's own choice.
OPTIONS = json.dumps({"runOnly": RULES, "rules": {"region": {"enabled": False}}})
NARROWEST = 320
SETTLE_SECONDS = 20
LONGEST_WAIT_MS = 120_000
"""No test is about speed, and a machine may be busy: only what never comes should fail."""

expect.set_options(timeout=LONGEST_WAIT_MS)

BROKEN = 500

# Playwright keeps an event loop in this thread, in which Django would refuse to touch the database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"


def pytest_collection_modifyitems(items):
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium():
    """One browser for all tests."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    assert VENDOR.is_dir(), "the web assets are missing: make src/watchward/console/static/vendor"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def _port():
    """The port of the console, which runs as in a node: the ASGI application on uvicorn."""
    from watchward.console.asgi import application  # noqa: PLC0415 - reads Django's settings

    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(
        uvicorn.Config(application, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def address(_port, transactional_db):  # noqa: ARG001 - the server's thread sees only what is committed
    """Where the console is; what the test stores is what it shows."""
    return f"http://localhost:{_port}"


@pytest.fixture
def new_page(chromium, address):
    """Open pages of strangers. Any error in a page's console fails the test."""
    contexts, errors = [], []

    def open_page():
        context = chromium.new_context(base_url=address, locale="en-GB", timezone_id="Europe/London")
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(LONGEST_WAIT_MS)
        page.on("response", lambda response: errors.append(response.url) if response.status >= BROKEN else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_fault(message) else None)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def _is_fault(message):
    """An error of ours; that the browser mentions a refusal (4xx) is none."""
    return message.type == "error" and not message.text.startswith("Failed to load resource: the server responded")


@pytest.fixture
def page_for(new_page):
    """Open a page for someone who is signed in: in a role over a new organisation, or in one that is given."""

    def sign_in(role: Role, organisation=None, *, user=None):
        organisation = organisation or OrganisationFactory()
        post = PostFactory(role=role.key, organisation=organisation, **({"user": user} if user else {}))
        page = new_page()
        client = Client()
        client.force_login(post.user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies(
            [{"name": cookie.key, "value": cookie.value, "domain": "localhost", "path": "/", "httpOnly": True}]
        )
        return page

    return sign_in


@pytest.fixture
def passes(request):
    """Check what every page owes its readers: the accessibility rules, and no sideways scrolling on a small phone."""
    folder = request.config.getoption("--screenshots")

    def check(page, name: str):
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
            page.screenshot(path=folder / f"{name}.png", full_page=True)
        page.locator("main").wait_for()  # a step that leads to another page may still be on its way
        found = _lasting_violations(page)
        assert found == [], "\n".join(_in_words(violation) for violation in found)
        size = page.viewport_size
        page.set_viewport_size({"width": NARROWEST, "height": 640})
        if folder:
            page.screenshot(path=folder / f"{name}-phone.png", full_page=True)
        assert _width_settled(page) <= NARROWEST, f"{name} scrolls sideways"
        page.set_viewport_size(size)

    return check


def _lasting_violations(page):
    """What breaks the accessibility rules once the page has come to rest.

    The header's script moves the links that have no room, a moment after a page has come and after each change of size:
    on a busy machine that can fall into the midst of a look, which then sees white links where they stand no longer.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while found := page.evaluate(AXE.read_text() + f"; axe.run(document, {OPTIONS})")["violations"]:
        if time.monotonic() > deadline:
            break
        page.wait_for_timeout(50)
    return found


def _width_settled(page):
    """How wide the page is; a busy machine takes a moment to lay it out anew.

    Asked for by one look after another: a wait inside the page needs `eval`, which the content policy refuses.
    """
    deadline = time.monotonic() + SETTLE_SECONDS
    while (width := page.evaluate("document.documentElement.scrollWidth")) > NARROWEST and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    return width


def _in_words(violation):
    where = "; ".join(" ".join(node["target"]) for node in violation["nodes"])
    return f"{violation['id']}: {violation['help']} ({where})"
