"""Saved searches in the browser: saved, opened, followed; by pointer, by keyboard, and without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect

from gallery.models import SavedSearch
from tests.browser.conftest import PHONE, WIDE
from tests.browser.driver import log_in, titles
from tests.browser.test_accessibility import AT_REST, RULES, RUN

pytestmark = pytest.mark.usefixtures("six")


@pytest.fixture
def saved(uploader: User) -> SavedSearch:
    """“Reds”, which its owner has looked at before any image came."""
    long_ago = timezone.now() - timedelta(days=30)
    return SavedSearch.objects.create(
        owner=uploader, name="Reds", query="q=red", seen_at=long_ago, marked_from=long_ago
    )


def rail(page: Page, name: str = "Reds") -> str:
    """The link in the navigation."""
    link = page.get_by_role("navigation", name="Main", exact=True).get_by_role("link", name=name)
    expect(link).to_be_visible()
    return link.inner_text()


def test_a_search_is_saved_and_shows_what_comes(page: Page, uploader: User) -> None:
    log_in(page, "uploader")
    page.goto("/search/?q=red")
    page.locator("#save-search > summary").click()
    page.get_by_label("Name").fill("Reds")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))
    expect(page.get_by_text("Saved as “Reds”.")).to_be_visible()
    expect(page.get_by_role("link", name="Saved", exact=True).first).to_be_visible()
    assert rail(page) == "Reds"
    saved = SavedSearch.objects.get()
    saved.seen_at -= timedelta(days=30)
    saved.save()

    page.goto("/")

    badge = page.locator(f"#rail-new-{saved.pk}")
    expect(badge).to_have_text("3 new")
    badge.click()
    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))
    titles(page, ["Poppy", "Lemon", "Heather", "Snow"])
    expect(page.locator(".tile").first).to_contain_text("New")
    expect(badge).to_be_hidden()


def test_it_is_saved_renamed_and_deleted_by_keyboard(page: Page, uploader: User) -> None:
    log_in(page, "uploader")
    page.goto("/search/?q=red")
    page.locator("#save-search > summary").press("Enter")
    page.get_by_label("Name").press("Enter")  # named after the search
    expect(page.get_by_text("Saved as “red”.")).to_be_visible()

    page.goto("/searches/")
    page.get_by_text("Rename red").press("Enter")
    page.get_by_label("Name").fill("Reds")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Reds")).to_be_visible()

    page.get_by_text("Delete Reds").press("Enter")
    page.get_by_role("button", name="Delete “Reds”").press("Enter")
    expect(page.get_by_text("Nothing saved yet")).to_be_visible()


def test_a_refused_name_is_said_and_stays(page: Page, saved: SavedSearch, watch: Any) -> None:
    watch.expect("status of 422")
    log_in(page, "uploader")
    page.goto("/search/?q=blue")
    page.locator("#save-search > summary").click()
    page.get_by_label("Name").fill("REDS")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("already")
    expect(page.get_by_label("Name")).to_have_value("REDS")
    page.get_by_label("Name").fill("Blues")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page).to_have_url(re.compile(r"/search/\?q=blue$"))


def test_the_feed_is_followed_until_its_address_is_renewed(page: Page, saved: SavedSearch) -> None:
    log_in(page, "uploader")
    page.goto("/searches/")
    page.get_by_text("Feed of Reds").click()
    field = page.get_by_label("Address of the feed")
    address = field.input_value()
    assert [entry["title"] for entry in page.request.get(address).json()["items"]] == [
        "Heather",
        "Lemon",
        "Poppy",
    ]
    page.get_by_role("button", name="New address").click()
    expect(page.get_by_text("has a new address")).to_be_visible()
    assert page.request.get(address).status == 404


def test_all_of_it_works_without_script(plain: Page, uploader: User) -> None:
    log_in(plain, "uploader")
    plain.goto("/search/?q=red")
    plain.locator("#save-search > summary").click()
    plain.get_by_label("Name").fill("Reds")
    plain.get_by_role("button", name="Save", exact=True).click()
    plain.get_by_role("link", name="Saved", exact=True).first.click()
    plain.get_by_text("Rename Reds").click()
    plain.get_by_label("Name").fill("Warm")
    plain.get_by_role("button", name="Rename").click()
    plain.get_by_role("heading", name="Warm").get_by_role("link").click()
    titles(plain, ["Poppy", "Lemon", "Heather", "Snow"])


def test_on_a_phone_they_are_in_the_menu(new_page: Callable[..., Page], saved: SavedSearch) -> None:
    page = new_page(viewport=PHONE, has_touch=True)
    log_in(page, "uploader")
    page.goto("/")
    page.locator(".tabbar summary").tap()
    expect(page.locator(f"#more-new-{saved.pk}")).to_have_text("3 new")
    page.locator(".tabbar").get_by_role("link", name="Reds").tap()
    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))


@pytest.mark.parametrize("view", [WIDE, PHONE | {"height": 2400}], ids=["wide", "phone"])
def test_it_is_accessible(new_page: Callable[..., Page], saved: SavedSearch, view: dict[str, int]) -> None:
    page = new_page(viewport=view, bypass_csp=True)
    log_in(page, "uploader")

    def check(*within: str) -> None:
        if not page.evaluate("'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(AT_REST)
            found = AxeResults(page.evaluate(RUN, [within or "html", RULES]))
            assert not found.violations_count, f"{scheme}, {page.url}\n{found.generate_report()}"

    page.goto("/searches/")
    expect(page.locator(f"#list-new-{saved.pk}")).to_have_text("3 new")
    check()
    for summary in page.locator("#main details > summary").all():
        summary.click()
        check("#main details[open]")
    page.goto("/search/save?q=blue")
    check()
    page.goto(f"/searches/{saved.pk}/")
    check()
    page.goto("/search/?q=blue")
    page.locator("#save-search > summary").click()
    check("#save-search")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
