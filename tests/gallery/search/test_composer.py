"""The bar and the composer as the server writes them: open or closed, with links that are complete."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from gallery.models import ImageItem, VectorSpace
from gallery.search import results
from tests.conftest import add, draw

pytestmark = pytest.mark.django_db(transaction=True)

LIVE = {"HX-Request": "true", "HX-Target": "found", "HX-Trigger": "min"}


def text(response: Any) -> str:
    return " ".join(response.content.decode().split())


@pytest.fixture
def boat() -> ImageItem:
    return add("red", title="Boat", tags=["sea"])


@pytest.fixture
def ship() -> ImageItem:
    return add("purple", title="Ship")


# --- open and closed


@pytest.mark.parametrize(
    ("query", "is_open"),
    [
        ("q=red", False),
        ("q=red&refine=1", True),
        ("like={pk}", True),
        ("less={pk}&q=red", True),
        ("like={pk}&refine=0", False),
        ("q=red&refine=9", False),
        ("refine=1", True),
    ],
)
def test_it_is_open_where_there_are_pictures_or_somebody_wants_it(
    client: Client, boat: ImageItem, query: str, is_open: bool
) -> None:
    page = text(client.get(f"/search/?{query.format(pk=boat.pk)}"))
    assert ('class="panel composer' in page) == is_open
    assert page.count('id="q"') == 1
    assert page.count('id="picture"') == 1


def test_all_links_keep_it_as_somebody_wants_it(client: Client, boat: ImageItem, ship: ImageItem) -> None:
    page = text(client.get(f"/search/?q=red&like={boat.pk}&refine=1"))
    assert f'href="/search/?like={boat.pk}&amp;refine=1" aria-label="Remove words: red"' in page
    assert f'href="?q=red&amp;like={boat.pk}&amp;like={ship.pk}&amp;refine=1"' in page
    assert f'href="/image/{ship.pk}/?q=red&amp;like={boat.pk}&amp;refine=1"' in page
    assert '<input type="hidden" name="refine" value="1">' in page


def test_the_form_carries_what_it_has_no_field_for(client: Client, boat: ImageItem) -> None:
    query = f"q=red&not=blue&like={boat.pk}&weight={boat.pk}:2&tag=sea&color=red&min=0.1&dedupe=0"
    page = text(client.get(f"/search/?{query}"))
    form = page[page.index('<form id="compose"') : page.index("</form>", page.index('<form id="compose"'))]
    assert re.findall(r'name="(\w+)" value="([^"]*)"', form) == [
        ("not", "blue"),
        ("like", str(boat.pk)),
        ("weight", f"{boat.pk}:2"),
        ("tag", "sea"),
        ("color", "red"),
    ]
    assert 'name="min" min="0" max="1" step="0.01" value="0.10"' in page


def test_words_that_are_not_sought_are_a_chip_of_either_bar(client: Client) -> None:
    add("red")
    for refine in ("", "&refine=1"):
        page = text(client.get(f"/search/?q=red&not=blue{refine}"))
        assert 'aria-label="Remove not: blue"' in page


def test_the_part_stands_in_the_fields_in_per_cent(client: Client, boat: ImageItem) -> None:
    page = text(client.get(f"/search/?like={boat.pk}&crop={boat.pk}:125,0,500,1000"))
    assert "--box:0% 37.5% 0% 12.5%" in page
    assert 'name="crop_x" min="0" max="100" step="0.1" value="12.5"' in page
    assert f'id="uncrop" href="?like={boat.pk}"' in page
    assert "Part of Boat" in page


def test_a_query_picture_has_its_own_shape(client: Client) -> None:
    add("red")
    picture = SimpleUploadedFile("wide.png", draw("red", size=(80, 40)))
    answer = client.post("/search/picture", {"picture": picture}, follow=True)
    assert "--ar:2.000" in text(answer)


def test_a_model_without_calibration_has_a_slider_without_bands(client: Client) -> None:
    add("red")
    VectorSpace.objects.update(calibration=None)
    page = text(client.get("/search/?q=red&refine=1"))
    assert 'name="min_usual" value="0.00"' in page
    assert 'class="scale"' not in page


# --- while it is used


def test_what_was_found_comes_with_what_the_composer_says_of_it(client: Client, boat: ImageItem) -> None:
    answer = client.get(f"/search/?q=red&like={boat.pk}&less=&min=0.9&min_usual=0.35", headers=LIVE)
    page = text(answer)
    for part in ("query-chips", "more-like", "less-like", "near", "live-count", "hist", "uncrop", "close"):
        assert re.search(rf'id="{part}"[^>]* hx-swap-oob="true"', page), part
    assert "composer" not in page.replace("Close the composer", "")
    assert 'id="min"' not in page
    assert 'id="q"' not in page


def test_a_closed_composer_gets_no_parts(client: Client) -> None:
    add("red")
    page = text(client.get("/search/?q=red", headers=LIVE))
    assert 'id="hist"' not in page
    assert 'id="query-chips" hx-swap-oob="true"' in page


def test_links_in_what_was_found_are_of_the_search_and_not_of_the_form(
    client: Client, boat: ImageItem, ship: ImageItem
) -> None:
    sent = f"q=red&like={boat.pk}&crop_of={boat.pk}&crop_x=10&min=0.35&min_usual=0.35&dedupe=0&dedupe=1"
    page = text(client.get(f"/search/?{sent}", headers=LIVE))
    assert "crop_of" not in page
    assert "min_usual" not in page
    assert f'href="/image/{ship.pk}/?q=red&amp;like={boat.pk}&amp;crop={boat.pk}:100,0,900,1000"' in page


# --- around the results


def test_a_filter_that_leaves_nothing_is_named(client: Client, boat: ImageItem) -> None:
    add("green", tags=["land"])
    page = text(client.get("/search/?q=red&tag=land"))
    assert "No image matches all filters." in page
    assert 'href="?q=red">Without tag “land”' in page
    assert "No strong match" not in page


def test_the_nearest_below_the_line_are_shown_where_nothing_is_above_it(client: Client) -> None:
    add("white", title="Snow")
    answer = client.get("/search/?q=red&min=0.6")
    assert [hit.item.title for hit in answer.context["below_threshold"].hits] == ["Snow"]
    assert "the nearest 1 of 1" in text(answer)


def test_what_has_no_likeness_at_all_is_not_shown_as_nearest(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "FAINT", 0.2)
    add("blue", title="Sea")
    answer = client.get("/search/?q=red")
    assert answer.context["below_threshold"].hits == []
    assert "1 image below 0.35 is not shown." in text(answer)


def test_a_lowest_score_hides_strong_matches_without_denying_them(client: Client) -> None:
    add("red")
    page = text(client.get("/search/?q=red+green&min=1"))
    assert "No strong match" not in page


def test_an_image_s_page_shows_the_chips_of_its_search(client: Client, boat: ImageItem) -> None:
    ship = add("red", mark=1, title="Ship")
    page = text(client.get(f"/image/{ship.pk}/?q=red&like={boat.pk}"))
    assert f'href="/search/?q=red" aria-label="Remove picture: {boat}"' in page
    assert 'id="q" name="q" value="red"' in page
    assert "composer" not in page


def test_the_library_selects_for_a_search(client: Client, boat: ImageItem) -> None:
    page = text(client.get("/"))
    assert f'<input type="checkbox" name="like" value="{boat.pk}" form="selection"' in page
    assert '<form class="selbar" id="selection" action="/search/"' in page
