"""Filters and orders are links: each choice is an address, and Back takes it back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.driver import titles

pytestmark = pytest.mark.usefixtures("six")


def test_each_filter_narrows_and_back_undoes_it(page: Page) -> None:
    page.goto("/")
    page.locator("summary", has_text="Tag").click()
    page.get_by_role("link", name=re.compile("^flower")).click()
    titles(page, ["Heather", "Poppy"])
    page.locator("summary", has_text="Orientation").click()
    page.get_by_role("link", name="Portrait").click()
    titles(page, ["Heather"])
    page.get_by_role("link", name="Red", exact=True).click()
    expect(page.get_by_text("No image matches these filters.")).to_be_visible()
    expect(page).to_have_url(re.compile(r"/\?tag=flower&orientation=portrait&color=red$"))

    page.go_back()
    titles(page, ["Heather"])
    page.go_back()
    titles(page, ["Heather", "Poppy"])
    page.go_back()
    expect(page.locator(".tile")).to_have_count(6)


def test_a_choice_is_taken_back_by_choosing_it_again_and_all_by_clear(page: Page) -> None:
    page.goto("/?tag=land&orientation=landscape")
    titles(page, ["Lake", "Meadow"])

    page.locator("summary", has_text="land").first.click()
    page.get_by_role("link", name="land", exact=True).click()
    titles(page, ["Lake", "Meadow", "Poppy"])

    page.get_by_role("link", name="Clear").click()
    expect(page.locator(".tile")).to_have_count(6)


def test_menus_are_used_by_keyboard(page: Page) -> None:
    page.goto("/")
    page.locator("summary", has_text="State").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Failed")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Failed")).to_be_hidden()
    expect(page.locator("summary", has_text="State")).to_be_focused()

    page.keyboard.press("Space")
    for _ in ("Searchable", "Waiting", "Failed"):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/\?state=failed$"))
    expect(page.locator(".tile")).to_have_count(0)


def test_one_menu_is_open_at_a_time_and_a_click_beside_it_closes_it(page: Page) -> None:
    page.goto("/")
    page.locator("summary", has_text="Orientation").click()
    page.locator("summary", has_text="State").click()
    expect(page.locator("details.menu[open]")).to_have_count(1)

    page.get_by_role("heading", level=1).click()

    expect(page.locator("details.menu[open]")).to_have_count(0)


def test_a_tag_is_found_by_typing_it(page: Page) -> None:
    page.goto("/?color=blue")
    page.locator("summary", has_text="Tag").click()
    page.get_by_role("searchbox", name="Find a tag").fill("water")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"color=blue&tag=water"))
    titles(page, ["Lake"])


def test_orders_are_chosen_from_a_menu(page: Page) -> None:
    page.goto("/")
    page.locator("summary", has_text="Newest first").click()
    page.get_by_role("link", name="Name, A to Z").click()

    titles(page, ["Heather", "Lake", "Lemon", "Meadow", "Poppy", "Snow"])


def test_filters_narrow_a_search(page: Page) -> None:
    page.goto("/search/?q=red")
    page.locator("summary", has_text="Tag").click()
    page.get_by_role("link", name=re.compile("^flower")).click()
    titles(page, ["Poppy", "Heather"])

    page.fill("#q", "purple")

    titles(page, ["Heather", "Poppy"])
    expect(page).to_have_url(re.compile(r"tag=flower"))


def test_an_image_leads_through_the_list_that_it_was_opened_from(page: Page, six: dict[str, Any]) -> None:
    page.goto("/?tag=land&sort=name")
    page.get_by_role("link", name="Lake", exact=True).click()
    expect(page.get_by_text("2 of 3")).to_be_visible()

    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(rf"/image/{six['Meadow'].pk}/"))
    page.keyboard.press("ArrowLeft")
    page.get_by_role("link", name="Previous image").click()
    expect(page).to_have_url(re.compile(rf"/image/{six['Heather'].pk}/"))

    page.go_back()  # leafing is one step
    titles(page, ["Heather", "Lake", "Meadow"])
