"""Every image leads to those that are like it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.driver import best


def test_a_tile_s_button_searches_with_it(page: Page, six: dict[str, ImageItem]) -> None:
    page.goto("/")
    page.locator(".tile", has=page.get_by_alt_text("Poppy")).hover()
    page.get_by_role("link", name="Similar to Poppy").click()

    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like Poppy")
    best(page, "Lemon")
    expect(page.get_by_alt_text("Poppy", exact=True)).to_have_count(0)  # not like itself

    page.locator(".tile", has=page.get_by_alt_text("Lemon")).locator("a").first.focus()
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(rf"like={six['Lemon'].pk}$"))


def test_an_image_shows_what_is_like_it(page: Page, six: dict[str, ImageItem]) -> None:
    page.goto(f"/image/{six['Poppy'].pk}/")
    strip = page.get_by_role("region", name="Similar")
    expect(strip.locator(".tile img").first).to_have_attribute("alt", "Lemon")
    expect(strip.get_by_role("img", name=re.compile(r"^0\.\d\d, strong match$")).first).to_be_visible()

    strip.get_by_role("link", name="Lemon", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Lemon")


@pytest.mark.parametrize("link", ["Search with this", "See all, and refine"])
def test_an_image_is_searched_with(page: Page, six: dict[str, ImageItem], link: str) -> None:
    page.goto(f"/image/{six['Poppy'].pk}/")
    page.get_by_role("link", name=link).click()

    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Poppy'].pk}$"))
    best(page, "Lemon")
    expect(page.locator("#query-chips")).to_contain_text("Poppy")


def test_the_strip_goes_on(page: Page, long: list[ImageItem]) -> None:
    page.goto(f"/image/{long[0].pk}/")
    strip = page.locator("#similar .tile")
    expect(strip).to_have_count(18)

    page.get_by_role("link", name="More", exact=True).click()

    expect(strip).to_have_count(36)
    ids = strip.evaluate_all("tiles => tiles.map((tile) => tile.id)")
    assert len(set(ids)) == 36
