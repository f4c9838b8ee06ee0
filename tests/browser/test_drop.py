"""A picture that is dropped anywhere searches; only the overlay's other target adds."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from gallery.models import ImageItem, QueryPicture
from tests.browser.conftest import Watch
from tests.browser.driver import File, best, drag, drop, stop_the_clock, titles
from tests.conftest import draw

pytestmark = pytest.mark.usefixtures("six")

RED = File("mine.png", draw("red", mark=1))
TEXT = File("notes.txt", b"Buy milk", "text/plain")


def test_a_dropped_file_searches_and_is_not_added(page: Page) -> None:
    page.goto("/")
    drop(page, "search", RED)

    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like mine.png")
    expect(page).to_have_url(re.compile(r"/search/\?like=[\w-]{20,}$"))
    best(page, "Poppy")
    assert ImageItem.objects.count() == 6
    assert QueryPicture.objects.count() == 1


@pytest.mark.parametrize("path", ["/image/{pk}/", "/search/?q=blue", "/add/", "/status/", "/login/"])
def test_it_does_so_on_every_page(page: Page, six: dict[str, ImageItem], path: str) -> None:
    page.goto(path.format(pk=six["Lake"].pk))
    drop(page, "search", RED)

    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like mine.png")


def test_a_search_with_a_picture_keeps_the_filters(page: Page) -> None:
    page.goto("/search/?q=blue&tag=flower")
    drop(page, "search", RED)

    titles(page, ["Poppy", "Heather"])
    expect(page).to_have_url(re.compile(r"\?like=[\w-]+&tag=flower$"))


def test_a_file_dropped_on_add_is_added_on_the_spot(page: Page) -> None:
    page.goto("/status/")
    drop(page, "add", RED, File("again.png", draw("blue")))

    expect(page.locator("#message")).to_contain_text("1 added, 1 already here")
    expect(page).to_have_url(re.compile("/status/$"))
    assert ImageItem.objects.get(title="mine")
    page.get_by_role("link", name="Show the library").click()
    expect(page.locator(".tile img").first).to_have_attribute("alt", "mine")


def test_what_cannot_be_added_is_named(page: Page, watch: Watch) -> None:
    watch.expect("status of 422")
    page.goto("/")
    drop(page, "add", TEXT)

    expect(page.get_by_role("alert")).to_contain_text("notes.txt")
    expect(page.locator("#message")).to_contain_text("0 added")
    assert ImageItem.objects.count() == 6


def test_a_file_that_is_no_picture_is_refused_in_a_sentence(page: Page, watch: Watch) -> None:
    watch.expect("status of 422")
    page.goto("/")
    drop(page, "search", TEXT)

    expect(page.get_by_role("alert")).to_contain_text("picture")
    expect(page).to_have_url(re.compile("/$"))
    assert not QueryPicture.objects.exists()


def test_a_link_without_a_picture_is_refused_in_a_sentence(page: Page) -> None:
    page.goto("/")
    drop(page, "search", **{"text/uri-list": "mailto:somebody@example.org"})

    expect(page.get_by_role("alert")).to_contain_text("There is no picture in what was dropped")


def test_an_image_of_the_library_is_dragged_onto_the_overlay(page: Page, six: dict[str, ImageItem]) -> None:
    stop_the_clock(page)
    page.goto("/")
    page.get_by_alt_text("Lake").hover()
    page.mouse.down()
    for x in (600, 620):  # the first move starts the drag, the second one is over the page
        page.mouse.move(x, 500)
    expect(page.get_by_role("dialog", name="Drop the picture")).to_be_visible()
    page.locator("[data-drop=search]").hover()
    page.mouse.up()

    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Lake'].pk}$"))
    assert not QueryPicture.objects.exists()


def test_a_picture_of_another_site_is_fetched_and_searched(page: Page, elsewhere: Any) -> None:
    elsewhere.expect_request("/sea.png").respond_with_data(draw("blue", mark=2), content_type="image/png")
    address = elsewhere.url_for("/sea.png")
    page.goto("/")
    html = f'<a href="https://shop.example/offer"><img src="{address}"></a>'
    drop(page, "search", **{"text/uri-list": "https://shop.example/offer", "text/html": html})

    best(page, "Lake")
    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like sea.png")


def test_escape_closes_the_overlay(page: Page) -> None:
    stop_the_clock(page)
    page.goto("/")
    drag(page, RED)
    expect(page.get_by_role("dialog", name="Drop the picture")).to_be_visible()

    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog", name="Drop the picture")).to_be_hidden()
    assert not QueryPicture.objects.exists()


def test_the_overlay_closes_when_the_drag_leaves_the_window(page: Page) -> None:
    stop_the_clock(page)
    page.goto("/")
    drag(page, RED)

    page.clock.run_for(1000)

    expect(page.get_by_role("dialog", name="Drop the picture")).to_be_hidden()


def test_whoever_may_not_add_is_offered_the_search_alone(page: Page, settings: Any) -> None:
    settings.OPEN_UPLOADS = False
    page.goto("/")
    drag(page, RED)

    expect(page.locator("[data-drop=add]")).to_have_count(0)
    expect(page.locator("[data-drop=search]")).to_be_visible()
