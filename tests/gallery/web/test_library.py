"""The library: what a person may see, filtered, ordered, and as deep as the URL says."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from gallery.models import ImageItem, Tag
from gallery.search import forms
from gallery.search.sorting import ORDERS
from gallery.views import library
from tests.gallery.support.many_images import START, rows

pytestmark = pytest.mark.django_db


def shown(response: Any) -> list[int]:
    return [item.pk for item in response.context["pagination"].items]


def scroll(client: Client, more: str) -> Any:
    """As htmx asks for the page behind the end of the list."""
    return client.get(f"/{more}", headers={"HX-Request": "true", "HX-Target": "more"})


def test_a_visitor_sees_and_counts_what_is_public(client: Client, uploader: User) -> None:
    rows(2)
    rows(1, title="Secret", visibility="hidden", owner=uploader)
    rows(1, title="Unapproved", moderation="pending", owner=uploader)

    page = client.get("/").content.decode()

    assert "2 images" in page
    assert "Boat 000" in page
    assert "Secret" not in page
    assert "Unapproved" not in page


def test_an_empty_library_says_what_to_do(client: Client) -> None:
    assert "Nothing here yet" in client.get("/").content.decode()


def test_filters_without_a_match_say_so_and_can_be_cleared(client: Client) -> None:
    rows(1)
    page = client.get("/?color=blue").content.decode()
    assert "No image matches these filters." in page
    assert '<a href="?">Clear the filters</a>' in page


def test_the_url_says_how_many_pages_are_shown(client: Client) -> None:
    rows(100)
    assert len(shown(client.get("/"))) == 48
    assert len(shown(client.get("/?upto=2"))) == 96
    assert len(shown(client.get("/?upto=3"))) == 100


def test_scrolling_brings_the_next_tiles_alone_and_writes_the_depth_into_the_url(client: Client) -> None:
    rows(100)
    first = client.get("/?color=red")

    answer = scroll(client, first.context["pagination"].load_more_url)

    assert len(shown(answer)) == 48
    assert not set(shown(answer)) & set(shown(first))
    assert answer["HX-Replace-Url"] == "?color=red&upto=2"
    assert "<html" not in answer.content.decode()
    assert shown(client.get("/?color=red&upto=2")) == shown(first) + shown(answer)


@pytest.mark.parametrize("sort", ORDERS)
def test_no_order_repeats_or_leaves_out_an_image(client: Client, sort: str) -> None:
    rows(60, title="Same", size=7)
    rows(60, title="Other", size=None, color="blue", created_at=START)
    answer = client.get(f"/?sort={sort}")
    seen = shown(answer)
    while more := answer.context["pagination"].load_more_url:
        answer = scroll(client, more)
        seen += shown(answer)
    assert len(seen) == len(set(seen)) == 120
    assert seen == shown(client.get(f"/?sort={sort}&upto=3"))


@pytest.mark.parametrize(
    ("sort", "first"),
    [("new", "c"), ("old", "b"), ("name", "a"), ("size", "b"), ("colour", "a")],
)
def test_the_orders(client: Client, sort: str, first: str) -> None:
    rows(1, title="b", size=9, color="blue")
    rows(1, title="a", size=5, color="red")
    rows(1, title="c", size=None, color="white")
    assert client.get(f"/?sort={sort}").context["pagination"].items[0].title == first


def test_an_image_added_meanwhile_is_not_shown_twice_further_down(client: Client) -> None:
    rows(60)
    first = client.get("/")
    rows(5)
    assert not set(shown(scroll(client, first.context["pagination"].load_more_url))) & set(shown(first))


def test_scrolling_goes_on_when_the_last_image_has_gone(client: Client) -> None:
    rows(60)
    first = client.get("/")
    ImageItem.objects.get(pk=shown(first)[-1]).delete()
    assert len(shown(scroll(client, first.context["pagination"].load_more_url))) == 12


@pytest.mark.parametrize("sort", ORDERS)
def test_plain_links_lead_on_when_the_image_before_has_gone(client: Client, sort: str) -> None:
    rows(60, title="Same", size=7)
    first = client.get(f"/?sort={sort}")
    ImageItem.objects.get(pk=shown(first)[-1]).delete()
    assert len(shown(client.get("/" + first.context["pagination"].next_url))) == 12


def test_plain_links_lead_through_the_whole_library(client: Client) -> None:
    rows(100)
    first = client.get("/")
    second = client.get("/" + first.context["pagination"].next_url)
    third = client.get("/" + second.context["pagination"].next_url)
    assert len({*shown(first), *shown(second), *shown(third)}) == 100
    assert not third.context["pagination"].next_url


def test_behind_the_deepest_page_only_a_plain_link_leads_on(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows(100)
    monkeypatch.setattr(forms, "MAX_PAGES_SHOWN", 2)
    monkeypatch.setattr(library, "MAX_PAGES_SHOWN", 2)

    deepest = client.get("/?upto=99")

    assert len(shown(deepest)) == 96
    assert not deepest.context["pagination"].load_more_url
    assert len(shown(client.get("/" + deepest.context["pagination"].next_url))) == 4


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("tag=sea", {"tall", "wide"}),
        ("tag=Sea&tag=night", {"wide"}),
        ("color=blue", {"tall"}),
        ("orientation=portrait", {"tall"}),
        ("orientation=landscape", {"wide"}),
        ("orientation=square", {"even"}),
        ("state=ready", {"tall", "wide"}),
        ("state=failed", {"even"}),
        ("tag=sea&color=red", {"wide"}),
    ],
)
def test_filters_narrow_the_list(client: Client, query: str, titles: set[str]) -> None:
    rows(1, title="tall", width=200, height=300, color="blue")
    rows(1, title="wide")
    rows(1, title="even", width=203, height=200, state="failed")
    night, sea = Tag.named(["night", "sea"])
    ImageItem.objects.get(title="tall").tags.set([sea])
    ImageItem.objects.get(title="wide").tags.set([sea, night])
    assert {item.title for item in client.get(f"/?{query}").context["pagination"].items} == titles


def test_a_filter_is_taken_back_by_choosing_it_again(client: Client) -> None:
    rows(1)
    filters = client.get("/?color=red&orientation=landscape&sort=old").context["filters"]
    chosen = next(choice for choice in filters.colours if choice.chosen)
    assert chosen.label == "Red"
    assert chosen.href == "?orientation=landscape&sort=old"
    assert filters.clear == "?sort=old"


def test_tags_are_counted_among_what_one_may_see(client: Client) -> None:
    visible, hidden = rows(2)
    ImageItem.objects.filter(pk=hidden.pk).update(visibility="hidden")
    for item in (visible, hidden):
        item.tags.set(Tag.named(["sea"]))
    hidden.tags.add(*Tag.named(["secret"]))
    menu = client.get("/").context["filters"].tags
    assert [(choice.label, choice.hint) for choice in menu.choices] == [("sea", "1")]


def test_the_hidden_are_a_filter_for_those_who_see_any(client: Client, curator: User) -> None:
    rows(1)
    rows(1, title="Secret", visibility="hidden")
    assert "state=hidden" not in client.get("/").content.decode()
    assert not client.get("/?state=hidden").context["total"]
    client.force_login(curator)
    assert client.get("/?state=hidden").context["total"] == 1


@pytest.mark.parametrize(
    "query",
    [
        "color=mauve",
        "sort=%00",
        "upto=0",
        "upto=x",
        "after=99999999999999999999999",
        "last=-1",
        "after=abc:def&last=%00",
        "tag=%00",
        "&".join(f"tag=t{number}" for number in range(21)),
        "state=",
    ],
)
def test_nonsense_in_the_url_is_left_out(client: Client, query: str) -> None:
    rows(3)
    assert len(shown(client.get(f"/?{query}"))) == 3


def test_an_image_that_is_only_an_address_has_a_tile_too(client: Client) -> None:
    rows(1, sha256=None, width=None, height=None, state="pending", title="Far away")
    assert "Far away" in client.get("/").content.decode()


def test_pages_and_fragments_are_told_apart_by_caches(client: Client) -> None:
    rows(1)
    assert {"HX-Request", "HX-Target"} <= set(client.get("/")["Vary"].split(", "))


def test_a_history_restore_gets_the_whole_page(client: Client) -> None:
    rows(1)
    headers = {"HX-Request": "true", "HX-Target": "more", "HX-History-Restore-Request": "true"}
    assert "<html" in client.get("/", headers=headers).content.decode()


def test_queries_do_not_grow_with_the_number_of_images(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for count in (3, 100):
        for item in rows(count)[:3]:
            item.tags.set(Tag.named(["sea"]))
        with django_assert_num_queries(5):  # the images, their number, the frame's counts, ids and tags
            client.get("/?upto=3")


def test_the_theme_is_a_cookie_that_the_page_follows(client: Client) -> None:
    rows(1)
    answer = client.post("/theme/", {"theme": "dark", "next": "/?color=red"})
    assert answer["Location"] == "/?color=red"
    assert 'data-theme="dark"' in client.get("/").content.decode()
    for elsewhere in ("//evil.example/", "evil.example", "library", "?x", ""):
        assert client.post("/theme/", {"theme": "light", "next": elsewhere})["Location"] == "/"


def test_the_setting_of_scores_is_a_cookie_that_the_page_follows(client: Client) -> None:
    rows(1)
    assert 'data-scores=""' in client.get("/").content.decode()
    client.post("/scores/", {"scores": "rings"})
    assert 'data-scores="rings"' in client.get("/").content.decode()
    client.post("/scores/", {"scores": "numbers"})
    assert 'data-scores="numbers"' in client.get("/search/").content.decode()
    client.post("/scores/", {"scores": ""})
    assert 'data-scores=""' in client.get("/").content.decode()
