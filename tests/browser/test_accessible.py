"""axe finds nothing on any page, in both themes, wide and narrow."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.contrib.auth.models import User
from playwright.sync_api import Page

from gallery.models import ImageItem
from tests.browser.conftest import PHONE, WIDE, Watch
from tests.conftest import add

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
PAGES = [
    "/",
    "/?color=blue",
    "/search/",
    "/search/?q=red",
    "/search/?q=harbour",
    "/image/{pk}/",
    "/add/",
    "/add/?from=urls",
    "/status/",
    "/nowhere/",
]


def look(page: Page, paths: list[str]) -> dict[str, str]:
    """Path → what axe found there."""
    found = {}
    for path in paths:
        page.goto(path)
        result = Axe().run(page, options=RULES)
        if result.violations_count:
            found[path] = result.generate_report()
    return found


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(
    new_page: Callable[..., Page], scheme: str, size: Any, curator: User, client: Any, site: str, watch: Watch
) -> None:
    watch.expect("404")
    items = [add(color, mark=mark, tags=["one", "two"]) for color in ("red", "blue") for mark in range(4)]
    ImageItem.objects.filter(pk=items[-1].pk).update(state="failed", reason="The server was away.")
    paths = [path.format(pk=items[0].pk) for path in PAGES]
    stranger = new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
    assert look(stranger, [*paths, "/login/"]) == {}
    client.force_login(curator)
    member = new_page(viewport=size, color_scheme=scheme, bypass_csp=True)
    member.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}]
    )
    assert look(member, [f"/image/{items[0].pk}/", "/status/"]) == {}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_empty_library_is_accessible(new_page: Callable[..., Page], scheme: str) -> None:
    assert look(new_page(color_scheme=scheme, bypass_csp=True), ["/"]) == {}
