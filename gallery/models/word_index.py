"""The word index, asked: which images have the most of some terms, also where a term is on most images."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import Case, Count, Exists, F, FloatField, OuterRef, QuerySet, Sum, Value, When

from gallery.models.terms import Term
from gallery.text.words import WEIGHTS

MAX_GROUPED_ROWS = 10_000
"""Rows that one search counts and sorts. A gallery of 100,000 has words on nearly all of them."""
MAX_COMPARED_TERMS = 8
"""Where there are more rows, so many terms decide which images are compared: the rarest."""
HEAVIEST_FIRST = sorted(set(WEIGHTS.values()), reverse=True)


class WordIndex:
    """What the database `using` has of terms, narrowed to the images that `these` conditions let through."""

    def __init__(self, using: str, these: Iterable[Exists] = ()) -> None:
        self.using, self.these = using, tuple(these)

    @property
    def rows(self) -> QuerySet[Term]:
        return Term.objects.using(self.using)

    def matches(self, wanted: Sequence[str], most: int) -> list[tuple[int, float]]:
        """(id, share of the wanted terms that it has): most terms first, then by weight × rarity, then id.

        Beyond MAX_GROUPED_ROWS not every image is compared (`foremost`): those that have all the terms still
        come first, but of those that have some, the ones with them in captions may be missing.
        """
        if len(wanted) == 1:
            return [(pk, 1.0) for pk, _ in self.heaviest(wanted[0], most)]
        counts = self.counts(wanted)
        if not counts:
            return []
        if sum(counts.values()) <= MAX_GROUPED_ROWS or 2 * most > MAX_GROUPED_ROWS:
            found = self.grouped(counts, self.rows.filter(*self.these), most)
        else:
            among = self.foremost(counts, 2 * most)
            found = self.grouped(counts, self.rows.filter(image_id__in=among), most)
        return [(pk, count / len(wanted)) for pk, count in found]

    def counts(self, terms: Sequence[str]) -> dict[str, int]:
        """On how many images each term is, if on any."""
        return dict(self.rows.filter(term__in=terms).values_list("term").annotate(Count("pk")))

    def heaviest(self, term: str, most: int, others: Iterable[str] = ()) -> list[tuple[int, int]]:
        """(id, weight) of the images where this term weighs most, then by id: read off an index.

        Only of images that have the others too.
        """
        beside = [Exists(self.rows.filter(image_id=OuterRef("image_id"), term=other)) for other in others]
        found: list[tuple[int, int]] = []
        for weight in HEAVIEST_FIRST:
            rows = self.rows.filter(*self.these, *beside, term=term, weight=weight).order_by("image_id")
            ids = rows.values_list("image_id", flat=True)[: most - len(found)]
            found += [(pk, weight) for pk in ids]
            if len(found) >= most:
                break
        return found

    def foremost(self, counts: dict[str, int], most: int) -> list[int]:
        """The images with all the terms; where they are few, also those where the rarest terms weigh most."""
        rarest, *others = sorted(counts, key=lambda term: (counts[term], term))[:MAX_COMPARED_TERMS]
        having_all = [pk for pk, _ in self.heaviest(rarest, most, others)]
        if 2 * len(having_all) >= most:
            return having_all
        found: Counter[int] = Counter()
        worth: dict[int, float] = defaultdict(float)
        for term in (rarest, *others):
            for pk, weight in self.heaviest(term, most):
                found[pk] += 1
                worth[pk] += weight / counts[term]
        for pk in having_all:
            found[pk] = len(others) + 1
        return sorted(found, key=lambda pk: (-found[pk], -worth[pk], pk))[:most]

    def grouped(self, counts: dict[str, int], rows: QuerySet[Any], most: int) -> list[tuple[int, int]]:
        """(id, how many of the terms it has) of these rows' images, best first."""
        worth = Case(
            *(
                When(term=term, then=F("weight") * Value(1 / count, output_field=FloatField()))
                for term, count in counts.items()
            ),
            output_field=FloatField(),
        )
        ranked = (
            rows.filter(term__in=list(counts))
            .values("image_id")
            .annotate(found=Count("pk"), worth=Sum(worth))
            .order_by("-found", "-worth", "image_id")
            .values_list("image_id", "found")
        )
        return list(ranked[:most])
