"""Copies of one picture show once in a search; different pictures never hide one another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from io import BytesIO
from random import Random
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image, ImageEnhance

from gallery.ingest.intake import take
from gallery.models import ImageItem
from gallery.pictures.near_duplicates import find_repeats
from gallery.search.results import Results
from imagesearch.images.hashes import NEAR_DUPLICATE_BITS
from imagesearch.query import Picture, Query
from tests.conftest import add, draw


def scene(seed: int, size: tuple[int, int] = (400, 300)) -> Image.Image:
    """Soft blots, unlike those of any other seed, in reddish colours that hardly differ between seeds."""
    blots = np.random.default_rng(seed).integers(0, 120, (6, 8, 1), dtype=np.uint8)
    pixels = np.concatenate([blots + 130, blots // 2 + 20, blots // 2 + 20], axis=2)
    return Image.fromarray(pixels).resize(size, Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


CHANGES = {
    "half its size": lambda image: encoded(image.resize((image.width // 2, image.height // 2))),
    "as WebP": lambda image: encoded(image, "WEBP", quality=60),
    "a poor JPEG": lambda image: encoded(image, "JPEG", quality=20),
    "brighter": lambda image: encoded(ImageEnhance.Brightness(image).enhance(1.15)),
    "darker": lambda image: encoded(ImageEnhance.Brightness(image).enhance(0.85)),
}


def taken(content: bytes, **fields: Any) -> ImageItem:
    return take(content, name="x.png", **fields).item


def results(query: Any, **options: Any) -> Results:
    return Results(ImageItem.objects.search(query), dedupe=True, **options)  # type: ignore[arg-type]


# --- in the gallery --------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_hidden_behind_its_original(change: str) -> None:
    image = scene(1)
    original, copy = taken(encoded(image)), taken(CHANGES[change](image))
    other = taken(encoded(scene(2)))
    found = results(Query().words("red"))
    shown = {match.pk for match in found.matches}
    assert other.pk in shown
    assert len(shown & {original.pk, copy.pk}) == 1
    assert (found.duplicates, sum(found.copies.values())) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_different_pictures_of_one_colour_all_show() -> None:
    for seed in range(12):
        taken(encoded(scene(seed)))
    found = results("red")
    assert (len(found.matches), found.duplicates) == (12, 0)


@pytest.mark.django_db(transaction=True)
def test_flat_pictures_are_never_taken_for_copies() -> None:
    for mark in range(4):
        add("red", mark=mark)
    taken(draw("red", size=(200, 100)))
    found = results("red")
    assert (len(found.matches), found.duplicates) == (5, 0)


@pytest.mark.django_db(transaction=True)
def test_the_copy_that_comes_first_says_how_many_are_left_out() -> None:
    image = scene(1)
    for change in CHANGES.values():
        taken(change(image))
    found = results("red")
    (group,) = found.groups(0, 10)
    assert [hit.copies for hit in group.hits] == [len(CHANGES) - 1]
    assert found.compared == 1


@pytest.mark.django_db(transaction=True)
def test_a_picture_is_found_by_a_copy_of_it_that_is_asked() -> None:
    """What is hidden is a hit behind a hit; the query itself hides nothing."""
    image = scene(1)
    original = taken(encoded(image))
    found = results(Query().more(Picture(CHANGES["half its size"](image))))
    assert [match.pk for match in found.matches] == [original.pk]


@pytest.mark.django_db(transaction=True)
def test_a_page_hides_them_and_a_link_shows_them(client: Client) -> None:
    image = scene(1)
    taken(encoded(image)), taken(CHANGES["half its size"](image))
    counts = [
        client.get("/search/", {"q": "red", **asked}).context["results"].total  # type: ignore[arg-type]
        for asked in ({}, {"dedupe": 0})
    ]
    assert counts == [1, 2]


# --- the rule --------------------------------------------------------------------------------------------


def bits(*changed: int) -> str:
    """A hash of 16 hex digits: half ones, half zeros, but for these bits."""
    number = 0xFFFFFFFF
    for bit in changed:
        number ^= 1 << bit
    return f"{number:016x}"


ONE, OTHER = np.eye(2, dtype=np.float32)


def repeats(hashes: Mapping[int, str], vectors: Mapping[int, Any] | None = None) -> dict[int, int]:
    known_vectors = vectors or dict.fromkeys(hashes, ONE)
    return find_repeats(
        list(hashes), hashes, lambda ids: {pk: known_vectors[pk] for pk in ids if pk in known_vectors}
    )


def test_hashes_may_differ_in_four_bits() -> None:
    assert repeats({1: bits(), 2: bits(*range(NEAR_DUPLICATE_BITS))}) == {2: 1}
    assert repeats({1: bits(), 2: bits(*range(NEAR_DUPLICATE_BITS + 1))}) == {}


def test_vectors_must_agree_too() -> None:
    hashes = {1: bits(), 2: bits(1)}
    near = np.array([0.91, (1 - 0.91**2) ** 0.5], np.float32)
    assert repeats(hashes, {1: ONE, 2: near}) == {2: 1}
    assert repeats(hashes, {1: ONE, 2: OTHER}) == {}
    assert repeats(hashes, {1: ONE}) == {}


def test_what_has_no_hash_or_hardly_anything_to_see_hides_nothing() -> None:
    assert repeats({1: "", 2: "", 3: "0" * 16, 4: "0" * 16, 5: "f" * 16, 6: "f" * 15 + "c", 7: bits()}) == {}


def test_one_that_is_hidden_hides_no_other() -> None:
    """Each four bits from the one before: the third is too far from the first, and shows."""
    hashes = {1: bits(), 2: bits(0, 1, 2, 3), 3: bits(0, 1, 2, 3, 4, 5, 6, 7)}
    assert repeats(hashes) == {2: 1}


def test_several_copies_stand_behind_the_first() -> None:
    assert repeats({5: bits(), 3: bits(1), 9: bits(2), 1: bits(*range(20))}) == {3: 5, 9: 5}


@pytest.mark.parametrize("seed", range(5))
def test_a_longer_list_never_changes_what_a_shorter_one_showed(seed: int) -> None:
    random, generator = Random(seed), np.random.default_rng(seed)
    hashes, vectors = {}, {}
    for pk in random.sample(range(1000), 60):
        hashes[pk] = bits(*random.sample(range(8), random.randint(0, 5)))
        vectors[pk] = ONE if random.random() < 0.7 else OTHER * generator.choice([-1, 1])
    ids = list(hashes)
    whole = repeats(hashes, vectors)
    assert whole
    for end in range(len(ids)):
        known: Sequence[int] = ids[:end]
        assert find_repeats(known, hashes, lambda some: {pk: vectors[pk] for pk in some}) == {
            copy: first for copy, first in whole.items() if copy in known
        }


def test_only_those_that_a_hash_suspects_have_their_vectors_read() -> None:
    read: list[int] = []

    def vectors(ids: Sequence[int]) -> dict[int, Any]:
        read.extend(ids)
        return dict.fromkeys(ids, ONE)

    hashes = {1: bits(), 2: bits(*range(10)), 3: bits(1), 4: bits(*range(20, 40))}
    assert find_repeats([1, 2, 3, 4], hashes, vectors) == {3: 1}
    assert sorted(read) == [1, 3]
