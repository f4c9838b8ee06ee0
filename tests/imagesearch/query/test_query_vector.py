"""Many parts become one vector, by a formula that these examples do in the head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PIL import Image

from imagesearch.embeddings.embed import image_vectors, text_vector
from imagesearch.embeddings.scores import Calibration, Cuts
from imagesearch.errors import QueryError
from imagesearch.query import Crop, Part, Picture, Query
from imagesearch.query.query_vector import (
    MAX_TEXT_LENGTH,
    QueryCache,
    SkipEmbedding,
    WeightedPart,
    blend,
    cache,
    embed_query,
)
from tests.conftest import RGB, draw
from tests.support.embedder import ColourEmbedder
from tests.support.rounding import about

MODEL = ColourEmbedder()
CALIBRATION = Calibration(picture=Cuts(0.4, 0.6, 0.8), words=Cuts(0.2, 0.3, 0.4, top=0.5))
A, B, C = np.eye(3, dtype=np.float32)


def picture(vector: Any, weight: float = 1.0, against: bool = False) -> WeightedPart:
    return WeightedPart(Part(picture="7", weight=weight, against=against), "picture", vector)


def words(vector: Any, weight: float = 1.0, against: bool = False) -> WeightedPart:
    return WeightedPart(Part(words="w", weight=weight, against=against), "words", vector)


def mix(*weighted_parts: WeightedPart, calibration: Calibration | None = CALIBRATION) -> list[float]:
    """The query's vector, to two digits."""
    return [round(float(number), 2) for number in blend(weighted_parts, calibration)[1]]


def direction(*numbers: float) -> list[float]:
    return [round(float(number), 2) for number in np.array(numbers) / np.linalg.norm(numbers)]


# --- one part ----------------------------------------------------------------------------------------------


def test_words_alone_are_searched_as_they_are() -> None:
    embedded_query = embed_query("red", MODEL, CALIBRATION)
    assert (embedded_query.vector == text_vector(MODEL, "red")).all()  # type: ignore[union-attr]
    assert (embedded_query.kind, embedded_query.text) == ("words", "red")
    assert [weighted.share for weighted in embedded_query.weighted_parts] == [1]


def test_a_picture_alone_is_searched_as_it_is() -> None:
    red = Picture(draw("red"))
    embedded_query = embed_query(red, MODEL, CALIBRATION)
    assert (embedded_query.vector == image_vectors(MODEL, [red.photo.image])[0]).all()  # type: ignore[union-attr]
    assert (embedded_query.kind, embedded_query.text) == ("picture", "")


@pytest.mark.parametrize("weight", [0.1, 5])
def test_the_weight_of_a_part_alone_changes_nothing(weight: float) -> None:
    embedded_query = embed_query(Query().words("red", weight), MODEL, CALIBRATION)
    assert (embedded_query.vector == text_vector(MODEL, "red")).all()  # type: ignore[union-attr]


# --- several that are sought -------------------------------------------------------------------------------


def test_two_pictures_meet_in_the_middle() -> None:
    assert mix(picture(A), picture(B)) == direction(1, 1, 0)


def test_words_count_for_more_as_their_cosines_move_less() -> None:
    """Their strong and weak lie .2 apart, those of pictures .4: so they count twice as much."""
    assert mix(words(A), picture(B)) == direction(2, 1, 0)


def test_without_calibration_all_count_alike() -> None:
    assert mix(words(A), picture(B), calibration=None) == direction(1, 1, 0)


def test_a_weight_multiplies_what_a_part_counts() -> None:
    assert mix(picture(A, weight=3), picture(B)) == direction(3, 1, 0)


def test_the_cosine_with_the_query_is_the_sum_of_shares_and_cosines() -> None:
    weighted_parts, vector = blend([words(A), picture(B), picture(C, weight=2)], CALIBRATION)
    image = np.array([0.5, 0.7, 0.2])
    parts = sum(
        weighted.share * float(weighted.vector @ image)
        for weighted in weighted_parts
        if weighted.vector is not None
    )
    assert parts == about(float(vector @ image))


def test_two_words_of_one_query_are_two_parts() -> None:
    embedded_query = embed_query(Query().words("red").words("blue"), MODEL, MODEL.calibration)
    red, blue = (text_vector(MODEL, word) for word in ("red", "blue"))
    middle = (red + blue) / np.linalg.norm(red + blue)
    assert embedded_query.vector == about(middle)
    assert embedded_query.text == "red blue"


def test_opposites_leave_nothing_in_common() -> None:
    with pytest.raises(QueryError, match="opposites"):
        blend([picture(A), picture(-A)], CALIBRATION)
    assert mix(picture(A), picture(-A, weight=0.5)) == [1, 0, 0]


# --- what is not sought ------------------------------------------------------------------------------------


def test_what_is_not_sought_is_not_in_the_vector() -> None:
    embedded_query = embed_query(Query().words("red").but_not("blue"), MODEL, CALIBRATION)
    assert (embedded_query.vector == text_vector(MODEL, "red")).all()  # type: ignore[union-attr]
    assert [weighted.share for weighted in embedded_query.weighted_parts] == [1, 0]
    assert (embedded_query.weighted_parts[1].vector == text_vector(MODEL, "blue")).all()  # type: ignore[union-attr]


@pytest.mark.parametrize("query", [Query().less(7), Query().but_not("red"), Query().less(7).but_not("red")])
def test_what_is_not_wanted_alone_says_nothing(query: Query) -> None:
    with pytest.raises(QueryError, match="only excludes"):
        embed_query(query, MODEL, CALIBRATION, lookup=lambda part, charge: A)


# --- parts that cannot be used ----------------------------------------------------------------------------


def test_unsure_words_alone_have_no_vector() -> None:
    embedded_query = embed_query("sunset", MODEL, CALIBRATION)
    assert embedded_query.vector is None
    assert (embedded_query.text, embedded_query.reading.unsure) == ("sunset", ("sunset",))


def test_unsure_words_beside_a_picture_leave_the_picture_as_it_is() -> None:
    red = Picture(draw("red"))
    embedded_query = embed_query(Query().words("sunset").more(red), MODEL, CALIBRATION)
    assert (embedded_query.vector == embed_query(red, MODEL).vector).all()  # type: ignore[union-attr]
    assert (embedded_query.kind, embedded_query.text) == ("words", "sunset")
    assert [weighted.share for weighted in embedded_query.weighted_parts] == [0, 1]


def test_unsure_words_against_have_no_effect() -> None:
    embedded_query = embed_query(Query().words("red").but_not("sunset"), MODEL, CALIBRATION)
    assert (embedded_query.vector == text_vector(MODEL, "red")).all()  # type: ignore[union-attr]
    assert embedded_query.text == "red"


def test_where_nothing_that_is_sought_can_be_heard_only_the_word_index_is_asked() -> None:
    embedded_query = embed_query(Query().words("sunset").but_not("red"), MODEL, CALIBRATION)
    assert (embedded_query.vector, embedded_query.text) == (None, "sunset")


def test_words_that_are_too_long_are_refused() -> None:
    with pytest.raises(QueryError, match="501 characters"):
        embed_query("x" * (MAX_TEXT_LENGTH + 1), MODEL)


@pytest.mark.parametrize("nothing", ["", "  ", Query()])
def test_nothing_to_search_for_is_refused(nothing: Any) -> None:
    with pytest.raises(QueryError, match="nothing to search for"):
        embed_query(nothing, MODEL)


# --- parts of pictures, and what embedding costs -----------------------------------------------------------


def halves() -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (60, 40), RGB["red"])
    image.paste(RGB["blue"], (30, 0, 60, 40))
    return image


@pytest.mark.parametrize(("crop", "color"), [((0, 0, 500, 1000), "red"), ((500, 0, 500, 1000), "blue")])
def test_of_a_picture_with_a_crop_that_part_alone_is_embedded(crop: Any, color: str) -> None:
    embedded_query = embed_query(Query().more(Picture(halves()), crop=Crop(*crop)), MODEL)
    assert embedded_query.vector is not None
    expected = image_vectors(MODEL, [Image.new("RGB", (1, 1), RGB[color])])[0]
    assert embedded_query.vector == about(expected)


def test_each_part_of_a_picture_is_embedded_once() -> None:
    charged: list[Part] = []
    left, right = Crop(0, 0, 500, 1000), Crop(500, 0, 500, 1000)
    for crop in (left, right, None, left):
        embed_query(Query().more(Picture(halves()), crop=crop), MODEL, charge=charged.append)
    assert [part.crop for part in charged] == [left, right, None]


def test_a_picture_that_is_used_once_keeps_no_pixels() -> None:
    fetched: list[str] = []

    def fetch() -> bytes:
        fetched.append("red.png")
        return draw("red", mark=77)

    for picture, kept in ((Picture(draw("red"), once=True), False), (Picture(draw("red")), True)):
        embed_query(Query().more(picture), MODEL)
        assert ("photo" in vars(picture)) == kept
    embed_query(Query().more(Picture(fetch, once=True), crop=Crop(0, 0, 500, 500)), MODEL)
    assert fetched == ["red.png"]


def test_what_is_not_to_be_embedded_now_is_left_out() -> None:
    def refuse(part: Part) -> None:
        if part.words:
            raise SkipEmbedding

    embedded_query = embed_query(Query().words("red").more(Picture(draw("blue"))), MODEL, charge=refuse)
    assert [weighted.vector is None for weighted in embedded_query.weighted_parts] == [True, False]
    cache.clear()
    assert embed_query("red", MODEL, charge=refuse).vector is None


def test_stored_pictures_are_embedded_by_the_given_lookup() -> None:
    seen = []

    def lookup(part: Part, charge: Any) -> Any:
        seen.append((part.key, part.crop))
        return text_vector(MODEL, "red")

    embed_query(Query().more(7).less("token", crop=Crop(0, 0, 500, 500)), MODEL, lookup=lookup)
    assert seen == [("7", None), ("token", Crop(0, 0, 500, 500))]
    with pytest.raises(QueryError, match="no stored picture 7"):
        embed_query(Query().more(7), MODEL)


# --- the cache of query vectors ----------------------------------------------------------------------------


def test_the_vector_that_was_asked_for_longest_ago_leaves_a_full_cache() -> None:
    made: list[str] = []
    few: QueryCache[Any] = QueryCache(size=2)

    def get(name: str) -> None:
        few.get((MODEL.name, name), lambda: made.append(name) or A)

    for name in ("red", "blue", "red", "green"):  # red is used again, so blue is the oldest
        get(name)
    assert made == ["red", "blue", "green"]
    assert [(MODEL.name, name) in few for name in ("red", "blue", "green")] == [True, False, True]
    get("blue")
    assert made[-1] == "blue"


def test_a_vector_that_could_not_be_made_is_not_cached() -> None:
    def fail() -> Any:
        raise QueryError("No.")

    few: QueryCache[Any] = QueryCache(size=2)
    with pytest.raises(QueryError):
        few.get(("m", "x"), fail)
    assert ("m", "x") not in few
