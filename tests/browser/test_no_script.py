"""Without JavaScript plain links and plain forms do all of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.conftest import Watch
from tests.browser.driver import File, best, edit_image, log_in, titles
from tests.browser.filling import LONG, PAGE
from tests.conftest import draw

BLUE = File("sea.png", draw("blue", mark=1))


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    return new_page(java_script_enabled=False)


@pytest.mark.usefixtures("long")
@pytest.mark.parametrize("path", ["/?sort=name", "/search/?q=red&min=0"])
def test_a_list_is_walked_to_its_end_by_links(page: Page, path: str) -> None:
    seen: list[str] = []
    page.goto(path)
    for number in range(1, LONG // PAGE + 1):
        expect(page.locator(".tile").last).to_be_visible()  # none waits for the next page
        seen += page.locator(".tile").evaluate_all("tiles => tiles.map((tile) => tile.id)")
        following = page.get_by_role("link", name="Next page")
        if number < LONG // PAGE:
            following.click()
    expect(following).to_have_count(0)
    assert len(seen) == len(set(seen)) == LONG


@pytest.mark.usefixtures("six")
def test_filters_and_orders_are_links(page: Page) -> None:
    page.goto("/")
    page.locator("summary", has_text="Orientation").click()
    page.get_by_role("link", name="Landscape").click()
    page.locator("summary", has_text="Newest first").click()
    page.get_by_role("link", name="Name, A to Z").click()
    titles(page, ["Lake", "Meadow", "Poppy"])
    page.locator("summary", has_text="Tag").click()
    page.get_by_label("Find a tag").fill("water")
    page.keyboard.press("Enter")

    titles(page, ["Lake"])


@pytest.mark.usefixtures("six")
def test_words_are_searched_by_a_form(page: Page) -> None:
    page.goto("/")
    page.get_by_label("Search by words").fill("red")
    page.get_by_role("button", name="Search", exact=True).first.click()
    titles(page, ["Poppy", "Lemon", "Heather", "Snow"])

    page.locator("summary").filter(has_text=re.compile(r"^\d")).first.click()
    expect(page.locator(".tile").first).to_contain_text("Found by")


@pytest.mark.usefixtures("six")
def test_an_address_in_the_field_for_words_is_searched_with_by_a_button(page: Page, elsewhere: Any) -> None:
    elsewhere.expect_request("/sea.png").respond_with_data(draw("blue", mark=4), content_type="image/png")
    page.goto("/")
    page.locator("#q").fill(elsewhere.url_for("/sea.png"))
    page.locator("#q").press("Enter")
    page.get_by_role("button", name="Search with the picture at this address").click()
    best(page, "Lake")
    expect(page).to_have_url(re.compile(r"\?like=[\w-]+$"))


@pytest.mark.usefixtures("six")
def test_pictures_are_searched_by_a_form(page: Page, elsewhere: Any) -> None:
    page.goto("/search/?tag=water")
    page.locator("#picture-menu > summary").click()
    page.set_input_files("#picture-file", BLUE.payload)
    page.locator("#picture button").click()
    best(page, "Lake")
    expect(page).to_have_url(re.compile(r"\?like=[\w-]+&tag=water$"))

    elsewhere.expect_request("/snow.png").respond_with_data(draw("white", mark=2), content_type="image/png")
    page.locator("#picture-menu > summary").click()
    page.locator("#picture-url").fill(elsewhere.url_for("/snow.png"))
    page.locator("#picture button").click()
    best(page, "Snow")


@pytest.mark.usefixtures("six")
def test_what_cannot_be_searched_is_said_on_a_page(page: Page, watch: Watch) -> None:
    watch.expect("status of 422")
    page.goto("/search/")
    page.locator("#picture-menu > summary").click()
    page.set_input_files("#picture-file", File("scan.jpg", b"%PDF-1.7", "image/jpeg").payload)
    page.locator("#picture button").click()

    expect(page.get_by_role("alert")).to_contain_text("This is a PDF")
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search with anything")


@pytest.mark.usefixtures("six")
def test_an_image_is_turned_and_searched_with_by_links(page: Page) -> None:
    page.goto("/?sort=name")
    page.get_by_role("link", name="Heather", exact=True).click()
    page.get_by_role("link", name="Next image").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lake")
    page.get_by_role("link", name="Search with this").click()
    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like Lake")
    page.go_back()
    page.get_by_role("link", name="Library", exact=True).last.click()
    expect(page.locator(".tile")).to_have_count(6)


def test_pictures_are_added_by_file_and_by_address(page: Page, elsewhere: Any, watch: Watch) -> None:
    watch.expect("status of 422")
    elsewhere.expect_request("/snow.png").respond_with_data(draw("white"), content_type="image/png")
    elsewhere.expect_request("/gone.png").respond_with_data("", status=404)
    page.goto("/add/")
    page.get_by_label("Choose a file", exact=True).set_input_files(BLUE.payload)
    page.get_by_label("Tags for all").fill("sea")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("sea")
    expect(page.get_by_role("link", name="sea", exact=True)).to_have_attribute("href", "/?tag=sea")

    page.goto("/add/")
    page.get_by_label("Choose a file", exact=True).set_input_files(File("scan.png", b"%PDF-1.7").payload)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("This is a PDF")

    page.get_by_role("link", name="Addresses").click()
    addresses = [elsewhere.url_for(path) for path in ("/snow.png", "/gone.png")]
    page.get_by_label("Addresses of pictures").fill("\n".join(addresses))
    page.get_by_role("button", name="Add", exact=True).click()
    rows = page.get_by_role("list", name="Pictures").get_by_role("listitem")
    expect(rows.filter(has_text="/snow.png")).to_contain_text("Added")
    expect(rows.filter(has_text="/gone.png")).to_contain_text("404")
    assert ImageItem.objects.count() == 2


def test_a_curator_logs_in_edits_deletes_and_logs_out(
    page: Page, six: dict[str, ImageItem], curator: User
) -> None:
    log_in(page, "curator")
    edit_image(page, six["Lake"].pk, "Lake at noon", "water, noon")
    expect(page.get_by_role("link", name="noon", exact=True)).to_be_visible()

    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete “Lake at noon”").click()
    expect(page.get_by_text("“Lake at noon” was deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(5)

    page.get_by_role("button", name="Log out curator").first.click()
    expect(page.get_by_role("link", name="Log in").first).to_be_visible()


def test_what_failed_is_tried_again(page: Page, six: dict[str, ImageItem], curator: User) -> None:
    ImageItem.objects.filter(title="Lake").update(state="failed", reason="The server was away.")
    log_in(page, "curator")
    page.goto("/status/")
    expect(page.get_by_role("row", name="Lake")).to_contain_text("The server was away.")
    page.get_by_role("button", name="Try Lake again").click()

    expect(page.get_by_text("1 searchable now.")).to_be_visible()


def test_the_theme_is_a_plain_form(page: Page, site: str) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page.goto("/search/?q=red")
    light = page.evaluate(background)
    page.get_by_role("button", name="Switch to the dark theme").click()

    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))
    assert page.evaluate(background) != light


def test_nothing_is_offered_that_would_do_nothing(page: Page, six: dict[str, ImageItem]) -> None:
    for path in ("/", "/add/", f"/image/{six['Lake'].pk}/"):
        page.goto(path)
        for useless in page.locator("button[type=button], .js").all():
            expect(useless).to_be_hidden()
