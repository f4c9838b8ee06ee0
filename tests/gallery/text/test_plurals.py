"""Forms of one English word have one key, measured on pairs that belong together and pairs that do not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gallery.text.folding import fold
from gallery.text.plurals import plural_key

PAIRS = Path(__file__).parent / "data" / "plural_pairs.txt"


def pairs(heading: str) -> Iterator[tuple[str, str]]:
    """The pairs under this heading; those that end in a digit or a single letter are no words."""
    _, _, rest = PAIRS.read_text(encoding="utf-8").partition(f"# {heading}")
    for pair in rest.partition("\n")[2].partition("#")[0].replace("\n", ";").split(";"):
        words = pair.split()
        if len(words) == 2 and words[1].isalpha() and len(words[1]) > 1:
            yield words[0], words[1]


def test_forms_of_one_word_meet() -> None:
    found = list(pairs("word pairs"))
    missed = [pair for pair in found if plural_key(fold(pair[0])) != plural_key(fold(pair[1]))]
    assert len(found) > 280
    assert len(missed) <= 8, missed


def test_other_words_do_not() -> None:
    found = list(pairs("not the same word"))
    merged = [pair for pair in found if plural_key(pair[0]) == plural_key(pair[1])]
    assert len(found) > 200
    assert len(merged) <= 10, merged


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("selfie", "selfies"),
        ("cookie", "cookies"),
        ("tomato", "tomatoes"),
        ("size", "sizes"),
        ("bus", "buses"),
        ("mustache", "mustaches"),
        ("lens", "lenses"),
        ("woman", "women"),
        ("leaf", "leaves"),
        ("brie", "bries"),
        ("taxi", "taxis"),
        ("mouse", "mice"),
    ],
)
def test_these_are_one_word(one: str, many: str) -> None:
    assert plural_key(one) == plural_key(many)
