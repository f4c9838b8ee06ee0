"""Images of the library are selected, and searched with together."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.conftest import PHONE

Six = dict[str, ImageItem]


def select(page: Page, *titles: str) -> None:
    for title in titles:
        page.get_by_role("checkbox", name=f"Select {title}").check()


def address(six: Six, *titles: str) -> re.Pattern[str]:
    return re.compile(r"/search/\?" + "&".join(f"like={six[title].pk}" for title in titles) + "$")


def test_selected_images_are_searched_with(page: Page, six: Six) -> None:
    page.goto("/?sort=name")
    bar = page.get_by_role("form", name="Selection")
    expect(bar).to_be_hidden()
    select(page, "Lake", "Poppy")
    expect(bar).to_be_visible()
    expect(page.locator("#live")).to_have_text("2 selected")

    bar.get_by_role("button", name="Search with these").click()

    expect(page).to_have_url(address(six, "Lake", "Poppy"))
    expect(page.locator("#query-chips li")).to_have_count(2)


def test_x_selects_what_is_under_the_focus(page: Page, six: Six) -> None:
    page.goto("/?sort=name")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Select Heather")).to_be_checked()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="Select Heather")).not_to_be_checked()


def test_the_selection_is_cleared_and_kept_by_back(page: Page, six: Six) -> None:
    page.goto("/?sort=name")
    select(page, "Lake", "Poppy")
    page.get_by_role("link", name="Lake", exact=True).click()
    page.wait_for_url("**/image/**")
    page.go_back()
    expect(page.get_by_role("checkbox", name="Select Lake")).to_be_checked()

    page.get_by_role("button", name="Clear the selection").click()
    expect(page.get_by_role("form", name="Selection")).to_be_hidden()


@pytest.mark.usefixtures("long")
def test_no_more_are_selected_than_a_search_takes(page: Page) -> None:
    page.goto("/")
    boxes = page.get_by_role("checkbox", name=re.compile("^Select "))
    for number in range(12):
        boxes.nth(number).check()
    boxes.nth(12).click()

    expect(page.locator("#message")).to_contain_text("at most 12 pictures")
    expect(boxes.nth(12)).not_to_be_checked()


def test_without_script_boxes_and_button_are_there(plain: Page, six: Six) -> None:
    plain.goto("/?sort=name")
    select(plain, "Lake", "Poppy")
    plain.get_by_role("button", name="Search with these").click()

    expect(plain).to_have_url(address(six, "Lake", "Poppy"))


def test_on_a_phone_selecting_begins_with_a_button(new_page: Callable[..., Page], six: Six) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/?sort=name")
    expect(page.get_by_role("checkbox", name="Select Lake")).to_be_hidden()
    page.get_by_role("button", name="Select", exact=True).tap()
    page.get_by_role("checkbox", name="Select Lake").tap()
    page.get_by_role("button", name="Search with these").tap()

    expect(page).to_have_url(address(six, "Lake"))
