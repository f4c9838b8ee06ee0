"""Which words of other languages are English, too, or look as if they were not."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gallery.text.folding import fold
from imagesearch.embeddings.builtin.unknown_words.translation import (
    ALSO_ENGLISH,
    SEPARATOR,
    Table,
    folded,
    read_tables,
)
from tools.unknown_words.families import Nearest
from tools.unknown_words.translations import LANGUAGES, Row
from tools.unknown_words.wordnet import Nouns

USUAL = 10
"""Uses in WordNet's corpus from which an English word is meant as often: pain, and not rot."""
LIFE = ("05", "20")
"""The subjects of animals and plants."""
NOT_MEANT = frozenset({"blanc", "bleu", "chat"})
"""English words that are rarer than the French ones: sauces, a cheese, a bird."""


class English:
    """English words as WordNet has them."""

    def __init__(self, nouns: Nouns) -> None:
        self.nouns = nouns
        self.nearest = Nearest(nouns)

    def marked(self, table: dict[str, Row]) -> list[str]:
        """The lines of the table; words that have another meaning in English are marked."""
        return ["\t".join([name, *self._columns(name, row)]) for name, row in table.items()]

    def _columns(self, name: str, row: Row) -> Iterable[str]:
        for code in LANGUAGES:
            words = row.get(code, ())
            yield SEPARATOR.join(ALSO_ENGLISH * self.is_other_thing(word, name) + word for word in words)

    def is_other_thing(self, word: str, name: str) -> bool:
        """Whether the English word of these letters is usual, or something to be seen, but not `name`."""
        letters = folded(word, fold)
        if not word.isascii():  # English has no accents, and Bär is no bar
            return False
        if letters in NOT_MEANT or letters == folded(name, fold) or letters not in self.nouns.words:
            return False
        meant = self.nearest.of(letters) if letters in self.nouns.meanings else None
        same = meant is not None and name in self.nouns.meanings and meant == self.nearest.of(name)
        return not same and (meant is not None or self.nouns.uses_of(letters) >= USUAL)

    def looks_foreign(self, lines: Iterable[str]) -> list[str]:
        """English words that would be read as a plural or a case of a word in these lines."""
        tables = read_tables(lines, fold, frozenset()).values()
        return [
            word
            for word in sorted(self.nouns.words)
            if word.isalpha() and any(self._only_looks(word, table) for table in tables)
        ]

    def _only_looks(self, word: str, table: Table) -> bool:
        entry = None if word in table.entries else table.find(word)
        return entry is not None and self.is_other_thing(word, entry.english[0])

    def not_misspelt(self, near: Callable[[str], Iterable[str]]) -> list[str]:
        """English words that other words are near to; `near` says which. Names of genera are left out."""
        words = sorted(word for word in self.nouns.words if word.isalpha() and not self._is_genus(word))
        return [word for word in words if any(other != word for other in near(word))]

    def _is_genus(self, word: str) -> bool:
        synsets = [self.nouns.synsets[offset] for offset in self.nouns.meanings.get(word, ())]
        return bool(synsets) and all(
            synset.subject in LIFE and word not in synset.words for synset in synsets
        )
