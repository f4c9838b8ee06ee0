"""Help while typing: entries under the field, by pointer and by keyboard, and doubts said at once."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import PHONE, Watch
from tests.browser.driver import titles
from tests.browser.test_accessibility import RULES, RUN

pytestmark = pytest.mark.usefixtures("six")


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    page = new_page()
    page.goto("/status/")  # where nothing else answers while somebody types
    return page


def entries(page: Page, wanted: list[str]) -> None:
    expect(page.get_by_role("listbox", name="Suggestions").get_by_role("option")).to_have_text(
        [re.compile(rf"^\s*{text}") for text in wanted]
    )


def test_entries_appear_while_typing_and_one_is_chosen_by_pointer(page: Page) -> None:
    page.locator("#q").press_sequentially("la")
    entries(page, ["land", "Lake"])
    expect(page.get_by_role("option", name="land")).to_contain_text("Tag, 3 images")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "true")

    page.get_by_role("option", name="land").click()

    expect(page).to_have_url(re.compile(r"/search/\?q=land$"))
    expect(page.locator("#q")).to_have_value("land")
    titles(page, ["Meadow", "Lake", "Heather"])


def test_one_is_chosen_by_keyboard(page: Page) -> None:
    page.locator("#q").press_sequentially("red la")
    entries(page, ["red land", "red Lake"])
    chosen = page.locator("[role=option][aria-selected=true]")

    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("land")
    expect(page.locator("#q")).to_have_attribute("aria-activedescendant", "suggestion-1")
    page.keyboard.press("ArrowDown")
    expect(chosen).to_contain_text("Lake")
    page.keyboard.press("ArrowDown")  # back in the field
    expect(chosen).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(chosen).to_contain_text("Lake")
    expect(page.locator("#q")).to_have_value("red la")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/search/\?q=red\+Lake$"))


def test_enter_without_a_choice_searches_what_was_typed(page: Page) -> None:
    page.locator("#q").press_sequentially("la")
    entries(page, ["land", "Lake"])
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search/\?q=la$"))


def test_esc_closes_the_list_and_keeps_the_words_and_an_arrow_opens_it_again(page: Page) -> None:
    page.locator("#q").press_sequentially("la")
    entries(page, ["land", "Lake"])

    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    expect(page.locator("#q")).to_have_value("la")
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")

    page.keyboard.press("ArrowDown")
    entries(page, ["land", "Lake"])
    page.keyboard.press("Tab")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_an_unsure_word_is_said_while_typing(page: Page) -> None:
    page.locator("#q").press_sequentially("xyzzy")
    sentence = "The model is unsure of “xyzzy”. It is searched in titles, tags and file names only."
    expect(page.locator("#suggestions")).to_contain_text(sentence)
    expect(page.get_by_role("status").filter(has_text=sentence)).to_have_count(1)
    expect(page.locator("#q")).to_have_attribute("aria-expanded", "false")  # there is nothing to choose

    page.locator("#q").fill("red xyzzy")
    expect(page.locator("#suggestions")).to_contain_text("unsure of “xyzzy”")
    page.locator("#q").fill("")
    expect(page.locator("#suggestions")).to_be_hidden()


def test_an_answer_that_comes_too_late_is_dropped(page: Page) -> None:
    held: list[Route] = []
    page.route("**/suggest?q=la", lambda route: held.append(route))
    with page.expect_request("**/suggest?q=la"):
        page.fill("#q", "la")
    page.fill("#q", "wat")
    entries(page, ["water"])
    assert held


def test_help_that_does_not_come_is_no_error(page: Page, watch: Watch) -> None:
    watch.expect("status of 500")
    page.route("**/suggest?*", lambda route: route.fulfill(status=500))
    with page.expect_response("**/suggest?*"):
        page.locator("#q").press_sequentially("la")
    expect(page.locator("#suggestions")).to_be_hidden()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_on_a_phone_the_list_fits(new_page: Callable[..., Page]) -> None:
    page = new_page(viewport=PHONE, has_touch=True)
    page.goto("/")
    page.locator("#q").press_sequentially("la")
    entries(page, ["land", "Lake"])
    box = page.locator("#suggestions").bounding_box()
    assert box
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= PHONE["width"]
    page.get_by_role("option", name="Lake").tap()
    expect(page).to_have_url(re.compile(r"/search/\?q=Lake$"))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_open_list_is_accessible(new_page: Callable[..., Page], scheme: str) -> None:
    page = new_page(bypass_csp=True, color_scheme=scheme)
    page.goto("/status/")
    page.locator("#q").press_sequentially("xyzzy la")
    entries(page, ["xyzzy land", "xyzzy Lake"])
    page.keyboard.press("ArrowDown")
    page.evaluate(AXE_SCRIPT)
    found = AxeResults(page.evaluate(RUN, ["html", RULES]))
    assert not found.violations_count, found.generate_report()
