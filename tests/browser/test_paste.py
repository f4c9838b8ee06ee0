"""Paste searches, never adds, and leaves alone who is typing."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gallery.models import ImageItem, QueryPicture
from tests.browser.conftest import Watch
from tests.browser.driver import best, paste
from tests.conftest import draw

pytestmark = pytest.mark.usefixtures("six")


@pytest.mark.parametrize("path", ["/", "/add/"])
def test_a_pasted_picture_searches_and_is_never_added(page: Page, path: str) -> None:
    page.goto(path)
    paste(page, draw("blue", mark=1))

    expect(page).to_have_url(re.compile(r"/search/\?like="))
    best(page, "Lake")
    assert ImageItem.objects.count() == 6


def test_a_picture_is_pasted_into_the_query_bar(page: Page) -> None:
    page.goto("/")
    page.locator("#q").focus()
    paste(page, draw("blue", mark=1))

    best(page, "Lake")


def test_the_pasted_address_of_a_picture_searches(page: Page, elsewhere: Any) -> None:
    elsewhere.expect_request("/sea.png").respond_with_data(draw("blue", mark=2), content_type="image/png")
    page.goto("/status/")
    paste(page, elsewhere.url_for("/sea.png"))

    best(page, "Lake")
    assert ImageItem.objects.count() == 6


def test_the_pasted_address_of_an_image_here_searches_with_it(
    page: Page, site: str, six: dict[str, ImageItem]
) -> None:
    page.goto("/")
    paste(page, f"{site}/image/{six['Lake'].pk}/?tag=water")

    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Lake'].pk}$"))


def test_an_address_that_leads_nowhere_is_said_in_place(page: Page, elsewhere: Any, watch: Watch) -> None:
    watch.expect("status of 422")
    elsewhere.expect_request("/gone.png").respond_with_data("", status=404)
    page.goto("/")
    paste(page, elsewhere.url_for("/gone.png"))

    expect(page.get_by_role("alert")).to_contain_text("404")
    expect(page).to_have_url(re.compile("/$"))


@pytest.mark.parametrize("text", ["lake at noon", "https://example.org/lake.png"])
def test_text_pasted_into_a_field_stays_text(page: Page, text: str) -> None:
    page.goto("/")
    page.locator("#q").focus()
    paste(page, text)

    expect(page.locator("#q")).to_have_value(text)
    expect(page).to_have_url(re.compile("/$"))
    assert not QueryPicture.objects.exists()


def test_other_text_pasted_beside_a_field_does_nothing(page: Page) -> None:
    page.goto("/")
    paste(page, "lake at noon")

    expect(page.locator("#message")).to_be_empty()
    expect(page).to_have_url(re.compile("/$"))


@pytest.mark.parametrize("path", ["/", "/search/?q=red", "/search/?refine=1"])
def test_an_address_in_the_field_for_words_searches_with_its_picture_on_enter(
    page: Page, elsewhere: Any, path: str
) -> None:
    elsewhere.expect_request("/sea.png").respond_with_data(draw("blue", mark=3), content_type="image/png")
    page.goto(path)
    page.locator("#q").fill(elsewhere.url_for("/sea.png"))
    page.locator("#q").press("Enter")

    expect(page).to_have_url(re.compile(r"/search/\?(?!.*q=).*like="))
    best(page, "Lake")
    assert ImageItem.objects.count() == 6
