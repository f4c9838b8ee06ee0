"""Light or dark: by the system until somebody chooses, then at once and for good."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

BACKGROUND = "getComputedStyle(document.body).backgroundColor"


def test_the_theme_changes_at_once_and_stays(page: Page) -> None:
    page.goto("/status/")
    light = page.evaluate(BACKGROUND)
    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Switch to the dark theme").click()
        assert page.evaluate(BACKGROUND) != light
    dark = page.evaluate(BACKGROUND)

    page.reload()
    assert page.evaluate(BACKGROUND) == dark
    page.goto("/search/")
    assert page.evaluate(BACKGROUND) == dark

    with page.expect_response("**/theme/"):
        page.get_by_role("button", name="Switch to the light theme").click()
    page.reload()
    assert page.evaluate(BACKGROUND) == light


def test_the_system_decides_until_somebody_chooses(new_page: Callable[..., Page]) -> None:
    page = new_page(color_scheme="dark")
    page.goto("/")
    dark = page.evaluate(BACKGROUND)
    expect(page.get_by_role("button", name="Switch to the light theme")).to_be_visible()

    page.emulate_media(color_scheme="light")

    assert page.evaluate(BACKGROUND) != dark
    expect(page.get_by_role("button", name="Switch to the dark theme")).to_be_visible()
