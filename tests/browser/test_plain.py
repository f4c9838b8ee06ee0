"""Without JavaScript: plain forms and plain links do all of it."""

from __future__ import annotations

import re
from typing import Any

from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.conftest import Watch
from tests.browser.driver import File
from tests.browser.scrolling import fill_library
from tests.conftest import add, draw


def test_the_library_is_walked_by_links(plain: Page) -> None:
    fill_library(60)
    plain.goto("/")
    expect(plain.locator(".tile").nth(47)).to_be_visible()
    plain.locator("#next a").click()
    expect(plain.locator(".tile").last).to_be_visible()
    assert plain.locator(".tile").count() in {12, 60}


def test_words_and_pictures_search_by_forms(plain: Page) -> None:
    add("red", title="All red")
    add("blue", title="All blue")
    plain.goto("/")
    plain.fill("#q", "blue")
    plain.keyboard.press("Enter")
    expect(plain.locator("#results .tile img").first).to_have_attribute("alt", re.compile("All blue"))
    plain.locator("#picture-menu > summary").click()
    plain.set_input_files("#picture-file", File("q.png", draw("red", mark=3)).payload)
    plain.locator("#picture button").click()
    expect(plain).to_have_url(re.compile("like="))
    expect(plain.locator("#results .tile img").first).to_have_attribute("alt", re.compile("All red"))


def test_a_bad_picture_is_refused_on_the_page(plain: Page, watch: Watch) -> None:
    watch.expect("422")
    plain.goto("/")
    plain.locator("#picture-menu > summary").click()
    plain.set_input_files("#picture-file", File("q.png", b"%PDF-1.7").payload)
    plain.locator("#picture button").click()
    expect(plain.locator("main")).to_contain_text("This is a PDF")


def test_a_picture_is_added_edited_and_deleted(plain: Page, curator: User) -> None:
    plain.goto("/login/")
    plain.fill("#id_username", "curator")
    plain.fill("#id_password", "x")
    plain.get_by_role("button", name="Log in").click()
    plain.goto("/add/")
    plain.set_input_files("input[name=image]", File("boat.png", draw("blue")).payload)
    plain.locator("noscript button, .drop button").first.click()
    expect(plain.get_by_role("heading", name="boat")).to_be_visible()
    plain.locator("summary", has_text="Edit").click()
    plain.fill("#id_title", "Boat at noon")
    plain.get_by_role("button", name="Save").click()
    expect(plain.get_by_role("heading", name="Boat at noon")).to_be_visible()
    plain.locator("summary", has_text="Delete").click()
    plain.get_by_role("button", name=re.compile("Delete “Boat")).click()
    expect(plain.locator("body")).to_contain_text("is deleted")
    assert not ImageItem.objects.exists()


def test_the_theme_is_a_plain_form(plain: Page) -> None:
    plain.goto("/")
    plain.locator(".top-end .to-dark").click()
    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")


def test_failed_images_are_tried_again(plain: Page, curator: User, client: Any, site: str) -> None:
    add("red")
    ImageItem.objects.update(state="failed", reason="The server was away.")
    client.force_login(curator)
    plain.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}]
    )
    plain.goto("/status/")
    expect(plain.locator("#failed")).to_contain_text("The server was away.")
    plain.get_by_role("button", name="Try all again").click()
    expect(plain.locator("body")).to_contain_text("1 searchable now")
