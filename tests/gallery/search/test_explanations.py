"""Why an image is among the hits: what each part says of it, where words stood, tags, colours, copies."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import pytest
from django.http import QueryDict
from PIL import Image

from gallery.ingest.intake import take
from gallery.models import ImageItem
from gallery.pictures.features import CHANGED_COPY_BITS
from gallery.search import query_pictures
from gallery.search.contributions import printed
from gallery.search.explanations import Hit
from gallery.search.forms import SearchForm
from gallery.search.results import Results
from gallery.search.state import SearchState
from imagesearch.embeddings.registry import get_embedder
from imagesearch.query import Crop, Picture, Query
from tests.conftest import RGB, add, draw
from tests.gallery.pictures.test_near_duplicates import encoded, scene
from tests.support.rounding import about

pytestmark = pytest.mark.django_db(transaction=True)


def results(query: Query, **filters: Any) -> Results:
    """As the page asks."""
    form = SearchForm(QueryDict(mutable=True))
    form.data = QueryDict("&".join(f"{name}={value}" for name, value in query.params()))
    return SearchState.read(form, ImageItem.objects.visible_to(None)).results(
        ImageItem.objects.filter(**filters)
    )


def hits(query: Query, **filters: Any) -> dict[int, Hit]:
    """All hits by their ids."""
    found = results(query, **filters)
    found.matches = found.found
    return {hit.item.pk: hit for group in found.groups(0, 100) for hit in group.hits}


# --- parts -------------------------------------------------------------------------------------------------


def test_one_part_says_as_much_as_the_whole() -> None:
    red, other = add("red", mark=1, title="Rose"), add("red", mark=2)
    hit = hits(Query().more(red))[other.pk]
    (part,) = hit.contributions
    assert (part.label, part.about, part.per_cent) == ("Picture", "Rose", 100)
    assert hit.cosine == about(1)
    assert hit.ways == "its look"


def test_each_part_says_what_the_hit_is_to_it_alone() -> None:
    red, blue, purple = add("red", title="Rose"), add("blue", title="Sea"), add("purple")
    parts = {part.about: part for part in hits(Query().words("red").more(blue))[purple.pk].contributions}
    alone = {hit.pk: hit.score for hit in ImageItem.objects.search("red")[:3]}
    assert list(parts) == ["red", "Sea"]
    assert parts["red"].label == "“red”"
    assert parts["red"].score == about(alone[purple.pk])
    assert red.pk in alone


@pytest.mark.parametrize(
    "parts",
    [
        {"q": ["red"]},
        {"q": ["yellow", "red"], "weight": ["q2:2"]},
        {"q": ["harbour", "blue"], "weight": ["q2:0.3"]},
        {"q": ["blue"], "like": ["red"], "less": ["green"], "weight": ["red:2"]},
        {"like": ["blue"], "not": ["red", "harbour"]},
    ],
)
def test_what_the_parts_add_is_the_score_to_the_hundredth(parts: dict[str, list[str]]) -> None:
    for number, color in enumerate(("red", "blue", "purple", "green", "yellow") * 12):
        add(color, mark=number % 8, size=(60, 40 + number), title="Red harbour" if number % 7 == 0 else color)
    tokens = {color: query_pictures.keep(Picture(draw(color, mark=9)), get_embedder()).token for color in RGB}
    params = QueryDict(mutable=True)
    for name, values in parts.items():
        whole = [tokens.get(value, value) if name in ("like", "less") else value for value in values]
        params.setlist(name, [value.replace("red:", f"{tokens['red']}:") for value in whole])
    found = hits(Query.from_params(params, strict=True))
    assert len(found) == 60
    for hit in found.values():
        adds = [round(100 * part.adds) for part in hit.contributions]
        assert sum(adds) == round(100 * printed(hit.item.score or 0))


def test_less_like_says_by_how_much_it_lowered_the_score() -> None:
    purple, red = add("purple", mark=1), add("red", mark=1, title="Rose")
    like_red, blue = add("red", mark=2), add("blue", mark=2)
    found = hits(Query().more(purple).less(red))
    effects = {pk: found[pk].contributions[1] for pk in (like_red.pk, blue.pk)}
    assert effects[like_red.pk].label == "Less like"
    assert effects[like_red.pk].about == "Rose"
    assert effects[like_red.pk].adds < -0.1
    assert effects[blue.pk].adds == 0  # which is not even weakly like it
    assert effects[blue.pk].score is None


def test_words_against_say_so() -> None:
    add("purple")
    (hit,) = hits(Query().words("blue").but_not("red")).values()
    assert [part.label for part in hit.contributions] == ["“blue”", "Not"]
    adds = hit.contributions[1].adds
    assert hit.contributions[1].as_dict() == {"part": "Not", "about": "red", "adds": adds, "effect": adds}


def test_words_against_without_a_vector_are_all_named() -> None:
    pk = add("green", title="zorb", name="x.png").pk
    query = Query().words("green").but_not("qqzz").but_not("zorb")
    _, part = hits(query)[pk].contributions
    assert (part.label, part.about, part.adds < 0) == ("Not", "qqzz, zorb", True)


def test_a_part_of_a_picture_is_called_so() -> None:
    red = add("red", title="Rose")
    add("blue")
    (hit,) = hits(Query().more(red, crop=Crop(0, 0, 500, 500))).values()
    assert [(part.label, part.about) for part in hit.contributions] == [("Part of picture", "Rose")]


def test_of_what_only_the_word_index_found_the_words_are_all() -> None:
    harbour = add("red", title="Harbour")
    hit = hits(Query().words("harbour"))[harbour.pk]
    assert [part.as_dict() for part in hit.contributions] == [
        {"part": "Words", "about": "harbour", "adds": 0.6}
    ]
    assert (hit.cosine, hit.ways) == (None, "its title, tags or file name")


# --- words -------------------------------------------------------------------------------------------------


def test_words_say_where_they_stand() -> None:
    pond = add("blue", name="pond.jpg", title="Ducks on a pond", caption="The old pond", tags=["duck pond"])
    plain = add("blue", mark=1, name="x.jpg")
    found = hits(Query().words("ponds with ducks, blue"))
    assert found[pond.pk].places == [
        "“ponds” in its title and tags and caption and file name",
        "“ducks” in its title and tags",
    ]
    assert found[plain.pk].places == []
    assert found[pond.pk].ways == "what it shows and its title, tags or file name"


# --- what is shared ----------------------------------------------------------------------------------------


def test_of_a_run_that_stands_there_in_part_the_pairs_are_named() -> None:
    tower, station = add("red", title="東京タワー"), add("red", mark=1, title="東京駅", tags=["タワマン"])
    found = hits(Query().words("東京タワー"))
    assert found[tower.pk].places == ["“東京タワー” in its title"]
    assert found[station.pk].places == ["“東京” in its title", "“タワ” in its tags"]


def test_tags_that_the_example_has_or_the_words_name_are_shared() -> None:
    example = add("red", mark=1, tags=["rose", "garden"])
    other = add("red", mark=2, tags=["Garden", "summer", "night"])
    found = hits(Query().words("summer").more(example))[other.pk]
    assert sorted(tag.name for tag in found.tags) == ["garden", "summer"]


def test_colours_that_the_example_has_are_shared() -> None:
    def flag(*colors: str, mark: int) -> ImageItem:
        image = Image.new("RGB", (60, 40 * len(colors)))
        for number, color in enumerate(colors):
            image.paste(Image.open(BytesIO(draw(color, mark=mark))), (0, 40 * number))
        return take(encoded(image), name="flag.png").item

    example, other = flag("red", "blue", mark=1), flag("red", "green", mark=2)
    assert hits(Query().more(example))[other.pk].colour_names == "red"


def test_a_query_picture_shares_colours_too() -> None:
    token = query_pictures.keep(Picture(draw("red"), "mine.png"), get_embedder()).token
    red, blue = add("red", mark=2), add("blue")
    found = hits(Query().more(token))
    assert (found[red.pk].colour_names, found[blue.pk].colour_names) == ("red", "")
    assert found[red.pk].contributions[0].about == "mine.png"


def test_what_is_not_sought_shares_nothing() -> None:
    red, other = add("red", mark=1, tags=["rose"]), add("red", mark=2, tags=["rose"])
    hit = hits(Query().words("purple").less(red))[other.pk]
    assert (hit.tags, hit.colours, hit.copy_of) == ([], [], None)


def test_a_near_copy_says_of_what_and_by_how_many_bits() -> None:
    image = scene(1)
    original = take(encoded(image), name="x.png", title="Dunes").item
    copy = take(encoded(image.resize((200, 150))), name="y.png").item
    other = take(encoded(scene(2)), name="z.png").item
    found = hits(Query().more(original))
    assert found[copy.pk].copy_of is not None
    name, bits = found[copy.pk].copy_of or ("", 64)
    assert name == "Dunes"
    assert bits <= CHANGED_COPY_BITS
    assert found[other.pk].copy_of is None


def test_of_two_examples_of_one_name_the_nearer_is_told() -> None:
    image = scene(1)
    original = take(encoded(image), name="x.png", title="Dunes").item
    other = take(encoded(scene(2)), name="z.png", title="Dunes").item
    copy = take(encoded(image.resize((200, 150))), name="y.png").item
    for query in (Query().more(original).more(other), Query().more(other).more(original)):
        assert hits(query, pk=copy.pk)[copy.pk].copy_of is not None
