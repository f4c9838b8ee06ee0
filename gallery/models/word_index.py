"""The word index, asked: which images have which share of some words, also where a word is on most images."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils.functional import cached_property

from gallery.models.terms import Term
from gallery.text.words import SHARES, WEIGHTS

MAX_COMPARED_ROWS = 10_000
"""Rows that one search compares. A gallery of 100,000 has words on nearly all of them."""
MAX_COMPARED_TERMS = 8
"""Where there are more rows, so many terms decide which images are compared: the rarest."""
SHARE_OF_WEIGHT = {WEIGHTS[place]: share for place, share in SHARES.items()}
HEAVIEST_FIRST = sorted(SHARE_OF_WEIGHT, reverse=True)


class WordIndex:
    """The terms of a query among an image table's terms, narrowed to the images that `these` let through.

    An image's share of the words is Σ rarity × place of the terms that it has ÷ Σ rarity of all, so from 0 to
    1; a term's rarity is ln(1 + N ÷ (1 + images with it)) and its place is SHARES of where it stands.
    """

    def __init__(self, images: QuerySet[Any], wanted: Sequence[str], these: Iterable[Exists] = ()) -> None:
        self.images, self.wanted, self.these = images, wanted, tuple(these)

    @property
    def rows(self) -> QuerySet[Term]:
        return Term.objects.using(self.images.db)

    def matches(self, most: int) -> list[tuple[int, float]]:
        """(id, share of the words that it has), the largest share first, then by id.

        Beyond MAX_COMPARED_ROWS not every image is compared (`foremost`): those that have all the terms in
        their titles and tags still come first, but of those that have some, the ones with them in captions
        may be missing.
        """
        if len(self.wanted) == 1:
            return [(pk, SHARE_OF_WEIGHT[weight]) for pk, weight in self.heaviest(self.wanted[0], most)]
        if not self.counts:
            return []
        rows = self.rows.filter(*self.these)
        if sum(self.counts.values()) > MAX_COMPARED_ROWS >= 2 * most:
            rows = self.rows.filter(image_id__in=self.foremost(2 * most))
        found = self.shares_of(rows)
        return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:most]

    def shares(self, ids: Iterable[int]) -> dict[int, float]:
        """The share of the words for those of these images that have any."""
        return self.shares_of(self.rows.filter(*self.these, image_id__in=list(ids))) if self.wanted else {}

    def having_all(self, ids: Iterable[int]) -> set[int]:
        rows = self.rows.filter(*self.these, image_id__in=list(ids), term__in=self.wanted).values("image_id")
        found = rows.annotate(found=Count("pk")).filter(found=len(self.wanted))
        return set(found.values_list("image_id", flat=True)) if self.wanted else set()

    @cached_property
    def counts(self) -> dict[str, int]:
        """On how many images each term is, if on any."""
        counted = self.rows.filter(term__in=self.wanted).values_list("term").annotate(Count("pk"))
        return dict(counted)

    @cached_property
    def rarities(self) -> dict[str, float]:
        total = self.images.count()
        return {term: math.log(1 + total / (1 + self.counts.get(term, 0))) for term in self.wanted}

    def shares_of(self, rows: QuerySet[Term]) -> dict[int, float]:
        """Image → share of the words, by these rows of the index.

        Added up here and in one order, so that every database gives the same numbers.
        """
        places: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for pk, term, weight in rows.filter(term__in=self.wanted).values_list("image_id", "term", "weight"):
            places[term].append((pk, SHARE_OF_WEIGHT[weight]))
        found: dict[int, float] = defaultdict(float)
        for term in self.wanted:
            for pk, share in places[term]:
                found[pk] += self.rarities[term] * share
        whole = sum(self.rarities.values())
        return {pk: worth / whole for pk, worth in found.items()}

    def heaviest(
        self, term: str, most: int, others: Sequence[str] = (), least: int = 0
    ) -> list[tuple[int, int]]:
        """(id, weight) of the images where this term weighs most, then by id: read off an index.

        Only of images that have the others, too, and none of the terms at less than the weight `least`.
        """
        beside = [
            Exists(self.rows.filter(image_id=OuterRef("image_id"), term=other, weight__gte=least))
            for other in others
        ]
        found: list[tuple[int, int]] = []
        for weight in HEAVIEST_FIRST:
            if weight < least or len(found) >= most:
                break
            rows = self.rows.filter(*self.these, *beside, term=term, weight=weight).order_by("image_id")
            ids = rows.values_list("image_id", flat=True)[: most - len(found)]
            found += [(pk, weight) for pk in ids]
        return found

    def foremost(self, most: int) -> list[int]:
        """The images with all the terms; where they are few, also those where the rarest terms weigh most."""
        rarest, *others = sorted(self.counts, key=lambda term: (self.counts[term], term))[:MAX_COMPARED_TERMS]
        if len(having_all := self.heaviest(rarest, most, others, least=HEAVIEST_FIRST[0])) == most:
            return [pk for pk, _ in having_all]
        having_all = self.heaviest(rarest, most, others)
        places: dict[int, dict[str, float]] = defaultdict(dict)
        for term in (rarest, *others):
            for pk, weight in self.heaviest(term, most):
                places[pk][term] = SHARE_OF_WEIGHT[weight]
        for pk, _ in having_all:
            for term in (rarest, *others):
                places[pk].setdefault(term, min(SHARES.values()))
        worth = {
            pk: sum(self.rarities[term] * share for term, share in sorted(known.items()))
            for pk, known in places.items()
        }
        return sorted(worth, key=lambda pk: (-worth[pk], pk))[:most]
