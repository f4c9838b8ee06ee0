"""Words that the model does not know: read as others on pages, in the API, in saved searches and feeds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client

from gallery.models import ImageItem
from gallery.models.word_index import near_words
from imagesearch.embeddings.base import Matrix, Reading, Vocabulary
from imagesearch.embeddings.builtin.unknown_words import reading
from tests.conftest import add
from tests.gallery.support.api_programs import Api
from tests.gallery.support.saved_searches import logged_in, only, read, save
from tests.gallery.support.search_page import text
from tests.support.embedder import ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _interpreter(monkeypatch: pytest.MonkeyPatch) -> None:
    """The colours' model reads words as the default one does; any family looks green to it."""

    def interpret(
        self: ColourEmbedder, words: str, vocabulary: Vocabulary, *, families: bool = True
    ) -> Reading:
        return reading.interpret(words, self.read, lambda word: False, vocabulary, families=families)

    def embed_reading(self: ColourEmbedder, found: Reading) -> Matrix:
        return np.array(self.embed_texts([" ".join((*found.sure, *["green"] * len(found.families)))]))

    monkeypatch.setattr(ColourEmbedder, "interpret", interpret)
    monkeypatch.setattr(ColourEmbedder, "embed_reading", embed_reading)
    monkeypatch.setattr(ColourEmbedder, "gaps", "trees and people")


def titles(answer: Any) -> list[str]:
    return [hit.item.title for group in answer.context["bands"] for hit in group.hits]


class TestPage:
    def test_a_foreign_word_is_translated_and_the_page_says_so(self, client: Client) -> None:
        for color in ("red", "blue"):
            add(color, title=color.title(), name="x.png")
        answer = client.get("/search/?q=rotes")
        assert titles(answer) == ["Red"]
        assert "Searched “rotes” as “red” (German)." in text(answer)
        assert 'href="?q=rotes&amp;literal=1"' in text(answer)

    def test_captions_and_names_are_searched_for_the_word_as_typed_too(self, client: Client) -> None:
        add("red", title="Red", name="x.png")
        add("blue", title="Blue", name="x.png", caption="Rotes Licht")
        add("yellow", title="Yellow", name="x.png", caption="A red light")
        assert set(titles(client.get("/search/?q=rotes"))) == {"Red", "Blue", "Yellow"}

    def test_two_searches_of_the_same_images_have_their_own_words_as_typed(self) -> None:
        add("blue", title="Sea", name="rotes.png")
        images = ImageItem.objects.all()
        found, _other = images.search("rotes"), images.search("red")
        assert [("words" in image.found_by) for image in found[:1]] == [True]

    def test_a_noun_shows_its_family(self, client: Client) -> None:
        for color in ("red", "green"):
            add(color, title=color.title(), name="x.png")
        answer = client.get("/search/?q=papaya")
        assert {group.key: titles(answer) for group in answer.context["bands"]} == {"likely": ["Green"]}
        assert "The model does not know “papaya”; this shows fruit." in text(answer)
        assert "nothing is a strong match" in text(answer)

    def test_a_misspelt_word_is_offered_and_not_applied(self, client: Client) -> None:
        add("purple", title="One", name="x.png")
        answer = client.get("/search/?q=purpel&min=0.4")
        assert titles(answer) == []
        assert '<a href="?q=purple&amp;min=0.4">purple</a>?' in text(answer)
        assert "The model is unsure" not in text(answer)  # the offer says it

    def test_a_word_with_two_readings_is_offered(self, client: Client) -> None:
        answer = client.get("/search/?q=rosa")
        assert '“rosa” may mean <a href="?q=pink">pink (German)</a> · <a href="?q=rose">rose' in text(answer)

    def test_an_unknown_word_says_what_the_model_does_not_know(self, client: Client) -> None:
        answer = client.get("/search/?q=xyzzy")
        assert "It does not know trees and people." in text(answer)

    def test_the_literal_search_is_part_of_every_link(self, client: Client) -> None:
        red = add("red", title="Red", name="x.png")
        add("blue", title="Blue", caption="Rotes Licht", name="x.png")
        answer = client.get("/search/?q=rotes&literal=1")
        assert titles(answer) == ["Blue"]
        assert "Searched" not in text(answer)
        form = answer.context["form"]
        assert form.link(page=2) == "?q=rotes&literal=1&page=2"
        assert form.link_to(form.query.less(red.pk)) == f"?q=rotes&less={red.pk}&literal=1"
        assert ("literal", "1") in form.kept
        assert ("literal", "1") in form.besides_words
        assert ("literal", "1") in form.composed
        assert 'href="?q=rotes"' in text(answer)

    def test_a_known_word_has_no_literal_search(self, client: Client) -> None:
        add("red")
        assert "literal" not in text(client.get("/search/?q=red"))
        assert "as they were typed" not in text(client.get("/search/?q=red&literal=1"))

    def test_the_literal_search_of_what_is_excluded_offers_no_family(self, client: Client) -> None:
        add("red", title="A")
        assert client.get("/search/?q=red&not=papaya&literal=1").context["word_notes"] == []

    def test_what_is_excluded_is_translated_but_no_family(self, client: Client) -> None:
        for color in ("red", "green", "blue"):
            add(color, title=color.title(), name="x.png")
        page = text(client.get("/search/?q=green&not=rotes"))
        assert "Searched “rotes” as “red” (German)." in page
        page = text(client.get("/search/?q=blue&not=papaya"))
        assert "unsure of “papaya”, so only images with it in their title or tags rank lower" in page


class TestWordsOfTitlesAndTags:
    def test_they_are_searched_as_they_are(self, client: Client) -> None:
        add("blue", title="Rot", name="x.png")
        add("red", title="Red", name="x.png")
        answer = client.get("/search/?q=rot")
        assert titles(answer) == ["Rot"]
        assert '“rot” may mean <a href="?q=red">red (German)</a>' in text(answer)

    def test_those_of_hidden_images_change_nothing_and_are_not_offered(self, client: Client) -> None:
        add("blue", title="Rot Grandma", name="x.png", visibility="hidden")
        add("red", title="Red", name="x.png")
        assert titles(client.get("/search/?q=rot")) == ["Red"]
        assert "grandma" not in text(client.get("/search/?q=grandmma"))
        assert near_words(ImageItem.objects.visible_to(None), "grandmma") == []

    def test_a_link_answers_its_owner_as_everybody(self, uploader: User, settings: Any) -> None:
        add("blue", title="Rot", name="x.png", visibility="hidden", owner=uploader)
        add("red", title="Red", name="x.png")
        answer = logged_in(uploader, settings).get("/search/?q=rot")
        assert "Searched “rot” as “red” (German)." in text(answer)

    @pytest.mark.parametrize(
        ("word", "near"),
        [("grandmma", "grandma"), ("grnadma", "grandma"), ("grandmothar", "grandmother"), ("kiev", "")],
    )
    def test_misspelt_ones_are_offered(self, word: str, near: str, client: Client) -> None:
        add("red", title="Grandma and grandmother")
        found = near_words(ImageItem.objects.all(), word)
        assert found == ([near] if near else [])
        assert bool(near) == ("may be misspelt" in text(client.get(f"/search/?q={word}")))


class TestPrograms:
    def test_the_answer_says_as_what_words_were_read(self) -> None:
        add("red", title="One", name="x.png")
        answer = Api().get("/api/search", q="rotes").json()
        assert answer["read_as"] == [{"word": "rotes", "as": "red", "kind": "translation", "language": "de"}]
        assert [hit["band"] for hit in answer["results"]] == ["strong"]
        assert Api().get("/api/search", q="papaya").json()["read_as"] == [
            {"word": "papaya", "as": "fruit", "kind": "family"}
        ]
        answer = Api().get("/api/search", q="purpel").json()
        assert answer["offers"] == [{"word": "purpel", "as": "purple", "kind": "spelling"}]

    def test_literal_turns_it_off(self) -> None:
        add("red", title="One", name="x.png")
        answer = Api().get("/api/search", q="rotes", literal="1").json()
        assert (answer["read_as"], answer["results"]) == ([], [])
        answer = Api().post_json("/api/search", parts=[{"words": "rotes"}], literal=True).json()
        assert answer["results"] == []


def test_saved_searches_and_feeds_read_words_alike(uploader: User, settings: Any) -> None:
    client = logged_in(uploader, settings)
    add("red", title="One", name="x.png")
    save(client, "q=rotes")
    assert [entry["title"] for entry in read(only())["items"]] == ["One"]
    only().delete()
    save(client, "q=rotes&literal=1")
    assert only().query == "q=rotes&literal=1"
    assert read(only())["items"] == []


def test_typing_help_says_as_what_words_are_read(client: Client) -> None:
    def notes(words: str) -> list[str]:
        found = client.get("/search/suggest", {"q": words}, headers={"Accept": "application/json"}).json()
        return [doubt["sentence"] for doubt in found["unsure"]]

    assert notes("rotes ") == ["Searched “rotes” as “red” (German)."]
    assert notes("papaya ") == ["The model does not know “papaya”; this shows fruit."]
    assert notes("purpel ") == ["“purpel” may be misspelt. Did you mean purple?"]
