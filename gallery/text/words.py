"""The terms of an image in the word index, and the words of a query by which the index is asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from gallery.text import earlier_words
from gallery.text.folding import TERM_LENGTH, fold, tag_key
from gallery.text.plurals import plural_key
from gallery.text.stems import stem
from gallery.text.tokens import Token, indexed_tokens, is_one_character, tokens

VERSION = 2
"""Of what this module makes of a text. A new one has the word index rebuilt (maintenance/word_rebuild.py)."""
WEIGHTS = {"title": 4, "tag": 4, "name": 3, "caption": 2}
"""What a word's row in the index says of where it stands; the best place where there are several.

1 is kept for words inside of pictures.
"""
SHARES = {"title": 1.0, "tag": 1.0, "name": 0.85, "caption": 0.6}
"""How much of a word of the query is found where it stands in this place."""
STEM_SHARE = 0.8
"""How much of that where only the stems are the same."""
MAX_BEGINNINGS = 8
"""Single characters of a query that find what begins with them; further ones find themselves alone."""
STOP_WORDS = frozenset(
    "a an and any at by for from image images in is it me my near of on or photo photos pic picture pictures "
    "shot show that the these this those to very with".split()
)


class Form(IntEnum):
    """What a term is of the word that it was made of."""

    EARLIER = 0
    """Made by version 1; deleted when the index has been rebuilt."""
    SURFACE = 1
    """The word as it is written, folded; an emoji; a whole tag or title of stop words."""
    KEY = 2
    """What all forms of an English word have in common, where it is not the word itself."""
    STEM = 3
    """The stem of the site's language."""
    PAIR = 4
    """Two characters that stand beside each other in a script without spaces, or its last one."""


@dataclass(frozen=True)
class SoughtWord:
    """A word of a query: `terms` are those that it is found by, each with how much of the word it is.

    A pair of characters is the share `part` of its run; a single one is found by what begins with it.
    """

    text: str
    terms: tuple[tuple[str, float], ...]
    part: float = 1.0
    is_beginning: bool = False

    def stands_among(self, terms: Collection[str]) -> bool:
        """Whether a text of these terms has the word."""
        if self.is_beginning:
            return any(term.startswith(self.text) for term in terms)
        return any(term in terms for term, _ in self.terms)


@dataclass(frozen=True)
class WordRules:
    """How texts become terms: by which version, and with the stems of which language ("" for none)."""

    version: int = VERSION
    language: str = ""

    @property
    def forms(self) -> tuple[Form, ...]:
        """Of the rows that answer, but for stems."""
        return (Form.EARLIER,) if self.version == 1 else (Form.SURFACE, Form.KEY, Form.PAIR)

    @property
    def weights(self) -> dict[str, int]:
        return earlier_words.WEIGHTS if self.version == 1 else WEIGHTS

    @property
    def shares(self) -> dict[int, float]:
        """Weight → how much of a word is found where it stands."""
        return {weight: SHARES[place] for place, weight in self.weights.items()}

    def sought(self, text: str) -> list[SoughtWord]:
        """The words of a query, each once. Stop words alone are one word, as a whole tag or title may be."""
        if self.version == 1:
            return [SoughtWord(term, ((term, 1.0),)) for term in earlier_words.terms(text)]
        words = dict.fromkeys(token for token in tokens(text) if token.text not in STOP_WORDS)
        pairs = Counter(token.run for token in words if token.kind == "unspaced")
        found = [self._sought(token, pairs) for token in words]
        if not found and (whole := tag_key(text)):
            found = [SoughtWord(whole, ((whole, 1.0),))]
        unique: dict[tuple[tuple[str, float], ...], SoughtWord] = {}
        for word in found:
            unique.setdefault(word.terms, word)
        beginnings = [word for word in unique.values() if word.is_beginning]
        for word in beginnings[MAX_BEGINNINGS:]:
            unique[word.terms] = replace(word, is_beginning=False)
        return list(unique.values())

    def _sought(self, token: Token, pairs: Mapping[str, int]) -> SoughtWord:
        """`pairs` has how many different ones there are of each run."""
        if token.kind == "unspaced":
            part = 1 / pairs[token.run]
            return SoughtWord(token.run, ((token.text, 1.0),), part, is_one_character(token.run))
        terms = dict.fromkeys(self._stems(token), STEM_SHARE) | {_key(token): 1.0}
        return SoughtWord(token.text, tuple(terms.items()))

    def indexed(self, texts: Iterable[tuple[str, str]]) -> dict[tuple[str, Form], int]:
        """(term, form) → weight of an image with these (place, text); each term in its best place.

        A term is in the index twice only where it is the stem of a word in a better place.
        """
        words: dict[str, tuple[Form, int]] = {}
        stems: dict[str, int] = {}
        for place, text in texts:
            weight = self.weights[place]
            # A tag is folded first, so that all spellings of it have the same terms.
            folded = fold(text) if place == "tag" and self.version > 1 else text
            for term, form in self.terms(folded).items():
                if form == Form.STEM:
                    stems[term] = max(weight, stems.get(term, 0))
                else:
                    best_form, best_weight = words.get(term, (form, weight))
                    words[term] = (min(form, best_form), max(weight, best_weight))
        better = {
            (term, Form.STEM): weight
            for term, weight in stems.items()
            if term not in words or weight > words[term][1]
        }
        return {(term, form): weight for term, (form, weight) in words.items()} | better

    def terms(self, text: str) -> dict[str, Form]:
        """The terms that a text is found by, each in its best form."""
        if self.version == 1:
            return dict.fromkeys(earlier_words.terms(text), Form.EARLIER)
        found: dict[str, Form] = {}
        for term, form in self._forms(text):
            found[term] = min(form, found.get(term, form))
        if not found and (whole := tag_key(text)):
            found = {whole: Form.SURFACE}
        return found

    def _forms(self, text: str) -> Iterator[tuple[str, Form]]:
        for token in indexed_tokens(text):
            if token.text in STOP_WORDS:
                continue
            if token.kind == "unspaced":
                yield token.text, Form.PAIR
                continue
            yield token.text, Form.SURFACE
            yield _key(token), Form.KEY
            yield from ((stemmed, Form.STEM) for stemmed in self._stems(token))

    def typed(self, word: str) -> tuple[str, Form]:
        """What terms begin with, and their form, that this folded word is the beginning of."""
        if self.version == 1:
            return earlier_words.singular(word)[:TERM_LENGTH], Form.EARLIER
        for token in tokens(word):
            return token.text, Form.PAIR if token.kind == "unspaced" else Form.SURFACE
        return word[:TERM_LENGTH], Form.SURFACE

    def _stems(self, token: Token) -> list[str]:
        """The stem of a word, where the site has a language."""
        is_stemmed = self.language and token.kind == "word"
        return [stem(token.text, self.language)[:TERM_LENGTH]] if is_stemmed else []


def _key(token: Token) -> str:
    return plural_key(token.text) if token.kind == "word" else token.text
