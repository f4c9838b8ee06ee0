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
def admin(page: Page, staff: User, six: dict[str, ImageItem]) -> Page:
    """The admin's first page, logged in."""
    page.goto("/admin/")
    page.get_by_label("Username").fill("staff")
    page.get_by_label("Password").fill("x")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    return page


def test_the_list_shows_thumbnails_and_is_filtered_and_searched(admin: Page) -> None:
    admin.get_by_role("link", name="Images", exact=True).click()
    pictures = admin.locator("#result_list .g-thumb img")
    expect(pictures).to_have_count(6)
    for picture in pictures.all():
        picture.scroll_into_view_if_needed()
        admin.wait_for_function("(image) => image.naturalWidth > 0", arg=picture.element_handle())

    admin.locator("#searchbar").fill("flower")
    admin.keyboard.press("Enter")
    expect(pictures).to_have_count(2)
    admin.locator("#changelist-filter").get_by_role("link", name="Hidden").click()
    expect(pictures).to_have_count(0)


def test_an_image_is_changed_beside_its_picture_and_neighbours(
    admin: Page, six: dict[str, ImageItem]
) -> None:
    admin.goto(f"/admin/gallery/imageitem/{six['Poppy'].pk}/change/")
    expect(admin.locator(".g-view img")).to_be_visible()
    expect(admin.get_by_role("region", name="Most similar").get_by_role("link").first).to_contain_text(
        "Lemon"
    )

    admin.get_by_role("textbox", name="Title").fill("Poppy in June")
    admin.get_by_role("button", name="Save and continue editing").click()

    expect(admin.get_by_text("was changed successfully")).to_be_visible()
    expect(admin.get_by_role("textbox", name="Title")).to_have_value("Poppy in June")


def test_tags_are_chosen_by_typing(admin: Page, six: dict[str, ImageItem]) -> None:
    admin.goto(f"/admin/gallery/imageitem/{six['Poppy'].pk}/change/")
    admin.locator(".field-tags .select2-search__field").press_sequentially("wat")
    admin.get_by_role("option", name="water").click()
    admin.get_by_role("button", name="Save", exact=True).click()

    expect(admin.get_by_text("was changed successfully")).to_be_visible()
    assert set(six["Poppy"].tags.values_list("name", flat=True)) == {"flower", "water"}


def test_images_are_hidden_and_published_by_an_action(admin: Page, six: dict[str, ImageItem]) -> None:
    admin.goto("/admin/gallery/imageitem/")
    for action, hidden in (("Hide", 2), ("Publish", 0)):
        for title in ("Lake", "Lemon"):
            admin.get_by_role("row", name=re.compile(title)).get_by_role("checkbox").check()
        admin.locator("select[name=action]").select_option(action)
        admin.get_by_role("button", name="Go").click()
        expect(admin.locator(".messagelist")).to_be_visible()
        assert ImageItem.objects.filter(visibility="hidden").count() == hidden


def test_a_picture_is_added_and_deleted(admin: Page) -> None:
    admin.goto("/admin/gallery/imageitem/add/")
    admin.locator("#id_picture").set_input_files(File("night.png", draw("blue", mark=5)).payload)
    admin.get_by_role("button", name="Save and continue editing").click()
    expect(admin.locator(".g-view img")).to_be_visible()
    assert ImageItem.objects.get(title="night").state == "ready"

    admin.get_by_role("link", name="Delete", exact=True).click()
    admin.get_by_role("button", name=re.compile("Yes")).click()
    expect(admin.get_by_text("was deleted successfully")).to_be_visible()


@pytest.mark.parametrize("name", ["tag", "apitoken", "querypicture", "vectorspace"])
def test_the_other_lists_are_as_quiet(admin: Page, name: str) -> None:
    admin.goto(f"/admin/gallery/{name}/")
    expect(admin.locator("#changelist")).to_be_visible()
    if admin.locator("#result_list tbody th a").count():
        admin.locator("#result_list tbody th a").first.click()
        expect(admin.locator("#content h1")).to_be_visible()
