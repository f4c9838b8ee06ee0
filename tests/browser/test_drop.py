"""A picture that is dropped anywhere searches; only the overlay's other target adds."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from gallery.models import ImageItem, QueryPicture
from tests.browser.driver import File, drop
from tests.conftest import add, draw


def test_a_dropped_file_searches_and_is_not_added(page: Page) -> None:
    add("red", title="Poppy")
    add("blue", title="Lake")
    page.goto("/")

    drop(page, "search", File("mine.png", draw("red", mark=1)))

    expect(page.get_by_role("heading", level=1)).to_contain_text("Like mine.png")
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", "Poppy")
    assert ImageItem.objects.count() == 2
    assert QueryPicture.objects.count() == 1
