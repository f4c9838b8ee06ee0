"""The admin under our content policy: lists, change pages and actions, without a word in the console."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.driver import File
from tests.conftest import draw


@pytest.fixture
def desk(page: Page, staff: User, six: dict[str, ImageItem]) -> Page:
    """The admin's first page, logged in."""
    page.goto("/admin/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill("x")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page


def test_the_list_shows_thumbnails_and_is_filtered_and_searched(desk: Page) -> None:
    desk.get_by_role("link", name="Images", exact=True).click()
    pictures = desk.locator("#result_list .g-thumb img")
    expect(pictures).to_have_count(6)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        desk.wait_for_function("(image) => image.naturalWidth > 0", arg=picture.element_handle())

    desk.locator("#searchbar").fill("flower")
    desk.keyboard.press("Enter")
    expect(pictures).to_have_count(2)
    desk.locator("#changelist-filter").get_by_role("link", name="Hidden").click()
    expect(pictures).to_have_count(0)


def test_an_image_is_changed_beside_its_picture_and_neighbours(desk: Page, six: dict[str, ImageItem]) -> None:
    desk.goto(f"/admin/gallery/imageitem/{six['Poppy'].pk}/change/")
    expect(desk.locator(".g-view img")).to_be_visible()
    expect(desk.get_by_role("region", name="Most similar").get_by_role("link").first).to_contain_text("Lemon")

    desk.get_by_label("Title").fill("Poppy in June")
    desk.get_by_role("button", name="Save and continue editing").click()

    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    expect(desk.get_by_label("Title")).to_have_value("Poppy in June")


def test_tags_are_chosen_by_typing(desk: Page, six: dict[str, ImageItem]) -> None:
    desk.goto(f"/admin/gallery/imageitem/{six['Poppy'].pk}/change/")
    desk.locator(".field-tags .select2-search__field").press_sequentially("wat")
    desk.get_by_role("option", name="water").click()
    desk.get_by_role("button", name="Save", exact=True).click()

    expect(desk.get_by_text("was changed successfully")).to_be_visible()
    assert set(six["Poppy"].tags.values_list("name", flat=True)) == {"flower", "water"}


def test_images_are_hidden_and_published_by_an_action(desk: Page, six: dict[str, ImageItem]) -> None:
    desk.goto("/admin/gallery/imageitem/")
    for action, hidden in (("Hide", 2), ("Publish", 0)):
        for title in ("Lake", "Lemon"):
            desk.get_by_role("row", name=re.compile(title)).get_by_role("checkbox").check()
        desk.locator("select[name=action]").select_option(action)
        desk.get_by_role("button", name="Go").click()
        expect(desk.locator(".messagelist")).to_be_visible()
        assert ImageItem.objects.filter(visibility="hidden").count() == hidden


def test_a_picture_is_added_and_deleted(desk: Page) -> None:
    desk.goto("/admin/gallery/imageitem/add/")
    desk.locator("#id_picture").set_input_files(File("night.png", draw("blue", mark=5)).payload)
    desk.get_by_role("button", name="Save and continue editing").click()
    expect(desk.locator(".g-view img")).to_be_visible()
    assert ImageItem.objects.get(title="night").state == "ready"

    desk.get_by_role("link", name="Delete", exact=True).click()
    desk.get_by_role("button", name=re.compile("Yes")).click()
    expect(desk.get_by_text("was deleted successfully")).to_be_visible()


@pytest.mark.parametrize("name", ["tag", "apitoken", "querypicture", "vectorspace"])
def test_the_other_lists_are_as_quiet(desk: Page, name: str) -> None:
    desk.goto(f"/admin/gallery/{name}/")
    expect(desk.locator("#changelist")).to_be_visible()
    if desk.locator("#result_list th a").count():
        desk.locator("#result_list th a").first.click()
        expect(desk.locator("#content h1")).to_be_visible()
