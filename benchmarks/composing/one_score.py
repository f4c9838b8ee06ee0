"""The table “one score”: what the score of a query of several parts is worth, kind by kind.

precision: right hits among the first ten. empty: pages without a hit above weak; no likely: without one above
likely. recall: of the right images the share above weak. strong: of the strong hits the share that is right.
copy first, copy strong: how often the image whose file, or a changed copy of it, is asked comes first, and is
strong. disorder: of the neighbours on the first three pages, the share where the second has the higher score.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import pairwise
from statistics import fmean
from typing import Any

from benchmarks.composing.printing import Figures, precision, print_table
from benchmarks.composing.query_sets import Asked, query_sets, spread
from benchmarks.labelled import Photos

WEAK, LIKELY, STRONG = 0.35, 0.50, 0.70
PAGE_SIZE = 48
PAGES = 3 * PAGE_SIZE
QUICK = 25  # queries of one kind
SHOWN = 5  # queries of one kind whose pages are looked at, one by one


@dataclass
class Tally:
    """The figures of one kind of query, a value of each query in each list."""

    precision: list[float] = field(default_factory=list)
    empty: list[float] = field(default_factory=list)
    no_likely: list[float] = field(default_factory=list)
    recall: list[float] = field(default_factory=list)
    strong: list[float] = field(default_factory=list)  # one of each strong hit
    copy_first: list[float] = field(default_factory=list)
    copy_strong: list[float] = field(default_factory=list)
    disorder: list[float] = field(default_factory=list)

    def add(self, found: Sequence[Any], right: frozenset[int], copy_of: int | None) -> None:
        """`found` are the matches of a query, best first; their scores are None where none was compared."""
        ids = [match.pk for match in found]
        scores = {match.pk: match.score or 0.0 for match in found}
        best = max(scores.values(), default=0.0)
        self.precision.append(precision(ids, {*right}))
        self.empty.append(best < WEAK)
        self.no_likely.append(best < LIKELY)
        self.recall.append(sum(scores.get(pk, 0.0) >= WEAK for pk in right) / len(right))
        self.strong += [pk in right for pk, score in scores.items() if score >= STRONG]
        self.disorder.append(disorder([match.score for match in found[:PAGES]]))
        if copy_of is not None:
            self.copy_first.append(ids[:1] == [copy_of])
            self.copy_strong.append(scores.get(copy_of, 0.0) >= STRONG)

    def figures(self) -> Figures:
        """Means; None where there was nothing to measure."""
        values = {name: getattr(self, name) for name in asdict(self)}
        return {
            "queries": len(self.precision),
            **{name: round(fmean(some), 4) if some else None for name, some in values.items()},
        }


def disorder(scores: Sequence[float | None]) -> float:
    """Of the neighbours, the share where the second has the higher score. One without a score counts as 0."""
    steps = list(pairwise(score or 0.0 for score in scores))
    return sum(after > before for before, after in steps) / len(steps) if steps else 0.0


def one_score(photos: Photos, before: dict[str, Figures], quick: bool) -> dict[str, Figures]:
    """Ask, print, and return the figures of each kind; those of an earlier version are printed below them."""
    from gallery.models import ImageItem

    tallies: dict[str, Tally] = defaultdict(Tally)
    for asked in spread(query_sets(photos), QUICK if quick else None):
        found = ImageItem.objects.search(asked.query).matches(len(photos.labels))
        tallies[asked.kind].add(found, asked.right, asked.copy_of)
    figures = {kind: tally.figures() for kind, tally in tallies.items()}
    print_table("One score", figures, before)
    shown = list(spread(query_sets(photos), SHOWN))
    wrong = sum(not in_order(asked) for asked in shown)
    print(f"  out of order on pages 1 to 3, as they are shown one by one: {wrong} of {len(shown)} queries")
    return figures


def in_order(asked: Asked) -> bool:
    """Whether the numbers on the first three pages are in order, and no image is on them twice."""
    from gallery.models import ImageItem
    from gallery.search.results import Results

    ids, scores = [], []
    for start in range(0, PAGES, PAGE_SIZE):
        hits: Any = ImageItem.objects.search(asked.query)
        results = Results(hits, lowest=0.0, dedupe=True)
        for group in results.groups(start, start + PAGE_SIZE):
            ids += [hit.item.pk for hit in group.hits]
            scores += [hit.item.score for hit in group.hits]
    return disorder(scores) == 0 and len({*ids}) == len(ids)
