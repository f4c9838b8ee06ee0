"""Words: answered while they are typed, in bands, with the reason for each hit, and honest about doubt."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Watch
from tests.browser.driver import best, titles
from tests.conftest import add

pytestmark = pytest.mark.usefixtures("six")


def test_answers_come_while_typing_and_live_in_the_address(page: Page) -> None:
    page.goto("/search/")
    page.locator("#q").press_sequentially("blu")
    expect(page).to_have_url(re.compile(r"\?q=blu$"))
    page.locator("#q").press_sequentially("e")
    expect(page).to_have_url(re.compile(r"\?q=blue$"))
    best(page, "Lake")
    expect(page).to_have_title("blue · Gallery")
    expect(page.locator("#q")).to_be_focused()

    page.reload()

    best(page, "Lake")
    expect(page.locator("#q")).to_have_value("blue")


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    held: list[Route] = []
    page.route("**/search/?q=red", lambda route: held.append(route))
    page.goto("/search/")
    with page.expect_request("**/search/?q=red"):
        page.fill("#q", "red")

    with page.expect_event("requestfailed", lambda request: request.url.endswith("q=red")):
        page.fill("#q", "blue")

    best(page, "Lake")
    assert held
    expect(page).to_have_url(re.compile(r"\?q=blue$"))


def test_words_that_are_typed_before_the_scripts_are_there_are_answered(page: Page) -> None:
    held: list[Route] = []
    page.route("**/htmx-2.min*js*", lambda route: held.append(route))
    with page.expect_request("**/htmx-2.min*js*"):
        page.goto("/search/?q=blue", wait_until="commit")
    page.locator("#q").fill("red")

    held[0].continue_()

    best(page, "Poppy")
    expect(page).to_have_url(re.compile(r"\?q=red$"))


def test_a_bar_full_of_kana_is_answered_by_the_page(page: Page, plain: Page, watch: Watch) -> None:
    watch.expect("400")  # for more than 500 characters
    for window in (page, plain):
        for count, answer in ((475, "0 images"), (600, "at most 500 can be searched at once")):
            window.goto("/search/")
            window.fill("#q", "あ" * count)
            window.locator("#q").press("Enter")
            expect(window.get_by_role("main")).to_contain_text(answer)
            expect(window.locator("#q")).to_have_value("あ" * count)


def test_a_word_of_hundreds_of_letters_widens_no_page(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport=PHONE)
    for query in ("x" * 475, "red " + "x" * 300):
        page.goto(f"/search/?q={query}")
        expect(page.locator("#q")).to_have_value(query)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("tag", ["🐱", "An", "C++"])
def test_a_tag_of_any_signs_is_found_while_it_is_typed_and_after_enter(page: Page, tag: str) -> None:
    add("purple", mark=7, title="Tagged", tags=[tag])
    page.goto("/search/")
    page.fill("#q", tag)
    titles(page, ["Tagged"])

    page.keyboard.press("Enter")

    titles(page, ["Tagged"])
    expect(page.get_by_role("main")).to_contain_text("so only titles, tags and file names were searched")
    expect(page.get_by_role("main")).not_to_contain_text("press Enter")


def test_enter_asks_from_any_page(page: Page) -> None:
    page.goto("/status/")
    page.locator("#q").fill("red")
    page.keyboard.press("Enter")

    best(page, "Poppy")
    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))


def test_enter_while_the_answer_is_under_way_asks_once_more(page: Page) -> None:
    page.goto("/search/?q=blue")
    page.locator("#q").fill("red")
    page.keyboard.press("Enter")

    titles(page, ["Poppy", "Lemon", "Heather", "Snow"])
    expect(page).to_have_url(re.compile(r"/search/\?q=red$"))


def test_emptying_the_bar_shows_what_can_be_searched(page: Page) -> None:
    page.goto("/search/?q=red")
    page.fill("#q", "")
    expect(page.get_by_role("heading", level=1)).to_have_text("Search with anything")

    page.goto("/search/?q=red")
    page.get_by_role("link", name="Clear search").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search with anything")


def test_hits_come_in_bands_with_their_scores(page: Page) -> None:
    page.goto("/search/?q=red")

    for band, tiles in {"Strong": ["Poppy"], "Likely": ["Lemon", "Heather"], "Weak": ["Snow"]}.items():
        section = page.get_by_role("region", name=band, exact=True)
        for tile in tiles:
            expect(section.get_by_alt_text(tile)).to_be_visible()
        expect(section.locator(".tile")).to_have_count(len(tiles))
    expect(page.get_by_role("status").first).to_have_text("4 images: 1 strong, 2 likely, 1 weak")


def test_a_hit_says_why_it_is_one(page: Page) -> None:
    page.goto("/search/?q=red+flower")
    tile = page.locator(".tile", has=page.get_by_alt_text("Poppy"))
    tile.locator("summary").click()

    expect(tile).to_contain_text("Found by")
    expect(tile).to_contain_text("what it shows and its title, tags or file name")
    expect(tile.get_by_role("link", name="flower")).to_have_attribute("href", "/?tag=flower")
    expect(tile).to_contain_text("for this model strong starts at 0.80")

    page.keyboard.press("Escape")
    expect(tile.get_by_text("Found by")).to_be_hidden()


def test_a_word_that_the_model_does_not_know_is_named(page: Page) -> None:
    page.goto("/search/?q=lake")
    expect(page.locator("main")).to_contain_text(
        "The model is unsure of “lake”, so only titles, tags and file names were searched."
    )
    titles(page, ["Lake"])

    page.fill("#q", "blue harbour")
    expect(page.locator("main")).to_contain_text("The model is unsure of “harbour”; titles")


def test_without_a_strong_match_the_page_says_so(page: Page) -> None:
    page.goto("/search/?q=harbour")

    expect(page.locator("main")).to_contain_text("No strong match for “harbour”.")
    titles(page, [])
    page.get_by_role("link", name="Try with a picture").click()
    expect(page.locator("#picture-file")).to_be_focused()


def test_weaker_images_are_counted_and_shown_on_demand(page: Page) -> None:
    page.goto("/search/?q=red")
    expect(page.locator("main")).to_contain_text("2 images below 0.35 are not shown.")

    page.get_by_role("link", name="Show 2 weaker").click()

    expect(page.locator("#results .tile")).to_have_count(6)
    expect(page).to_have_url(re.compile(r"min=0"))


def test_how_good_a_match_must_be_is_chosen_from_a_menu(page: Page) -> None:
    page.goto("/search/?q=red")
    page.locator("summary", has_text="Weak and better").click()
    page.get_by_role("link", name="Strong only").click()

    titles(page, ["Poppy"])


def test_back_undoes_a_search(page: Page) -> None:
    page.goto("/")
    page.locator("#q").fill("blue")
    page.keyboard.press("Enter")
    best(page, "Lake")
    page.locator("#q").fill("red")
    best(page, "Poppy")
    page.locator("#results .tile a").first.click()
    page.wait_for_url("**/image/**")

    page.go_back()

    best(page, "Poppy")
    expect(page.locator("#q")).to_have_value("red")


def test_too_many_searches_while_typing_are_said_in_place(page: Page, settings: Any, watch: Any) -> None:
    watch.expect("status of 429")
    settings.WORD_SEARCHES_PER_MINUTE = 1
    page.goto("/search/?q=red")
    page.fill("#q", "blue")

    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"Try again in \d+ seconds"))
    expect(page.locator("#q")).to_have_value("blue")
