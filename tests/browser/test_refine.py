"""A search is refined from its results: more like, less like, another picture, a facet, a filter dropped."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from gallery.models import ImageItem
from tests.browser.conftest import PHONE
from tests.browser.driver import File, best, drop, titles
from tests.conftest import draw

Six = dict[str, ImageItem]
RED, BLUE = File("mine.png", draw("red", mark=1)), File("sea.png", draw("blue", mark=1))


def tile(page: Page, title: str) -> Locator:
    return page.locator(".tile", has=page.get_by_alt_text(title))


def test_a_tile_says_more_and_less(page: Page, six: Six) -> None:
    page.goto("/search/?q=red&min=0.4")
    tile(page, "Heather").hover()
    page.get_by_role("link", name="More like Heather").click()
    expect(page).to_have_url(re.compile(rf"\?q=red&like={six['Heather'].pk}&min=0\.4$"))
    expect(page.locator("#query-chips")).to_contain_text("Heather")

    tile(page, "Poppy").hover()
    page.get_by_role("link", name="Less like Poppy").click()
    expect(page).to_have_url(re.compile(rf"like={six['Heather'].pk}&less={six['Poppy'].pk}&min=0\.4$"))
    expect(page.locator("#less-like")).to_contain_text("Poppy")

    page.go_back()
    page.go_back()
    expect(page).to_have_url(re.compile(r"\?q=red&min=0\.4$"))


@pytest.mark.parametrize(("key", "kind"), [("+", "like"), ("m", "like"), ("-", "less"), ("l", "less")])
def test_keys_say_it_for_the_tile_in_focus(page: Page, six: Six, key: str, kind: str) -> None:
    page.goto("/search/?q=red")
    tile(page, "Heather").locator("a").first.focus()
    page.keyboard.press(key)

    expect(page).to_have_url(re.compile(rf"\?q=red&{kind}={six['Heather'].pk}$"))


@pytest.mark.parametrize("path", ["/", "/image/{pk}/"])
def test_elsewhere_plus_starts_a_search(page: Page, six: Six, path: str) -> None:
    page.goto(path.format(pk=six["Poppy"].pk))
    tile(page, "Heather").hover()
    page.keyboard.press("+")

    expect(page).to_have_url(re.compile(rf"/search/\?like={six['Heather'].pk}$"))


def test_on_a_phone_it_is_said_in_why(new_page: Callable[..., Page], six: Six) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/search/?q=red")
    hit = tile(page, "Heather")
    expect(hit.get_by_role("link", name="Less like Heather")).to_be_hidden()
    hit.locator("summary").tap()
    hit.get_by_role("link", name="Less like", exact=True).tap()

    expect(page).to_have_url(re.compile(rf"\?q=red&less={six['Heather'].pk}$"))


def test_a_card_of_reasons_comes_into_sight(new_page: Callable[..., Page], six: Six) -> None:
    page = new_page(viewport={"width": 1366, "height": 640})
    page.goto(f"/search/?q=red&like={six['Poppy'].pk}&min=0")
    hit = page.locator("#results .tile").first
    hit.locator("summary").click()

    expect(hit.get_by_role("link", name="Compare")).to_be_in_viewport(ratio=1)


def test_many_pictures_make_no_page_of_a_phone_wider(new_page: Callable[..., Page], six: Six) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/search/?q=red&" + "&".join(f"like={item.pk}" for item in six.values()))
    assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]

    page.get_by_role("link", name="Edit this search").tap()
    expect(page.locator("#q")).to_be_visible()


def test_each_chip_of_the_bar_is_taken_away_by_its_link(page: Page, six: Six) -> None:
    page.goto(f"/search/?q=red&like={six['Poppy'].pk}&less={six['Snow'].pk}")
    bar = page.get_by_role("group", name="This search")
    expect(bar.get_by_role("listitem")).to_have_text(["Poppy", "red", re.compile("Less like Snow")])

    bar.get_by_role("link", name="Remove words: red").click()
    expect(page).to_have_url(re.compile(rf"\?like={six['Poppy'].pk}&less={six['Snow'].pk}$"))
    bar.get_by_role("link", name="Remove less like: Snow").click()
    expect(page).to_have_url(re.compile(rf"\?like={six['Poppy'].pk}$"))
    bar.get_by_role("link", name="Remove picture: Poppy").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Search with anything")


def test_an_image_s_page_shows_the_search_it_was_opened_from(page: Page, six: Six) -> None:
    page.goto(f"/search/?q=red&like={six['Poppy'].pk}")
    page.locator("#results .tile a").first.click()
    page.wait_for_url("**/image/**")
    expect(page.locator("#query-chips")).to_contain_text("Poppy")
    expect(page.locator("#q")).to_have_value("red")

    page.locator("#q").fill("blue")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"/search/\?q=blue&like={six['Poppy'].pk}$"))


def test_an_image_knows_whether_it_was_opened_from_a_search(page: Page, six: Six) -> None:
    rail = page.get_by_role("navigation", name="Main", exact=True)
    page.goto("/search/?q=red")
    tile(page, "Poppy").locator("a").first.click()
    expect(rail.locator("[aria-current]")).to_have_text("Search")

    page.goto("/")
    tile(page, "Poppy").locator("a").first.click()
    expect(rail.locator("[aria-current]")).to_have_text("Library")


# --- pictures that come in


def test_a_dropped_picture_joins_a_search_with_pictures(page: Page, six: Six) -> None:
    page.goto(f"/search/?q=red&like={six['Poppy'].pk}")
    drop(page, "like", BLUE)
    expect(page.locator("#more-like")).to_contain_text("sea.png")
    expect(page).to_have_url(re.compile(rf"\?q=red&like={six['Poppy'].pk}&like=[\w-]+$"))

    drop(page, "less", RED)
    expect(page.locator("#less-like")).to_contain_text("mine.png")

    drop(page, "search", File("new.png", draw("green", mark=1)))
    expect(page.get_by_alt_text("Query picture: new.png")).to_be_visible()
    expect(page.locator("#more-like li")).to_have_count(0)
    expect(page.locator("#less-like")).to_contain_text("mine.png")


def test_a_picture_joins_a_search_by_words(page: Page, six: Six) -> None:
    page.goto("/search/?q=red&min=0.4")
    drop(page, "like", BLUE)

    expect(page).to_have_url(re.compile(r"\?q=red&like=[\w-]+&min=0\.4$"))
    expect(page.locator("#q")).to_have_value("red")


def test_an_image_of_the_library_joins_it_too(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}")
    address = page.evaluate("location.origin") + f"/image/{six['Lake'].pk}/"
    drop(page, "less", **{"text/uri-list": address})

    expect(page).to_have_url(re.compile(rf"\?like={six['Poppy'].pk}&less={six['Lake'].pk}$"))


def test_the_overlay_offers_this_only_beside_a_search(page: Page, six: Six) -> None:
    page.goto("/search/")
    expect(page.locator("[data-drop]")).to_have_count(2)
    page.goto("/search/?q=red")
    expect(page.locator("[data-drop]")).to_have_count(4)
    page.goto(f"/search/?like={six['Poppy'].pk}")
    expect(page.locator("[data-drop]")).to_have_count(4)


def test_the_composer_adds_and_replaces_pictures(page: Page, six: Six) -> None:
    page.goto(f"/search/?q=red&like={six['Poppy'].pk}")
    page.get_by_role("region", name="Less like").locator("summary").click()
    page.set_input_files("#picture-less-file", BLUE.payload)
    expect(page.locator("#less-like")).to_contain_text("sea.png")
    expect(page.locator("#q")).to_have_value("red")

    page.locator("#picture-menu > summary").click()
    page.set_input_files("#picture-file", RED.payload)
    expect(page.get_by_alt_text("Query picture: mine.png")).to_be_visible()
    expect(page.locator("#q")).to_have_value("red")
    expect(page.locator("#less-like")).to_contain_text("sea.png")


def test_what_was_typed_meanwhile_is_kept_beside_an_added_picture(page: Page, six: Six) -> None:
    page.goto(f"/search/?like={six['Poppy'].pk}")
    page.locator("#q").fill("blue")
    expect(page).to_have_url(re.compile("q=blue"))
    page.get_by_role("region", name="More like").locator("summary").click()
    page.set_input_files("#picture-like-file", BLUE.payload)

    expect(page.locator("#more-like")).to_contain_text("sea.png")
    expect(page.locator("#q")).to_have_value("blue")


def test_without_script_a_picture_is_added_by_its_form(plain: Page, six: Six) -> None:
    plain.goto(f"/search/?q=red&like={six['Poppy'].pk}&tag=flower")
    plain.get_by_role("region", name="Less like").locator("summary").click()
    plain.set_input_files("#picture-less-file", BLUE.payload)
    plain.locator("#picture-less button").click()

    expect(plain).to_have_url(re.compile(rf"\?q=red&like={six['Poppy'].pk}&less=[\w-]+&tag=flower$"))
    expect(plain.locator("#less-like")).to_contain_text("sea.png")


def test_a_phone_offers_its_camera(new_page: Callable[..., Page], six: Six) -> None:
    page = new_page(viewport=PHONE, has_touch=True, is_mobile=True)
    page.goto("/")
    page.locator("#picture-menu > summary").tap()
    camera = page.locator("#picture [capture]")
    expect(page.locator("#picture").get_by_text("Take a photo")).to_be_visible()
    camera.set_input_files(BLUE.payload)

    best(page, "Lake")


# --- facets, and what to do where nothing is left


def test_facets_count_among_the_hits(page: Page, six: Six) -> None:
    page.goto("/search/?q=red")
    page.locator("summary", has_text="Orientation").click()
    expect(page.get_by_role("link", name=re.compile("^Portrait"))).to_contain_text("2")
    page.get_by_role("link", name=re.compile("^Portrait")).click()
    titles(page, ["Heather", "Snow"])

    page.get_by_role("link", name="Purple, 1").click()
    titles(page, ["Heather"])


def test_a_filter_that_leaves_nothing_can_be_dropped(page: Page, six: Six) -> None:
    page.goto("/search/?q=red&tag=fruit&min=0.7")
    expect(page.locator("main")).to_contain_text("No image matches all filters.")
    page.get_by_role("link", name=re.compile("Without tag “fruit”")).click()

    titles(page, ["Poppy"])


def test_where_nothing_is_like_it_the_nearest_stand_below_a_line(page: Page, six: Six) -> None:
    ImageItem.objects.exclude(title__in=["Snow", "Meadow"]).delete()
    page.goto("/search/?q=blue&min=0.6")

    expect(page.get_by_role("heading", name="Below 0.60")).to_be_visible()
    best(page, "Snow")


def test_a_row_of_changes_is_walked_back_step_by_step(page: Page, six: Six) -> None:
    """Five refinements without a word typed, each with an address of its own."""
    page.goto(f"/search/?like={six['Poppy'].pk}&min=0")
    addresses = [page.url]
    for title in ("Heather", "Lemon", "Snow", "Lake"):
        tile(page, title).hover()
        page.get_by_role("link", name=f"{'Less' if title == 'Lake' else 'More'} like {title}").click()
        expect(page).not_to_have_url(addresses[-1])
        addresses.append(page.url)
    for address in reversed(addresses[:-1]):
        page.go_back()
        expect(page).to_have_url(address)
