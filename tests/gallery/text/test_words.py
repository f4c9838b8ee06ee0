"""A query's words meet the terms of the images that people mean by them."""

from __future__ import annotations

import pytest

from gallery.text.words import SHARES, VERSION, WEIGHTS, Form, WordRules

RULES = WordRules()
GERMAN = WordRules(language="de")


def sought(text: str, rules: WordRules = RULES) -> list[str]:
    return [word.text for word in rules.sought(text)]


def finds(query: str, text: str, rules: WordRules = RULES) -> bool:
    """Whether an image with this text has all words of the query."""
    terms = rules.terms(text)
    return all(word.stands_among(terms) for word in rules.sought(query))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Cherries", "cherry"),
        ("Boxes", "box"),
        ("my selfies 2019", "selfie"),
        ("a cookie", "cookies"),
        ("Café", "CAFE"),
        ("ﬁsh", "fish"),
        ("dunes-at-dusk", "dusk dune"),
        ("IMG_2041_beach", "beach"),
        ("DSC01273", "1273"),
        ("DSC01273", "dsc01273"),
        ("myCatPhoto", "cat"),
        ("Straße", "strasse"),
        ("Łódź street", "Lodz"),
        ("Øresund bridge", "Oresund"),
        ("東京タワーの夜景", "東京タワー"),
        ("東京タワーの夜景", "夜景"),
        ("東京タワーの夜景", "景"),
        ("夜景", "夜"),
        ("แมวดำ", "แมว"),
        ("가을여행을", "여행"),
        ("किताब", "किताब"),
        ("كِتَاب", "كتاب"),
        ("שָׁלוֹם", "שלום"),
        ("C++ and C#", "C++"),
        ("🐱 at home", "🐱"),
        ("👍🏽", "👍"),
        ("I ❤\ufe0f this", "❤"),
        ("An", "an"),
        ("the who", "The Who"),
        ("!!!", "!!!"),
    ],
)
def test_typed_words_find_what_is_written(written: str, typed: str) -> None:
    assert sought(typed)
    assert finds(typed, written)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("कातिब", "किताब"),
        ("ハス", "バス"),
        ("C#", "C++"),
        ("C", "C++"),
        ("夜景", "京"),
        ("news", "new"),
        ("planes", "plans"),
        ("An apple", "an"),
        ("Hunde", "Hund"),
        ("🐶", "🐱"),
    ],
)
def test_other_words_are_not_found(written: str, typed: str) -> None:
    assert not finds(typed, written)


def test_words_that_say_nothing_are_left_out_and_each_counts_once() -> None:
    assert sought("a photo of the red Red door") == ["red", "door"]
    assert sought("cats cat") == ["cats"]
    assert sought(" ") == sought("\u200b") == []


def test_stop_words_alone_are_one_word() -> None:
    assert sought("To the") == ["to the"]
    assert RULES.terms("To the") == {"to the": Form.SURFACE}


def test_a_run_without_spaces_counts_by_its_pairs() -> None:
    words = RULES.sought("東京タワー red")
    assert [word.text for word in words] == ["東京タワー"] * 4 + ["red"]
    assert [word.part for word in words] == [0.25] * 4 + [1]


def test_one_character_is_the_beginning_of_pairs() -> None:
    assert [word.is_beginning for word in RULES.sought("猫 東京 ab")] == [True, False, False]


def test_of_many_single_characters_the_first_are_beginnings() -> None:
    words = RULES.sought(" ".join("猫犬海空雪橋城桜山川"))
    assert [word.is_beginning for word in words] == [True] * 8 + [False] * 2


def test_a_stem_of_the_sites_language_finds_other_forms_and_counts_less() -> None:
    for one, other in (("Hund", "Hunde"), ("Hunde", "Hund"), ("Häuser", "Haus"), ("hauser", "Häuser")):
        assert finds(one, other, GERMAN)
    assert not finds("Hund", "Hunde")
    (word,) = GERMAN.sought("Hunde")
    assert dict(word.terms) == {"hunde": 1.0, "hund": 0.8}


def test_forms_of_a_term() -> None:
    assert RULES.terms("Cats") == {"cats": Form.SURFACE, "cat": Form.KEY}
    assert GERMAN.terms("Hunde") == {"hunde": Form.SURFACE, "hund": Form.STEM}
    assert RULES.terms("猫耳") == {"猫耳": Form.PAIR, "耳": Form.PAIR}
    assert RULES.terms("cat cats")["cat"] == Form.SURFACE


def test_a_term_has_the_weight_of_its_best_place() -> None:
    title, name, caption = (WEIGHTS[place] for place in ("title", "name", "caption"))
    assert RULES.indexed([("caption", "cat"), ("title", "Cats")]) == {
        ("cat", Form.SURFACE): title,
        ("cats", Form.SURFACE): title,
    }
    assert GERMAN.indexed([("caption", "Hund"), ("name", "Hunde")]) == {
        ("hund", Form.SURFACE): caption,
        ("hund", Form.STEM): name,
        ("hunde", Form.SURFACE): name,
    }


def test_the_lowest_weight_is_kept_for_words_inside_of_pictures() -> None:
    assert WEIGHTS == {"title": 4, "tag": 4, "name": 3, "caption": 2}
    assert RULES.shares == {4: SHARES["tag"], 3: SHARES["name"], 2: SHARES["caption"]}


def test_a_term_is_never_longer_than_its_column() -> None:
    assert {len(term) for term in RULES.terms("x" * 500)} == {64}
    assert max(len(term) for term in GERMAN.terms("\ufdfa" * 30)) <= 64


def test_until_the_index_is_rebuilt_texts_have_the_terms_of_version_1() -> None:
    earlier = WordRules(version=1)
    assert VERSION == 2
    assert earlier.terms("Żółw cherries") == {"zołw": Form.EARLIER, "cherry": Form.EARLIER}
    assert [word.terms for word in earlier.sought("Cherries")] == [(("cherry", 1.0),)]
    assert earlier.indexed([("title", "sea"), ("caption", "sky")]) == {
        ("sea", Form.EARLIER): 3,
        ("sky", Form.EARLIER): 1,
    }
