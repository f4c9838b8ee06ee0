"""The library in the browser: endless, steady under the eye, by mouse and by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE
from tests.browser.scrolling import PLACE, WATCH_SHIFTS, fill_library
from tests.conftest import add


def scroll_to_page(page: Page, number: int) -> None:
    """Scroll down as a person does, until so many pages of 48 are there."""
    wanted = re.compile(rf"upto={number}")
    for _ in range(100):
        if wanted.search(page.url):
            return
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(60)
    raise AssertionError(f"page {number} never came: {page.url}")


def test_back_returns_to_the_very_tile_and_pixel(page: Page) -> None:
    fill_library(200)
    page.goto("/")
    scroll_to_page(page, 4)
    tile = page.locator(".tile").nth(150)
    tile.scroll_into_view_if_needed()
    name = tile.get_attribute("id")
    before = page.evaluate(PLACE, name)
    tile.locator("a").first.click()
    page.wait_for_url("**/image/*/*")
    page.go_back()
    page.wait_for_function("(id) => document.getElementById(id)", arg=name)
    page.wait_for_function(
        "([id, top]) => Math.abs(document.getElementById(id).getBoundingClientRect().top - top) <= 1",
        arg=[name, before],
    )


def test_a_link_sent_to_a_friend_shows_the_same_depth(page: Page, new_page: Callable[..., Page]) -> None:
    fill_library(120)
    page.goto("/")
    scroll_to_page(page, 3)
    friend = new_page()
    friend.goto(page.url)
    expect(friend.locator(".tile")).to_have_count(120)


def test_nothing_shifts_while_the_library_loads_and_is_scrolled(page: Page) -> None:
    fill_library(240)
    page.add_init_script(WATCH_SHIFTS)
    page.goto("/")
    scroll_to_page(page, 5)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shifts") <= 0.02


def test_filters_narrow_by_mouse_and_back_undoes_them(page: Page) -> None:
    add("red", tags=["doors"], size=(60, 40))
    add("blue", tags=["sea"], size=(40, 60))
    page.goto("/")
    page.get_by_role("link", name="Blue", exact=True).click()
    expect(page.locator(".tile")).to_have_count(1)
    page.locator("summary", has_text="Orientation").click()
    page.get_by_role("link", name="Landscape").click()
    expect(page.locator(".tile")).to_have_count(0)
    page.go_back()
    expect(page.locator(".tile")).to_have_count(1)
    page.go_back()
    expect(page.locator(".tile")).to_have_count(2)


def test_tiles_are_walked_by_arrows_and_opened_by_enter(page: Page) -> None:
    fill_library(30)
    page.goto("/")
    page.keyboard.press("ArrowRight")
    first = page.evaluate("document.activeElement.closest('.tile').id")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.closest('.tile').id") == first
    page.keyboard.press("Enter")
    page.wait_for_url("**/image/*/*")


def test_single_keys_can_be_switched_off(page: Page) -> None:
    add("red")
    page.goto("/")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.locator("#single-keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") != "q"


def test_the_theme_changes_at_once_and_is_kept(page: Page) -> None:
    page.goto("/")
    page.locator(".top-end .to-dark").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.wait_for_load_state("networkidle")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_phone_s_first_view_is_light(new_page: Callable[..., Page]) -> None:
    fill_library(60)
    page = new_page(viewport=PHONE, device_scale_factor=3, has_touch=True, is_mobile=True)
    sizes: list[int] = []
    page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= 24
    assert sum(sizes) <= 350_000
