"""Reads a query: names of things, colours, and words that may be anything."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from imagesearch.embeddings.builtin.colour import COLOURS
from imagesearch.embeddings.builtin.concepts import concepts

STOP_WORDS = frozenset(
    """a an the of on in at with and or to for by from is are its his her their my our your this that these
    those some any photo photos picture pictures image images pic shot showing near very it i me show
    find""".split()
)
ACCENTS = re.compile("(?<=[A-Za-z\u0370-\u052f])[\u0300-\u036f]+")
"""Of Latin, Greek and Cyrillic letters. In other scripts a mark makes another letter."""
PLURALS = (("s", ""), ("es", ""), ("'s", ""), ("ies", "y"), ("ves", "f"), ("ves", "fe"), ("men", "man"))


class Phrase(NamedTuple):
    """A part of a query: the name of a concept, which may be several words, or one other word."""

    text: str
    concept: bool
    colour: bool  # an orange is both


def phrases(text: str) -> list[Phrase]:
    """The text's parts in their order, stop words left out.

    The longest name wins, so that a red fox is an animal and a red car is a car and a colour.
    """
    remaining = words(text)
    found = []
    while remaining:
        count = longest_name(remaining)
        part = " ".join(remaining[: count or 1])
        found.append(Phrase(part, concept=count > 0, colour=part in COLOURS))
        remaining = remaining[count or 1 :]
    return found


def words(text: str) -> list[str]:
    """Lower case, without accents, without stop words."""
    apart = unicodedata.normalize("NFKD", text.replace("’", "'"))
    plain = unicodedata.normalize("NFC", ACCENTS.sub("", apart)).lower()
    spaced = "".join(character if _in_word(character) else " " for character in plain)
    found = (word.rstrip("'-") for word in spaced.split())
    return [word for word in found if any(map(str.isalnum, word)) and word not in STOP_WORDS]


def _in_word(character: str) -> bool:
    return character.isalnum() or character in "_'-" or unicodedata.category(character)[0] == "M"


def longest_name(ahead: list[str]) -> int:
    """How many of the next words name a concept together; 0 for none."""
    for count in range(min(len(ahead), longest_known()), 0, -1):
        *first, last = ahead[:count]
        if any(" ".join([*first, form]) in names() for form in singulars(last)):
            return count
    return 0


def singulars(word: str) -> Iterator[str]:
    """The word, and what it may be the plural of."""
    yield word
    for ending, replacement in PLURALS:
        if word.endswith(ending):
            yield word.removesuffix(ending) + replacement


@cache
def names() -> frozenset[str]:
    """Every name of every concept, read as a query would be."""
    return frozenset(" ".join(words(name)) for concept in concepts() for name in concept.names)


@cache
def longest_known() -> int:
    return max(name.count(" ") + 1 for name in names())
