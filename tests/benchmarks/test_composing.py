"""The benchmark of composed queries: what it asks and counts, and what it keeps of an earlier version."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.composing import recorded
from benchmarks.composing.one_order import write_words
from benchmarks.composing.one_score import Tally, disorder
from benchmarks.composing.query_sets import Asked, query_sets, spread
from benchmarks.labelled import Photos, query
from gallery.models import ImageItem, Term
from imagesearch.hits import Match
from tests.gallery.support.vectors import along, fill


@pytest.fixture
def photos(db: None) -> Photos:
    """Six photos of ships along one axis and six of trains along another; every second one is red."""
    items = fill([along(number // 6, 5 * (number % 6) + 5, 10 + number) for number in range(12)])
    labels = {item.pk: "ship" if number < 6 else "train" for number, item in enumerate(items)}
    colours = {item.pk: "red" if number % 2 else "blue" for number, item in enumerate(items)}
    return Photos(
        "a model", labels, {}, colours, {}, {"ship": "red"}, frozenset({"red", "blue"}), frozenset()
    )


@pytest.fixture
def without_uploads(monkeypatch: Any) -> None:
    """The photos have no files, so that none can be uploaded."""
    monkeypatch.setattr(Photos, "upload", lambda self, source, words="": query(words="red"))


def matches(*scores: float | None) -> list[Match]:
    return [Match(pk, None, score) for pk, score in enumerate(scores, 1)]


@pytest.mark.usefixtures("without_uploads")
def test_each_kind_of_query_names_nothing_that_is_right(photos: Photos) -> None:
    asked = list(query_sets(photos))
    kinds = {one.kind for one in asked}
    assert {"word", "picture", "picture + colour", "picture + own kind", "3 examples"} <= kinds
    assert {"2 examples, unlike", "own upload + context − 1 wrong"} <= kinds
    assert all(not one.named & one.right for one in asked)
    assert asked == list(query_sets(photos))


@pytest.mark.usefixtures("without_uploads")
def test_what_is_unwanted_is_the_first_that_is_wrong(photos: Photos) -> None:
    ship = next(pk for pk, label in photos.labels.items() if label == "ship")
    (asked,) = [
        one
        for one in query_sets(photos)
        if one.kind == "picture − 1 wrong" and one.query == query(ship).less(photos.nearest(query(ship))[5])
    ]
    wrong = asked.named - {ship}
    assert {photos.labels[pk] for pk in wrong} == {"train"}
    assert {photos.labels[pk] for pk in asked.right} == {"ship"}


def test_a_quick_run_asks_few_of_each_kind_from_first_to_last() -> None:
    asked = [Asked("many", number, frozenset({1})) for number in range(10)]
    asked += [Asked("one", 10, frozenset({1})), Asked("nothing right", 11, frozenset())]
    assert [one.query for one in spread(asked, 3)] == [0, 4, 8, 10]
    assert [one.query for one in spread(asked, None)] == list(range(11))


def test_numbers_are_in_order_if_none_is_below_a_smaller_one() -> None:
    assert disorder([0.9, 0.5, 0.5, 0.2, None]) == 0
    assert disorder([0.5, 0.9, 0.2, 0.3, 0.1]) == 0.5
    assert disorder([]) == disorder([0.4]) == 0


def test_figures_are_means_over_the_queries() -> None:
    tally = Tally()
    tally.add(matches(0.9, 0.6, 0.4, 0.1), frozenset({1, 4}), copy_of=1)
    tally.add(matches(0.4, 0.3), frozenset({2}), copy_of=2)
    assert tally.figures() == {
        "queries": 2,
        "precision": 0.25,
        "empty": 0.0,
        "no_likely": 0.5,
        "recall": 0.25,
        "strong": 1.0,
        "copy_first": 0.5,
        "copy_strong": 0.5,
        "disorder": 0.0,
    }


def test_an_empty_page_has_no_hit_above_weak() -> None:
    tally = Tally()
    tally.add(matches(0.3), frozenset({1}), copy_of=None)
    tally.add([], frozenset({1}), copy_of=None)
    figures = tally.figures()
    assert (figures["empty"], figures["strong"], figures["copy_first"]) == (1.0, None, None)


def test_half_of_the_photos_are_tagged_and_nothing_else_is_in_the_word_index(photos: Photos) -> None:
    ImageItem.objects.update(title="ship", original_name="ship.jpg")
    write_words(photos, seed=0)
    first = set(Term.objects.values_list("image", "term"))
    assert {term for _, term in first} <= {"ship", "train", "red", "blue"}
    assert 0 < sum(term == "ship" for _, term in first) < 6
    write_words(photos, seed=1)
    assert set(Term.objects.values_list("image", "term")) != first


def test_recorded_figures_are_of_the_same_photos_and_model(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("file,label\n")
    about = recorded.about(tmp_path, "a model")
    figures: dict[str, dict[str, Any]] = {"score": {"word": {"queries": 1, "precision": 0.5}}}
    recorded.write(tmp_path / "figures.json", about, figures)
    assert recorded.before(about, "score", tmp_path / "figures.json") == figures["score"]
    assert recorded.before(about, "order", tmp_path / "figures.json") == {}
    other = recorded.about(tmp_path, "another model")
    assert recorded.before(other, "score", tmp_path / "figures.json") == {}
    recorded.write(tmp_path / "figures.json", other, {})
    assert recorded.before(about, "score", tmp_path / "figures.json") == figures["score"]


def test_the_figures_of_the_version_before_are_those_of_two_models() -> None:
    entries = recorded.read(recorded.BEFORE)
    assert [entry["about"]["model"] for entry in entries] == ["everyday-v1", "tiny-dual-encoder"]
    assert all(entry["tables"].keys() == {"score", "order"} for entry in entries)
