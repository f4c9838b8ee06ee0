"""One Chromium for the session, a fresh window for each test, and no complaint overlooked."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    expect,
    sync_playwright,
)
from pytest_httpserver import HTTPServer

from gallery.models import ImageItem
from tests.browser.filling import fill_long, fill_six
from tests.browser.stock import Stock

NAMES = ("chromium", "chromium-browser", "google-chrome")
WIDE = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
TELL_VIOLATIONS = """
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  console.error(`content policy: ${violatedDirective} ${blockedURI}`));
"""
MAX_MILLISECONDS = 60_000
HASHED = "gallery.web.static_storage.HashedStorage"
NOISE = "Transition was "
"""What Chromium reports as an error when it skips a view transition (w3c/csswg-drafts#13726)."""

# Playwright's loop runs in this thread, and Django takes that for an asynchronous caller.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"


def chromium() -> str | None:
    """The browser that CHROMIUM names, else the first that is found."""
    if named := os.environ.get("CHROMIUM"):
        return named
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or ("/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    skip = pytest.mark.skip(reason="no Chromium: install it, or name it by CHROMIUM=/path/to/chromium")
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.django_db(transaction=True))
            if not chromium():
                item.add_marker(skip)


class Watch:
    """What a window complains about: errors and warnings, broken policies, requests to elsewhere.

    `expect` names a part of a line that a test causes on purpose; it then has to appear.
    """

    def __init__(self) -> None:
        self.complaints: list[str] = []
        self.expected: list[str] = []

    def over(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_VIOLATIONS)
        context.on("console", self._hear)
        context.on("weberror", lambda error: self.complaints.append(f"page error: {error.error}"))
        context.on("request", self._follow)

    def expect(self, *lines: str) -> None:
        self.expected += lines

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.type}: {message.text} ({message.location['url']})")

    def _follow(self, request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme not in {"data", "blob"} and address.hostname != "127.0.0.1":
            self.complaints.append(f"request to elsewhere: {request.url}")

    def verdict(self) -> None:
        surprises = [
            line for line in self.complaints if not any(part in line for part in [NOISE, *self.expected])
        ]
        assert not surprises, "\n".join(["The browser complains:", *surprises])
        missing = [part for part in self.expected if not any(part in line for line in self.complaints)]
        assert not missing, f"The browser was expected to complain: {missing}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def site(live_server: Any) -> str:
    """The address of the running site."""
    return f"http://127.0.0.1:{live_server.thread.port}"


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def new_page(browser: Browser, site: str, watch: Watch) -> Iterator[Callable[..., Page]]:
    """Opens a window of its own: no cookie, no storage, no cache. Its complaints fail the test.

    Without motion, which halves the time of a navigation; reduced_motion="no-preference" has it.
    """
    contexts: list[BrowserContext] = []

    def open_page(**options: Any) -> Page:
        context = browser.new_context(
            **{"base_url": site, "viewport": WIDE, "reduced_motion": "reduce", **options}
        )
        context.set_default_timeout(MAX_MILLISECONDS)
        expect.set_options(timeout=MAX_MILLISECONDS)
        contexts.append(context)
        watch.over(context)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    watch.verdict()


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page()


@pytest.fixture
def plain(new_page: Callable[..., Page]) -> Page:
    """A window without JavaScript."""
    return new_page(java_script_enabled=False)


@pytest.fixture(autouse=True)
def home(settings: Any) -> None:
    """The site as `make run` starts it: on loopback, so that anybody there may add."""
    settings.HOST, settings.OPEN_UPLOADS, settings.ALLOWED_HOSTS = "127.0.0.1", True, ["*"]


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files as `collectstatic` makes them."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=folder, STORAGES={"staticfiles": {"BACKEND": HASHED}}):
        call_command("collectstatic", interactive=False, verbosity=0)
    return folder


@pytest.fixture(autouse=True)
def static_files(collected: Path, settings: Any) -> None:
    """Pages load what visitors load: stylesheets joined, names with hashes."""
    storage = {"BACKEND": HASHED, "OPTIONS": {"location": collected}}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": storage}
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    settings.STATICFILES_DIRS = [collected]


@pytest.fixture(scope="session")
def stock(tmp_path_factory: pytest.TempPathFactory) -> Stock:
    return Stock(tmp_path_factory.mktemp("stock"))


@pytest.fixture
def six(stock: Stock, site: str) -> dict[str, ImageItem]:
    """A library of six images, by title."""
    return {item.title: item for item in stock.put("six", fill_six)}


@pytest.fixture
def long(stock: Stock, site: str) -> list[ImageItem]:
    """A library of five pages of 48, newest first."""
    return stock.put("long", fill_long)


@pytest.fixture
def elsewhere(httpserver: HTTPServer, settings: Any) -> HTTPServer:
    """Another site, whose pictures may be fetched though it is on this machine."""
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    return httpserver
