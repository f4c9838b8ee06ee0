"""Words as people type them, on the pages: in every script, in tags, and in typing help."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.admin.lists import having_words
from gallery.models import ImageItem, Tag
from tests.conftest import add
from tests.gallery.support.search_page import bands, text

pytestmark = pytest.mark.django_db(transaction=True)


def shown(client: Client, query: str) -> set[str]:
    """The titles that a search for these words finds by words."""
    answer = client.get("/search/", {"q": query})
    assert answer.status_code == 200
    return {title for titles in bands(answer).values() for title in titles}


@pytest.mark.parametrize(
    ("title", "query"),
    [
        ("my selfies 2019", "selfie"),
        ("one cookie", "cookies"),
        ("tomatoes", "tomato"),
        ("two sizes", "size"),
        ("buses", "bus"),
        ("mustaches", "mustache"),
        ("movies", "movie"),
        ("lenses", "lens"),
        ("potatoes", "potato"),
        ("women", "woman"),
        ("leaves", "leaf"),
        ("東京タワーの夜景", "東京タワー"),
        ("แมวดำ", "แมว"),
        ("Łódź street", "Lodz"),
        ("Øresund bridge", "Oresund"),
        ("I met 🐱", "🐱"),
        ("C++ book", "C++"),
    ],
)
def test_a_title_is_found_by_words_that_people_type(client: Client, title: str, query: str) -> None:
    add("red", name="a.png", title=title)
    add("red", mark=1, name="b.png", title="Other")
    assert shown(client, query) == {title}


def test_marks_of_other_scripts_make_other_words(client: Client) -> None:
    add("red", name="a.png", title="किताब")
    add("red", mark=1, name="b.png", title="कातिब")
    assert shown(client, "किताब") == {"किताब"}


def test_a_file_is_found_by_its_number(client: Client) -> None:
    add("red", name="DSC01273.png", title="")
    assert shown(client, "1273") == {"DSC01273"}


@pytest.mark.parametrize(("tag", "other"), [("🐱", "🐶"), ("An", "The"), ("C++", "C#"), ("バス", "ハス")])
def test_a_tag_is_searched_and_filtered_alone(client: Client, tag: str, other: str) -> None:
    add("red", name="x.png", title="right", tags=[tag])
    add("red", mark=1, name="y.png", title="wrong", tags=[other])
    assert shown(client, tag) == {"right"}
    assert [item.title for item in client.get("/", {"tag": tag}).context["pagination"].items] == ["right"]
    answer = text(client.get("/search/", {"q": tag}))
    assert "only titles, tags and file names were searched." in answer
    assert "press Enter" not in answer


@pytest.mark.parametrize(("one", "other"), [("kitten", "kitten\u200b"), ("❤", "❤\ufe0f"), ("👍", "👍🏿")])
def test_what_looks_the_same_is_one_tag(client: Client, one: str, other: str) -> None:
    add("red", name="x.png", tags=[one])
    add("red", mark=1, name="y.png", tags=[other])
    assert Tag.objects.count() == 1
    assert ImageItem.objects.tagged(one).count() == ImageItem.objects.tagged(other).count() == 2


def test_475_kana_are_searched(client: Client) -> None:
    title = "アイウエオカキクケコ"
    add("red", name="x.png", title=title)
    assert title in shown(client, (title * 48)[:475])
    assert len(quote((title * 48)[:475])) > 4094


def test_words_that_an_image_has_in_part_count_by_their_share() -> None:
    whole, half = add("red", title="東京タワー"), add("red", mark=1, title="東京駅")
    found = dict(ImageItem.objects.word_matches("東京タワー", 5))
    assert found[whole.pk] == pytest.approx(1.0)
    assert 0 < found[half.pk] < 0.5
    assert {pk for pk, _ in ImageItem.objects.word_matches("京", 5)} == {whole.pk, half.pk}


def test_a_word_counts_once_by_its_best_form() -> None:
    item = add("red", name="x.png", title="Cats", caption="a cat, cats")
    assert ImageItem.objects.word_matches("cats", 5) == [(item.pk, 1.0)]
    assert ImageItem.objects.word_matches("cats cat", 5) == [(item.pk, 1.0)]


def suggested(client: Client, typed: str) -> list[str]:
    answer = client.get("/search/suggest", {"q": typed}, headers={"Accept": "application/json"})
    found: list[dict[str, Any]] = answer.json()["suggestions"]
    return [entry["value"] for entry in found if entry["kind"] != "known"]


@pytest.mark.parametrize(
    ("typed", "title"),
    [
        ("selfi", "Selfies"),
        ("東京タ", "東京タワー"),
        ("किता", "किताब"),
        ("Lod", "Łódź street"),
    ],
)
def test_typing_suggests_titles_as_they_are_written(client: Client, typed: str, title: str) -> None:
    add("red", name="x.png", title=title)
    assert suggested(client, typed) == [title]


def test_typing_suggests_no_keys_and_no_pairs_within_words(client: Client) -> None:
    add("red", name="x.png", title="Cookies 東京タワー")
    assert suggested(client, "cooky") == suggested(client, "タワ") == []


def test_the_admin_finds_by_the_same_words() -> None:
    item = add("red", name="x.png", title="東京タワー selfies", tags=["An"])
    for query in ("selfie", "東京 selfies", "京", "An"):
        assert [found.pk for found in having_words(ImageItem.objects.all(), query)] == [item.pk]
    assert not having_words(ImageItem.objects.all(), "大阪").exists()


def test_the_api_filters_by_the_same_tags(client: Client, uploader: User) -> None:
    add("red", name="x.png", tags=["C++"])
    assert client.get("/api/images", {"tag": "c++"}).json()["count"] == 1
    assert client.get("/api/images", {"tag": "C"}).json()["count"] == 0
