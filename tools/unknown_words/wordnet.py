"""Reads WordNet's nouns: what each means, most usual meaning first, and what it is a kind of."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

KIND_OF = ("@", "@i")
"""Pointers to what a noun is a kind of, or an instance of. Source: the manual page wninput(5WN)."""
NOUN = "1:"
"""How the sense key of a noun begins in cntlist.rev. Source: senseidx(5WN)."""


class Synset(NamedTuple):
    """One meaning: the words for it, as they are written, and the meanings that it is a kind of."""

    words: tuple[str, ...]
    kinds: tuple[str, ...]
    is_instance: bool
    """Whether it is one thing that has a name, such as a racehorse or a mountain."""
    subject: str
    """The number of the lexicographer's file: 05 animals, 06 artefacts, 13 food, 20 plants …"""


@dataclass(frozen=True)
class Nouns:
    """`synsets` by their offset in data.noun, and the offsets of each lower-case lemma, most usual first."""

    synsets: dict[str, Synset]
    meanings: dict[str, tuple[str, ...]]
    uses: dict[tuple[str, str], int]
    """How often a lemma means that (offset) in WordNet's corpus, if ever."""
    words: frozenset[str]
    """All lemmas, of whatever part of speech."""
    other_uses: dict[str, int]
    """How often a lemma is another part of speech there: “lower” is seldom a bed."""

    @classmethod
    def read(cls, folder: Path) -> Self:
        """`folder` has the files of Debian's package wordnet-base, as in /usr/share/wordnet."""
        synsets = dict(synset(line) for line in lines(folder / "data.noun"))
        meanings = dict(lemma(line) for line in lines(folder / "index.noun"))
        uses: dict[tuple[str, str], int] = {}
        other_uses: dict[str, int] = defaultdict(int)
        for key, sense, count in lines(folder / "cntlist.rev"):
            word, _, kind = key.partition("%")
            word = word.replace("_", " ")
            if not kind.startswith(NOUN):
                other_uses[word] += int(count)
            elif int(sense) <= len(meanings.get(word, ())):
                uses[word, meanings[word][int(sense) - 1]] = int(count)
        words = frozenset(
            lemma(line)[0]
            for part in ("noun", "verb", "adj", "adv")
            for line in lines(folder / f"index.{part}")
        )
        return cls(synsets, meanings, uses, words, other_uses)

    def uses_of(self, word: str) -> int:
        """How often a lemma is in WordNet's corpus, whatever it means."""
        as_noun = sum(self.uses.get((word, offset), 0) for offset in self.meanings.get(word, ()))
        return as_noun + self.other_uses.get(word, 0)

    def kinds(self, start: str) -> dict[str, int]:
        """The offsets of a meaning and of all above it, nearest first, with the steps to each."""
        steps = {start: 0}
        waiting = deque([start])
        while waiting:
            offset = waiting.popleft()
            for kind in self.synsets[offset].kinds:
                if kind not in steps:
                    steps[kind] = steps[offset] + 1
                    waiting.append(kind)
        return steps


def lines(path: Path) -> list[list[str]]:
    """The fields of each line but those of the licence, which begin with spaces."""
    text = path.read_text(encoding="utf-8")
    return [line.split() for line in text.splitlines() if not line.startswith(" ")]


def synset(fields: list[str]) -> tuple[str, Synset]:
    """A line of data.noun: offset, file, type, count (hexadecimal), words, count of pointers, pointers."""
    count = int(fields[3], 16)
    words = tuple(word.replace("_", " ") for word in fields[4 : 4 + 2 * count : 2])
    at = 4 + 2 * count
    pointers = fields[at + 1 : at + 1 + 4 * int(fields[at])]
    kinds = tuple(pointers[n + 1] for n in range(0, len(pointers), 4) if pointers[n] in KIND_OF)
    return fields[0], Synset(words, kinds, "@i" in pointers, fields[1])


def lemma(fields: list[str]) -> tuple[str, tuple[str, ...]]:
    """A line of index.noun, which ends with the offsets, as many as its third field says."""
    return fields[0].replace("_", " "), tuple(fields[-int(fields[2]) :])
