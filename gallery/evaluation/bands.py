"""How often hits are right, band by band, by the gallery's own search for one part and for several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, NamedTuple

from gallery.models import ImageItem
from gallery.models.ranking import MAX_HITS
from imagesearch.embeddings.scores import WEAK, band
from imagesearch.hits import Match
from imagesearch.query import Query

BANDS = ("strong", "likely", "weak")
UNWANTED = (1, 3)
"""So many of the first wrong hits are unwanted, as somebody chooses them on a page."""
MAX_QUERIES = 500
"""Of one kind; of more a sample is drawn, always the same."""
SEED = 512

TITLES = {
    "picture": "picture",
    "words": "words",
    "picture_words": "picture + words",
    "picture_less_1": "picture − 1",
    "picture_less_3": "picture − 3",
    "words_less_1": "words − 1",
    "words_less_3": "words − 3",
    "picture_words_less_1": "picture + words − 1",
    "picture_words_less_3": "picture + words − 3",
}
"""The kinds of queries, by their names in JSON, and as people read them."""


class Asked(NamedTuple):
    """A query and the images that are right; those that the query names are never among its hits."""

    query: Query
    right: frozenset[int]


@dataclass
class Bands:
    """Of all hits of all queries: how many fall into each band, and how many of them are right."""

    hits: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANDS, 0))
    right: dict[str, int] = field(default_factory=lambda: dict.fromkeys(BANDS, 0))

    def add(self, matches: Sequence[Match], right: frozenset[int]) -> None:
        for match in matches:
            if match.score is not None and match.score >= WEAK:
                name = band(match.score)
                self.hits[name] += 1
                self.right[name] += match.pk in right

    def as_dict(self) -> dict[str, dict[str, Any]]:
        return {
            name: {
                "hits": self.hits[name],
                "right": self.right[name],
                "share": round(self.right[name] / self.hits[name], 4) if self.hits[name] else None,
            }
            for name in BANDS
        }


def measure_kind(kind: str, asked: Sequence[Asked]) -> dict[str, Bands]:
    """The bands of this kind of query, alone and with its first wrong hits unwanted, by names of TITLES.

    A query with fewer wrong hits is not among those with that many unwanted. Hits count as deep as a page of
    results can be scrolled.
    """
    found = {kind: Bands(), **{f"{kind}_less_{count}": Bands() for count in UNWANTED}}
    for query, right in sample(asked):
        matches = ImageItem.objects.search(query).matches(MAX_HITS)
        found[kind].add(matches, right)
        wrong = [match.pk for match in matches if match.pk not in right and (match.score or 0.0) >= WEAK]
        for count in UNWANTED:
            if len(wrong) >= count:
                unlike = without(query, wrong[:count])
                found[f"{kind}_less_{count}"].add(ImageItem.objects.search(unlike).matches(MAX_HITS), right)
    return found


def sample(asked: Sequence[Asked]) -> Sequence[Asked]:
    return asked if len(asked) <= MAX_QUERIES else Random(SEED).sample(asked, MAX_QUERIES)  # noqa: S311


def without(query: Query, unwanted: Sequence[int]) -> Query:
    for pk in unwanted:
        query = query.less(pk)
    return query
