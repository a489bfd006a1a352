"""Pages in a real browser. Every test fails on a console error, a page error or a breach of the content policy.

Without Chromium the tests are skipped with one line; where HM_REQUIRE names `browser` they fail instead.
HM_SCREENSHOTS=folder keeps a picture wherever a test calls `shoot`.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Page

from tests import servers
from tests.browser.hands import Hands

# Playwright's loop makes Django believe that the test is asynchronous; it is not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
)
COLOURS = ["color-contrast", "link-in-text-block"]  # the rules that a theme can break; the others see no colour
# axe would fetch imported styles by addresses of its own making, and tell all that is well, for as long as it looks.
ASKED = {"preload": False, "resultTypes": ["violations"]}
WIDE, PHONE, NARROW = {"width": 1440, "height": 900}, {"width": 390, "height": 844}, {"width": 320, "height": 700}
# What reaches past the right edge, innermost first.
STICKS_OUT = """() => [...document.querySelectorAll('body *')].reverse()
    .filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .slice(0, 5).map(e => e.outerHTML.slice(0, 120))"""


FOUND = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
LACKS = "Chromium is not installed (set CHROMIUM to its path)"


def pytest_collection_modifyitems(config, items):
    """Begin with the slowest, and say in one line that there is no browser, for all tests of this folder together."""
    items.sort(key=lambda item: item.path.name != "test_every_page.py")  # else it is the last, on one worker alone
    ours = [item for item in items if item.path.is_relative_to(Path(__file__).parent)]
    if FOUND or servers.is_required("browser") or not ours:
        return
    first, *rest = ours
    first.add_marker(pytest.mark.skip(reason=f"{LACKS}; {len(ours)} tests are left out"))
    items[:] = [item for item in items if item not in rest]
    config.hook.pytest_deselected(items=rest)


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings, tmp_path_factory):
    """Keep the database in a file, as the product does.

    In memory the threads of the server share one connection, and two requests at once find a table locked.
    """
    if connection.vendor == "sqlite":
        connection.settings_dict["TEST"]["NAME"] = str(tmp_path_factory.mktemp("database") / "browser.sqlite3")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Start the machine's own Chromium."""
    servers.need("browser", FOUND, LACKS)
    return {**browser_type_launch_args, "executable_path": FOUND, "args": FLAGS.split()}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args):
    """Give every page the width of an office screen."""
    return {**browser_context_args, "viewport": WIDE}


@pytest.fixture
def expected() -> list[str]:
    """Parts of console messages that a test asks for: a 404 page says that it is one."""
    return []


@pytest.fixture
def page(page: Page, expected: list[str]):
    """A page that keeps what went wrong on it and fails the test for it."""
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    left = [words for words in wrong if not any(part in words for part in expected)]
    assert not left, "The browser complained:\n" + "\n".join(left)


@pytest.fixture
def visit(page: Page, live_server) -> Callable[..., Page]:
    """Open a path, signed in as somebody where a user is given, in a theme."""

    def go(path: str, *, user=None, theme="light", size=WIDE) -> Page:
        if user is not None:
            page.context.add_cookies([_session(user, live_server.url)])
        page.emulate_media(color_scheme=theme)
        page.set_viewport_size(size)
        page.goto(live_server.url + path)
        return page

    return go


def _session(user, url: str) -> dict:
    client = Client()
    client.force_login(user, "accounts.backends.Backend")
    name = settings.SESSION_COOKIE_NAME
    return {"name": name, "value": client.cookies[name].value, "url": url}


def breaches(page: Page, only: list[str] | None = None) -> str:
    """Return what axe says against a page, empty where it has nothing to say. only: the rules to ask, all unless said.

    Its script of half a megabyte is brought to a page once.
    """
    chosen = {"runOnly": {"type": "rule", "values": only}} if only else {}
    is_there = page.evaluate("typeof axe === 'object'")
    result = (Axe("0") if is_there else Axe()).run(page, options={**ASKED, **chosen})
    return str(result.generate_report()) if result.violations_count else ""


@pytest.fixture
def check_axe() -> Callable[..., None]:
    """Fail where axe finds a breach of accessibility rules. only: the rules to ask, all of them unless said."""

    def check(page: Page, only: list[str] | None = None) -> None:
        assert not (found := breaches(page, only)), found

    return check


@pytest.fixture
def look(check_axe, check_width) -> Callable[[Page], None]:
    """Fail where a page breaks rules of accessibility in either theme, or scrolls sideways on the smallest screen."""

    def both(page: Page) -> None:
        size = page.viewport_size
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        check_axe(page)
        page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        check_axe(page, only=COLOURS)
        page.set_viewport_size(NARROW)
        check_width(page)
        page.set_viewport_size(size)
        page.emulate_media(color_scheme="light", reduced_motion="reduce")

    return both


@pytest.fixture
def sit(new_context, live_server, expected) -> Callable[..., Hands]:
    """Sit somebody down at a keyboard: `sit(elena, "/queue/", has_script=False)`. What it says fails the test."""
    wrong: list[str] = []

    def down(user, path: str, *, has_script=True, size=WIDE) -> Hands:
        context = new_context(java_script_enabled=has_script, reduced_motion="reduce")
        context.add_cookies([_session(user, live_server.url)])
        page = context.new_page()
        page.set_viewport_size(size)
        page.on("console", lambda said: wrong.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: wrong.append(f"{page.url}: {error}"))
        page.goto(live_server.url + path)
        return Hands(page, layout="ru" if user.language == "ru" else "en", has_script=has_script)

    yield down
    left = [words for words in wrong if not any(part in words for part in expected)]
    assert not left, "The browser complained:\n" + "\n".join(left)


@pytest.fixture
def check_width() -> Callable[[Page], None]:
    """Fail where a page scrolls sideways."""

    def check(page: Page) -> None:
        wide, shown = page.locator("html").evaluate("e => [e.scrollWidth, e.clientWidth]")
        assert wide <= shown, f"{page.url} is {wide} px wide on a screen of {shown} px: {page.evaluate(STICKS_OUT)}"

    return check


@pytest.fixture
def shoot(page: Page) -> Callable[[str], None]:
    """Keep a picture of the page where HM_SCREENSHOTS names a folder."""

    def take(name: str) -> None:
        if folder := os.environ.get("HM_SCREENSHOTS"):
            page.screenshot(path=Path(folder) / f"{name}.png")

    return take
