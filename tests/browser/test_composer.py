"""The composer: one form for the whole query, live with script, and plain without."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

from gallery.models import ImageItem
from tests.browser.conftest import PHONE
from tests.browser.driver import best, titles

Six = dict[str, ImageItem]


def composer(page: Page) -> Locator:
    return page.get_by_role("search", name="Query")


def test_it_opens_by_refine_and_closes_again(page: Page, six: Six) -> None:
    page.goto("/search/?q=red")
    expect(composer(page)).to_have_count(0)

    page.get_by_role("link", name="Refine").click()
    expect(page).to_have_url(re.compile(r"\?q=red&refine=1$"))
    expect(composer(page).get_by_label("Words")).to_have_value("red")
    expect(page.locator("#q")).to_have_count(1)
    expect(page.get_by_role("group", name="This search")).to_contain_text("red")

    page.get_by_role("link", name="Close the composer").click()
    expect(page).to_have_url(re.compile(r"\?q=red$"))
    expect(composer(page)).to_have_count(0)


def test_a_picture_opens_it_and_it_can_be_closed(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}")
    expect(composer(page).get_by_alt_text("Query picture: Poppy")).to_be_visible()

    page.get_by_role("link", name="Close the composer").click()

    expect(composer(page)).to_have_count(0)
    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like Poppy")
    expect(page.locator("#query-chips")).to_contain_text("Poppy")


def test_on_a_phone_it_starts_closed_and_opens_on_demand(new_page: Callable[..., Page], six: Six) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto(f"/search/?like={six['Poppy'].pk}")
    expect(composer(page)).to_be_hidden()
    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like Poppy")

    page.get_by_role("link", name="Refine").click()

    expect(composer(page)).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_count(1)


def test_words_are_answered_while_they_are_typed_and_nothing_else_moves(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}&refine=1")
    entries = page.evaluate("history.length")
    page.evaluate("document.querySelector('.composer').dataset.kept = 'yes'")
    page.locator("#q").press_sequentially("blue")

    expect(page).to_have_url(re.compile(rf"\?q=blue&like={six['Poppy'].pk}&refine=1$"))
    expect(page).to_have_title("Poppy + “blue” · Gallery")
    expect(page.locator("#query-chips")).to_contain_text("blue")
    expect(page.locator("#q")).to_be_focused()
    expect(page.locator(".composer")).to_have_attribute("data-kept", "yes")
    assert page.evaluate("history.length") == entries


def test_links_of_the_composer_know_what_was_typed(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}&less={six['Snow'].pk}")
    page.locator("#q").fill("blue")
    expect(page.locator("#query-chips")).to_contain_text("blue")

    page.locator("#less-like").get_by_role("link", name="Remove less like: Snow").click()

    expect(page).to_have_url(re.compile(rf"\?q=blue&like={six['Poppy'].pk}$"))


def test_the_slider_counts_at_once_and_asks_on_release(page: Page, six: Six) -> None:
    page.goto("/search/?q=red&refine=1", wait_until="networkidle")
    slider, count = page.get_by_role("slider", name=re.compile("Match at least")), page.locator("#live-count")
    expect(count).to_have_text("4 of 6 images")
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if "/search/?" in request.url else None)

    page.evaluate("document.querySelector('#min').value = 0.7")
    slider.dispatch_event("input")
    expect(count).to_have_text("1 of 6 images")
    expect(page.locator("#least")).to_have_text("0.70")
    expect(page.locator("#hist .off")).to_have_count(18)
    assert not asked

    slider.dispatch_event("change")
    titles(page, ["Poppy"])
    expect(page).to_have_url(re.compile(r"\?q=red&min=0\.7&refine=1$"))
    expect(count).to_have_text("1 of 6 images")


def test_the_slider_moves_by_arrow_keys(page: Page, six: Six) -> None:
    page.goto("/search/?q=red&refine=1&min=0.69")
    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")

    titles(page, ["Poppy"])
    expect(page).to_have_url(re.compile(r"min=0\.7&"))
    expect(page.get_by_role("slider")).to_be_focused()


def test_near_duplicates_are_shown_on_demand(page: Page, site: str) -> None:
    from tests.browser.filling import add_twins

    add_twins()
    page.goto("/search/?q=red&refine=1")
    expect(composer(page)).to_contain_text("(1 hidden)")
    expect(page.locator("#results .tile")).to_have_count(1)

    page.get_by_label("Hide near-duplicates").uncheck()

    expect(page.locator("#results .tile")).to_have_count(2)
    expect(page).to_have_url(re.compile(r"dedupe=0"))
    page.reload()
    expect(page.get_by_label("Hide near-duplicates")).not_to_be_checked()


def test_an_older_answer_never_takes_the_place_of_a_newer_one(page: Page, six: Six) -> None:
    page.route(re.compile(r"q=red&"), lambda route: None)
    page.goto("/search/?refine=1")
    with page.expect_request(re.compile("q=red&")):
        page.fill("#q", "red")
    with page.expect_event("requestfailed"):
        page.fill("#q", "blue")

    best(page, "Lake")
    expect(page).to_have_url(re.compile(r"q=blue"))


def test_edit_words_and_slash_lead_into_the_field(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}")
    page.get_by_role("link", name="Edit words").click()
    expect(page.locator("#q")).to_be_focused()

    page.get_by_role("slider").focus()
    page.keyboard.press("/")
    expect(page.locator("#q")).to_be_focused()


def test_suggestions_hang_under_the_field_wherever_it_is(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}")
    page.locator("#q").press_sequentially("la")
    expect(page.get_by_role("option", name="land")).to_be_visible()
    field, popup = page.locator("#q").bounding_box(), page.locator("#suggestions").bounding_box()
    assert field
    assert popup
    assert 0 < popup["y"] - field["y"] - field["height"] < 12

    page.get_by_role("option", name="land").click()

    expect(page).to_have_url(re.compile(rf"q=land&like={six['Poppy'].pk}"))


# --- without script


def test_without_script_one_form_says_it_all(plain: Page, six: Six) -> None:
    poppy = six["Poppy"].pk
    plain.goto(f"/search/?like={poppy}&tag=flower")
    plain.locator("#q").fill("purple")
    plain.get_by_label("Hide near-duplicates").uncheck()
    plain.locator("summary[aria-label='Set the part by numbers']").click()
    plain.get_by_label("Left, %").fill("12.5")
    plain.get_by_label("Width, %").fill("50")
    composer(plain).get_by_role("button", name="Search", exact=True).last.click()

    address = rf"\?q=purple&like={poppy}&crop={poppy}:125,0,500,1000&tag=flower&dedupe=0$"
    expect(plain).to_have_url(re.compile(address))
    expect(plain.get_by_label("Left, %")).to_have_value("12.5")
    expect(plain.locator("#query-chips")).to_contain_text("Part of Poppy")

    plain.get_by_role("link", name="Uncrop").click()
    expect(plain).to_have_url(re.compile(rf"\?q=purple&like={poppy}&tag=flower&dedupe=0$"))


def test_without_script_the_slider_is_sent_with_the_form(plain: Page, six: Six) -> None:
    plain.goto("/search/?q=red&refine=1")
    slider = plain.get_by_role("slider")
    slider.focus()
    for _ in range(20):
        plain.keyboard.press("ArrowRight")
    composer(plain).get_by_role("button", name="Search", exact=True).last.click()

    expect(plain).to_have_url(re.compile(r"\?q=red&min=0\.55&refine=1$"))
    titles(plain, ["Poppy", "Lemon", "Heather"])


def test_by_keyboard_alone(page: Page, six: Six) -> None:
    """From the bar to the composer's parts, in the order that they are seen."""
    page.goto(f"/search/?like={six['Poppy'].pk}")
    page.locator("#q").focus()
    seen: list[Any] = []
    for _ in range(7):
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        page.keyboard.press("Tab")
    assert seen[0] == "q"
    assert seen[1].startswith("Add a picture")
    assert seen[2].startswith("Add")
    assert seen[3:6] == ["dedupe", "min", "Search"]
