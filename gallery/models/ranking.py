"""The ranking of a search: what vectors and words say of an image, in one score that hits are sorted by.

With s_v the score by vectors (0 where none was compared), w the image's share of the sought words (see
word_index.py) and h the words' part of the sought weight, the score is

    s = 1 − (1 − s_v) (1 − .6 w h)

Candidates are the nearest images and those that have the most of the words; of each, both are looked up.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from django.utils.functional import cached_property

from imagesearch.embeddings.scores import WEAK
from imagesearch.hits import CANDIDATES, MAX_FETCHED, Hits, Match, ordered
from imagesearch.images.hashes import are_near_duplicates, has_structure
from imagesearch.query.scale import Numbers, reordered

if TYPE_CHECKING:
    from gallery.models.images import ImageItem
    from gallery.models.querysets import ImageQuerySet

PAGE_SIZE = 48
MAX_PAGES_SHOWN = 25
"""Pages that one page shows at most; behind them a plain link leads on."""
MAX_HITS = MAX_PAGES_SHOWN * PAGE_SIZE
"""How deep a list can be scrolled."""
WORDS_WORTH = 0.6
"""The score of an image that has all words in its title or tags, and by vectors none."""
UNSURE_WORTH = 0.9
"""The same of words that the model is unsure of, beside sure ones: the vector leaves them out.

On devset, with labels as tags of half of the photos, a colour with a label finds .512 right in the first ten;
at .6, where the colour alone in the vector outweighs a tagged label, .484.
"""
ALL_WORDS = 0.999
"""A share from which on an image has all words in its title or tags; shares are sums of floats."""

Images = TypeVar("Images", bound="ImageItem")


@dataclass
class ImageHits(Hits[Images]):
    """Hits of vectors and words."""

    def rank(self, need: int) -> list[Match]:
        if not self.embedded_query.text:
            # A copy, as its hash tells, may be far from the nearest: every list is to show it at its place.
            return super().rank(max(need, CANDIDATES))
        depth = max(need, CANDIDATES)
        while True:
            near = dict(self.neighbours(depth))
            words = self._word_matches(depth)
            matches = self._scored_with_words(near, words, depth)
            more_near, more_words = len(near) >= depth, len(words) >= depth
            best = None
            if more_near or more_words:
                by_vector = self.scale.best_unseen(1 - max(near.values())) if more_near else 0.0
                most = UNSURE_WORTH / WORDS_WORTH if self._unsure else 1.0
                best = self._fused(by_vector, most * min(words.values()) if more_words else 0.0)
            if self.is_enough(matches, best, depth):
                return matches
            depth = min(2 * depth, MAX_FETCHED)

    @property
    def _images(self) -> ImageQuerySet:
        return self.queryset  # type: ignore[return-value]

    def _word_matches(self, most: int) -> dict[int, float]:
        """Id → share of the words."""
        found = self._images.word_matches(self.embedded_query.text, most + len(self.exclude))
        return dict(self._without_excluded(found)[:most])

    def _scored_with_words(
        self, near: Mapping[int, float], words: Mapping[int, float], depth: int
    ) -> list[Match]:
        """The matches in their order, of up to `depth` near images and of as many that have words."""
        near = {**near, **self._near_pictures(near, depth)}
        near |= self.distances(self.embedded_query.vector, [pk for pk in words if pk not in near])
        shares = dict(words)
        if len(words) >= depth:  # else they are all that have any
            others = [pk for pk in near if pk not in words]
            shares |= self._images.word_shares(self.embedded_query.text, others)
        shares = self._with_unsure(shares)
        found = [self._with_words(match, shares.get(match.pk, 0.0)) for match in self.scored(near)]
        found += [
            Match(pk, None, self._by_words_alone(shares[pk]), ("words",)) for pk in words if pk not in near
        ]
        return ordered(found)

    @cached_property
    def _unsure(self) -> str:
        """The sought words that the vector leaves out beside others of their text."""
        sought = [each for each in self.embedded_query.weighted_parts if not each.part.against]
        return " ".join(word for each in sought if each.vector is not None for word in each.reading.unsure)

    def _with_unsure(self, shares: dict[int, float]) -> dict[int, float]:
        """The shares, in which words that the vector leaves out count for more than others."""
        if not self._unsure or not shares:
            return shares
        more = UNSURE_WORTH / WORDS_WORTH - 1
        part = self._images.word_part(self.embedded_query.text, self._unsure)
        unsure = self._images.word_shares(self._unsure, shares)
        return {pk: share + more * part * unsure.get(pk, 0.0) for pk, share in shares.items()}

    def _with_words(self, match: Match, share: float) -> Match:
        """The match with its words, of which the image has this share."""
        if not share or match.vector_score is None:
            return match
        by_picture = match.vector_score >= (WEAK if self.calibration else 0)
        found_by = ("picture", "words") if by_picture else ("words",)
        score = self._fused(match.vector_score, share)
        if self.calibration and match.sought_score is not None and match.sought_score != match.vector_score:
            # What is not wanted hides none of what words and vectors show together.
            score = float(reordered(np.array(self._fused(match.sought_score, share)), np.array(score)))
        return replace(match, score=score, found_by=found_by)

    def _by_words_alone(self, share: float) -> float:
        """The score where no vector was compared. Where only words are sought, a part of them is shown."""
        score = self._fused(0.0, share)
        return max(score, WEAK + 0.01 * share) if self.calibration and self.words_weight == 1 else score

    def _fused(self, by_vector: float, share: float) -> float:
        return 1 - (1 - by_vector) * (1 - WORDS_WORTH * share * self.words_weight)

    @cached_property
    def words_weight(self) -> float:
        """The words' part of the sought weight."""
        sought = [part.part for part in self.embedded_query.weighted_parts if not part.part.against]
        return sum(part.weight for part in sought if part.words) / sum(part.weight for part in sought)

    def copies(self, ids: Sequence[int], parts: Sequence[Numbers]) -> Numbers:
        found = np.zeros(len(ids))
        for number, (part, cosines) in enumerate(zip(self.scale.parts, parts, strict=True), start=1):
            is_example = part.kind == "picture" and not part.part.against
            near = np.flatnonzero(cosines >= self.scale.copy_cosine).tolist() if is_example else []
            dhash = self._images.part_hash(part.part) if near else ""
            hashes = self._images.hashes([ids[place] for place in near]) if has_structure(dhash) else {}
            for place in near:
                if are_near_duplicates(dhash, hashes.get(ids[place], "")):
                    found[place] = number
        return found

    def named(self, ids: Sequence[int]) -> Numbers | None:
        unwanted = [each for each in self.embedded_query.weighted_parts if each.part.against]
        found = np.zeros(len(ids))
        for each in unwanted:
            for text in {each.part.words, each.reading.text} - {""}:  # as typed, and as read
                shares = self._images.word_shares(text, ids)
                weights = [each.part.weight if shares.get(pk, 0.0) >= ALL_WORDS else 0.0 for pk in ids]
                found = np.maximum(found, weights)
        return found if unwanted else None
