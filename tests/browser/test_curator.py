"""Who looks after the images: logs in, edits in place, hides, deletes, tries again what failed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from imagesearch.errors import EmbeddingUnavailable
from tests.browser.conftest import Watch
from tests.browser.driver import edit_image, log_in
from tests.support.embedder import ColourEmbedder

Six = dict[str, ImageItem]


def test_a_wrong_password_is_said_on_the_form(page: Page, curator: User) -> None:
    page.goto("/login/")
    page.get_by_label("Name").fill("curator")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()

    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("curator")


def test_an_image_is_edited_in_place(page: Page, six: Six, curator: User) -> None:
    log_in(page, "curator")
    edit_image(page, six["Lake"].pk, "Lake at noon", "water, noon")

    expect(page.get_by_role("region", name="Tags").get_by_role("link")).to_have_text(["noon", "water"])
    expect(page.locator("#message")).to_contain_text("Saved.")
    page.goto("/search/?q=noon")
    expect(page.locator("#results .tile img")).to_have_attribute("alt", "Lake at noon")


def test_what_an_edit_gets_wrong_is_said_beside_the_field(
    page: Page, six: Six, curator: User, watch: Watch
) -> None:
    watch.expect("status of 422")
    log_in(page, "curator")
    page.goto(f"/image/{six['Lake'].pk}/")
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Title").fill("Not this")
    page.get_by_role("textbox", name="Tags").fill("x" * 100)
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("a tag can have at most 64")).to_be_visible()
    expect(page.get_by_role("textbox", name="Tags")).to_have_value("x" * 100)
    expect(page.get_by_role("heading", level=1)).to_have_text("Lake")


def test_of_two_titles_one_is_chosen(page: Page, six: Six, curator: User, watch: Watch) -> None:
    watch.expect("status of 409")
    log_in(page, "curator")
    page.goto(f"/image/{six['Lake'].pk}/")
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Title").fill("Mine")
    page.get_by_label("Caption").fill("Far out")
    ImageItem.objects.filter(pk=six["Lake"].pk).update(title="Theirs")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("alert")).to_contain_text("Not saved yet.")
    expect(page.get_by_label("Title")).to_have_value("Mine")
    page.get_by_role("radio", name="Keep theirs").check()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Theirs")
    expect(page.locator("#message")).to_contain_text("Saved.")
    item = ImageItem.objects.get(pk=six["Lake"].pk)
    assert (item.title, item.caption) == ("Theirs", "Far out")


def test_a_hidden_image_is_gone_for_visitors(
    page: Page, new_page: Callable[..., Page], six: Six, curator: User, watch: Watch
) -> None:
    watch.expect("status of 404")
    log_in(page, "curator")
    page.goto(f"/image/{six['Lake'].pk}/")
    page.locator("summary", has_text="Edit").click()
    page.get_by_label("Visibility").select_option("Hidden")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Hidden by a curator")).to_be_visible()

    visitor = new_page()
    visitor.goto("/")
    expect(visitor.locator(".tile")).to_have_count(5)
    visitor.goto(f"/image/{six['Lake'].pk}/")
    expect(visitor.get_by_role("heading", level=1)).to_have_text("Not found")
    visitor.goto("/search/?q=blue")
    expect(visitor.get_by_alt_text("Lake")).to_have_count(0)


def test_an_image_is_deleted_in_two_steps(page: Page, six: Six, curator: User) -> None:
    log_in(page, "curator")
    page.goto(f"/image/{six['Lake'].pk}/")
    expect(page.get_by_role("button", name="Delete “Lake”")).to_be_hidden()
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete “Lake”").click()

    expect(page.get_by_text("“Lake” was deleted.")).to_be_visible()
    expect(page.locator(".tile")).to_have_count(5)


def test_visitors_are_offered_none_of_it(page: Page, six: Six) -> None:
    page.goto(f"/image/{six['Lake'].pk}/")

    for word in ("Edit", "Delete"):
        expect(page.locator("summary", has_text=word)).to_have_count(0)
    expect(page.get_by_role("link", name="Download the original")).to_have_count(0)


def test_the_original_is_downloaded_under_its_name(page: Page, six: Six, curator: User) -> None:
    log_in(page, "curator")
    page.goto(f"/image/{six['Lake'].pk}/")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the original").click()

    assert download.value.suggested_filename == "blue.png"


def test_failed_images_are_tried_again_one_or_all(
    page: Page, six: Six, curator: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    ImageItem.objects.filter(title__startswith="L").update(state="failed", reason="The server was away.")
    log_in(page, "curator")
    page.goto("/status/")
    expect(page.get_by_role("row", name=re.compile("^Lemon"))).to_contain_text("The server was away.")

    page.get_by_role("button", name="Try Lemon again").click()
    expect(page.get_by_text("1 searchable now.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Lemon"))).to_have_count(0)

    def away(*_: Any) -> Any:
        raise EmbeddingUnavailable("It is still away.")

    with monkeypatch.context() as patch:
        patch.setattr(ColourEmbedder, "embed_images", away)
        page.get_by_role("button", name="Try all again").click()
        expect(page.get_by_text("1 failed again.")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^Lake"))).to_contain_text("It is still away.")

    page.get_by_role("button", name="Try all again").click()
    expect(page.get_by_text("No failures")).to_be_visible()


def test_status_follows_what_is_waiting_until_nothing_is(page: Page, six: Six) -> None:
    ImageItem.objects.filter(title="Lake").update(state="pending")
    page.goto("/status/")
    cards = page.locator("#cards")
    expect(cards).to_contain_text("1 waiting for their turn")

    ImageItem.objects.update(state="ready")

    expect(cards).to_contain_text("Nothing is waiting")
    expect(cards).not_to_have_attribute("hx-get", re.compile("."))
