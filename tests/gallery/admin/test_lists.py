"""Lists: thumbnails and words, search by the word index, filters, paging without counting."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.admin import lists
from gallery.models import ImageItem
from tests.conftest import add
from tests.gallery.admin.admin_pages import (
    IMAGES,
    listed,
    make_rows,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_list_shows_thumbnail_tags_and_states_in_words(admin: Client) -> None:
    item = add("red", name="door.png", tags=["Doors"])
    page = admin.get(IMAGES).content.decode()
    for shown in (item.tile_url, "door", "Doors", "Searchable", "Public", "Approved", "60 × 40"):
        assert shown in page


def test_the_list_costs_the_same_queries_however_long_it_is(admin: Client, staff: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            admin.get(IMAGES)
        return len(captured)

    add("red", tags=["a"], owner=staff)
    few = queries()
    for mark in range(1, 12):
        add("red", mark=mark, tags=["a", f"b{mark}"], owner=staff)
    assert queries() == few


def test_the_list_counts_no_farther_than_its_horizon(admin: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(lists, "LOOK_AHEAD", 60)
    make_rows(170)
    first = admin.get(IMAGES)
    assert "60+ images" in first.content.decode()
    assert first.context["cl"].result_count == 61
    assert len(listed(admin.get(IMAGES, {"p": 4}))) == 20, "the last page is reached all the same"
    assert "170 images" in admin.get(IMAGES, {"p": 4}).content.decode()


@pytest.mark.parametrize("page", ["0", "5", "x", "-1", "9" * 40, "²"])
def test_a_page_that_does_not_exist_leads_back_to_the_list(admin: Client, page: str) -> None:
    make_rows(60)
    assert admin.get(IMAGES, {"p": page}, follow=True).status_code == 200


def test_search_finds_images_that_have_all_the_words(admin: Client) -> None:
    add("red", name="a.png", title="Old door in Lisbon")
    add("green", name="b.png", title="Old tree", tags=["Crème"])
    add("blue", name="old_sea.png", title="Waves")
    assert sorted(listed(admin.get(IMAGES, {"q": "old"}))) == [
        "Old door in Lisbon",
        "Old tree",
        "Waves",
    ]
    assert listed(admin.get(IMAGES, {"q": "LISBON doors"})) == ["Old door in Lisbon"]
    assert listed(admin.get(IMAGES, {"q": "creme old"})) == ["Old tree"]
    assert listed(admin.get(IMAGES, {"q": "old moon"})) == []
    assert listed(admin.get(IMAGES, {"q": "the"})) == []


def test_filters_narrow_by_state_visibility_moderation_colour_and_tag(admin: Client) -> None:
    red = add("red", tags=["Été"])
    add("green", visibility="hidden")
    blue = add("blue", moderation="pending")
    ImageItem.objects.filter(pk=blue.pk).update(state="failed", reason="The model is ill.")
    assert listed(admin.get(IMAGES, {"state__exact": "failed"})) == ["blue"]
    assert listed(admin.get(IMAGES, {"visibility__exact": "hidden"})) == ["green"]
    assert listed(admin.get(IMAGES, {"moderation__exact": "pending"})) == ["blue"]
    assert listed(admin.get(IMAGES, {"color": "green"})) == ["green"]
    assert listed(admin.get(IMAGES, {"tag": " ete "})) == [str(red)]
    assert listed(admin.get(IMAGES, {"tag": "winter"})) == []
    assert "The model is ill." in admin.get(IMAGES).content.decode()


def test_the_tag_filter_keeps_the_other_filters(admin: Client) -> None:
    page = admin.get(IMAGES, {"state__exact": "ready", "p": "1"}).content.decode()
    assert '<input type="hidden" name="state__exact" value="ready">' in page
    assert '<input type="hidden" name="p"' not in page


def test_the_first_page_leads_to_what_needs_attention(admin: Client) -> None:
    add("red")
    ImageItem.objects.filter(pk=add("blue").pk).update(state="failed")
    figures = {
        figure.label: (figure.number, figure.url) for figure in admin.get("/admin/").context["figures"]
    }
    assert figures["Images"] == (2, IMAGES)
    assert figures["Failed"] == (1, f"{IMAGES}?state__exact=failed")
