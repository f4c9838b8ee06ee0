"""A query is a value: made in Python, read from a URL or JSON, and written back as the same."""

from __future__ import annotations

import json
from random import Random
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import QueryDict
from PIL import Image

from imagesearch.errors import QueryError
from imagesearch.query import Crop, Part, Picture, Query
from imagesearch.query.query import MAX_PARTS
from tests.conftest import draw

WORDS = ["bird", "sea & sky", "50% = half", "q=1&like=2", "C:\\x", "wood #7", "été", "日本の 鳥", "👩‍🚀 moon"]
WORDS += ["שלום", "a+b", "crop:1,2,3,4", "  two   spaces ", "tab\tand\nline", "0", "İstanbul", "½ ﬁ"]
TOKENS = ["hX3-_a9", "Zk" * 16, "_-_", "notes", "queue", "q2x", "0x7"]


def random_query(random: Random) -> Query:
    """Up to as many parts as there may be, of every kind."""
    keys = random.sample([*TOKENS, *map(str, range(1, 40)), str(2**63 - 1)], MAX_PARTS)
    words = random.sample(WORDS, MAX_PARTS)
    pairs = list(zip(keys, words, strict=True))[: random.randint(0, MAX_PARTS)]
    return Query(tuple(random_part(random, key, text) for key, text in pairs))


def random_part(random: Random, key: str, text: str) -> Part:
    weight = random.choice(
        [1, 1, 0.5, 2, 10, 0.01, round(random.uniform(0.01, 10), 3), random.uniform(0.01, 10)]
    )
    against = random.random() < 0.4
    if random.random() < 0.5:
        return Part(words=text, weight=weight, against=against)
    width, height = random.randint(20, 1000), random.randint(20, 1000)
    crop = Crop(random.randint(0, 1000 - width), random.randint(0, 1000 - height), width, height)
    return Part(picture=key, crop=random.choice([None, crop]), weight=weight, against=against)


def read(url: str, **options: Any) -> Query:
    return Query.from_params(QueryDict(url), **options)


# --- reading what was written ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(10))
def test_what_was_written_reads_as_the_same_query(seed: int) -> None:
    random = Random(seed)
    for _ in range(100):
        query = random_query(random)
        url = urlencode(query.params())
        assert read(url, strict=True) == read(url) == query
        assert urlencode(read(url).params()) == url
        assert Query.from_json(json.loads(json.dumps(query.as_json()))) == query


def test_it_is_written_as_people_would_write_it() -> None:
    query = Query().words("on  water").more(12, crop=Crop(100, 80, 500, 600)).less("token", weight=0.5)
    assert query.params() == [
        ("q", "on water"),
        ("like", "12"),
        ("less", "token"),
        ("crop", "12:100,80,500,600"),
        ("weight", "token:0.5"),
    ]
    assert query.as_json() == [
        {"words": "on water"},
        {"picture": "12", "crop": [100, 80, 500, 600]},
        {"picture": "token", "weight": 0.5, "against": True},
    ]


def test_each_words_have_a_weight_of_their_own() -> None:
    query = read("q=sea&q=sky&not=boat&weight=q2:3&weight=not:0.2")
    assert [(part.words, part.weight, part.against) for part in query] == [
        ("sea", 1, False),
        ("sky", 3, False),
        ("boat", 0.2, True),
    ]


def test_what_an_order_of_parameters_does_not_change() -> None:
    assert read("less=3&weight=q:2&like=1&crop=1:0,0,500,500&q=sea") == read(
        "q=sea&like=1&less=3&crop=1:0,0,500,500&weight=q:2"
    )


# --- nonsense --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("q=&q=+++&like=", ""),
        ("q=sea&like=../etc", "q=sea"),
        ("q=sea&like=q2", "q=sea"),
        (f"q=sea&like={'x' * 41}", "q=sea"),
        ("q=sea&like=é", "q=sea"),
        ("like=7&like=7", "like=7"),
        ("like=7&less=7", "like=7"),
        ("like=7&crop=7:0,0,10,10", "like=7"),
        ("like=7&crop=7:900,0,200,200", "like=7"),
        ("like=7&crop=7:-1,0,500,500", "like=7"),
        ("like=7&crop=7:10000000100,0,500,500", "like=7"),
        ("like=7&crop=7:1,2,3", "like=7"),
        ("like=7&crop=7:a,b,c,d", "like=7"),
        ("like=7&crop=7:²,0,500,500", "like=7"),
        ("like=7&crop=8:0,0,500,500", "like=7"),
        ("like=7&crop=0,0,500,500", "like=7"),
        ("like=7&weight=7:0", "like=7"),
        ("like=7&weight=7:-1", "like=7"),
        ("like=7&weight=7:11", "like=7"),
        ("like=7&weight=7:nan", "like=7"),
        ("like=7&weight=7:inf", "like=7"),
        ("like=7&weight=7:much", "like=7"),
        ("like=7&weight=7:1", "like=7"),
        ("like=7&crop=7:0,0,1000,1000", "like=7"),
    ],
)
def test_nonsense_in_a_url_is_left_out(url: str, kept: str) -> None:
    assert read(url) == read(kept)


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("like=../etc", "not a valid image id or picture token"),
        ("like=7&less=7", "appears twice"),
        ("like=7&less=07", "“Picture 7” appears twice"),
        ("q=cat&q=cat", "“cat” appears twice"),
        ("like=7&crop=7:0,0,10,10", "too small"),
        ("like=7&crop=7:900,0,200,200", "is not within the picture"),
        ("like=7&crop=7:1,2,3", "not a part of a picture"),
        ("like=7&crop=8:0,0,500,500", "“8”"),
        ("like=7&crop=0,0,500,500", "write KEY:VALUE"),
        ("like=7&weight=7:much", "not a weight"),
        ("&".join(f"q=word{number}" for number in range(13)), "13 parts; at most 12"),
    ],
)
def test_who_asks_strictly_is_told_of_it(url: str, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        read(url, strict=True)


def test_a_url_of_too_many_parts_keeps_the_first_twelve() -> None:
    query = read("&".join(f"q=word{number}" for number in range(40)))
    assert [part.words for part in query] == [f"word{number}" for number in range(12)]


@pytest.mark.parametrize(
    ("plain", "why"),
    [
        ("sea", "list of objects"),
        ({"words": "sea"}, "list of objects"),
        (["sea"], "Part 1: it must be an object"),
        ([{"words": "sea"}, {}], "Part 2: A part of a query is either words or a picture"),
        ([{"words": "sea", "picture": 7}], "either words or a picture"),
        ([{"words": 7}], "must be strings"),
        ([{"picture": True}], "must be strings"),
        ([{"words": "sea", "wieght": 2}], "“wieght” is unknown"),
        ([{"words": "sea", "weight": True}], "not a weight"),
        ([{"words": "sea", "weight": "NaN"}], "not a weight"),
        ([{"picture": 7, "crop": "0,0,500,500"}], "crop must be a list"),
        ([{"picture": 7, "crop": [0, 0, 500.5, 500]}], "crop must be a list"),
        ([{"picture": 7, "crop": [0, 0, 500]}], "crop must be a list"),
        ([{"picture": 7, "crop": [0, 0, 2000, 500]}], "is not within"),
        ([{"picture": 7, "against": 1}], "true or false"),
        ([{"picture": 7}, {"picture": "7"}], "“Picture 7” appears twice"),
    ],
)
def test_json_that_makes_no_sense_is_refused_by_its_part(plain: Any, why: str) -> None:
    with pytest.raises(QueryError, match=why):
        Query.from_json(plain)


def test_what_no_url_could_hold_is_left_out_of_words() -> None:
    query = Query.from_json([{"words": "sea\x00shore \ud800 sky"}])
    assert query.text == "seashore sky"
    assert read(urlencode(query.params())) == query


# --- values ----------------------------------------------------------------------------------------------


def test_queries_are_made_of_one_another() -> None:
    query = Query().more(1).words("sea").less(2).but_not("boat").more(3)
    assert [part.words or part.key for part in query] == ["sea", "boat", "1", "3", "2"]
    assert query.text == "sea"
    assert query.replace_words("lake").text == "lake"
    assert query.replace_words(" ") == query.without(Part(words="sea"))
    assert not query.without(*query.parts)


def test_a_query_never_changes() -> None:
    query = Query().words("sea")
    query.more(1)
    assert query == Query().words("sea")
    assert len({query, Query().words(" sea ")}) == 1


def test_words_of_any_part_are_asked_of_the_word_index_but_not_those_against() -> None:
    assert Query().words("sea").words("sky").but_not("boat").text == "sea sky"


def test_another_part_of_the_picture_takes_the_place_of_the_one_before() -> None:
    query = Query().more(1, crop=Crop(0, 0, 500, 500), weight=2)
    (part,) = query
    assert query.cropped(part, Crop(500, 500, 500, 500)) == Query().more(1, Crop(500, 500, 500, 500), 2)
    assert query.cropped(part, None) == Query().more(1, weight=2)


def test_a_picture_in_memory_is_searched_with_but_has_no_address() -> None:
    query = Query().more(Picture(draw("red")))
    for write in (query.params, query.as_json):
        with pytest.raises(QueryError, match="in memory"):
            write()


def test_a_crop_takes_its_thousandths_of_any_picture() -> None:
    image = Image.new("RGB", (400, 200))
    assert Crop(250, 500, 500, 250).of(image).size == (200, 50)
    assert Crop(980, 980, 20, 20).of(Image.new("RGB", (3, 2))).size == (1, 1)
    assert Crop(0, 0, 1000, 1000).of(image).size == (400, 200)


def test_a_weight_is_kept_to_the_hundredth_and_never_falls_to_nothing() -> None:
    assert Part(words="sea", weight=0.333333).weight == 0.33
    assert Part(words="sea", weight=0.001).weight == 0.01


def test_a_weight_that_no_number_holds_is_refused() -> None:
    with pytest.raises(QueryError, match="is not a weight"):
        Query.from_json([{"words": "sea", "weight": 10**400}])


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 2)])
@pytest.mark.parametrize(
    "box", [(0, 0, 20, 20), (980, 980, 20, 20), (490, 490, 20, 20), (999 - 20, 0, 20, 1000)]
)
def test_a_part_of_a_tiny_picture_has_a_pixel_of_it(size: tuple[int, int], box: tuple[int, ...]) -> None:
    """Nothing outside the picture, which Pillow would fill with black."""
    part = Crop(*box).of(Image.new("RGB", size, "white"))
    assert min(part.size) >= 1
    assert part.getextrema() == ((255, 255),) * 3
