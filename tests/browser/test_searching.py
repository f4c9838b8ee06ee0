"""Every way to ask in the browser: words, file, drop, paste, address, an image of the library."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from gallery.models import ImageItem, QueryPicture
from imagesearch.errors import EmbeddingUnavailable
from tests.browser.conftest import Watch
from tests.browser.driver import File, drop, paste
from tests.conftest import add, draw
from tests.embedder import ColourEmbedder


@pytest.fixture(autouse=True)
def three() -> list[ImageItem]:
    return [add(color, name=f"{color}.png", title=f"All {color}") for color in ("red", "blue", "yellow")]


def first_hit(page: Page) -> Any:
    return page.locator("#results .tile a").first


def shows_first(page: Page, title: str) -> None:
    expect(page.locator("#results .tile img").first).to_have_attribute("alt", re.compile(title))


def test_words_answer_while_typing_and_live_in_the_address(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("/")
    page.keyboard.type("blue")
    page.keyboard.press("Enter")
    shows_first(page, "All blue")
    page.fill("#q", "yellow")
    expect(page).to_have_url(re.compile(r"\?q=yellow$"))
    shows_first(page, "All yellow")
    page.reload()
    shows_first(page, "All yellow")


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    def slowly(route: Route) -> None:
        page.wait_for_timeout(600)
        route.continue_()

    page.goto("/search/")
    page.route(re.compile(r"q=red(&|$)"), slowly)
    page.fill("#q", "red")
    page.fill("#q", "blue")
    expect(page).to_have_url(re.compile(r"\?q=blue$"))
    page.wait_for_timeout(900)
    shows_first(page, "All blue")


def test_a_hit_says_how_good_it_is_and_why(page: Page) -> None:
    page.goto("/search/?q=blue")
    expect(page.get_by_role("heading", name="Strong", exact=True)).to_be_visible()
    pip = page.locator("#results details.why summary").first
    pip.click()
    expect(page.locator("#results details.why[open]")).to_contain_text("match")


def test_a_word_that_the_model_is_unsure_of_is_named(page: Page) -> None:
    page.goto("/search/?q=harbour")
    expect(page.locator("main")).to_contain_text("unsure of “harbour”")


def test_a_chosen_file_searches_and_is_not_added(page: Page) -> None:
    page.goto("/")
    page.locator("#picture-menu > summary").click()
    page.set_input_files("#picture-file", File("q.png", draw("blue", mark=9)).payload)
    page.wait_for_url("**/search/?like=*")
    shows_first(page, "All blue")
    assert ImageItem.objects.count() == 3
    assert QueryPicture.objects.count() == 1


def test_a_picture_dropped_anywhere_searches(page: Page, three: list[ImageItem]) -> None:
    for path in ("/", f"/image/{three[0].pk}/", "/status/", "/add/"):
        page.goto(path)
        drop(page, "search", File("y.png", draw("yellow", mark=8)))
        page.wait_for_url("**/search/?like=*")
        shows_first(page, "All yellow")
    assert ImageItem.objects.count() == 3


def test_an_image_of_the_library_dropped_on_search_is_found_by_its_number(
    page: Page, site: str, three: Any
) -> None:
    page.goto("/")
    drop(page, "search", **{"text/uri-list": f"{site}/image/{three[1].pk}/"})
    page.wait_for_url(f"**/search/?like={three[1].pk}")


def test_a_pasted_picture_searches_and_is_never_added(page: Page) -> None:
    page.goto("/")
    paste(page, File("image.png", draw("blue", mark=7)))
    page.wait_for_url("**/search/?like=*")
    shows_first(page, "All blue")
    assert ImageItem.objects.count() == 3


def test_a_pasted_address_searches(page: Page, httpserver: Any, settings: Any) -> None:
    settings.FETCH_ALLOWED_NETWORKS, settings.FETCH_PORTS = ("127.0.0.0/8",), (httpserver.port,)
    httpserver.expect_request("/b.png").respond_with_data(draw("blue", mark=6))
    page.goto("/")
    paste(page, **{"text/plain": httpserver.url_for("/b.png")})
    page.wait_for_url("**/search/?like=*")
    shows_first(page, "All blue")


def test_text_pasted_into_a_field_stays_text(page: Page) -> None:
    page.goto("/")
    paste(page, into="#q", **{"text/plain": "http://127.0.0.1:1/x.png"})
    expect(page).to_have_url(re.compile(r"/$"))


def test_similar_is_one_key_or_one_click_away(page: Page, three: list[ImageItem]) -> None:
    page.goto("/")
    page.locator(".tile a").first.focus()
    page.keyboard.press("s")
    page.wait_for_url(f"**/search/?like={three[2].pk}")
    page.goto(f"/image/{three[0].pk}/")
    page.get_by_role("link", name="Search with this").click()
    page.wait_for_url(f"**/search/?like={three[0].pk}")


def test_a_file_that_is_no_picture_gets_its_sentence_in_place(page: Page, watch: Watch) -> None:
    watch.expect("422")
    page.goto("/")
    page.locator("#picture-menu > summary").click()
    page.set_input_files("#picture-file", File("q.jpg", b"%PDF-1.7 x", "image/jpeg").payload)
    expect(page.locator("#message")).to_contain_text("This is a PDF")
    expect(page).to_have_url(re.compile(r"/$"))


def test_a_file_that_is_too_large_is_refused_without_sending_it(page: Page, settings: Any) -> None:
    settings.MAX_IMAGE_BYTES = 50_000
    page.goto("/")
    page.on("request", lambda request: pytest.fail("it was sent") if request.method == "POST" else None)
    drop(page, "search", File("large.png", b"x" * 60_000))
    expect(page.locator("#message")).to_contain_text("at most")


def test_too_many_searches_are_said_in_place(page: Page, settings: Any, watch: Watch) -> None:
    watch.expect("429")
    settings.SEARCHES_PER_MINUTE = 1
    page.goto("/")
    drop(page, "search", File("a.png", draw("blue", mark=4)))
    page.wait_for_url("**/search/?like=*")
    drop(page, "search", File("b.png", draw("blue", mark=5)))
    expect(page.locator("#message")).to_contain_text("Try again in")


def test_a_model_that_is_away_is_said_in_place(page: Page, monkeypatch: Any, watch: Watch) -> None:
    watch.expect("503")

    def away(*_: Any) -> Any:
        raise EmbeddingUnavailable("The model's server does not answer.", retry_after=30)

    monkeypatch.setattr(ColourEmbedder, "embed_images", away)
    page.goto("/")
    drop(page, "search", File("a.png", draw("blue", mark=4)))
    expect(page.locator("#message")).to_contain_text("does not answer")


def test_esc_closes_the_overlay(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.getElementById('drop').showModal()")
    page.keyboard.press("Escape")
    expect(page.locator("#drop")).not_to_be_visible()
