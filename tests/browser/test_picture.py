"""Searching with a picture by the query bar: a file, an address, and what is refused, in place."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Request, expect

from gallery.models import ImageItem, QueryPicture
from imagesearch.errors import EmbeddingUnavailable
from tests.browser.conftest import Watch
from tests.browser.driver import File, best, choose_picture, drop, titles
from tests.conftest import draw
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.usefixtures("six")

BLUE = File("sea.png", draw("blue", mark=1))
PDF = File("scan.jpg", b"%PDF-1.7\n%...", "image/jpeg")


def test_a_chosen_file_searches_and_is_not_added(page: Page) -> None:
    page.goto("/")
    choose_picture(page, BLUE)

    best(page, "Lake")
    expect(page.locator("#query-chips")).to_contain_text("sea.png")
    assert ImageItem.objects.count() == 6


def test_an_address_is_typed_in_the_same_menu(page: Page, elsewhere: Any) -> None:
    elsewhere.expect_request("/sea.png").respond_with_data(draw("blue", mark=2), content_type="image/png")
    page.goto("/")
    page.get_by_label("Search with a picture").first.click()
    page.get_by_label("or with its address").fill(elsewhere.url_for("/sea.png"))
    page.keyboard.press("Enter")

    best(page, "Lake")


def test_the_picture_is_taken_out_of_the_query_again(page: Page) -> None:
    page.goto("/search/?tag=land")
    choose_picture(page, BLUE)
    best(page, "Lake")

    page.get_by_role("link", name="Remove picture: sea.png").click()

    expect(page).to_have_url(re.compile(r"/search/\?tag=land$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Search with anything")


def test_the_answer_lives_in_its_address_until_the_picture_expires(page: Page) -> None:
    page.goto("/")
    choose_picture(page, BLUE)
    best(page, "Lake")
    page.reload()
    best(page, "Lake")

    QueryPicture.objects.update(expires_at=timezone.now())
    page.reload()

    expect(page.get_by_text("This picture has expired. Drop it again.")).to_be_visible()


def test_a_file_that_is_too_large_is_refused_before_it_is_sent(page: Page, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 50_000
    posts: list[Request] = []
    page.on("request", lambda request: posts.append(request) if request.method == "POST" else None)
    page.goto("/")
    choose_picture(page, File("large.png", b"x" * 60_000))

    expect(page.get_by_role("alert")).to_contain_text("large.png has 0.1 MB; at most 0.0 MB can be taken")
    assert not posts


def test_one_that_the_server_finds_too_large_is_said_in_place(
    page: Page, settings: Any, watch: Watch
) -> None:
    watch.expect("status of 413")
    page.goto("/")
    settings.MAX_IMAGE_BYTES = 2_000
    choose_picture(page, File("large.png", b"x" * 90_000))

    expect(page.get_by_role("alert")).to_contain_text("2,000 bytes")
    expect(page).to_have_url(re.compile("/$"))


def test_a_file_that_only_looks_like_a_picture_is_refused_in_place(page: Page, watch: Watch) -> None:
    watch.expect("status of 422")
    page.goto("/search/?q=red")
    choose_picture(page, PDF)

    expect(page.get_by_role("alert")).to_contain_text("This is a PDF")
    titles(page, ["Poppy", "Lemon", "Heather", "Snow"])
    page.get_by_role("button", name="Dismiss").click()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_too_many_searches_are_said_in_place_with_the_time_to_wait(
    page: Page, settings: Any, watch: Watch
) -> None:
    watch.expect("status of 429")
    settings.SEARCHES_PER_MINUTE = 1
    page.goto("/")
    choose_picture(page, BLUE)
    best(page, "Lake")

    with page.expect_response("**/search/picture") as answer:
        drop(page, "search", File("b.png", draw("blue", mark=2)))

    assert 0 < int(answer.value.headers["retry-after"]) <= 60
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ seconds"))
    best(page, "Lake")


def test_a_model_that_is_away_is_said_in_place_and_the_next_try_works(
    page: Page, monkeypatch: pytest.MonkeyPatch, watch: Watch
) -> None:
    def away(*_: Any) -> Any:
        raise EmbeddingUnavailable("The model's server does not answer. Try again in a minute.")

    watch.expect("status of 503")
    page.goto("/")
    with monkeypatch.context() as patch:
        patch.setattr(ColourEmbedder, "embed_images", away)
        choose_picture(page, BLUE)
        expect(page.get_by_role("alert")).to_contain_text("The model's server does not answer.")

    page.set_input_files("#picture-file", BLUE.payload)

    best(page, "Lake")


def test_a_gallery_that_does_not_answer_is_said_in_place(page: Page, watch: Watch) -> None:
    watch.expect("ERR_FAILED", "error: htmx:")
    page.goto("/")
    page.route("**/search/picture", lambda route: route.abort())
    choose_picture(page, BLUE)

    expect(page.get_by_role("alert")).to_contain_text("The gallery does not answer.")
