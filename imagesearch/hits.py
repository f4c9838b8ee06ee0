"""The hits of a search: which rows answer a query, in which order, and with which score."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar, overload

import numpy as np
from django.db import models
from django.utils.functional import cached_property

from imagesearch.embeddings.scores import WEAK, Band, Calibration, Cuts, band
from imagesearch.query.query_vector import EmbeddedQuery
from imagesearch.query.scale import Numbers, QueryScale, is_composed
from imagesearch.vectors.codec import Vector
from imagesearch.vectors.nearest import Neighbours, Plan, distances, nearest
from imagesearch.vectors.tidb import Allowed

if TYPE_CHECKING:
    from imagesearch.querysets import SearchMixin

M = TypeVar("M", bound=models.Model)

MAX_ALLOWED = 10_000
"""Up to so many rows left by filters are searched directly; above, the ranking is refilled instead."""
MAX_FETCHED = 10_000
CANDIDATES = 1_200
"""So many rows near a composed query are scored at least, as deep as a list can be scrolled."""
NEAR_EACH_PICTURE = 48
SETTLED = 48
"""More candidates are fetched until no other row could be among so many first hits."""
CHUNK = 2_000
LOAD_CHUNK = 100  # rows at once while somebody iterates


class Location(NamedTuple):
    """Where a model's vectors are: on itself, or on a model whose primary key is a link to it."""

    model: type[models.Model]
    field: str


@dataclass(frozen=True)
class Match:
    """A row that answers, before it is loaded. `distance` is None where no vector was compared.

    `score` is unrounded, and what hits are sorted by. `vector_score` is what its vector alone gives, and
    `sought_score` the same without what is not wanted.
    """

    pk: int
    distance: float | None
    score: float | None
    found_by: tuple[str, ...] = ()
    vector_score: float | None = None
    sought_score: float | None = None
    order: float = 0.0
    """Sorts matches of one score, the highest first."""


@dataclass
class Hits(Generic[M]):
    """The answer to a search, lazy: slice it, iterate it, narrow it by `.within()` or `.at_least()`.

    Rows come best first and carry `distance` (cosine, 0…2), `score` (0…1), `band` and `found_by`.
    `plan` says how they were found.
    """

    queryset: SearchMixin[M]
    embedded_query: EmbeddedQuery
    location: Location
    calibration: Calibration | None
    exclude: frozenset[int] = frozenset()
    max_distance: float | None = None
    min_score: float | None = None
    plan: Plan | None = field(default=None, init=False)
    is_cut_short: bool = field(default=False, init=False)
    """Whether rows that were not compared could be among the first hits: beyond MAX_FETCHED none is."""
    _matches: list[Match] | None = field(default=None, init=False)
    _asked_for: int = field(default=0, init=False)

    def within(self, distance: float) -> Self:
        """Only hits at this cosine distance or nearer."""
        return replace(self, max_distance=distance)

    def at_least(self, score: float) -> Self:
        """Only hits of this score or better."""
        return replace(self, min_score=score)

    @property
    def question(self) -> EmbeddedQuery:
        """Deprecated name of `embedded_query`, kept for one version."""
        warnings.warn(
            "question is now embedded_query; this name goes in 0.3.", DeprecationWarning, stacklevel=2
        )
        return self.embedded_query

    def limit(self, count: int) -> list[M]:
        """The nearest `count` rows: the same as a slice from the beginning."""
        return self[:count]

    @overload
    def __getitem__(self, index: int) -> M: ...
    @overload
    def __getitem__(self, index: slice) -> list[M]: ...
    def __getitem__(self, index: int | slice) -> M | list[M]:
        if isinstance(index, int):
            if index < 0:
                raise ValueError("Hits count from the nearest; a negative index has no meaning.")
            return self[index : index + 1][0]
        if index.stop is None or index.stop < 0 or (index.start or 0) < 0 or index.step is not None:
            raise ValueError("Hits take a slice with an end, such as [:24] or [24:48].")
        return self.load(self.matches(index.stop)[index])

    def __iter__(self) -> Iterator[M]:
        """Each row once, even where rows come and go meanwhile."""
        seen: set[int] = set()
        need = LOAD_CHUNK
        while new := [match for match in self.matches(need) if match.pk not in seen]:
            for start in range(0, len(new), LOAD_CHUNK):
                yield from self.load(new[start : start + LOAD_CHUNK])
            seen.update(match.pk for match in new)
            need *= 2

    def matches(self, need: int) -> list[Match]:
        """The first `need` matches, or all where there are fewer."""
        if self._matches is None or (self._asked_for < need and len(self._matches) >= self._asked_for):
            self._matches = [match for match in self.rank(need) if self._kept(match)]
            self._asked_for = max(need, len(self._matches))
        return self._matches[:need]

    def _kept(self, match: Match) -> bool:
        if self.max_distance is not None and (match.distance is None or match.distance > self.max_distance):
            return False
        return self.min_score is None or (match.score is not None and match.score >= self.min_score)

    def rank(self, need: int) -> list[Match]:
        """At least `need` matches in their order, if so many exist."""
        if self.embedded_query.vector is None:
            return []
        if not is_composed(self.embedded_query):
            return ordered(self.scored(dict(self.neighbours(need))))
        depth = max(need, CANDIDATES)
        while True:
            near = dict(self.neighbours(depth))
            matches = ordered(self.scored(near | self._near_pictures(near, depth)))
            best = self.scale.best_unseen(1 - max(near.values())) if len(near) >= depth else None
            if self.is_enough(matches, best, depth):
                return matches
            depth = min(2 * depth, MAX_FETCHED)

    def is_enough(self, matches: Sequence[Match], best_unseen: float | None, depth: int) -> bool:
        """Whether no other row could be among the first hits that are shown, or MAX_FETCHED are compared.

        `best_unseen` is the best score that a row can have which is not among `matches`, these being in their
        order; None where there is no such row.
        """
        first = matches[:SETTLED]
        settled = best_unseen is None or (
            (self.calibration is not None and best_unseen < WEAK)
            or (len(first) == SETTLED and (first[-1].score or 0.0) >= best_unseen)
        )
        self.is_cut_short = not settled
        return settled or depth >= MAX_FETCHED

    def _near_pictures(self, near: Mapping[int, float], depth: int) -> dict[int, float]:
        """The rows nearest to each sought picture: one that is far from the whole query may be a copy.

        Empty where `near` has all rows: fewer than `depth` of them.
        """
        pictures = [part.vector for part in self.scale.sought if part.kind == "picture"]
        if len(self.scale.sought) < 2 or len(near) < depth:
            return {}
        found = {
            pk for vector in pictures for pk, _distance in self.neighbours(NEAR_EACH_PICTURE, vector)
        } - near.keys()
        return self.distances(self.embedded_query.vector, sorted(found))

    def scored(self, near: Mapping[int, float]) -> list[Match]:
        """The matches of these rows, whose distances from the query's vector are given, in their order."""
        scale, ids = self.scale, list(near)
        if not ids:
            return []
        whole = 1 - np.array([near[pk] for pk in ids])
        alone = len(scale.parts) == 1
        parts = [whole if alone else self._cosines(part.vector, ids) for part in scale.parts]
        found = scale.scores(whole, parts, self.copies(ids, parts), self.named(ids))
        return [
            Match(pk, near[pk], score, ("picture",), score, sought, order)
            for pk, score, sought, order in zip(
                ids, found.scores.tolist(), found.sought.tolist(), found.order.tolist(), strict=True
            )
        ]

    def copies(self, ids: Sequence[int], parts: Sequence[Numbers]) -> Numbers | None:
        """(n,): of rows whose dHash nearly is that of a sought picture, its number among the parts, from 1.

        `parts` are the cosines (n,) of the rows with each part. None where no hashes are kept.
        """
        return None

    def named(self, ids: Sequence[int]) -> Numbers | None:
        """(n,): the weight of an unwanted text that stands in the row's own words, else 0.

        None where nothing is unwanted.
        """
        return None

    def distances(self, vector: Vector | None, ids: Sequence[int]) -> dict[int, float]:
        """The cosine distances of just these rows, for those that have a vector."""
        if vector is None or not ids:
            return {}
        return distances(self.location.model, self.location.field, vector, ids, self.queryset.db)

    def _cosines(self, vector: Vector | None, ids: Sequence[int]) -> Numbers:
        found = self.distances(vector, ids)
        return 1 - np.array([found.get(pk, 2.0) for pk in ids])

    @cached_property
    def scale(self) -> QueryScale:
        """What cosines with this query are worth."""
        composed = is_composed(self.embedded_query)
        return QueryScale(self.embedded_query, self.calibration, self.queryset.cohort() if composed else None)

    @property
    def cuts(self) -> Cuts | None:
        """What cosines with the query's vector mean; None where the model is not calibrated."""
        return self.scale.cuts

    def vectors(self, ids: Sequence[int]) -> dict[int, Vector]:
        """The vectors (512,) of these rows, for those that have one."""
        model, name = self.location
        rows = model._default_manager.using(self.queryset.db).filter(pk__in=ids)
        return {pk: vector for pk, vector in rows.values_list("pk", name) if vector is not None}

    def band(self, score: float | None) -> Band | None:
        return None if self.calibration is None or score is None else band(score)

    def neighbours(self, need: int, vector: Vector | None = None) -> list[tuple[int, float]]:
        """The `need` rows nearest to the query, or to `vector`, that the queryset lets through.

        These are k whenever k exist.

        A user's own filters are answered exactly over the rows that they leave. Otherwise the whole
        ranking is fetched and refilled until enough rows pass; at last all that may pass are ranked.
        """
        if vector is not None:
            plan, found = self.plan, self._neighbours(need, vector)
            self.plan = plan  # which says how those near to the query were found
            return found
        return (
            [] if self.embedded_query.vector is None else self._neighbours(need, self.embedded_query.vector)
        )

    def _neighbours(self, need: int, vector: Vector) -> list[tuple[int, float]]:
        need += len(self.exclude)
        allowed: Allowed = self.queryset.narrowed_ids(MAX_ALLOWED)
        fetch = need + max(need // 2, 100)  # room for what the queryset holds back
        while allowed is None:
            found = self._nearest(vector, fetch)
            kept = self._passing(found)
            if len(kept) >= need or len(found) < fetch:
                return kept[:need]
            if fetch >= MAX_FETCHED or found.plan.rescans:
                allowed = self.queryset.order_by().values_list("pk", flat=True)
            fetch *= 4
        return self._without_excluded(self._nearest(vector, need, allowed))

    def _nearest(self, vector: Vector, n: int, allowed: Allowed = None) -> Neighbours:
        found = nearest(self.location.model, self.location.field, vector, n, allowed, self.queryset.db)
        self.plan = found.plan
        return found

    def _passing(self, found: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
        """Those that the queryset lets through, in their order."""
        if not self.queryset.query.where:
            return self._without_excluded(found)
        ids = [pk for pk, _distance in found]
        passing: set[int] = set()
        for start in range(0, len(ids), CHUNK):
            part = self.queryset.order_by().filter(pk__in=ids[start : start + CHUNK])
            passing.update(part.values_list("pk", flat=True))
        return self._without_excluded([pair for pair in found if pair[0] in passing])

    def _without_excluded(self, found: Sequence[tuple[int, float]]) -> list[tuple[int, float]]:
        return [pair for pair in found if pair[0] not in self.exclude]

    def load(self, matches: Sequence[Match]) -> list[M]:
        """The rows of these matches, in their order; one that was deleted meanwhile is left out."""
        rows = self.queryset.order_by().in_bulk([match.pk for match in matches]) if matches else {}
        return [self._annotated(rows[match.pk], match) for match in matches if match.pk in rows]

    def _annotated(self, row: Any, match: Match) -> M:
        row.distance, row.score, row.found_by = match.distance, match.score, match.found_by
        row.band = self.band(match.score)
        return row  # type: ignore[no-any-return]


def ordered(matches: Iterable[Match]) -> list[Match]:
    """Best first; by distance where scores are equal, then by id."""
    return sorted(
        matches,
        key=lambda match: (
            -(match.score or 0.0),
            -match.order,
            2.0 if match.distance is None else match.distance,
            match.pk,
        ),
    )
