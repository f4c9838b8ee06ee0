"""An endless list: as deep as its address says, still while it loads, and kept when somebody comes back."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.filling import LONG, PAGE

pytestmark = pytest.mark.usefixtures("long")

PLACE = "(id) => document.getElementById(id)?.getBoundingClientRect().top"
SAME_PLACE = f"([id, top]) => Math.abs(({PLACE})(id) - top) <= 1"
MEASURE_SHIFTS = """
  window.shifts = 0;
  new PerformanceObserver((list) => {
    for (const { hadRecentInput, value } of list.getEntries()) if (!hadRecentInput) window.shifts += value;
  }).observe({ type: "layout-shift", buffered: true });
"""
COMPLETE = "[...document.images].every((image) => image.loading === 'lazy' || image.complete)"
MAX_SHIFT = 0.02


def scroll_to_page(page: Page, number: int) -> None:
    """Scroll down, a screen at a time, until so many pages of the list are there."""
    tiles = page.locator("#grid .tile")
    while tiles.count() < number * PAGE:
        before = [page.evaluate("scrollY"), tiles.count()]
        page.mouse.wheel(0, 700)
        page.wait_for_function(
            "([y, count]) => scrollY > y || document.querySelectorAll('#grid .tile').length > count",
            arg=before,
        )


def choose_tile(page: Page, at: int) -> Any:
    """A tile of the list, brought well into sight; and (its id, its place) for `SAME_PLACE`."""
    tile = page.locator(".tile").nth(at)
    tile.evaluate("tile => tile.scrollIntoView({ block: 'center' })")
    name = tile.get_attribute("id")
    return tile, [name, page.evaluate(PLACE, name)]


def reload(page: Page) -> None:
    page.go_back()
    page.wait_for_function(
        "scrollY > 0"
    )  # a reload before the browser is back at the place would keep the top
    page.reload()


WAYS_BACK: dict[str, Callable[[Page], object]] = {
    "the browser's Back": lambda page: page.go_back(),
    "Back and a reload": reload,
    "the page's own link": lambda page: page.locator("a[data-back]").click(),
    "Esc": lambda page: page.keyboard.press("Escape"),
}


def test_every_way_back_returns_to_the_very_tile_and_pixel(new_page: Callable[..., Page]) -> None:
    page = new_page(reduced_motion="no-preference")
    page.goto("/")
    scroll_to_page(page, 4)
    for at, go_back in zip((150, 125, 101, 60), WAYS_BACK.values(), strict=True):
        tile, place = choose_tile(page, at)
        tile.locator("a").first.click()
        page.wait_for_url("**/image/*/")

        go_back(page)

        page.wait_for_url("**/?upto=4")
        page.wait_for_function(SAME_PLACE, arg=place)
        expect(page.locator("#grid .tile")).to_have_count(4 * PAGE)


def test_a_shared_link_shows_the_same_depth(page: Page, new_page: Callable[..., Page]) -> None:
    page.goto("/?sort=name")
    scroll_to_page(page, 3)
    expect(page).to_have_url(re.compile(r"/\?sort=name&upto=3$"))

    friend = new_page()
    friend.goto(page.url)

    ids = "[...document.querySelectorAll('#grid .tile')].map((tile) => tile.id)"
    assert friend.evaluate(ids) == page.evaluate(ids)


def test_the_list_ends_with_its_last_image(page: Page) -> None:
    page.goto("/?upto=4")
    scroll_to_page(page, 5)

    expect(page.locator("#grid .tile")).to_have_count(LONG)
    expect(page.locator("#grid .tile").last).to_be_visible()
    expect(page.locator("#next a")).to_have_count(0)


def test_nothing_shifts_while_the_list_loads_and_is_scrolled(page: Page) -> None:
    page.add_init_script(MEASURE_SHIFTS)
    page.goto("/")
    scroll_to_page(page, LONG // PAGE)
    page.wait_for_function(COMPLETE)

    assert page.evaluate("window.shifts") <= MAX_SHIFT


def test_results_are_as_endless_and_as_easy_to_come_back_to(page: Page) -> None:
    page.goto("/search/?q=red&min=0")
    tiles = page.locator("#results .tile")
    expect(tiles).to_have_count(PAGE)
    while tiles.count() < 3 * PAGE:
        count = tiles.count()
        page.locator("#next").evaluate("next => next.scrollIntoView()")
        expect(tiles).not_to_have_count(count)
    expect(page).to_have_url(re.compile(r"upto=3"))
    tile, place = choose_tile(page, 2 * PAGE + 10)
    tile.locator("a").first.click()
    page.wait_for_url("**/image/*/*")
    page.go_back()

    page.wait_for_function(SAME_PLACE, arg=place)


def test_a_page_that_does_not_come_is_said_and_a_link_remains(page: Page, watch: Any) -> None:
    watch.expect("ERR_FAILED", "error: htmx:")
    page.goto("/")
    page.route("**/?upto=2*", lambda route: route.abort())
    page.locator("#next").evaluate("next => next.scrollIntoView()")

    expect(page.get_by_role("alert")).to_contain_text("does not answer")
    page.unroute_all()
    page.get_by_role("link", name="Next page").click()
    expect(page).to_have_url(re.compile(r"after=[\w.:-]+"))
    expect(page.locator("#grid .tile").first).to_be_visible()


def test_back_gives_the_focus_to_the_tile_that_was_opened(page: Page) -> None:
    page.goto("/")
    tiles = page.locator("#grid .tile")
    for step in (5, 6):  # on from there
        opened, name = tiles.nth(step).locator("a").first, tiles.nth(step).get_attribute("id")
        if step == 5:
            opened.focus()
        else:
            page.keyboard.press("ArrowRight")
        expect(opened).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/image/*/")
        page.keyboard.press("Escape")

        expect(page.locator(f"#{name} a").first).to_be_focused()
