"""axe finds nothing to say about any page, light or dark, on a desktop or on a phone (WCAG 2.2 A and AA)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from django.contrib.auth.models import User
from playwright.sync_api import Page, expect

from gallery.models import ImageItem, QueryPicture
from tests.browser.conftest import PHONE, WIDE, Watch
from tests.browser.driver import File, choose_picture, drag, log_in
from tests.conftest import draw

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
}
BLUE = File("sea.png", draw("blue", mark=1))
PDF = File("scan.png", b"%PDF-1.7\n%...")


# So tall that the bar at the phone's edge hides no link, which axe would take for one that is too small.
TALL_PHONE = PHONE | {"height": 2400}
RUN = "([parts, rules]) => axe.run(parts, rules).then(({ violations }) => ({ violations }))"
AT_REST = "Promise.all(document.getAnimations().map(({ finished }) => finished))"


@pytest.fixture(params=[WIDE, TALL_PHONE], ids=["wide", "phone"])
def page(new_page: Callable[..., Page], request: pytest.FixtureRequest) -> Page:
    """A window into which axe can be put, past the content policy that keeps strangers' scripts out."""
    return new_page(viewport=request.param, has_touch=request.param is TALL_PHONE, bypass_csp=True)


def assert_accessible(page: Page, *within: str) -> None:
    """axe on the page, or on these parts of it."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.evaluate(AT_REST)  # the admin's colours fade
        answer = page.evaluate(RUN, [within or "html", RULES])
        found = AxeResults(answer)
        assert not found.violations_count, f"{scheme}, {page.url}\n{found.generate_report()}"


PAGES = [
    "/",
    "/?tag=land&color=blue&sort=name",
    "/?color=black",
    "/search/",
    "/search/?q=red&min=0",
    "/search/?q=harbour",
    "/search/?like=gone",
    "/search/?q=https%3A%2F%2Fpictures.example%2Fsea.png",
    "/search/?like={Poppy}&tag=land",
    "/search/?q=red&refine=1",
    "/search/?q=red&like={Poppy}&like={Lemon}&less={Snow}&crop={Poppy}:100,100,500,600&refine=1",
    "/search/?q=red&like={Poppy}&less={Snow}&refine=0",
    "/search/?q=red&tag=fruit&min=0.7",
    "/image/{Poppy}/?tag=flower",
    "/add/",
    "/add/?from=urls",
    "/status/",
    "/login/",
]


def test_every_page(page: Page, six: dict[str, ImageItem]) -> None:
    keys = {title: item.pk for title, item in six.items()}
    for path in PAGES:
        page.goto(path.format(**keys))
        assert_accessible(page)


def test_the_empty_library(page: Page) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing here yet")
    assert_accessible(page)


@pytest.mark.parametrize("query", ["q=red+flower", "q=red&like={Poppy}&less={Snow}&refine=1"])
def test_what_opens_on_a_page(page: Page, six: dict[str, ImageItem], query: str) -> None:
    page.goto(f"/search/?{query.format(**{title: item.pk for title, item in six.items()})}")
    for layer in page.locator("main details > summary").all():
        layer.click()
        assert_accessible(page, "main details[open]")
        page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_accessible(page)


def test_the_picture_menu_and_the_sentence_that_refuses_a_file(
    page: Page, six: dict[str, ImageItem], watch: Watch
) -> None:
    watch.expect("status of 422")
    page.goto("/")
    choose_picture(page, PDF)
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


def test_a_selection(page: Page, six: dict[str, ImageItem]) -> None:
    page.goto("/")
    if (button := page.get_by_role("button", name="Select", exact=True)).is_visible():
        button.click()
    for name in ("Select Lake", "Select Poppy"):
        page.get_by_role("checkbox", name=name).check()
    expect(page.get_by_role("form", name="Selection")).to_be_visible()
    assert_accessible(page)


def test_the_overlay(page: Page, six: dict[str, ImageItem]) -> None:
    page.clock.install(time=0)
    page.clock.pause_at(1000)
    page.goto("/")
    drag(page, BLUE)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.clock.resume()
    page.evaluate("document.getElementById('drop').showModal = () => {}")
    assert_accessible(page)


def test_a_search_with_a_picture(page: Page, six: dict[str, ImageItem]) -> None:
    page.goto("/")
    choose_picture(page, BLUE)
    expect(page.get_by_role("heading", level=1).last).to_contain_text("Like sea.png")
    assert_accessible(page)
    QueryPicture.objects.all().delete()
    page.reload()
    expect(page.get_by_text("has expired")).to_be_visible()
    assert_accessible(page)


def test_a_search_that_fails(page: Page, six: dict[str, ImageItem], settings: Any, watch: Watch) -> None:
    watch.expect("status of 429")
    settings.WORD_SEARCHES_PER_MINUTE = 1
    page.goto("/search/?q=red")
    page.goto("/search/?q=blue")
    expect(page.get_by_role("alert")).to_be_visible()
    assert_accessible(page)


def test_the_add_page_with_its_rows(page: Page, six: dict[str, ImageItem], watch: Watch) -> None:
    watch.expect("status of 422")
    page.goto("/add/")
    files = [BLUE, File("again.png", draw("red")), PDF]
    page.set_input_files("#choose", [file.payload for file in files])
    expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    page.route("**/add/", lambda route: None)  # from here on they wait
    page.set_input_files(
        "#choose", [File(f"{mark}.png", draw("red", mark=mark)).payload for mark in range(5)]
    )
    expect(page.get_by_role("group", name="Totals").get_by_role("listitem")).to_have_count(4)
    assert_accessible(page)


def test_a_page_that_is_not_there(page: Page, watch: Watch) -> None:
    watch.expect("status of 404")
    page.goto("/nowhere/")
    assert_accessible(page)


def test_the_account_and_what_it_refuses(page: Page, uploader: User, watch: Watch) -> None:
    watch.expect("status of 422")
    log_in(page, "uploader")
    page.goto("/account/")
    assert_accessible(page)
    for label, value in [("Old", "wrong"), ("New password", "1234"), ("confirmation", "4321")]:
        page.get_by_label(label).first.fill(value)
    page.get_by_role("button", name="Change password").click()
    expect(page.locator(".state.bad")).not_to_have_count(0)
    assert_accessible(page)


def test_an_image_that_two_people_edit(
    page: Page, six: dict[str, ImageItem], curator: User, watch: Watch
) -> None:
    watch.expect("status of 409")
    log_in(page, "curator")
    page.goto(f"/image/{six['Lake'].pk}/")
    page.locator("summary", has_text="Edit").click()
    ImageItem.objects.filter(title="Lake").update(title="Pond", damage="The end of the file is missing.")
    page.get_by_label("Title").fill("Sea")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("radio")).to_have_count(2)
    assert_accessible(page)


def test_a_private_gallery(page: Page, settings: Any, watch: Watch) -> None:
    watch.expect("status of 404")
    settings.LOGIN_REQUIRED = True
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert_accessible(page)
    page.goto("/nowhere/")
    assert_accessible(page)


def test_what_a_curator_sees(page: Page, six: dict[str, ImageItem], curator: User) -> None:
    ImageItem.objects.filter(title="Lake").update(state="failed", reason="The server was away.")
    ImageItem.objects.filter(title="Snow").update(visibility="hidden", state="pending", moderation="pending")
    log_in(page, "curator")
    page.goto("/status/")
    assert_accessible(page)
    for title in ("Lake", "Snow"):
        page.goto(f"/image/{six[title].pk}/")
        for summary in page.locator("details.edit > summary").all():
            summary.click()
        assert_accessible(page)


def test_what_is_ours_in_the_admin(page: Page, six: dict[str, ImageItem], staff: User) -> None:
    ImageItem.objects.filter(title="Lake").update(state="failed", reason="The server was away.")
    log_in(page, "staff")
    page.goto("/admin/")
    assert_accessible(page, ".g-figures")
    page.goto("/admin/gallery/imageitem/")
    ours = (".g-thumb", ".g-sign", ".g-reason", ".g-tag-filter", "#toolbar", ".paginator")
    assert_accessible(page, *ours)
    page.goto(f"/admin/gallery/imageitem/{six['Lake'].pk}/change/")
    assert_accessible(page, ".g-portrait", ".g-neighbours")
