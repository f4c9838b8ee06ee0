"""Search from Python: words, pictures, similar ones, through filters and through who may see what."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from django.contrib.auth.models import AnonymousUser, User
from django.http import QueryDict
from PIL import Image

from gallery.ingest.intake import take
from gallery.models import Embedding, ImageItem, ranking
from gallery.search import query_pictures
from imagesearch import hits as hits_module
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import QueryError
from imagesearch.hits import Match
from imagesearch.query import Crop, Picture, Query
from imagesearch.vectors.functions import CosineDistance
from tests.conftest import RGB, add, draw
from tests.gallery.pictures.test_near_duplicates import encoded, scene
from tests.support.rounding import about

pytestmark = pytest.mark.django_db(transaction=True)


def titles(hits: Any) -> list[str]:
    return [hit.title for hit in hits]


def test_words_find_pictures_by_what_they_show() -> None:
    for color in ("red", "blue", "yellow"):
        add(color, name=f"{color[0]}.png")
    hits = ImageItem.objects.search("blue")[:3]
    assert titles(hits)[0] == "b"
    assert hits[0].band == "strong"
    assert hits[0].found_by == ("picture",)
    assert hits[0].distance < hits[1].distance  # type: ignore[operator]


def test_words_find_pictures_by_what_is_written() -> None:
    add("red", name="a.png", title="Harbour in Lisbon")
    add("blue", name="b.png")
    (hit,) = ImageItem.objects.search("lisbon harbour")[:3]
    assert (hit.title, hit.found_by, hit.band) == ("Harbour in Lisbon", ("words",), "likely")


def test_what_both_find_comes_first() -> None:
    add("red", mark=1, name="1.png")
    add("red", mark=2, name="2.png", tags=["red"])
    first, second = ImageItem.objects.search("red")[:2]
    assert (first.title, first.found_by) == ("2", ("picture", "words"))
    assert (second.title, second.found_by) == ("1", ("picture",))


def test_unsure_words_alone_ask_the_word_index_only() -> None:
    add("red", name="a.png", tags=["sunset"])
    add("blue", name="b.png")
    hits = ImageItem.objects.search("sunset")
    assert titles(hits[:5]) == ["a"]
    assert hits.embedded_query.reading.unsure == ("sunset",)


def test_pictures_are_taken_as_image_bytes_and_file(tmp_path: Any) -> None:
    add("red", name="r.png")
    add("blue", name="b.png")
    (tmp_path / "q.png").write_bytes(draw("blue", mark=5))
    picture = Picture.from_path(tmp_path / "q.png")
    for query in (
        picture,
        Picture(draw("blue", mark=6)),
        Picture((tmp_path / "q.png").open("rb")),
        Picture(picture.photo.image),
    ):
        assert titles(ImageItem.objects.search(query)[:1]) == ["b"]


def test_a_string_is_never_a_picture() -> None:
    with pytest.raises(TypeError, match="from_url"):
        Picture("https://example.org/cat.jpg")  # type: ignore[arg-type]


def test_similar_leaves_the_picture_itself_out() -> None:
    red, other, blue = add("red", mark=1), add("red", mark=2), add("blue")
    assert [hit.pk for hit in red.similar()[:5]] == [other.pk, blue.pk]


def test_similar_to_a_picture_without_vector_says_so(settings: Any) -> None:
    settings.EMBED_ON_SAVE = "worker"
    with pytest.raises(QueryError, match="not searchable yet"):
        add("red").similar()[:3]


def test_filters_never_cost_results() -> None:
    for mark in range(30):
        add("blue", mark=mark)
    wanted = [add("red", mark=mark, tags=["pets"]).pk for mark in range(3)]
    hits = ImageItem.objects.visible_to(None).filter(tags__name="pets").search("blue")[:3]
    assert sorted(hit.pk for hit in hits) == wanted


@pytest.mark.slow
def test_hidden_rows_cost_no_results_either() -> None:
    for mark in range(130):
        add("blue", mark=mark, visibility="hidden")
    red = add("red")
    hits = ImageItem.objects.visible_to(None).search("blue")
    assert [hit.pk for hit in hits[:1]] == [red.pk]


def test_within_and_at_least_cut_the_list() -> None:
    add("red"), add("blue")
    assert len(ImageItem.objects.search("red").within(0.2)[:9]) == 1
    assert len(ImageItem.objects.search("red").within(2)[:9]) == 2
    assert len(ImageItem.objects.search("red").at_least(0.7)[:9]) == 1


def test_pages_join_without_gap_or_repetition() -> None:
    for mark in range(25):
        add("red", mark=mark)
    hits = ImageItem.objects.search("red")
    pages = [hit.pk for start in range(0, 30, 10) for hit in hits[start : start + 10]]
    assert pages == [hit.pk for hit in hits]
    assert len(set(pages)) == 25


@pytest.mark.slow
def test_reading_on_and_on_repeats_and_leaves_out_nothing(monkeypatch: Any) -> None:
    monkeypatch.setattr(ranking, "MAX_HITS", 20)
    colors = ["red", "purple", "yellow", "white"]
    for mark in range(120):
        add(colors[mark % 4], mark=mark, title="red" if mark % 3 == 0 else "x")
    found = [item.pk for item in ImageItem.objects.search("red")]
    assert sorted(found) == sorted(ImageItem.objects.values_list("pk", flat=True))


def test_what_is_deleted_meanwhile_is_left_out_and_nothing_repeated() -> None:
    items = [add("red", mark=mark) for mark in range(105)]
    hits = ImageItem.objects.search("red")
    hits.matches(105)
    items[3].delete()
    found = [item.pk for item in hits]
    assert found == [item.pk for item in items if item.pk]


def test_the_plan_says_how_the_hits_were_found() -> None:
    add("red")
    hits = ImageItem.objects.search("red")
    hits[:1]
    assert hits.plan is not None
    assert hits.plan.way == "exact"


def test_nothing_to_search_for_is_an_error_with_a_sentence() -> None:
    with pytest.raises(QueryError, match="nothing to search for"):
        ImageItem.objects.search("  ")


def test_distances_can_be_asked_in_plain_django() -> None:
    red, blue = add("red"), add("blue")
    rows = Embedding.objects.order_by(CosineDistance("vector", red.embedding.vector))
    assert [row.pk for row in rows] == [red.pk, blue.pk]


@pytest.mark.parametrize(
    ("visibility", "moderation", "seen_by"),
    [
        ("public", "approved", {"anonymous", "stranger", "owner", "curator"}),
        ("hidden", "approved", {"owner", "curator"}),
        ("public", "pending", {"owner", "curator"}),
        ("public", "blocked", {"curator"}),
    ],
)
def test_who_sees_what(visibility: str, moderation: str, seen_by: set[str], curator: User) -> None:
    owner, stranger = User.objects.create_user("owner"), User.objects.create_user("stranger")
    add("red", owner=owner, visibility=visibility, moderation=moderation)
    people = {"anonymous": AnonymousUser(), "stranger": stranger, "owner": owner, "curator": curator}
    seen = {name for name, user in people.items() if ImageItem.objects.visible_to(user).exists()}  # type: ignore[arg-type]
    assert seen == seen_by
    found = {name for name, user in people.items() if ImageItem.objects.visible_to(user).search("red")[:1]}  # type: ignore[arg-type]
    assert found == seen_by


# --- queries of many parts ---------------------------------------------------------------------------


def halves(left: str = "red", right: str = "blue") -> bytes:
    image = Image.new("RGB", (60, 40), RGB[left])
    image.paste(RGB[right], (30, 0, 60, 40))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


LEFT, RIGHT = Crop(0, 0, 500, 1000), Crop(500, 0, 500, 1000)


def keep(content: bytes) -> str:
    return query_pictures.keep(Picture(content, "mine.png"), get_embedder()).token


def test_words_and_a_picture_find_what_is_like_both() -> None:
    for color in ("red", "purple", "green"):
        add(color, title="Untitled", name="")
    hits = ImageItem.objects.search(Query().words("blue").more(Picture(draw("red", mark=3))))
    assert [hit.color for hit in hits[:2]] == ["red", "purple"]  # a copy stays the first
    hits = ImageItem.objects.search(Query().words("red").more(Picture(draw("blue"))))
    assert (hits[0].color, hits[0].band) == ("purple", "likely")


def test_less_like_brings_what_is_unwanted_further_down() -> None:
    purple, red, blue = add("purple"), add("red"), add("blue")
    add("red", mark=2, name="red.png"), add("blue", mark=2, name="blue.png")
    query = Query().more(purple)
    assert titles(ImageItem.objects.search(query.less(red))[:3]) == ["blue", "blue", "red"]
    assert titles(ImageItem.objects.search(query.less(blue))[:3]) == ["red", "red", "blue"]


def test_the_pictures_that_a_query_names_are_not_among_its_hits() -> None:
    items = [add("red", mark=mark) for mark in range(4)]
    query = Query().more(items[0]).more(items[1].pk).less(items[2], weight=0.1)
    assert [hit.pk for hit in ImageItem.objects.search(query)[:9]] == [items[3].pk]


def test_nor_are_they_where_their_titles_have_the_words() -> None:
    named, other = add("red", title="Harbour"), add("blue", title="Harbour")
    hits = ImageItem.objects.search(Query().words("harbour").more(named))
    assert [hit.pk for hit in hits[:9]] == [other.pk]


def test_a_part_of_an_image_of_the_library_is_searched_with() -> None:
    both = take(halves(), name="both.png").item
    add("red", name="red.png"), add("blue", name="blue.png")
    for crop, color in ((LEFT, "red"), (RIGHT, "blue")):
        assert titles(ImageItem.objects.search(Query().more(both, crop=crop))[:1]) == [color]


def test_a_query_picture_is_asked_by_its_token_whole_or_in_part() -> None:
    add("red", name="red.png"), add("blue", name="blue.png"), add("purple", name="purple.png")
    token = keep(halves())
    for crop, color in ((None, "purple"), (LEFT, "red"), (RIGHT, "blue")):
        assert titles(ImageItem.objects.search(Query().more(token, crop=crop))[:1]) == [color]


def test_the_same_query_from_python_and_from_a_url_finds_the_same() -> None:
    items = [add(color, mark=mark) for mark in range(3) for color in ("red", "blue", "purple")]
    token = keep(halves("red", "green"))
    query = Query().words("red").more(items[0], weight=2).more(token, crop=LEFT).less(items[1])
    again = Query.from_params(QueryDict(urlencode(query.params())))
    found, found_again = (ImageItem.objects.search(each).matches(20) for each in (query, again))
    assert found == found_again
    assert len(found) == 7


@pytest.mark.slow
def test_filters_and_hiding_never_cost_a_composed_query_results() -> None:
    for mark in range(120):
        add("purple", mark=mark, visibility="hidden" if mark % 2 else "public")
    wanted = [add("green", mark=mark, tags=["pets"]).pk for mark in range(3)]
    query = Query().words("red").more(Picture(draw("blue"))).but_not("green")
    hits = ImageItem.objects.visible_to(None).filter(tags__name="pets").search(query)[:3]
    assert sorted(hit.pk for hit in hits) == wanted


@pytest.mark.parametrize("key", [4711, "no-such-token"])
def test_a_picture_that_is_not_here_is_named(key: Any) -> None:
    for crop in (None, LEFT):
        with pytest.raises(QueryError, match=r"not searchable yet|does not exist"):
            ImageItem.objects.search(Query().more(key, crop=crop))[:3]


def test_words_of_a_composed_query_ask_the_word_index_too() -> None:
    add("blue", mark=1, title="Harbour"), add("blue", mark=2, title="Meadow")
    hits = ImageItem.objects.search(Query().words("harbour").more(Picture(draw("blue"))))[:2]
    assert [(hit.title, hit.found_by) for hit in hits] == [
        ("Harbour", ("picture", "words")),
        ("Meadow", ("picture",)),
    ]


def test_a_query_of_many_parts_has_cuts_of_its_own() -> None:
    add("purple")
    hits = ImageItem.objects.search(Query().words("red").words("blue"))
    plain = ImageItem.objects.search("red blue")
    assert hits.cuts != plain.cuts


def scores(query: Query | str) -> dict[str, float]:
    return {item.title: round(item.score, 3) for item in ImageItem.objects.search(query)}  # type: ignore[arg-type]


def test_a_title_with_words_that_the_model_is_unsure_of_counts_half_beside_a_picture() -> None:
    add("red", title="Rose")
    add("blue", title="Lagoon")
    query = Query().more(Picture(draw("red", mark=9)))
    alone, both = scores(query), scores(query.words("lagoon"))
    assert both["Rose"] == alone["Rose"]
    assert both["Lagoon"] == pytest.approx(1 - (1 - alone["Lagoon"]) * (1 - 0.6 / 2), abs=0.001)
    assert scores("lagoon")["Lagoon"] == 0.6


def test_beside_a_picture_a_title_with_the_words_adds_its_part_of_the_weight() -> None:
    add("red", title="Rose")
    add("blue", title="Sky")
    query = Query().more(Picture(draw("red", mark=9)), weight=3).words("green")
    before = scores(query)
    add("blue", mark=1, title="Green sky")
    after = scores(query)
    assert before["Rose"] == after["Rose"]
    assert after["Green sky"] == pytest.approx(1 - (1 - before["Sky"]) * (1 - 0.6 / 4), abs=0.002)


def test_a_part_of_words_that_are_only_searched_in_texts_is_shown() -> None:
    add("red", name="a.png", title="Harbour")
    add("blue", name="b.png", title="Harbour at dusk")
    whole, part = ImageItem.objects.search("harbour dusk")[:5]
    assert [whole.title, part.title] == ["Harbour at dusk", "Harbour"]
    assert whole.score == about(0.6)
    assert part.band == "weak"


@pytest.mark.parametrize("lowered", [0.0, 0.05, 0.3])
def test_what_is_unwanted_hides_nothing_that_words_and_vectors_show_together(lowered: float) -> None:
    hits = ImageItem.objects.search(Query().words("red").but_not("blue"))
    match = Match(1, 0.9, lowered, ("picture",), vector_score=lowered, sought_score=0.3)
    assert hits._with_words(match, 0.1).score == about(min(1 - (1 - lowered) * 0.94, 0.349))  # type: ignore[attr-defined]
    shown = hits._with_words(match, 0.3).score  # type: ignore[attr-defined]
    assert 0.35 <= shown <= 1 - 0.7 * 0.82


def test_unwanted_words_are_looked_up_as_typed_and_as_read() -> None:
    named, other = add("purple", mark=1, tags=["moonlight"]), add("purple", mark=2)
    found = ImageItem.objects.search(Query().words("purple").but_not("moonlight"))[:2]
    assert [hit.pk for hit in found] == [other.pk, named.pk]
    assert found[0].score > found[1].score >= 0.35  # type: ignore[operator]


def test_a_search_that_ends_before_its_first_hits_are_certain_says_so(monkeypatch: Any) -> None:
    for number in range(6):
        add("red", mark=number, tags=["harbour"])
    assert not _harbour().is_cut_short
    for module in (ranking, hits_module):
        monkeypatch.setattr(module, "CANDIDATES", 2)
        monkeypatch.setattr(module, "MAX_FETCHED", 4)
    assert _harbour().is_cut_short


def _harbour() -> Any:
    hits = ImageItem.objects.search("harbour")
    hits.matches(2)
    return hits


def test_a_copy_that_only_its_hash_tells_is_first_in_short_lists_too() -> None:
    image = scene(1)
    original = take(encoded(image), name="x.png").item
    copy = take(encoded(image.resize((200, 150))), name="y.png").item
    other = take(encoded(scene(2)), name="z.png").item
    table = Embedding.objects.filter(pk=copy.pk)
    nearest = Embedding.objects.get(pk=original.pk).vector
    away = np.roll(nearest, 1)
    away -= (away @ nearest) * nearest
    away /= np.linalg.norm(away)
    table.update(vector=0.65 * nearest + np.sqrt(1 - 0.65**2) * away)
    Embedding.objects.filter(pk=other.pk).update(vector=0.75 * nearest + np.sqrt(1 - 0.75**2) * away)
    (first,) = ImageItem.objects.similar_to(original)[:1]
    assert (first.pk, first.score) == (copy.pk, about(0.8))
