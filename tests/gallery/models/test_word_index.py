"""Which images have the words that are asked; the same ones come first where most images have a word."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

import pytest

from gallery.models import ImageItem, Term, word_index
from gallery.text.words import Form
from tests.conftest import add

pytestmark = pytest.mark.django_db(transaction=True)

TITLE, NAME, CAPTION = 4, 3, 2
SHARE = {TITLE: 1.0, NAME: 0.85, CAPTION: 0.6}
Words = Mapping[str, int]


def fill(*words: Words, **fields: Any) -> list[int]:
    """Images with just these terms of these weights; their ids."""
    first = ImageItem.objects.count()
    ids = []
    for number, terms in enumerate(words, start=first):
        item = ImageItem(title="", sha256=f"{number:064x}", state="ready", **fields)
        super(ImageItem, item).save()
        Term.objects.bulk_create(
            [Term(image=item, term=term, form=Form.SURFACE, weight=weight) for term, weight in terms.items()]
        )
        ids.append(item.pk)
    return ids


def matches(text: str, most: int = 5) -> list[tuple[int, float]]:
    return ImageItem.objects.visible_to(None).word_matches(text, most)


def ranked(images: Mapping[int, Words], wanted: Sequence[str]) -> list[tuple[int, float]]:
    """The rule, by looking at all: rarity × place of the words that an image has, of the rarity of all."""
    counts = {term: sum(term in words for words in images.values()) for term in wanted}
    rarity = {term: math.log(1 + len(images) / (1 + counts[term])) for term in wanted}

    def share(pk: int) -> float:
        found = sum(rarity[term] * SHARE[images[pk][term]] for term in wanted if term in images[pk])
        return found / sum(rarity.values())

    shares = {pk: round(share(pk), 9) for pk in images if share(pk)}
    return sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))


def rounded(found: list[tuple[int, float]]) -> list[tuple[int, float]]:
    return [(pk, round(share, 9)) for pk, share in found]


@pytest.fixture
def crowded(monkeypatch: Any) -> None:
    """Eleven rows are as many as a million elsewhere."""
    monkeypatch.setattr(word_index, "MAX_COMPARED_ROWS", 10)
    monkeypatch.setattr(word_index, "ROWS_PER_MATCH", 0)


def test_a_word_is_found_in_titles_first_then_in_names_and_captions() -> None:
    ids = fill({"sea": CAPTION}, {"sea": NAME}, {"sea": TITLE}, {"sky": TITLE}, {"sea": TITLE})
    assert [pk for pk, _ in matches("sea")] == [ids[2], ids[4], ids[1], ids[0]]
    assert [share for _, share in matches("sea")] == [1, 1, 0.85, 0.6]
    assert matches("sea", most=1) == [(ids[2], 1.0)]


def test_an_image_with_a_character_in_several_places_takes_no_other_ones_place() -> None:
    ids = fill(*[{"桜の": TITLE, "桜が": CAPTION}] * 2, {"桜が": CAPTION})
    assert matches("桜", most=3) == [(ids[0], 1.0), (ids[1], 1.0), (ids[2], 0.6)]


def test_images_with_more_of_the_words_come_first_and_rare_words_count_for_more() -> None:
    both, common, rare, *_ = fill(
        {"sea": NAME, "yak": NAME}, {"sea": TITLE}, {"yak": NAME}, {"sea": TITLE}, {"sea": TITLE}
    )
    sea, yak = math.log(1 + 5 / 5), math.log(1 + 5 / 3)
    assert rounded(matches("sea yak", most=3)) == rounded(
        [(both, 0.85), (rare, 0.85 * yak / (sea + yak)), (common, sea / (sea + yak))]
    )


def test_words_that_no_image_has_lower_the_share() -> None:
    (pk,) = fill({"sea": TITLE, "sky": TITLE})
    here, nowhere = math.log(1 + 1 / 2), math.log(1 + 1 / 1)
    assert rounded(matches("sea sky gnu yak")) == rounded([(pk, here / (here + nowhere))])
    assert matches("gnu yak") == matches("gnu") == matches("") == []


def test_the_one_image_with_all_words_is_found_in_a_crowd(crowded: None) -> None:
    fill(*[{"sea": TITLE}] * 15, *[{"sky": TITLE}] * 15)
    (both,) = fill({"sea": CAPTION, "sky": CAPTION})
    found = rounded(matches("sea sky"))
    assert found[0] == (both, 0.6)
    assert [share for _, share in found[1:]] == [0.5] * 4


def test_in_a_crowd_the_hidden_are_left_out_and_cost_no_results(crowded: None) -> None:
    fill(*[{"sea": TITLE, "sky": TITLE}] * 20, visibility="hidden")
    seen = fill(*[{"sea": CAPTION, "sky": CAPTION}] * 6)
    assert [pk for pk, _ in matches("sea sky")] == seen[:5]
    assert [pk for pk, _ in matches("sea")] == seen[:5]


@pytest.mark.parametrize("seed", range(4))
def test_few_rows_are_ranked_by_the_rule_itself(seed: int) -> None:
    images = scattered(seed)
    for wanted in (["elm"], ["elm", "oak"], ["ash", "fir"], ["elm", "oak", "ash", "fir", "yew"]):
        text = " ".join(wanted)
        assert rounded(matches(text, most=100)) == ranked(images, wanted)
        some = list(images)[::2]
        shares = ImageItem.objects.word_shares(text, some)
        assert {pk: round(share, 9) for pk, share in shares.items()} == {
            pk: share for pk, share in ranked(images, wanted) if pk in some
        }


@pytest.mark.parametrize("seed", range(4))
def test_in_a_crowd_the_first_are_the_same(seed: int, crowded: None) -> None:
    images = scattered(seed)
    for wanted in (["elm"], ["elm", "oak"], ["ash", "fir"], ["elm", "oak", "ash"], ["oak", "yew"]):
        found, by_rule = rounded(matches(" ".join(wanted))), ranked(images, wanted)[:5]
        assert found[:2] == by_rule[:2]
        assert len(found) == len(by_rule)
        assert set(found) <= set(ranked(images, wanted))
    assert matches("elm") == ranked(images, ["elm"])[:5]


def test_words_that_a_person_may_not_read_have_no_share() -> None:
    seen, *_ = fill({"sea": TITLE})
    hidden, *_ = fill({"sea": TITLE}, visibility="hidden")
    assert ImageItem.objects.visible_to(None).word_shares("sea", [seen, hidden]) == {seen: 1.0}
    assert ImageItem.objects.visible_to(None).word_shares("", [seen]) == {}


def scattered(seed: int) -> dict[int, Words]:
    """Sixty images, most of them with an elm, half with an oak, some with an ash, few with a fir."""
    random = Random(seed)
    often = {"elm": 0.9, "oak": 0.5, "ash": 0.2, "fir": 0.05}
    words = [
        {
            term: random.choice([TITLE, NAME, CAPTION])
            for term, share in often.items()
            if random.random() < share
        }
        for _ in range(60)
    ]
    return dict(zip(fill(*words), words, strict=True))


def test_what_people_write_is_what_is_ranked() -> None:
    add("red", name="x.png", title="Harbour", caption="Boats at dusk")
    add("blue", name="y.png", title="Boats", tags=["dusk"])
    titles = dict(ImageItem.objects.values_list("pk", "title"))
    assert [titles[pk] for pk, _ in matches("boat dusk")] == ["Boats", "Harbour"]
