"""Forty queries of all kinds have the ids and scores of a plain ranking, page by page, on every database."""

from __future__ import annotations

from io import BytesIO
from typing import Any, NamedTuple

import numpy as np
import pytest
from PIL import Image

from benchmarks.composing.one_score import disorder
from gallery.calibration import measuring
from gallery.ingest.intake import take
from gallery.ingest.terms import refresh_terms
from gallery.models import Embedding, ImageItem, Tag, VectorSpace
from imagesearch.query import Crop, Picture, Query
from tests.conftest import RGB, draw
from tests.gallery.support.plain_ranking import Answer, PlainRanking
from tests.gallery.support.vectors import insert

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

COUNT = 160
PAGE = 48
NEAR = 1e-4
LEFT, RIGHT, MIDDLE = Crop(0, 0, 480, 1000), Crop(520, 0, 480, 1000), Crop(200, 100, 500, 700)
TITLES = ("Harbour", "Old harbour", "Red boat", "Garden", "Blue garden", "")
CAPTIONS = ("a boat at the harbour", "a red garden", "", "", "")
TAGS = ("boat", "garden", "red", "blue sea")


class Case(NamedTuple):
    """What is asked; `filters` of the images, and a tag that they must have."""

    query: Query
    filters: dict[str, Any] = {}
    tag: str = ""


def flag(left: str, right: str) -> bytes:
    """A picture of two colours side by side."""
    image = Image.new("RGB", (60, 40), RGB[left])
    image.paste(RGB[right], (30, 0, 60, 40))
    buffer = BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
def pks(django_capture_on_commit_callbacks: Any) -> list[int]:
    """The ids of a gallery of many colours with titles, captions and tags; the last two are pictures."""
    VectorSpace.current()
    random = np.random.RandomState(11)
    insert(
        [
            ImageItem(
                pk=number,
                sha256=f"{number:064x}",
                title=f"{TITLES[number % 6]} {number}".strip() if TITLES[number % 6] else "",
                caption=CAPTIONS[number % 5],
                original_name=f"boat-{number}.jpg" if number % 7 == 0 else "",
                color=("red", "blue", "green")[number % 3],
                width=300,
                height=(200, 300, 400)[number % 4 % 3],
                state="ready",
            )
            for number in range(1, COUNT + 1)
        ]
    )
    colours = np.column_stack([random.rand(COUNT, 3) ** 2, np.full(COUNT, 0.05)])
    vectors = np.zeros((COUNT, 512), np.float32)
    vectors[:, :4] = colours / np.linalg.norm(colours, axis=1, keepdims=True)
    Embedding.objects.bulk_create(
        [Embedding(image_id=number, vector=vector) for number, vector in enumerate(vectors, 1)]
    )
    for place, tag in enumerate(Tag.named(list(TAGS))):
        tag.images.set(range(1 + place, COUNT + 1, 5 + place))
    with django_capture_on_commit_callbacks(execute=True):
        for left, right in (("red", "blue"), ("green", "yellow")):
            take(flag(left, right), name=f"{left} and {right}.png")
    ids = list(ImageItem.objects.order_by("pk").values_list("pk", flat=True))
    refresh_terms(ids)
    space = VectorSpace.current()
    measuring.store(space, measuring.measure(space))
    return ids


def cases(pks: list[int]) -> dict[str, Case]:
    queries = {**sought(*pks[-2:]), **less(pks[-2])}
    return {**{name: Case(query) for name, query in queries.items()}, **filtered()}


def sought(red_blue: int, green_yellow: int) -> dict[str, Query]:
    """Queries of words, pictures and parts of pictures."""
    words, like = Query().words, Query().more
    red, blue_red = Picture(draw("red")), Picture(flag("blue", "red"))
    return {
        "a word that the model knows": words("red"),
        "two such words": words("blue red"),
        "a word beside an unsure one": words("red harbour"),
        "an unsure word": words("harbour"),
        "two unsure words": words("old harbour"),
        "words that no text has": words("purple zeppelin"),
        "a tag of two words": words("blue sea"),
        "words twice": words("red").words("blue"),
        "a picture": like(3),
        "another picture": like(red_blue),
        "an upload": like(red),
        "an upload of a copy": like(Picture(flag("red", "blue"))),
        "a part of a picture": like(red_blue, crop=LEFT),
        "the other part of it": like(red_blue, crop=RIGHT),
        "a part of an upload": like(blue_red, crop=LEFT),
        "a part across": like(green_yellow, crop=MIDDLE),
        "a part and words": words("yellow").more(green_yellow, crop=LEFT),
        "a picture and a word": words("red").more(17),
        "a picture and an unsure word": words("garden").more(17),
        "a picture and words of both kinds": words("red garden").more(18),
        "an upload and words": words("blue").more(red),
        "a picture that weighs more": words("red").more(20, weight=3),
        "words that weigh more": words("red boat", 2.5).more(20),
        "two pictures": like(5).more(6),
        "three pictures": like(7).more(8).more(9),
        "three of unlike weights": like(7, weight=0.5).more(8).more(9, weight=2),
    }


def less(red_blue: int) -> dict[str, Query]:
    """Queries with what is not wanted."""
    words, like = Query().words, Query().more
    return {
        "a picture less another": like(30).less(31),
        "a picture less three": like(30).less(31).less(32).less(33),
        "a picture much less another": like(30).less(34, weight=3),
        "a word less a picture": words("red").less(40),
        "words less three pictures": words("red boat").less(40).less(41).less(42),
        "all together": words("red boat").more(50).more(51).less(52).less(53),
        "a picture, not a word": like(60).but_not("blue"),
        "words, not words that only texts have": words("red").but_not("harbour"),
        "a picture less a part": like(61).less(red_blue, crop=RIGHT),
    }


def filtered() -> dict[str, Case]:
    words, like = Query().words, Query().more
    return {
        "a word among a colour": Case(words("red"), {"color": "blue"}),
        "a picture among a tag": Case(like(3), tag="garden"),
        "a picture and words among wide ones": Case(words("blue").more(4), {"height": 200}),
        "a picture less another among a tag": Case(like(30).less(31), tag="boat"),
        "an unsure word among a colour": Case(words("garden"), {"color": "red"}),
    }


def images(case: Case) -> Any:
    found = ImageItem.objects.visible_to(None).filter(**case.filters)
    return found.tagged(case.tag) if case.tag else found


def pages(case: Case) -> list[tuple[int, float | None]]:
    """(id, score) of the hits on the first three pages, each searched for itself."""
    shown: list[tuple[int, float | None]] = []
    for start in range(0, 3 * PAGE, PAGE):
        hits = images(case).search(case.query)[start : start + PAGE]
        shown += [(item.pk, item.score) for item in hits]
    return shown


def test_pages_have_the_ids_and_scores_of_a_plain_ranking(pks: list[int]) -> None:
    plain, asked = PlainRanking(), cases(pks)
    assert len(asked) == 40
    for name, case in asked.items():
        among = None if not case.filters and not case.tag else images(case).values_list("pk", flat=True)
        expected, shown = plain.answer(case.query, among), pages(case)
        assert disorder([score for _, score in shown]) == 0, name
        assert len(shown) == min(len(expected), 3 * PAGE), name
        compare(name, shown, expected)


def compare(name: str, shown: list[tuple[int, float | None]], expected: list[Answer]) -> None:
    """Each hit has its own score and its place's; of two that are as good as equal, either may come first."""
    scores = {answer.pk: answer.score for answer in expected}
    for place, ((pk, score), answer) in enumerate(zip(shown, expected, strict=False)):
        assert score == pytest.approx(scores[pk], abs=NEAR), f"{name}, place {place}: image {pk}"
        assert pk == answer.pk or scores[pk] == pytest.approx(answer.score, abs=1e-6), (
            f"{name}, place {place}: image {pk} instead of {answer.pk}"
        )
