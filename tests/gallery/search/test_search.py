"""Search in the browser: by words, page by page, while somebody types; all of it in the URL."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.models import VectorSpace
from gallery.views import search
from imagesearch.embeddings.base import Reading
from imagesearch.query.query_vector import cache
from tests.conftest import add
from tests.gallery.support.search_page import SCROLLING, TYPING, bands, text
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

# --- words


def test_words_find_what_images_show_in_bands(client: Client) -> None:
    for color in ("red", "purple", "green"):
        add(color, title=color.title(), name="x.png")

    answer = client.get("/search/?q=red")

    assert bands(answer) == {"strong": ["Red"], "likely": ["Purple"]}
    page = text(answer)
    assert "2 images: 1 strong, 1 likely" in page
    assert "1 at 0.70 and above" in page
    assert "1 between 0.50 and 0.70" in page
    assert "<title>red · Gallery</title>" in page
    assert 'value="red"' in page


def test_each_hit_says_why(client: Client) -> None:
    add("red", title="Sunset", tags=["red", "sky"])
    page = text(client.get("/search/?q=red"))
    assert "what it shows and its title, tags or file name" in page
    assert "Cosine 0.9" in page
    assert "for this model strong starts at 0.80" in page
    assert '<a class="chip" href="/?tag=red">red</a>' in page
    assert "/?tag=sky" not in page


def test_a_score_is_never_shown_as_more_than_it_is() -> None:
    from gallery.templatetags.gallery import score

    assert score(0.6999) == "0.69"
    assert score(0.29) == "0.29"


def test_an_unsure_word_is_named(client: Client) -> None:
    add("red")
    page = text(client.get("/search/?q=red+moonlight"))
    assert "The model is unsure of “moonlight”; titles" in page


def test_unsure_words_alone_search_only_the_word_index_and_the_page_says_so(client: Client) -> None:
    add("red", title="Moonlight")
    add("red", mark=1, title="Other")
    answer = client.get("/search/?q=moonlight")
    assert bands(answer) == {"likely": ["Moonlight"]}
    assert "The model is unsure of “moonlight”, so only titles" in text(answer)


def test_a_model_without_words_says_so(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ColourEmbedder, "embeds_text", False)
    add("red", title="Moonlight")
    answer = client.get("/search/?q=moonlight")
    assert bands(answer) == {"likely": ["Moonlight"]}
    assert "This model does not support words" in text(answer)


def test_without_a_strong_match_the_page_says_so(client: Client) -> None:
    add("white", title="Snow")
    page = text(client.get("/search/?q=red"))
    assert "No strong match for “red”." in page
    assert "likely matches start at 0.50" in page
    assert "Try with a picture" in page


def test_what_is_weaker_is_counted_and_can_be_shown(client: Client) -> None:
    add("red", title="Red")
    add("blue", title="Blue")
    answer = client.get("/search/?q=red")
    assert bands(answer) == {"strong": ["Red"]}
    page = text(answer)
    assert "1 image below 0.35 is not shown." in page
    assert '<a href="?q=red&amp;min=0">Show 1 weaker</a>' in page
    assert bands(client.get("/search/?q=red&min=0")) == {"strong": ["Red"], "hidden": ["Blue"]}


def test_the_lowest_score_lives_in_the_url(client: Client) -> None:
    add("red", title="Red")
    add("purple", title="Purple")
    assert bands(client.get("/search/?q=red&min=0.7")) == {"strong": ["Red"]}


def test_a_model_without_calibration_has_an_order_but_no_bands(client: Client) -> None:
    add("red", title="Red")
    add("blue", title="Blue")
    VectorSpace.objects.update(calibration=None)
    answer = client.get("/search/?q=red")
    assert bands(answer) == {"all": ["Red", "Blue"]}
    assert "No strong match" not in text(answer)


def test_filters_narrow_a_search_too(client: Client) -> None:
    add("red", title="Wide", tags=["sea"])
    add("red", title="Tall", size=(40, 60))
    assert bands(client.get("/search/?q=red&tag=sea")) == {"strong": ["Wide"]}
    assert bands(client.get("/search/?q=red&orientation=portrait")) == {"strong": ["Tall"]}
    assert 'name="tag" value="sea"' in text(client.get("/search/?q=red&tag=sea"))


def test_as_many_tags_as_can_be_asked_for_are_joined(client: Client) -> None:
    add("red", tags=[f"t{number}" for number in range(20)])
    query = "&".join(f"tag=t{number}" for number in range(20))
    assert client.get(f"/?{query}").context["total"] == 1
    assert client.get(f"/search/?q=red&{query}").context["results"].total == 1


def test_nothing_hidden_is_found_or_counted(client: Client, uploader: User) -> None:
    add("red", title="Secret", visibility="hidden", owner=uploader)
    page = text(client.get("/search/?q=red&min=0"))
    assert "Secret" not in page
    assert "0 images" in page


def test_an_empty_search_shows_what_can_be_asked(client: Client) -> None:
    item = add("red", tags=["sea"])
    page = text(client.get("/search/"))
    assert '<a class="chip" href="?q=sea">sea</a>' in page
    assert 'href="?q=teal"' in page
    assert f'href="?like={item.pk}"' in page


def test_too_many_words_are_refused_in_place(client: Client) -> None:
    answer = client.get("/search/", {"q": "red " * 200})
    assert answer.status_code == 400
    assert "at most 500 can be searched at once" in text(answer)
    assert "<html" in text(answer)


def test_queries_do_not_grow_with_the_number_of_hits(client: Client) -> None:
    counts = []
    for marks in (range(2), range(2, 20)):
        for mark in marks:
            add("red", mark=mark, tags=["a", "b"])
        client.get("/search/?q=red")  # meets the new vectors
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/?q=red")
        counts.append(len(queries))
    assert counts[0] == counts[1]


# --- while typing


def test_typing_changes_what_is_found_and_the_url(client: Client) -> None:
    add("red", title="Red")
    answer = client.get("/search/?q=red&color=red", headers=TYPING)
    assert answer["HX-Replace-Url"] == "?q=red&color=red"
    page = text(answer)
    assert "<html" not in page
    assert "<title>red · Gallery</title>" in page
    assert '<p class="vh" id="live" hx-swap-oob="innerHTML">1 image: 1 strong</p>' in page
    assert 'id="query-chips" hx-swap-oob="true"' in page


def test_typing_asks_a_remote_model_nothing(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    add("red", title="Red")
    monkeypatch.setattr(ColourEmbedder, "local", False)
    monkeypatch.setattr(ColourEmbedder, "embed_texts", lambda *_: pytest.fail("asked the model"))
    answer = client.get("/search/?q=red", headers=TYPING)
    assert bands(answer) == {"likely": ["Red"]}
    assert "press Enter to search by meaning" in text(answer)


def test_words_that_the_model_cannot_use_are_not_said_to_be_searched_by_meaning(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ColourEmbedder, "read", lambda *_: Reading(sure=(), unsure=()))
    for headers in (TYPING, {}):
        page = text(client.get("/search/", {"q": "🐱"}, headers=headers))
        assert "press Enter" not in page
        assert "The model cannot use “🐱”" in page


def test_which_filter_left_nothing_costs_no_embedding(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("red", title="Red")
    monkeypatch.setattr(ColourEmbedder, "local", False)
    monkeypatch.setattr(ColourEmbedder, "embed_texts", lambda *_: pytest.fail("asked the model"))
    answer = client.get("/search/?q=red&color=green", headers=TYPING)
    assert [(drop.label, drop.count) for drop in answer.context["relaxed_filters"]] == [("green", 1)]


def test_what_cannot_be_taken_away_is_named(client: Client) -> None:
    blue = add("blue")
    add("red", title="Moonlight")
    assert "Exclusions apply to search by meaning" in text(client.get(f"/search/?q=moonlight&less={blue.pk}"))
    page = text(client.get("/search/?q=red&not=moonlight"))
    assert "unsure of “moonlight”, so only images with it in their title or tags rank lower" in page


def test_a_box_that_was_let_go_of_asks_a_remote_model(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = add("red", title="Red")
    add("red", mark=1, title="Other")
    monkeypatch.setattr(ColourEmbedder, "local", False)
    cache.clear()
    query = f"/search/?like={item.pk}&crop_of={item.pk}&crop_x=0&crop_width=50"
    answer = client.get(query, headers=TYPING | {"HX-Trigger": "crop"})
    assert bands(answer) == {"strong": ["Other"]}
    assert "data-live" not in text(client.get(f"/search/?like={item.pk}"))


def test_searching_too_often_is_answered_in_place_and_says_when_to_come_back(
    client: Client, settings: Any
) -> None:
    settings.WORD_SEARCHES_PER_MINUTE = 1
    client.get("/search/?q=red")
    answer = client.get("/search/?q=blue", headers=TYPING)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 60
    assert "Try again in" in text(answer)
    assert client.get("/search/?q=red").status_code == 200, "what was asked before costs nothing"


def test_without_anything_sought_a_chip_leads_to_an_empty_search(client: Client) -> None:
    red, blue = add("red"), add("blue")
    page = text(client.get(f"/search/?like={red.pk}&less={blue.pk}"))
    assert f'href="/search/" aria-label="Remove picture: {red}"' in page
    assert f'href="/search/?like={red.pk}" aria-label="Remove less like: {blue}"' in page


def test_a_hit_says_what_its_words_add(client: Client) -> None:
    add("blue", title="Red lagoon")
    page = text(client.get("/search/?q=red"))
    assert "“red” in its title" in page
    adds = re.findall(r'<dt>Words</dt>\s*<dd>“red” in its title</dd>\s*<dd class="num">(.*?)<', page)
    assert [0 < float(number) <= 0.6 for number in adds] == [True]


def test_whoever_logs_in_comes_back_to_the_search(client: Client) -> None:
    assert 'href="/login/?next=/search/%3Fq%3Dred' in text(client.get("/search/?q=red")).replace("%2F", "/")


# --- pages


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE_SIZE", 2)
    for number, color in enumerate(["red", "red", "red", "purple", "purple"]):
        add(color, mark=number, title=f"{color} {number}", name="x.png")


@pytest.mark.usefixtures("two_a_page")
def test_scrolling_goes_on_in_the_band_and_begins_the_next(client: Client) -> None:
    first = client.get("/search/?q=red")
    assert bands(first) == {"strong": ["red 0", "red 1"]}

    second = client.get("/search/" + first.context["pagination"]["load_more_url"], headers=SCROLLING)

    assert bands(second) == {"strong": ["red 2"], "likely": ["purple 3"]}
    assert [group.begins for group in second.context["bands"]] == [False, True]
    assert second["HX-Replace-Url"] == "?q=red&upto=2"
    assert text(second).count('<div class="band">') == 1
    assert bands(client.get("/search/?q=red&upto=2")) == {
        "strong": ["red 0", "red 1", "red 2"],
        "likely": ["purple 3"],
    }


@pytest.mark.usefixtures("two_a_page")
def test_plain_links_lead_through_all_results(client: Client) -> None:
    third = client.get("/search/?q=red&page=3")
    assert bands(third) == {"likely": ["purple 4"]}
    assert client.get("/search/?q=red&page=2").context["pagination"]["next_url"] == "?q=red&page=3"
    assert not third.context["pagination"]["next_url"]


@pytest.mark.usefixtures("two_a_page")
def test_results_end_at_the_deepest_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAX_PAGES_SHOWN", 2)
    pagination = client.get("/search/?q=red&upto=2").context["pagination"]
    assert pagination == {"load_more_url": "", "next_url": ""}


@pytest.mark.usefixtures("two_a_page")
def test_a_page_that_is_refused_leaves_the_results_and_says_why(client: Client, settings: Any) -> None:
    more = client.get("/search/?q=red").context["pagination"]["load_more_url"]
    settings.WORD_SEARCHES_PER_MINUTE = 1
    cache.clear()
    answer = client.get("/search/" + more, headers=SCROLLING)
    assert answer.status_code == 429
    assert answer["HX-Retarget"] == "#message"
    assert int(answer["Retry-After"]) > 0
