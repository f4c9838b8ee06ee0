"""Everything that a mouse can do, keys do too; single keys only while they are wanted."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.usefixtures("six")


def focused(page: Page) -> str:
    """The title of the tile that has the focus."""
    return str(page.evaluate("document.activeElement.querySelector('img')?.alt"))


def test_slash_goes_to_the_query_bar_and_is_not_typed(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("re/d")

    expect(page.locator("#q")).to_be_focused()
    expect(page.locator("#q")).to_have_value("re/d")


def test_arrows_walk_the_tiles_and_enter_opens_one(page: Page, six: dict[str, Any]) -> None:
    page.set_viewport_size({"width": 820, "height": 700})
    page.goto("/?sort=name")
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Heather"
    page.keyboard.press("ArrowRight")
    assert focused(page) == "Lake"
    page.keyboard.press("ArrowDown")
    below = focused(page)
    assert below in {"Meadow", "Poppy", "Snow"}
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    assert focused(page) == "Heather"

    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"/image/{six['Heather'].pk}/\?sort=name"))


def test_arrows_in_a_field_stay_there(page: Page) -> None:
    page.goto("/search/?q=red")
    page.locator("#q").focus()
    page.keyboard.press("ArrowLeft")

    expect(page.locator("#q")).to_be_focused()


def test_s_searches_with_the_tile_in_focus_or_under_the_pointer(page: Page, six: dict[str, Any]) -> None:
    page.goto("/?sort=name")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Heather'].pk}$"))

    page.goto("/?sort=name")
    page.locator(".tile", has=page.get_by_alt_text("Lemon")).hover()
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Lemon'].pk}$"))


def test_s_on_an_image_searches_with_it(page: Page, six: dict[str, Any]) -> None:
    page.goto(f"/image/{six['Lake'].pk}/")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Lake'].pk}$"))


def test_escape_closes_what_is_on_top_then_goes_back_to_the_list(page: Page) -> None:
    page.goto("/search/?q=red")
    page.locator("#results .tile a").first.click()
    page.wait_for_url("**/image/*/*")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()

    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_hidden()
    expect(page).to_have_url(re.compile("/image/"))

    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))


def test_single_keys_can_be_switched_off_for_good(page: Page) -> None:
    page.goto("/")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    page.get_by_role("checkbox", name="Single-key shortcuts").uncheck()
    page.keyboard.press("Escape")
    page.reload()

    for key in ("/", "s", "?"):
        page.keyboard.press(key)

    expect(page.locator("#q")).not_to_be_focused()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/$"))
    page.keyboard.press("ArrowRight")  # no single letter: stays
    assert focused(page) == "Snow"


def test_keys_with_a_modifier_are_the_browser_s(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Control+/")
    page.keyboard.press("Alt+s")

    expect(page.locator("#q")).not_to_be_focused()
    expect(page).to_have_url(re.compile(r"/$"))


def test_the_first_tab_leads_past_the_navigation(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    assert page.evaluate("document.activeElement.closest('main') !== null")
