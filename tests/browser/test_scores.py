"""What tiles show of a score: the ring and its number, or the ring alone; the number stays in the name."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, WIDE

pytestmark = pytest.mark.usefixtures("six")

TWO_DIGITS = re.compile(r"^[01]\.\d\d$")


def opener(page: Page) -> Locator:
    """What opens Why on the first tile."""
    return page.locator("#results .why > summary").first


def open_help(page: Page) -> None:
    if page.viewport_size == PHONE:
        page.locator(".tabbar .more summary").click()
        page.get_by_role("button", name="Settings").click()
    else:
        page.get_by_role("button", name="Keyboard shortcuts").click()


def choose(page: Page, choice: str) -> None:
    """In the help sheet, which is closed again, with the pointer away from the tiles."""
    open_help(page)
    with page.expect_response("**/scores/"):
        page.get_by_role("radio", name=choice).check()
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)


@pytest.mark.parametrize("script", [True, False])
def test_numbers_are_shown_where_there_is_space(new_page: Callable[..., Page], script: bool) -> None:
    page = new_page(viewport=WIDE, java_script_enabled=script)
    page.goto("/search/?q=red")
    expect(opener(page).locator(".number")).to_be_visible()
    expect(opener(page).locator(".number")).to_have_text(TWO_DIGITS)

    page.set_viewport_size({"width": PHONE["width"], "height": PHONE["height"]})

    expect(opener(page).locator(".number")).to_be_hidden()
    expect(opener(page)).to_have_accessible_name(re.compile(r"^[01]\.\d\d, strong match: why\?$"))
    opener(page).click()
    expect(page.locator("#results .why[open] h3")).to_have_text(re.compile(r"^Strong match, [01]\.\d\d$"))
    expect(opener(page).locator(".number")).to_be_visible()


def test_rings_only_is_remembered_and_numbers_come_under_the_pointer(page: Page) -> None:
    page.goto("/search/?q=red")
    choose(page, "Rings only")
    expect(opener(page).locator(".number")).to_be_hidden()
    expect(opener(page)).to_have_accessible_name(re.compile(r"^[01]\.\d\d, strong match: why\?$"))

    page.reload()
    expect(page.locator("html")).to_have_attribute("data-scores", "rings")
    expect(opener(page).locator(".number")).to_be_hidden()
    page.locator("#results .tile").first.hover()
    expect(opener(page).locator(".number")).to_be_visible()

    open_help(page)
    expect(page.get_by_role("radio", name="Rings only")).to_be_checked()
    page.keyboard.press("Escape")
    choose(page, "By screen")
    expect(opener(page).locator(".number")).to_be_visible()


def test_a_phone_shows_numbers_when_asked(new_page: Callable[..., Page], six: dict[str, Any]) -> None:
    page = new_page(viewport=PHONE)
    page.goto("/search/?q=red")
    choose(page, "Rings with numbers")
    expect(opener(page).locator(".number")).to_be_visible()
    expect(page.locator("details.menu[open]")).to_have_count(0)

    page.goto(f"/image/{six['Poppy'].pk}/")

    similar = page.locator(".tile .why").first
    expect(similar.locator(".number")).to_be_visible()
    expect(similar).to_have_accessible_name(re.compile(r"^[01]\.\d\d, \w+ match$"))


def test_tiles_stay_where_they_are(page: Page) -> None:
    page.goto("/search/?q=red")
    tiles = page.locator("#results .tile")
    places = "tiles => tiles.map((tile) => tile.getBoundingClientRect().toJSON())"
    before = tiles.evaluate_all(places)
    choose(page, "Rings only")
    assert tiles.evaluate_all(places) == before
    tiles.first.hover()
    assert tiles.evaluate_all(places) == before
