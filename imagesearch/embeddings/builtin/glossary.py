"""The names of what the model knows, found by their first letters: a help for people who are typing."""

from __future__ import annotations

from bisect import bisect_left
from functools import cache
from typing import NamedTuple

from imagesearch.embeddings.builtin.colour import COLOURS
from imagesearch.embeddings.builtin.concepts import CLASSES, concepts
from imagesearch.embeddings.builtin.query import words
from imagesearch.embeddings.builtin.tags import family_names

LAST_SIGN = "\U0010ffff"


class NameEntry(NamedTuple):
    """A name where the words `key` begin in it. Sorted by key; `rank` says which name is told first."""

    key: str
    rank: tuple[int, int, int, str]
    name: str


def names_from(beginning: str, most: int) -> list[str]:
    """Names that begin with these letters, or of which a word does: what people say most comes first.

    An unfinished last word is meant: “golden re” finds the golden retriever.
    """
    start = " ".join(words_of(beginning)) + (" " if beginning.endswith(" ") else "")
    if not start.strip():
        return []
    first, last = (
        bisect_left(entries(), letters, key=lambda entry: entry.key) for letters in (start, start + LAST_SIGN)
    )
    found = sorted(entries()[first:last], key=lambda entry: (entry.key != start.rstrip(), *entry.rank))
    return list(dict.fromkeys(entry.name for entry in found))[:most]


def words_of(text: str) -> list[str]:
    """As a query reads them, but the last one whole: “a” may become an ant, “the” a theatre."""
    *first, last = text.split() or [""]
    return [*words(" ".join(first)), *(words(last) or [last.lower()])]


@cache
def entries() -> tuple[NameEntry, ...]:
    """Every name under each of its words, sorted by letters."""
    found = []
    for name, tier in tiers().items():
        parts = words(name)
        for at in range(len(parts)):
            key = " ".join(parts[at:])
            found.append(NameEntry(key, (at, tier, len(name), name), name))
    return tuple(sorted(found))


def tiers() -> dict[str, int]:
    """Each name, and how near it is to what people say: colours and common families 0, things 1, others 2."""
    found = dict.fromkeys(COLOURS, 0)
    for number, concept in enumerate(concepts()):
        common = concept.names[0] in family_names()
        for at, name in enumerate(concept.names):
            if at and latin(name):
                continue
            tier = 0 if common and not at else 1 if number < CLASSES and not at else 2
            found[name] = min(tier, found.get(name, tier))
    return found


def latin(name: str) -> bool:
    """A name of science, such as “Tinca tinca”: the model reads it, but nobody needs to be told."""
    first, *rest = name.split()
    return first[0].isupper() and bool(rest) and all(word.islower() for word in rest)
