"""Two pictures compared: side by side, by a slider, and blinking; by pointer and keyboard, and plainly."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page, expect

from gallery.models import ImageItem
from tests.browser.conftest import PHONE, WIDE
from tests.browser.driver import stop_the_clock
from tests.browser.test_accessibility import AT_REST, RULES, RUN

PATH = "/compare/?a={Poppy}&b={Heather}"


@pytest.fixture
def path(six: dict[str, ImageItem]) -> str:
    return PATH.format(**{title: item.pk for title, item in six.items()})


def clip(page: Page) -> str:
    """What of B is cut off on the left."""
    return str(page.locator("[data-side=B] img").evaluate("image => getComputedStyle(image).clipPath"))


def test_both_lie_over_each_other_with_a_slider_between_them(page: Page, path: str) -> None:
    page.goto(path)
    expect(page.get_by_role("slider")).to_be_hidden()
    page.get_by_role("button", name="Slider").click()

    slider = page.get_by_role("slider", name="How much of A is shown, in per cent")
    expect(slider).to_have_value("50")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(slider).to_have_value("51")
    assert clip(page).endswith("51%)")
    page.keyboard.press("Home")
    assert clip(page) in {"inset(0px)", "inset(0px 0px 0px 0%)"}

    box = page.locator(".pair-of").bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.75, box["y"] + 100)
    page.mouse.up()
    expect(slider).to_have_value("75")

    page.get_by_role("button", name="Side by side").press("Enter")
    expect(slider).to_be_hidden()


def test_they_blink_until_told_to_stop_or_left_alone(new_page: Callable[..., Page], path: str) -> None:
    page = new_page(reduced_motion="no-preference")
    stop_the_clock(page)
    page.goto(path)
    page.get_by_role("button", name="Blink").click()
    a, b = page.get_by_alt_text("A: Poppy"), page.get_by_alt_text("B: Heather")
    expect(a).to_be_visible()
    expect(b).to_be_hidden()
    page.clock.run_for(500)
    expect(b).to_be_visible()
    expect(a).to_be_hidden()

    page.evaluate("dispatchEvent(new Event('blur'))")
    page.clock.run_for(5000)
    expect(b).to_be_visible()
    page.evaluate("dispatchEvent(new Event('focus'))")
    page.clock.run_for(500)
    expect(a).to_be_visible()

    page.get_by_role("button", name="Blink").click()
    expect(b).to_be_visible()
    expect(a).to_be_visible()


def test_where_motion_is_unwelcome_each_press_shows_the_other_one(page: Page, path: str) -> None:
    stop_the_clock(page)
    page.goto(path)
    blink = page.get_by_role("button", name="Blink")
    blink.click()
    page.clock.run_for(5000)
    expect(page.get_by_alt_text("A: Poppy")).to_be_visible()
    blink.press("Space")
    expect(page.get_by_alt_text("B: Heather")).to_be_visible()
    expect(page.get_by_alt_text("A: Poppy")).to_be_hidden()


def test_without_script_they_stand_side_by_side(plain: Page, path: str) -> None:
    plain.goto(path)
    a, b = (plain.get_by_alt_text(text).bounding_box() for text in ("A: Poppy", "B: Heather"))
    assert a
    assert b
    assert a["y"] == b["y"]
    assert a["x"] + a["width"] <= b["x"]
    for useless in plain.locator("button[type=button], .js, [type=range]").all():
        expect(useless).to_be_hidden()
    plain.get_by_role("link", name="Swap A and B").click()
    expect(plain.get_by_alt_text("A: Heather")).to_be_visible()


def test_a_hit_leads_to_the_comparison_with_what_was_asked(page: Page, six: dict[str, ImageItem]) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}&min=0")
    page.locator(".tile summary").first.click()
    page.get_by_role("link", name="Compare").first.click()
    expect(page).to_have_url(re.compile(rf"/compare/\?a={six['Poppy'].pk}&b=\d+$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Poppy and ")


@pytest.mark.parametrize("view", [WIDE, PHONE | {"height": 2400}], ids=["wide", "phone"])
def test_it_is_accessible_in_every_view_and_theme(
    new_page: Callable[..., Page], path: str, view: dict[str, int]
) -> None:
    page = new_page(viewport=view, bypass_csp=True)
    page.goto(path)
    page.evaluate(AXE_SCRIPT)
    for name in ("Side by side", "Slider", "Blink"):
        page.get_by_role("button", name=name).click()
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate(AT_REST)
            found = AxeResults(page.evaluate(RUN, ["html", RULES]))
            assert not found.violations_count, f"{name}, {scheme}\n{found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("way", ["link", "Esc"])
def test_it_leads_back_to_the_search(page: Page, six: dict[str, ImageItem], way: str) -> None:
    page.goto(f"/search/?q=red&like={six['Poppy'].pk}&min=0")
    search = page.url
    hit = page.locator("#results .tile").first
    hit.locator("summary").click()
    hit.get_by_role("link", name="Compare").click()
    page.wait_for_url("**/compare/**")

    if way == "Esc":
        page.keyboard.press("Escape")
    else:
        page.get_by_role("link", name="Back to the search").click()

    expect(page).to_have_url(search)
