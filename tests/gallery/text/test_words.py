"""Words are folded so that what a person types finds what a person wrote."""

from __future__ import annotations

import pytest

from gallery.text.words import fold, tag_key, terms


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Cherries", "cherry"),
        ("Boxes", "box"),
        ("Café", "CAFE"),
        ("ﬁsh", "fish"),
        ("dunes-at-dusk", "dusk dune"),
        ("IMG_2041_beach", "beach"),
        ("Straße", "strasse"),
        ("glass", "glass"),
        ("bus", "bus"),
    ],
)
def test_typed_words_meet_written_ones(written: str, typed: str) -> None:
    assert set(terms(typed)) <= set(terms(written))


def test_words_that_say_nothing_are_left_out_and_each_counts_once() -> None:
    assert terms("a photo of the red Red door") == ["red", "door"]


def test_other_scripts_are_words_too() -> None:
    assert terms("東京 Żółw ночь") == ["東京", "zołw", "ночь"]


def test_a_term_is_never_longer_than_its_column() -> None:
    assert [len(term) for term in terms("x" * 500)] == [64]


def test_a_tag_that_folds_to_more_than_its_column_holds_is_still_found() -> None:
    assert len(tag_key("\ufdfa" * 64)) == 64
    assert tag_key("\ufdfa" * 64) == tag_key("\ufdfa" * 60)


def test_folding_is_stable() -> None:
    assert fold(fold("ÅNGSTRÖM  İstanbul")) == fold("ÅNGSTRÖM  İstanbul")
