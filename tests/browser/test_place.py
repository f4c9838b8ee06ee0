"""A place in the results is never lost, whatever was changed before and after: hits, depth and pixel."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.filling import PAGE
from tests.browser.test_scroll import COMPLETE, MAX_SHIFT, MEASURE_SHIFTS, PLACE, SAME_PLACE

HITS = "[...document.querySelectorAll('#results .tile')].map((tile) => tile.id)"
Place = list[object]


def scroll_to_page(page: Page, number: int) -> None:
    tiles = page.locator("#results .tile")
    while tiles.count() < number * PAGE:
        count = tiles.count()
        page.locator("#next").evaluate("next => next.scrollIntoView()")
        expect(tiles).not_to_have_count(count)
    expect(page).to_have_url(re.compile(f"upto={number}"))


def place(page: Page, at: int) -> Place:
    """(a tile's id, where on the screen it is), after it was brought well into sight."""
    tile = page.locator("#results .tile").nth(at)
    tile.evaluate("tile => tile.scrollIntoView({ block: 'center' })")
    name = tile.get_attribute("id")
    return [name, page.evaluate(PLACE, name)]


def crop(page: Page, key: str) -> None:
    """Another part of the picture, by the keyboard."""
    before = page.url
    page.get_by_role("application").focus()
    page.keyboard.press(key)
    expect(page).not_to_have_url(before)
    expect(page.locator("#found.htmx-request")).to_have_count(0)


def test_back_from_an_image_leads_to_the_place_in_a_cropped_search(
    page: Page, new_page: Callable[..., Page], long: list[ImageItem]
) -> None:
    page.goto(f"/search/?like={long[0].pk}&min=0")
    crop(page, "Shift+ArrowLeft")
    scroll_to_page(page, 3)
    spot, hits = place(page, 2 * PAGE + 5), page.evaluate(HITS)
    page.locator(f"#{spot[0]} a").first.click()
    page.wait_for_url("**/image/**")

    page.go_back()
    page.wait_for_function(SAME_PLACE, arg=spot)
    assert page.evaluate(HITS) == hits
    page.reload()
    page.wait_for_function(SAME_PLACE, arg=spot)

    friend = new_page()
    friend.goto(page.url)
    assert friend.evaluate(HITS) == hits


def test_back_and_forward_over_a_crop_keep_the_place_of_each(page: Page, long: list[ImageItem]) -> None:
    page.goto(f"/search/?like={long[0].pk}&min=0")
    crop(page, "Shift+ArrowLeft")
    first = page.url
    scroll_to_page(page, 2)
    page.evaluate("scrollTo(0, 60)")
    page.get_by_role("application").evaluate("box => box.blur()")
    crop(page, "Shift+ArrowUp")
    scroll_to_page(page, 3)
    spot, hits = place(page, 2 * PAGE + 5), page.evaluate(HITS)

    page.go_back()
    expect(page).to_have_url(f"{first}&upto=2" if "upto" not in first else first)
    expect(page.locator("#results .tile")).to_have_count(2 * PAGE)
    page.wait_for_function("() => Math.abs(scrollY - 60) <= 1")

    page.go_forward()
    expect(page.locator("#results .tile")).to_have_count(3 * PAGE)
    page.wait_for_function(SAME_PLACE, arg=spot)
    assert page.evaluate(HITS) == hits


def test_back_after_a_chip_was_taken_away(page: Page, long: list[ImageItem]) -> None:
    page.goto(f"/search/?q=red&like={long[0].pk}&min=0")
    scroll_to_page(page, 3)
    spot, hits = place(page, 2 * PAGE + 5), page.evaluate(HITS)
    # (Playwright would scroll to where the bar, which sticks to the window, has its place in the page.)
    page.get_by_role("link", name="Remove words: red").evaluate("link => link.click()")
    expect(page).not_to_have_url(re.compile("q=red"))

    page.go_back()

    page.wait_for_function(SAME_PLACE, arg=spot)
    assert page.evaluate(HITS) == hits


@pytest.mark.parametrize("query", ["q=red", "like={pk}", "q=red&like={pk}"])
def test_nothing_shifts_while_results_load_and_are_scrolled(
    page: Page, long: list[ImageItem], query: str
) -> None:
    page.add_init_script(MEASURE_SHIFTS)
    page.goto(f"/search/?{query.format(pk=long[0].pk)}&min=0")
    scroll_to_page(page, 3)
    page.wait_for_function(f"() => {COMPLETE}")

    assert page.evaluate("window.shifts") <= MAX_SHIFT


def test_the_composer_stands_still_while_answers_come(page: Page, long: list[ImageItem]) -> None:
    page.add_init_script(MEASURE_SHIFTS)
    page.goto(f"/search/?like={long[0].pk}")
    page.wait_for_load_state("networkidle")
    box = page.locator(".composer").bounding_box()
    crop(page, "Shift+ArrowLeft")
    page.locator("#q").fill("red")
    expect(page).to_have_url(re.compile("q=red"))
    page.wait_for_load_state("networkidle")

    assert page.locator(".composer").bounding_box() == box
