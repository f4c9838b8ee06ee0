"""The ranking of a search: neighbours by vectors and matches of words, fused into one list of hits."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from django.utils.functional import cached_property

from imagesearch.embeddings.scores import LIKELY, STRONG, WEAK
from imagesearch.query.query_vector import WeightedPart
from imagesearch.querysets import Hits, Match
from imagesearch.vectors.nearest import distances

if TYPE_CHECKING:
    from gallery.models.images import ImageItem
    from gallery.models.querysets import ImageQuerySet

PAGE_SIZE = 48
MAX_PAGES_SHOWN = 25
"""Pages that one page shows at most; behind them a plain link leads on."""
MAX_HITS = MAX_PAGES_SHOWN * PAGE_SIZE
"""How deep a list can be scrolled, and so how many candidates take part in one fused ranking."""
RANK_CONSTANT = 60
"""k of reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): how little the very first ranks count."""

Images = TypeVar("Images", bound="ImageItem")


@dataclass
class ImageHits(Hits[Images]):
    """Hits of two rankings, the vectors' and the word index's, fused by reciprocal rank."""

    def rank(self, need: int) -> list[Match]:
        if not self.embedded_query.text:
            return super().rank(need)
        most = max(need, MAX_HITS)
        images: ImageQuerySet = self.queryset  # type: ignore[assignment]
        near = dict(self.neighbours(most))
        words = dict(
            self._without_excluded(images.word_matches(self.embedded_query.text, most + len(self.exclude)))
        )
        complete = images.having_all_words(self.embedded_query.text, words)
        distances = near | self._distances([pk for pk in words if pk not in near])
        gains = self._gains([pk for pk in words if pk in complete])
        merits: dict[int, float] = defaultdict(float)
        for ranking in (near, words):
            for place, pk in enumerate(islice(ranking, MAX_HITS)):
                merits[pk] += 1 / (RANK_CONSTANT + place + 1)

        def fused(pk: int) -> Match:
            share = 1.0 if pk in complete else min(words.get(pk, 0.0), 0.99)
            return self._fused(pk, distances.get(pk), share, gains.get(pk))

        head = [fused(pk) for pk in merits]
        head.sort(key=lambda match: (-self._band_order(match), -merits[match.pk], match.pk))
        # Deeper down nothing is fused, so that a longer ranking goes on where a shorter one ended.
        rest = [pk for pk in near if pk not in merits]
        if len(near) < most:
            rest += [pk for pk in words if pk not in merits and pk not in near]
        return head + [fused(pk) for pk in rest]

    def _distances(self, ids: list[int]) -> dict[int, float]:
        if self.embedded_query.vector is None or not ids:
            return {}
        return distances(
            self.location.model, self.location.field, self.embedded_query.vector, ids, self.queryset.db
        )

    @cached_property
    def _sought(self) -> list[WeightedPart]:
        return [weighted for weighted in self.embedded_query.weighted_parts if not weighted.part.against]

    @cached_property
    def _pictures(self) -> float:
        """How much the pictures weigh that are sought."""
        return sum(
            weighted.part.weight for weighted in self._sought if weighted.share and not weighted.part.words
        )

    def _gains(self, ids: list[int]) -> dict[int, float]:
        """How much nearer to words and pictures these images were, if they looked likely for the words.

        They have all of them in their titles, tags and names. Empty where the model is unsure of the words.
        """
        if self.calibration is None or not self._pictures or not ids:
            return {}
        gains: dict[int, float] = defaultdict(float)
        for weighted in self._sought:
            if weighted.part.words and weighted.share:
                model, field = self.location
                for pk, distance in distances(model, field, weighted.vector, ids, self.queryset.db).items():
                    gains[pk] += weighted.share * max(0.0, self.calibration.words.likely - (1 - distance))
        return gains

    def _fused(self, pk: int, distance: float | None, share: float, gain: float | None) -> Match:
        """One match of what both rankings say; `share` is how much of the words the word index found.

        A match on all words counts at least as likely, beside pictures as likely for the words. Where no
        vector could be asked, part of the words is worth part of that.
        """
        score = None if distance is None else self.score(distance)
        if self.calibration and share == 1:
            score = max(score or 0.0, self._in_words(distance, gain))
        elif self.calibration and score is None:
            score = WEAK + (LIKELY - WEAK) * share
        by_picture = distance is not None and (
            not share or self.score(distance) >= (WEAK if self.calibration else 0)
        )
        found_by = (*(("picture",) if by_picture else ()), *(("words",) if share else ()))
        return Match(pk, distance, score, found_by)

    def _in_words(self, distance: float | None, gain: float | None) -> float:
        """The score of what has all words of the query in its title, tags or name."""
        if not self._pictures or distance is None:
            return LIKELY
        if gain is not None:
            return self.score(distance - gain)
        words = sum(weighted.part.weight for weighted in self._sought if weighted.part.words)
        return (words * LIKELY + self._pictures * self.score(distance)) / (words + self._pictures)

    @staticmethod
    def _band_order(match: Match) -> int:
        return sum((match.score or 0.0) >= cut for cut in (WEAK, LIKELY, STRONG))
