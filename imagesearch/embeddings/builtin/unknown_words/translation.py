"""Reads words of other languages in English, by a table of the names of things and colours."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from imagesearch.embeddings.base import UNSPACED
from imagesearch.embeddings.builtin.unknown_words.languages import LANGUAGES, WITHOUT_SPACES, Language

FILE = Path(__file__).parent / "data" / "translations.tsv"
ENGLISH_FILE = FILE.with_name("english.txt")
SEPARATOR = "|"
ALSO_ENGLISH = "?"
"""Before a word that is the name of another thing in English: “pan” is Spanish bread."""
MAX_TOKENS = 4
"""Of a name in the table: pomme de terre, or arc-en-ciel."""
MIN_STEM = 3
"""Letters that are left of a word whose ending is taken away; one Korean syllable is enough."""
TOKEN = re.compile(r"[^\W_]+(?:-[^\W_]+)*")
HANGUL = "\uac00"

Fold = Callable[[str], str]


class Entry(NamedTuple):
    """What a word of one language is in English."""

    english: tuple[str, ...]
    also_english: bool


class Translation(NamedTuple):
    """A word of a text, and what it may be in English: pairs of an English word and a language's code."""

    word: str
    readings: tuple[tuple[str, str], ...]
    also_english: bool

    @property
    def english(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for name, _language in self.readings))

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(language for _name, language in self.readings))

    @property
    def is_certain(self) -> bool:
        """Whether it has one reading. What has two is offered, and not applied."""
        return len(self.english) == 1 and not self.also_english

    def among(self, languages: Container[str]) -> Translation:
        """As a word of these languages alone, if it is of one of them."""
        kept = tuple(reading for reading in self.readings if reading[1] in languages)
        return Translation(self.word, kept, also_english=False) if kept else self


class Token(NamedTuple):
    """A word of a text: as it was typed, folded, and whether it may be of another language."""

    word: str
    folded: str
    is_open: bool


Item = Token | Translation
"""A text that was read is a list of these; a stop word of a language that was found is no longer in it."""


class Piece(NamedTuple):
    """The tokens start … stop - 1 in one language; a stop word has no entry."""

    start: int
    stop: int
    entry: Entry | None
    is_exact: bool = True


def tokens(text: str, fold: Fold, is_open: Callable[[str], bool]) -> list[Token]:
    """The words of a text; `is_open` says which may be of another language."""
    return [Token(word, fold(word), is_open(word)) for word in words_of(text)]


def translate(found: Sequence[Token], fold: Fold) -> list[Item]:
    """Language by language, the one that explains most words first, until none explains another."""
    items: list[Item] = list(found)
    while explanations := [
        explanation for language in LANGUAGES if (explanation := explain(items, language, fold)).names
    ]:
        most = max(explanation.worth for explanation in explanations)
        best = [explanation for explanation in explanations if explanation.worth == most]
        items = list(applied(best))
    return items


def whole(word: str, fold: Fold) -> Translation | None:
    """What else a word is in other languages, as it is and not as a plural or a case."""
    found = {code: entry for code, table in tables(fold).items() if (entry := table.entries.get(fold(word)))}
    readings = tuple(
        (name, code) for code, entry in found.items() for name in entry.english if fold(name) != fold(word)
    )
    return Translation(word, readings, also_english=True) if readings else None


class Explanation(NamedTuple):
    """What one language says of some items, which it may have cut in smaller ones."""

    language: str
    items: list[Item]
    pieces: list[Piece]

    @property
    def names(self) -> dict[tuple[int, int], Entry]:
        """What the items from one up to another mean."""
        return {(piece.start, piece.stop): piece.entry for piece in self.pieces if piece.entry}

    @property
    def worth(self) -> tuple[int, int, int]:
        """How much it explains: words, or characters without spaces; stop words; words without endings."""
        explained = [item.word for start, stop in self.names for item in self.items[start:stop]]
        words = sum(len(word) if UNSPACED.search(word) else 1 for word in explained)
        exact = sum(piece.is_exact for piece in self.pieces if piece.entry)
        return words, len(self.pieces) - len(self.names), exact


def explain(items: Sequence[Item], language: Language, fold: Fold) -> Explanation:
    table = tables(fold)[language.code]
    split = split_unspaced(items, table, fold) if language.code in WITHOUT_SPACES else list(items)
    return Explanation(language.code, split, list(table.pieces(split)))


def applied(best: Sequence[Explanation]) -> Iterator[Item]:
    """The items with the names of the first language translated, and its stop words left out.

    The other languages explain as much: where one says something else of the same word, it has two readings.
    """
    first, at = best[0], 0
    same = {each.language: each.names for each in best if each.items == first.items}
    for start, stop, entry, _is_exact in first.pieces:
        yield from first.items[at:start]
        at = stop
        if entry:
            found = {code: names[start, stop] for code, names in same.items() if (start, stop) in names}
            yield Translation(
                " ".join(item.word for item in first.items[start:stop]),
                tuple((name, code) for code, other in found.items() for name in other.english),
                any(other.also_english for other in found.values()),
            )
    yield from first.items[at:]


class Table:
    """The words of one language, folded, and what they are in English.

    `english` are words that only look like a plural or a case of another language: a tale is no valley.
    """

    def __init__(
        self, language: Language, entries: dict[str, Entry], fold: Fold, english: frozenset[str]
    ) -> None:
        self.entries, self.english = entries, english
        self.stop_words = frozenset(fold(word) for word in language.stop_words)
        self.endings = [(fold(old), fold(new)) for old, new in language.endings]
        self.longest = max((len(word) for word in entries), default=0)

    def has(self, folded: str) -> bool:
        return folded in self.entries or folded in self.stop_words

    def pieces(self, items: Sequence[Item]) -> Iterator[Piece]:
        """The longest names and the stop words among the items, from the first to the last."""
        at = 0
        while at < len(items):
            piece = self.piece(items, at)
            if piece:
                yield piece
            at = piece.stop if piece else at + 1

    def piece(self, items: Sequence[Item], at: int) -> Piece | None:
        ahead = items[at : at + MAX_TOKENS]
        for count in range(len(ahead), 0, -1):
            these = [item for item in ahead[:count] if isinstance(item, Token)]
            if len(these) == count and any(token.is_open for token in these):
                folded = " ".join(token.folded for token in these)
                if entry := self.find(folded):
                    return Piece(at, at + count, entry, folded in self.entries)
        item = items[at]
        is_stop_word = isinstance(item, Token) and item.folded in self.stop_words
        return Piece(at, at + 1, None) if is_stop_word else None

    def find(self, folded: str) -> Entry | None:
        """The word itself, else what it may be a plural or a case of."""
        if entry := self.entries.get(folded):
            return entry
        if folded in self.english:
            return None
        shortest = 1 if folded >= HANGUL else MIN_STEM
        for ending, replacement in self.endings:
            stem = folded.removesuffix(ending)
            if stem != folded and len(stem) >= shortest and (entry := self.entries.get(stem + replacement)):
                return entry
        return None


def split_unspaced(items: Sequence[Item], table: Table, fold: Fold) -> list[Item]:
    """Items of scripts without spaces cut into the longest words of the table, and what is between them."""
    found: list[Item] = []
    for item in items:
        if isinstance(item, Token) and item.is_open and UNSPACED.search(item.word):
            parts = cut(item.word, lambda part: table.has(fold(part)), table.longest)
            found += [Token(part, fold(part), is_open=True) for part in parts]
        else:
            found.append(item)
    return found


def cut(text: str, is_word: Callable[[str], bool], longest: int) -> Iterator[str]:
    """“赤い猫” is “赤い” and “猫”."""
    at = between = 0
    while at < len(text):
        lengths = range(min(longest, len(text) - at), 0, -1)
        count = next((length for length in lengths if is_word(text[at : at + length])), 0)
        if count:
            if between < at:
                yield text[between:at]
            yield text[at : at + count]
            between = at + count
        at += count or 1
    if between < len(text):
        yield text[between:]


@cache
def tables(fold: Fold) -> dict[str, Table]:
    """The table of each language, folded as texts are."""
    english = frozenset(ENGLISH_FILE.read_text(encoding="utf-8").split())
    return read_tables(FILE.read_text(encoding="utf-8").splitlines(), fold, english)


def read_tables(lines: Iterable[str], fold: Fold, english: frozenset[str]) -> dict[str, Table]:
    """The table of each language, from lines of an English word and a column for each language."""
    entries: dict[str, dict[str, Entry]] = {language.code: {} for language in LANGUAGES}
    for line in lines:
        name, *columns = line.split("\t")
        for language, column in zip(LANGUAGES, columns, strict=True):
            words = entries[language.code]
            for word in filter(None, column.split(SEPARATOR)):
                key = folded(word.removeprefix(ALSO_ENGLISH), fold)
                before = words.get(key, Entry((), also_english=False))
                also_english = before.also_english or word.startswith(ALSO_ENGLISH)
                words[key] = Entry(tuple(dict.fromkeys((*before.english, name))), also_english)
    return {language.code: Table(language, entries[language.code], fold, english) for language in LANGUAGES}


def folded(word: str, fold: Fold) -> str:
    """As the tokens of a text are: single spaces, and neither apostrophes nor dots."""
    return " ".join(fold(part) for part in words_of(word))


def words_of(text: str) -> list[str]:
    """Without punctuation; an apostrophe parts two words: l’oiseau."""
    words: list[str] = TOKEN.findall(unicodedata.normalize("NFC", text))
    return words
