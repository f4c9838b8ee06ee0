"""A gallery is measured by its own pictures and tags: a sample of them, seldom, and never in a request."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.calibration import measuring
from gallery.models import Embedding, ImageItem, VectorSpace
from gallery.models.measurements import TagShare
from imagesearch.embeddings.base import Matrix, Purpose
from imagesearch.embeddings.scores import Calibration, Cuts
from imagesearch.errors import EmbeddingUnavailable
from tests.conftest import add
from tests.gallery.support.vectors import along, fill, tag
from tests.support.embedder import COLOURS, ColourEmbedder

pytestmark = pytest.mark.django_db(transaction=True)

OWN = Cuts(0.4, 0.6, 0.8)
KNOWN = ("red", "green", "blue", "yellow", "purple")


def space() -> VectorSpace:
    return VectorSpace.current()


def colours(of_each: int) -> None:
    """Pictures of five colours as the model sees them, tagged so; and as many untagged, like nothing else."""
    fill([along(10 + number) for number in range(5 * of_each)])
    for name in KNOWN:
        vector = np.zeros(512, np.float32)
        vector[:4] = [*COLOURS[name], 0.05]
        tag(name, fill([list(vector / np.linalg.norm(vector))] * of_each))


# --- what is measured ------------------------------------------------------------------------------


def test_random_pairs_are_those_of_the_gallerys_own_pictures() -> None:
    fill([along(0)] * 30 + [along(1)] * 30)
    found = measuring.measure(space())
    assert found.images == 60
    assert found.picture.pairs
    assert found.picture.pairs.count == 60 * 59 / 2
    assert found.picture.pairs.mean == pytest.approx(870 / 1770, abs=1e-4)  # 2 · (30 · 29 / 2) are at 1
    assert (found.picture.pairs.median, found.picture.pairs.q90) == (0, 1)
    assert (found.picture.cuts, found.picture.rule) == (OWN, "model")
    assert found.picture.shares == {}  # nobody has tagged anything


def test_words_are_the_tags_names_first_and_everyday_words_that_the_model_is_sure_of(
    monkeypatch: Any,
) -> None:
    items = fill([along(0)] * 60)
    tag("green", items[:3])
    tag("red", items[:9])
    tag("nonsense", items)
    tag("unused", [])
    monkeypatch.setattr(measuring, "EVERYDAY", ["cat", "Red", "blue"])
    keys = dict(measuring.known(space().embedder))
    assert list(keys) == ["red", "green", "blue"]
    assert keys["blue"] is None
    found = measuring.measure(space())
    assert found.words
    assert found.words.pairs
    assert found.words.pairs.count == 3 * 60


def test_a_model_without_cuts_gets_them_from_random_pairs(monkeypatch: Any) -> None:
    monkeypatch.setattr(ColourEmbedder, "calibration", None)
    fill([along(0)] * 30 + [along(1)] * 30)
    found = measuring.measure(space()).picture
    assert (found.cuts, found.rule) == (OWN, "chance")  # half of all pairs lie at 0, the best at 1


def test_pictures_none_of_which_is_like_another_tell_nothing(monkeypatch: Any) -> None:
    monkeypatch.setattr(ColourEmbedder, "calibration", None)
    fill([along(axis) for axis in range(60)])
    found = measuring.measure(space()).picture
    assert (found.cuts, found.rule) == (None, "alike")


def test_tags_place_the_cuts_on_one_half_and_measure_them_on_the_other(monkeypatch: Any) -> None:
    """Six kinds, which all lean towards one axis: within a kind cosines are .54 to 1, across 0 to .70."""
    monkeypatch.setattr(ColourEmbedder, "calibration", None)
    for kind in range(6):
        tag(f"kind {kind}", fill([along(kind, 3 * step) for step in range(20)]))
    found = measuring.measure(space()).picture
    assert found.rule == "tags"
    assert found.cuts
    assert 0.4 < found.cuts.weak < found.cuts.likely < found.cuts.strong < 0.72
    assert found.shares["random"].matches == 60 * 59 / 2  # every second picture
    assert found.strong
    assert found.strong.tenths >= 8


def test_strong_matches_are_counted_by_the_tags_that_they_share() -> None:
    colours(24)
    found = measuring.measure(space())
    of_one_colour = 24 * 23 // 2
    # red–yellow and the like are at .7: likely. red–green are near 0.
    assert found.picture.shares["strong"] == TagShare(5 * of_one_colour, 5 * of_one_colour)
    assert found.picture.shares["likely"].sharing == 0
    assert found.picture.shares["random"] == TagShare(120 * 119 // 2, 5 * of_one_colour)
    assert found.words
    assert found.words.shares["strong"] == TagShare(5 * 24, 5 * 24)
    assert found.words.shares["random"] == TagShare(5 * 120, 5 * 24)


def test_a_tag_that_most_images_carry_counts_for_nothing() -> None:
    colours(24)
    tag("photo", ImageItem.objects.all())
    assert measuring.measure(space()).picture.shares["likely"].sharing == 0


def test_with_less_than_a_hundred_tagged_images_nothing_is_counted() -> None:
    colours(20)
    assert measuring.measure(space()).picture.shares
    ImageItem.objects.filter(tags__name="red")[0].tags.clear()
    assert measuring.measure(space()).picture.shares == {}


def test_with_less_than_five_tags_on_four_images_nothing_is_counted() -> None:
    colours(26)
    for item in ImageItem.objects.filter(tags__name="red")[:23]:
        item.tags.clear()  # 107 are tagged, three of them red
    assert measuring.measure(space()).picture.shares == {}


def test_a_large_gallery_is_measured_by_a_sample_that_is_the_same_each_time(monkeypatch: Any) -> None:
    monkeypatch.setattr(measuring, "MAX_VECTORS", 40)
    colours(24)
    told: list[int] = []
    with CaptureQueriesContext(connection) as queries:
        found = measuring.measure(space(), advance=told.append)
    assert found.picture.pairs
    assert found.picture.pairs.count == 40 * 39 / 2
    assert found.picture.shares["random"].matches == 40 * 39 / 2
    assert sum(told) == 40 + 40 + 5  # the sample, the tagged ones, the texts
    again = measuring.measure(space())
    assert (again.picture, again.words) == (found.picture, found.words)
    assert len(queries) < 20


def test_an_image_whose_vector_went_meanwhile_is_left_out() -> None:
    fill([along(0)] * 30 + [along(1)] * 30)
    Embedding.objects.filter(pk__in=list(Embedding.objects.values_list("pk", flat=True)[:10])).delete()
    found = measuring.measure(space()).picture.pairs
    assert found
    assert found.count == 50 * 49 / 2


def test_a_handful_of_images_tells_nothing_and_none_is_an_error() -> None:
    with pytest.raises(measuring.NothingToMeasure, match="No image has a vector yet"):
        measuring.measure(space())
    fill([along(0)])
    assert measuring.measure(space()).picture.pairs is None
    fill([along(1)] * 48)
    found = measuring.measure(space())
    assert (found.images, found.picture.rule, found.picture.cuts) == (49, "few", OWN)


# --- what is kept ----------------------------------------------------------------------------------


def test_cuts_and_findings_are_kept_together_for_the_space_that_was_measured() -> None:
    fill([along(0)] * 30 + [along(1)] * 30)
    now = space()
    found = measuring.measure(now)
    with CaptureQueriesContext(connection) as queries:
        assert measuring.store(now, found)
    assert sum(query["sql"].startswith("UPDATE") for query in queries) == 1
    assert space().findings() == found
    assert found.images == 60
    VectorSpace.objects.update(model="another/model", measured=None)
    assert not measuring.store(now, found)
    assert VectorSpace.objects.get().measured is None


def test_words_that_were_not_asked_keep_their_cuts(monkeypatch: Any) -> None:
    fill([along(0)] * 30 + [along(1)] * 30)
    now = space()
    without = measuring.measure(now, words=False)
    assert without.words is None
    assert measuring.calibration(now, without) == Calibration(OWN, OWN)
    now.calibration = None
    assert measuring.calibration(now, without) is None  # a score for one kind alone would mislead
    monkeypatch.setattr(ColourEmbedder, "embeds_text", False)
    assert measuring.calibration(now, measuring.measure(now)) == Calibration(OWN, OWN)


def test_a_new_space_begins_unmeasured() -> None:
    fill([along(0)] * 30 + [along(1)] * 30)
    measuring.recalibrate()
    assert space().measured
    assert VectorSpace.of(space().embedder)["measured"] is None


# --- when ------------------------------------------------------------------------------------------


def test_it_is_time_at_fifty_images_and_whenever_they_have_doubled() -> None:
    fill([along(0), along(1)] * 24 + [along(2)])
    assert measuring.recalibrate() is None  # 49
    fill([along(2)])
    assert measuring.recalibrate()
    assert measuring.recalibrate() is None
    fill([along(3)] * 49)
    assert measuring.recalibrate() is None  # 99
    fill([along(3)])
    found = measuring.recalibrate()
    assert found
    assert found.images == 100
    assert space().findings() == found


def test_a_remote_model_is_asked_for_words_by_hand_alone_and_once(monkeypatch: Any) -> None:
    asked: list[int] = []
    answer = ColourEmbedder.embed_texts

    def count(self: ColourEmbedder, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        asked.append(len(texts))
        return answer(self, texts, purpose)

    monkeypatch.setattr(ColourEmbedder, "local", False)
    monkeypatch.setattr(ColourEmbedder, "embed_texts", count)
    monkeypatch.setattr(measuring, "EVERYDAY", ["red " * count for count in range(1, 50)])
    fill([along(0), along(1)] * 30)
    found = measuring.recalibrate()
    assert found
    assert (found.words, asked) == (None, [])
    measuring.measure(space())
    assert asked == [32]


def test_a_failure_is_a_sentence_and_no_more(monkeypatch: Any) -> None:
    fill([along(0), along(1)] * 30)
    assert measuring.recalibration_report() == "The bands are calibrated on 60 images."
    assert measuring.recalibration_report() == ""

    def fail(*args: Any, **options: Any) -> Matrix:
        raise EmbeddingUnavailable("The model is away.")

    VectorSpace.objects.update(measured=None)
    monkeypatch.setattr(measuring, "EVERYDAY", ["red"])
    monkeypatch.setattr(measuring, "text_vectors", fail)
    assert measuring.recalibration_report() == (
        "The bands could not be calibrated (The model is away.); manage.py calibrate tries again."
    )
    assert space().measured is None


def test_a_search_reads_the_cuts_that_hold_now() -> None:
    add("red", title="Rose", name="")
    hits: Any = ImageItem.objects.search("red")[:1]
    assert hits[0].band == "strong"
    stricter = Calibration(OWN, Cuts(0.9, 0.95, 1.1, 1.2))
    VectorSpace.objects.update(calibration=stricter.as_dict())
    hits = ImageItem.objects.search("red")[:1]
    assert hits[0].band == "likely"
