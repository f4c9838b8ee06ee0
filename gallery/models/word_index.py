"""The word index, asked: which images have which share of some words, also where a word is on most images."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from operator import itemgetter
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.utils.functional import cached_property

from gallery.models.terms import Term, WordIndexState, beginning_with, having
from gallery.text.folding import fold
from gallery.text.words import STEM_SHARE, Form, SoughtWord, WordRules
from imagesearch.embeddings.base import Vocabulary
from imagesearch.embeddings.builtin.unknown_words.spelling import MIN_LETTERS, MIN_LETTERS_OF_TWO, is_near

if TYPE_CHECKING:
    from gallery.models.querysets import ImageQuerySet

MAX_COMPARED_ROWS = 10_000
"""Rows that one search compares. A gallery of 100,000 has words on nearly all of them."""
ROWS_PER_MATCH = 8
"""For each match that is asked for it may be so many rows: then choosing among them costs more."""
MAX_COMPARED_WORDS = 8
"""Where there are more rows, so many words decide which images are compared: the rarest."""

WHOLE_WORD = 0.999
"""A share from which on a title or tag has the word; those of pairs of characters are sums of floats."""
MAX_LOOKED_UP = 24
"""Words of one query that are looked up in titles and tags: a longer text was pasted."""
ALPHABETS = (ascii_lowercase, "абвгдежзийклмнопрстуфхцчшщъыьэюя", "αβγδεζηθικλμνξοπρστυφχψω")
MAX_LETTERS = 24
"""Of a word that is compared: a longer one has too many that differ in a letter."""
FIRST_LETTERS = 2
"""That a word shares with one in which two letters are wrong."""
MAX_COMPARED = 2_000
"""Words that begin so."""
MAX_NEAR = 5


class WordIndex:
    """The words of a query among the terms of images, narrowed to the images that `these` let through.

    An image's share of the words is Σ rarity × place of the words that it has ÷ Σ rarity of all, so from 0 to
    1. A word's rarity is ln(1 + N ÷ (1 + images with it)), and of a pair of characters its part of that; its
    place is SHARES of where it stands, less for a stem.
    """

    def __init__(
        self,
        images: QuerySet[Any],
        rules: WordRules,
        text: str,
        these: Iterable[Exists] = (),
        typed: Mapping[str, str] | None = None,
    ) -> None:
        """`typed` has for words of the text those that stood in their place: dog → Hund."""
        self.images, self.rules, self.these = images, rules, tuple(these)
        typed = {fold(read): word for read, word in (typed or {}).items()}
        self.words = [self.with_typed(word, typed.get(word.text, "")) for word in rules.sought(text)]

    def with_typed(self, word: SoughtWord, typed: str) -> SoughtWord:
        """The word, found by what was typed as well, but for scripts without spaces, which have no words."""
        others = self.rules.sought(typed) if typed else []
        if len(others) != 1 or others[0].is_beginning:
            return word
        return replace(word, terms=tuple((dict(others[0].terms) | dict(word.terms)).items()))

    @property
    def rows(self) -> QuerySet[Term]:
        return Term.objects.using(self.images.db)

    def matches(self, most: int) -> list[tuple[int, float]]:
        """(id, share of the words that it has), the largest share first, then by id.

        Beyond MAX_COMPARED_ROWS not every image is compared (`foremost`): those that have all the words in
        their titles and tags still come first, but of those that have some, the ones with them in captions
        may be missing.
        """
        if len(self.words) == 1:
            return self.heaviest(self.words[0], most)
        if not any(self.counts):
            return []
        rows = self.rows.filter(*self.these)
        if sum(self.counts) > max(MAX_COMPARED_ROWS, ROWS_PER_MATCH * most):
            rows = self.rows.filter(image_id__in=self.foremost(2 * most))
        found = self.shares_of(rows)
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:most]

    def shares(self, ids: Iterable[int]) -> dict[int, float]:
        """The share of the words for those of these images that have any."""
        return self.shares_of(self.rows.filter(*self.these, image_id__in=list(ids))) if self.words else {}

    @cached_property
    def counts(self) -> list[int]:
        """On how many images each word is."""
        whole = [word for word in self.words if not word.is_beginning]
        rows = self.rows.filter(self.any_of(whole)) if whole else self.rows.none()
        by_term = dict(rows.values_list("term").annotate(Count("image", distinct=bool(self.rules.language))))
        return [
            self.rows.filter(having(word, self.rules)).values("image_id").distinct().count()
            if word.is_beginning
            else max(by_term.get(term, 0) for term, _ in word.terms)
            for word in self.words
        ]

    @cached_property
    def rarities(self) -> list[float]:
        total = self.images.count()
        return [
            word.part * math.log(1 + total / (1 + count))
            for word, count in zip(self.words, self.counts, strict=True)
        ]

    def part_of(self, text: str) -> float:
        """How much of the words' rarity lies on those of this text, from 0 to 1."""
        chosen = {word.terms for word in self.rules.sought(text)}
        parts = [
            rarity for word, rarity in zip(self.words, self.rarities, strict=True) if word.terms in chosen
        ]
        return sum(parts) / (sum(self.rarities) or 1.0)

    def any_of(self, words: Iterable[SoughtWord]) -> Q:
        """The rows of all these words, in one condition on terms and one on forms."""
        terms = [term for word in words for term, _ in word.terms]
        return having(SoughtWord("", tuple((term, 1.0) for term in terms)), self.rules)

    def shares_of(self, rows: QuerySet[Term]) -> dict[int, float]:
        """Image → share of the words, by these rows of the index.

        Added up here and in one order, so that every database gives the same numbers.
        """
        asked = self.any_of(word for word in self.words if not word.is_beginning)
        for word in self.words:
            asked |= having(word, self.rules) if word.is_beginning else Q()
        places: dict[str, list[tuple[int, float, bool]]] = defaultdict(list)
        shares = self.rules.shares
        for pk, term, weight, form in rows.filter(asked).values_list("image_id", "term", "weight", "form"):
            places[term].append((pk, shares[weight], form == Form.STEM))
        if len(self.words) == 1:
            return self.best(self.words[0], places)
        found: dict[int, float] = defaultdict(float)
        for word, rarity in zip(self.words, self.rarities, strict=True):
            for pk, share in self.best(word, places).items():
                found[pk] += rarity * share
        whole = sum(self.rarities)
        return {pk: worth / whole for pk, worth in found.items()}

    def best(
        self, word: SoughtWord, places: Mapping[str, Sequence[tuple[int, float, bool]]]
    ) -> dict[int, float]:
        """Image → how much of this word it has, by its best form in its best place."""
        terms = word.terms
        if word.is_beginning:
            terms = tuple((term, 1.0) for term in places if term.startswith(word.text))
        found: dict[int, float] = {}
        for term, whole in terms:
            for pk, share, is_stem in places.get(term, ()):
                value = share * (min(whole, STEM_SHARE) if is_stem else whole)
                found[pk] = max(value, found.get(pk, 0.0))
        return found

    def levels(self, word: SoughtWord) -> list[tuple[float, Q]]:
        """(how much of the word, rows) for all ways in which an image can have it, the most first."""
        found: list[tuple[float, Q]] = []
        for weight, share in self.rules.shares.items():
            if word.is_beginning:
                found.append((share, having(word, self.rules) & Q(weight=weight)))
                continue
            for term, whole in word.terms:
                rows = Q(term=term, weight=weight)
                found.append((share * whole, rows & Q(form__in=self.rules.forms)))
                if self.rules.language:
                    found.append((share * STEM_SHARE, rows & Q(form=Form.STEM)))
        return sorted(found, key=itemgetter(0), reverse=True)

    def heaviest(
        self, word: SoughtWord, most: int, others: Sequence[SoughtWord] = (), least: float = 0.0
    ) -> list[tuple[int, float]]:
        """(id, how much of the word it has), the most first, then by id: read off an index.

        Only of images that have the others, too, and all of them in a place that counts `least` or more.
        """
        weights = [weight for weight, share in self.rules.shares.items() if share >= least]
        beside = [
            Exists(
                self.rows.filter(having(other, self.rules), image_id=OuterRef("image_id"), weight__in=weights)
            )
            for other in others
        ]
        has_several = bool(self.rules.language) or word.is_beginning or len(word.terms) > 1
        found: dict[int, float] = {}
        for share, group in groupby(self.levels(word), key=itemgetter(0)):
            if share < least or len(found) >= most:
                break
            ids: set[int] = set()
            for _, condition in group:
                rows = self.rows.filter(condition, *beside, *self.these).order_by("image_id")
                if found and has_several:  # images of a better level may be on this one, too
                    rows = rows.exclude(image_id__in=list(found))
                if word.is_beginning:
                    rows = rows.distinct()
                ids.update(rows.values_list("image_id", flat=True)[: most - len(found)])
            new = sorted(ids - found.keys())[: most - len(found)]
            found.update(dict.fromkeys(new, share))
        return list(found.items())

    def foremost(self, most: int) -> list[int]:
        """The images with all the words; where they are few, also those where the rarest words weigh most."""
        order = sorted((count, number) for number, count in enumerate(self.counts) if count)
        chosen = [number for _, number in order[:MAX_COMPARED_WORDS]]
        rarest, *others = [self.words[number] for number in chosen]
        having_all = self.heaviest(rarest, most, others)
        if len(having_all) == most:  # there may be more, so those with the words in better places are sought
            in_titles = self.heaviest(rarest, most, others, least=1.0)
            having_all = in_titles + having_all
            if len(in_titles) == most:
                return [pk for pk, _ in in_titles]
        places: dict[int, dict[int, float]] = defaultdict(dict)
        for number in chosen:
            for pk, share in self.heaviest(self.words[number], most):
                places[pk][number] = share
        for pk, _ in having_all:
            for number in chosen:
                places[pk].setdefault(number, min(self.rules.shares.values()))
        worth = {
            pk: sum(self.rarities[number] * share for number, share in sorted(known.items()))
            for pk, known in places.items()
        }
        return sorted(worth, key=lambda pk: (-worth[pk], pk))[:most]


def vocabulary_of(images: ImageQuerySet) -> Vocabulary:
    """The words of the titles and tags of these images. Each word is looked up once."""
    asked: dict[str, bool] = {}

    def has(word: str) -> bool:
        if word not in asked and len(asked) < MAX_LOOKED_UP:
            asked[word] = has_word(images, word)
        return asked.get(word, False)

    return Vocabulary(fold, has, partial(near_words, images))


def has_word(images: ImageQuerySet, word: str) -> bool:
    """Whether a title or a tag of these images has the word."""
    return any(share >= WHOLE_WORD for _pk, share in images.word_matches(word, 1))


def near_words(images: ImageQuerySet, word: str) -> list[str]:
    """Words of titles and tags in which one letter differs, or two in a long word that sounds alike."""
    if not MIN_LETTERS <= len(word) <= MAX_LETTERS:
        return []
    rules = WordIndexState.current(images.db).rules
    written = {"form": rules.forms[0], "weight__gte": rules.weights["tag"]}
    rows = Term.objects.using(images.db).filter(*images.of_these(), **written)
    found = set(rows.filter(term__in=list(one_letter_off(word))).values_list("term", flat=True))
    if len(word) + 2 >= MIN_LETTERS_OF_TWO:
        beginning = rows.filter(beginning_with("term", word[:FIRST_LETTERS])).order_by("term")
        found.update(beginning.values_list("term", flat=True).distinct()[:MAX_COMPARED])
    return sorted(near for near in found if is_near(word, near))[:MAX_NEAR]


def one_letter_off(word: str) -> Iterator[str]:
    """The words with a letter left out, replaced or added, or two neighbours exchanged."""
    letters = "".join(alphabet for alphabet in ALPHABETS if any(letter in alphabet for letter in word))
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in letters:
            yield before + letter + after
            yield before + letter + after[1:]
