"""Names and words that a misspelt word may mean."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator

MIN_LETTERS = 4
"""Of a word that is corrected: shorter ones are near to too many."""
MIN_LETTERS_OF_TWO = 7
"""Of the longer word, from which two letters may differ if both sound alike: dolfin, dolphin."""
MAX_LETTERS = 40
SAME_SOUND = (
    ("ph", "f"),
    ("sch", "s"),
    ("sh", "s"),
    ("ck", "k"),
    ("ch", "k"),
    ("qu", "k"),
    ("kn", "n"),
    ("wr", "r"),
    ("rh", "r"),
    ("gh", "g"),
    ("x", "ks"),
    ("ce", "se"),
    ("ci", "si"),
    ("cy", "sy"),
)
"""Letters that are written for one another."""
SOUNDS = str.maketrans("cqz", "kks")
SILENT = re.compile(r"(?<=.)[aeiouyhw]")
DOUBLED = re.compile(r"(.)\1+")


class Speller:
    """Finds words near to a misspelt one. The words come with the most usual first."""

    def __init__(self, words: Iterable[str]) -> None:
        self.ranks = {word: rank for rank, word in reversed(list(enumerate(words)))}
        self.shorter: dict[str, list[str]] = defaultdict(list)
        self.sounding: dict[str, list[str]] = defaultdict(list)
        for word in self.ranks:
            for key in (word, *one_less(word)):
                self.shorter[key].append(word)
            self.sounding[sound(word)].append(word)

    def near(self, word: str) -> list[str]:
        """The words with one letter wrong, then those with two that sound like it; all are folded.

        They are found by what is left without one letter.
        Source: Garbe, "Symmetric Delete spelling correction", 2012.
        """
        if not MIN_LETTERS <= len(word) <= MAX_LETTERS:
            return []
        keys = (word, *one_less(word))
        found = {near for key in keys for near in self.shorter.get(key, ())}
        found.update(self.sounding.get(sound(word), ()))
        allowed = [near for near in found if is_near(word, near)]
        return sorted(allowed, key=lambda near: (closeness(word, near), self.ranks[near]))


def is_near(word: str, other: str) -> bool:
    """Whether somebody who wrote `word` may have meant the other."""
    edits, sounds_different = closeness(word, other)
    if edits == 1:
        return len(other) >= MIN_LETTERS
    long = max(len(word), len(other)) >= MIN_LETTERS_OF_TWO
    return edits == 2 and long and not sounds_different


def closeness(word: str, other: str) -> tuple[int, bool]:
    """How many letters differ, and whether they sound different: less is nearer."""
    return distance(word, other), sound(word) != sound(other)


def one_less(word: str) -> Iterator[str]:
    """The word without each of its letters."""
    for at in range(len(word)):
        yield word[:at] + word[at + 1 :]


def distance(word: str, other: str) -> int:
    """How many letters are added, left out, replaced, or exchanged with the next one.

    Source: the optimal string alignment of Damerau, "A technique for computer detection …", 1964.
    """
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(word, start=1):
        before, previous, row = row, before, [at]
        for to, wanted in enumerate(other, start=1):
            edits = min(before[to] + 1, row[to - 1] + 1, before[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and word[at - 2] == wanted:
                edits = min(edits, previous[to - 2] + 1)
            row.append(edits)
    return row[-1]


def sound(word: str) -> str:
    """The consonants that one hears, so that words that sound alike share a key: “elefant”, “elephant”."""
    for written, heard in SAME_SOUND:
        word = word.replace(written, heard)
    return SILENT.sub("", DOUBLED.sub(r"\1", word.translate(SOUNDS)))
