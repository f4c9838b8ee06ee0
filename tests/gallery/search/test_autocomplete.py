"""Help while typing: what begins with these letters, and which words the model is unsure of."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from gallery.models import Tag, Term
from gallery.search import autocomplete
from imagesearch.embeddings.registry import get_embedder
from tests.conftest import add
from tests.support.embedder import COLOURS, ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def names(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model can list its colours."""

    def known(self: ColourEmbedder, beginning: str, most: int) -> list[str]:
        return [name for name in COLOURS if name.startswith(beginning.lower())][:most]

    monkeypatch.setattr(ColourEmbedder, "known", known)


def ask(client: Client, typed: str) -> Any:
    return client.get("/search/suggest", {"q": typed}, headers={"Accept": "application/json"}).json()


def entries(client: Client, typed: str) -> list[tuple[str, str, int | None]]:
    return [(each["value"], each["kind"], each["count"]) for each in ask(client, typed)["suggestions"]]


def test_tags_names_and_titles_begin_with_what_is_typed(client: Client) -> None:
    add("red", title="Rehearsal", tags=["reeds", "Relief"])
    add("red", mark=1, title="At the reef", tags=["reeds"])
    assert entries(client, "re") == [
        ("reeds", "tag", 2),
        ("Relief", "tag", 1),
        ("red", "known", None),
        ("Rehearsal", "title", None),
        ("At the reef", "title", None),
    ]
    assert entries(client, "ree") == [("reeds", "tag", 2), ("At the reef", "title", None)]
    assert entries(client, "xyz") == []


def test_letters_are_compared_folded(client: Client) -> None:
    add("red", title="Émile", tags=["Élan"])
    assert entries(client, "EL") == [("Élan", "tag", 1)]
    assert entries(client, "ém") == [("Émile", "title", None)]


def test_the_last_words_are_completed_and_those_before_stay(client: Client) -> None:
    add("red", title="Golden hour", tags=["big top", "topaz"])
    assert entries(client, "red big to") == [("red big top", "tag", 1), ("red big topaz", "tag", 1)]
    assert entries(client, "blue  GOLDEN ho") == [("blue Golden hour", "title", None)]


def test_behind_a_space_a_word_is_whole(client: Client) -> None:
    add("red", title="Big topaz", tags=["big top", "bigger"])
    assert entries(client, "big ") == [("big top", "tag", 1), ("Big topaz", "title", None)]


def test_what_is_a_tag_and_a_name_comes_once(client: Client) -> None:
    add("red", title="Red", tags=["red"])
    assert entries(client, "r") == [("red", "tag", 1)]


def test_one_letter_begins_too_many_titles(client: Client) -> None:
    add("blue", title="Quay")
    assert entries(client, "q") == []
    assert entries(client, "qu") == [("Quay", "title", None)]


def test_at_most_eight_entries_and_each_kind_has_its_share(client: Client) -> None:
    for mark in range(9):
        add("red", mark=mark, title=f"Red {mark}", tags=[f"red{mark}"])
    kinds = [kind for _, kind, _ in entries(client, "red")]
    assert kinds == ["tag"] * 4 + ["known"] + ["title"] * 3
    assert [kind for _, kind, _ in entries(client, "red1")] == ["tag"]


def test_the_most_used_tags_come_first(client: Client) -> None:
    for mark in range(3):
        add("red", mark=mark, title="x", tags=["sea", "seal"][: mark + 1])
    assert entries(client, "se") == [("sea", "tag", 3), ("seal", "tag", 2)]


def test_many_images_are_not_counted_to_the_last(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autocomplete, "MAX_COUNTED", 1)
    for mark in range(3):
        add("red", mark=mark, title="x", tags=["sea"])
    assert "Tag, 1+ image" in client.get("/search/suggest?q=sea").content.decode()


def test_a_tag_is_counted_to_its_last_image(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autocomplete, "LINKS_READ", 2)
    for mark in range(5):
        add("red", mark=mark, title="x", tags=["sea"], visibility="public" if mark > 1 else "hidden")
    assert entries(client, "sea") == [("sea", "tag", 3)]
    add("red", mark=6, title="x", tags=["sea"])
    assert entries(client, "sea") == [("sea", "tag", 4)]


def test_nothing_hidden_is_suggested_or_counted(client: Client, uploader: User) -> None:
    add("red", title="Secret reef", tags=["reef", "secret"], visibility="hidden", owner=uploader)
    add("red", mark=1, title="Open", tags=["reef"])
    assert entries(client, "reef") == [("reef", "tag", 1)]
    assert entries(client, "secret") == []
    client.force_login(uploader)
    assert entries(client, "reef") == [("reef", "tag", 2), ("Secret reef", "title", None)]
    assert entries(client, "secret")[0] == ("secret", "tag", 1)


def test_what_is_hidden_takes_no_place_from_what_is_not(client: Client, uploader: User) -> None:
    for mark in range(autocomplete.TAGS_COUNTED + 1):
        tags = [f"ca{mark:02}"]
        add("red", mark=mark, title=f"Ca{mark:02}", tags=tags, visibility="hidden", owner=uploader)
    add("blue", title="Cat", tags=["cats"])
    assert entries(client, "ca") == [("cats", "tag", 1), ("Cat", "title", None)]


def test_hidden_titles_take_no_place_either(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(autocomplete, "TITLES_READ", 2)
    for mark in range(3):
        add("red", mark=mark, title=f"Harbour {mark}", visibility="hidden")
    add("blue", title="Harbour at night")
    assert entries(client, "harb") == [("Harbour at night", "title", None)]


def test_tags_of_equal_use_have_their_natural_order(client: Client) -> None:
    add("red", tags=["img10", "img2", "IMG1"])
    tags = [name for name, kind, _ in entries(client, "img") if kind == "tag"]
    assert tags == ["IMG1", "img2", "img10"]


def test_the_most_used_come_first_wherever_they_stand_in_the_alphabet(client: Client) -> None:
    for mark in range(3):
        add("red", mark=mark, title="x", tags=["castle", f"ca{mark}", *(f"ca{mark}{n:02}" for n in range(8))])
    assert entries(client, "ca")[0] == ("castle", "tag", 3)
    assert entries(client, "ca00")[:2] == [("ca000", "tag", 1), ("ca001", "tag", 1)]
    assert entries(client, "ca1")[0] == ("ca1", "tag", 1)


def test_a_title_that_begins_with_a_stop_word_is_completed_once(client: Client) -> None:
    add("red", title="The red house")
    add("blue", title="On the water")
    add("blue", mark=1, title="In front of the red house")
    assert ("The red house", "title", None) in entries(client, "the re")
    assert ("On the water", "title", None) in entries(client, "on the w")
    assert entries(client, "blue on the wa") == [("blue On the water", "title", None)]
    assert entries(client, "on the ") == []
    values = [value for value, _, _ in entries(client, "in front of the re")]
    assert "In front of the red house" in values
    assert "in front In front of the red house" not in values


def test_a_word_that_the_model_is_unsure_of_is_named_with_what_becomes_of_it(client: Client) -> None:
    sentence = "The model is unsure of “xyzzy”. It is searched in titles, tags and file names only."
    assert ask(client, "xyzzy")["unsure"] == [{"word": "xyzzy", "sentence": sentence}]
    assert ask(client, "red xyzzy")["unsure"] == [{"word": "xyzzy", "sentence": sentence}]


def test_a_word_that_may_still_become_one_that_is_known_is_not_doubted(client: Client) -> None:
    assert ask(client, "xyzzy pur")["unsure"][0]["word"] == "xyzzy"
    assert len(ask(client, "xyzzy pur")["unsure"]) == 1
    assert [each["word"] for each in ask(client, "xyzzy pur ")["unsure"]] == ["xyzzy", "pur"]


def test_a_model_without_words_says_where_they_are_searched(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ColourEmbedder, "embeds_text", False)
    assert "does not support words" in ask(client, "harbour")["unsure"][0]["sentence"]


def test_nothing_is_embedded(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def embed_texts(self: ColourEmbedder, texts: Any, purpose: str = "query") -> Any:
        raise AssertionError("Typing help embeds nothing.")

    add("red", title="Reef", tags=["reef"])
    monkeypatch.setattr(ColourEmbedder, "embed_texts", embed_texts)
    assert len(entries(client, "re")) == 2
    assert get_embedder().name == ColourEmbedder.name


def test_the_fragment_is_a_list_of_options(client: Client) -> None:
    add("red", title="<b>Reef</b>")
    page = client.get("/search/suggest?q=blue ree")
    assert page.headers["Cache-Control"].startswith("max-age=0")
    text = page.content.decode()
    assert 'role="listbox"' in text
    assert 'data-value="blue &lt;b&gt;Reef&lt;/b&gt;"' in text
    assert 'aria-selected="false"' in text
    assert client.get("/search/suggest").content.decode().strip() == ""


@pytest.mark.parametrize(
    "typed", ["", " ", "\x00", "%", "_", "'", "a" * 3000, "ſ ǆ", "😀", "--", "\U0010ffff"]
)
def test_whatever_is_typed_is_answered(client: Client, typed: str) -> None:
    add("red", title="Reef")
    assert client.get("/search/suggest", {"q": typed}).status_code == 200


def test_typing_is_limited_only_where_nobody_types_so_fast(client: Client, settings: Any) -> None:
    settings.WORD_SEARCHES_PER_MINUTE = 1
    assert [client.get("/search/suggest?q=a").status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/search/?q=red").status_code == 200


def test_questions_do_not_grow_with_the_gallery(client: Client) -> None:
    counts = []
    for marks in (range(2), range(2, 20)):
        for mark in marks:
            add("red", mark=mark, title=f"Reef {mark}", tags=["reef"])
        with CaptureQueriesContext(connection) as queries:
            client.get("/search/suggest?q=reef")
        counts.append(len(queries))
    assert counts[0] == counts[1]


@pytest.mark.sqlite
def test_letters_are_looked_up_in_indexes() -> None:
    add("red", title="Reef", tags=["reef"])
    with connection.cursor() as cursor:  # other tests leave statistics, of tables with a row or two
        cursor.execute("ANALYZE gallery_tag")
        cursor.execute("DELETE FROM sqlite_stat1")
        cursor.execute("ANALYZE sqlite_schema")
    for rows in (
        Tag.objects.filter(autocomplete.beginning_with("key", "re")).order_by("key"),
        Term.objects.filter(autocomplete.beginning_with("term", "re"), weight__gte=3),
        autocomplete.Links.objects.filter(tag=Tag.objects.get(), pk__gt=0).order_by("pk"),
    ):
        assert "SCAN" not in rows.explain()
