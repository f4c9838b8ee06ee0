"""How text is cut: into words, pairs of characters, and emoji."""

from __future__ import annotations

import pytest

from gallery.text.tokens import indexed_tokens, tokens


def cut(text: str) -> list[str]:
    return [token.text for token in tokens(text)]


def added(text: str) -> list[str]:
    """What an image is found by besides the tokens of a query."""
    return [token.text for token in indexed_tokens(text)][len(cut(text)) :]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dunes-at_dusk", ["dunes", "at", "dusk"]),
        ("C#, C++ and c", ["c#", "c++", "and", "c"]),
        ("C/C++", ["c", "c++"]),
        ("x++y", ["x", "y"]),
        ("Łódź", ["lodz"]),
        ("किताब", ["किताब"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("ﾊﾞｽ", ["バス"]),
        ("猫", ["猫"]),
        ("แมวดำ", ["แม", "มว", "วด\u0e4d", "ด\u0e4dา"]),
        ("한국어를", ["한국", "국어", "어를"]),
        ("東京2020 Tower", ["東京", "2020", "tower"]),
        ("🐱❤\ufe0fcat", ["🐱", "❤", "cat"]),
        ("👩🏽\u200d💻👍🏿", ["👩\u200d💻", "👍"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("", []),
        ("!? … ´", []),
    ],
)
def test_a_text_is_cut_where_its_script_has_words(text: str, found: list[str]) -> None:
    assert cut(text) == found


@pytest.mark.parametrize(
    ("text", "more"),
    [
        ("DSC01273", ["dsc", "01273", "1273"]),
        ("0042", ["42"]),
        ("myCatPhoto", ["my", "cat", "photo"]),
        ("ÉtéParis2019", ["ete", "paris", "2019"]),
        ("3f2a9b1c7d", []),
        ("plain", []),
        ("東京", ["京"]),
        ("猫", []),
    ],
)
def test_an_image_is_found_by_parts_of_joined_words_too(text: str, more: list[str]) -> None:
    assert added(text) == more


def test_a_token_knows_the_run_that_it_was_cut_from() -> None:
    assert {token.run for token in tokens("東京タワー")} == {"東京タワー"}


def test_a_token_is_never_longer_than_its_column() -> None:
    assert [len(text) for text in cut("x" * 500)] == [64]
