"""What is compared alike, and what stays apart, in every script."""

from __future__ import annotations

import pytest

from gallery.text.folding import fold, tag_key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("CAFÉ", "cafe"),
        ("Straße", "STRASSE"),
        ("Łódź", "lodz"),
        ("Øresund", "oresund"),
        ("Þingvellir", "thingvellir"),
        ("Ærø", "aero"),
        ("İstanbul", "istanbul"),
        ("ΑΘΉΝΑ", "αθηνα"),
        ("Ёлка", "елка"),
        ("ﬁsh", "fish"),
        ("ｶﾞﾗｽ", "ガラス"),
        ("שָׁלוֹם", "שלום"),
        ("كِتَاب", "كتاب"),
        ("كتـــاب", "كتاب"),
        ("kitten\u200b", "kitten"),
        ("kit\u00adten", "kitten"),
        ("kit\u2060ten\ufeff", "kitten"),
        ("❤", "❤\ufe0f"),
        ("👍🏽", "👍"),
        ("👩🏽\u200d💻", "👩\u200d💻"),
        ("🏳\ufe0f\u200d🌈", "🏳\u200d🌈"),
        ("1\ufe0f\u20e3", "1\u20e3"),
    ],
)
def test_these_are_one(one: str, other: str) -> None:
    assert fold(one) == fold(other)
    assert tag_key(one) == tag_key(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("バス", "ハス"),
        ("किताब", "कातिब"),
        ("กา", "กี"),
        ("C", "C++"),
        ("C#", "C++"),
        ("An", "A"),
        ("🐱", "🐶"),
        ("👩\u200d💻", "👩"),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", "🏴"),
        ("kitten", "kittens"),
        ("각", "가"),
    ],
)
def test_these_are_two(one: str, other: str) -> None:
    assert tag_key(one) != tag_key(other)


def test_folding_is_stable() -> None:
    for text in ("ÅNGSTRÖM  İstanbul", "ﷺ", "ǆ", "ŉ", "㎏", "Ꮳ", "ᾳ", "👩🏽\u200d💻\u200d"):
        assert fold(fold(text)) == fold(text)


def test_a_tag_that_folds_to_more_than_its_column_holds_is_still_found() -> None:
    assert len(tag_key("\ufdfa" * 64)) == 64
    assert tag_key("\ufdfa" * 64) == tag_key("\ufdfa" * 60)


def test_spaces_beside_signs_that_nobody_sees_count_once() -> None:
    assert tag_key("red \u200b door") == tag_key("red door")
    assert tag_key("\u200b") == tag_key("\u3164") == ""
