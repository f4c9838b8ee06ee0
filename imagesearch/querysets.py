"""`.search()` and `.similar_to()` for the queryset of any model with a vector, and the hits they give."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, Self, TypeVar, overload

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext as _

from imagesearch import embedding_signals
from imagesearch.embeddings.base import Embedder, Vocabulary
from imagesearch.embeddings.registry import get_embedder
from imagesearch.embeddings.scores import Band, Calibration, Cuts, band
from imagesearch.errors import QueryError
from imagesearch.query import Part, Picture, Query
from imagesearch.query.query_vector import EmbeddedQuery, RateCharge, embed_query, kept_vector, no_charge
from imagesearch.vectors.codec import Vector
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.nearest import Neighbours, Plan, nearest
from imagesearch.vectors.tidb import Allowed

M = TypeVar("M", bound=models.Model)

MAX_ALLOWED = 10_000
"""Up to so many rows left by filters are searched directly; above, the ranking is refilled instead."""
MAX_FETCHED = 10_000
CHUNK = 2_000
LOAD_CHUNK = 100  # rows at once while somebody iterates


class Location(NamedTuple):
    """Where a model's vectors are: on itself, or on a model whose primary key is a link to it."""

    model: type[models.Model]
    field: str


def locate(model: type[models.Model]) -> Location:
    """Raises ImproperlyConfigured where the model has no vector, or more than one."""
    found = [
        Location(candidate, vector.attname)
        for candidate in apps.get_models()
        for vector in candidate._meta.local_concrete_fields
        if isinstance(vector, VectorField) and model in (candidate, _owner(candidate))
    ]
    if len(found) != 1:
        raise ImproperlyConfigured(
            f"{model.__name__} has {len(found)} vector columns; search needs exactly one."
        )
    return found[0]


def _owner(model: type[models.Model]) -> Any:
    """The model that a one-to-one primary key points to, if there is one."""
    key = model._meta.pk
    return key.related_model if isinstance(key, models.OneToOneField) else None


@dataclass(frozen=True)
class Match:
    """A row that answers, before it is loaded. `distance` is None where no vector was compared."""

    pk: int
    distance: float | None
    score: float | None
    found_by: tuple[str, ...] = ()


@dataclass
class Hits(Generic[M]):
    """The answer to a search, lazy: slice it, iterate it, narrow it by `.within()` or `.at_least()`.

    Rows come nearest first and carry `distance` (cosine, 0…2), `score` (0…1), `band` and `found_by`.
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
        return [self.match(pk, distance) for pk, distance in self.neighbours(need)]

    def match(self, pk: int, distance: float, found_by: tuple[str, ...] = ("picture",)) -> Match:
        return Match(pk, distance, self.score(distance), found_by)

    @property
    def cuts(self) -> Cuts | None:
        """What cosines mean to this query; None where the model is not calibrated."""
        if self.embedded_query.cuts or not self.calibration:
            return self.embedded_query.cuts
        return self.calibration.cuts(self.embedded_query.kind)

    def score(self, distance: float) -> float:
        """The calibrated score of a distance; the plain cosine where the model is not calibrated."""
        cosine = 1 - distance
        return self.cuts.score(cosine) if self.cuts else cosine

    def vectors(self, ids: Sequence[int]) -> dict[int, Vector]:
        """The vectors (512,) of these rows, for those that have one."""
        model, name = self.location
        rows = model._default_manager.using(self.queryset.db).filter(pk__in=ids)
        return {pk: vector for pk, vector in rows.values_list("pk", name) if vector is not None}

    def band(self, score: float | None) -> Band | None:
        return None if self.calibration is None or score is None else band(score)

    def neighbours(self, need: int) -> list[tuple[int, float]]:
        """The nearest `need` rows that the queryset lets through: k whenever k exist.

        A user's own filters are answered exactly over the rows that they leave. Otherwise the whole
        ranking is fetched and refilled until enough rows pass; at last all that may pass are ranked.
        """
        if self.embedded_query.vector is None:
            return []
        need += len(self.exclude)
        allowed: Allowed = self.queryset.narrowed_ids(MAX_ALLOWED)
        fetch = need + max(need // 2, 100)  # room for what the queryset holds back
        while allowed is None:
            found = self._nearest(fetch)
            kept = self._passing(found)
            if len(kept) >= need or len(found) < fetch:
                return kept[:need]
            if fetch >= MAX_FETCHED or found.plan.rescans:
                allowed = self.queryset.order_by().values_list("pk", flat=True)
            fetch *= 4
        return self._without_excluded(self._nearest(need, allowed))

    def _nearest(self, n: int, allowed: Allowed = None) -> Neighbours:
        found = nearest(
            self.location.model, self.location.field, self.embedded_query.vector, n, allowed, self.queryset.db
        )
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


if TYPE_CHECKING:
    _QuerySet = models.QuerySet
else:

    class _QuerySet:
        """At run time a plain mixin; for the type checker, a queryset."""

        def __class_getitem__(cls, item: Any) -> type:
            return cls


class SearchMixin(_QuerySet[M]):
    """Give it to a model's queryset: `class ProductQuerySet(SearchMixin, models.QuerySet)`."""

    hits: type[Hits[Any]] = Hits
    open_conditions = 0
    """How many of the WHERE's conditions are no filter of the user's (who may see what)."""

    def search(
        self, query: str | Picture | Query, charge: RateCharge = no_charge, *, literal: bool = False
    ) -> Hits[M]:
        """The rows nearest to words (a str), a Picture, or a Query of many parts.

        Ends the chain: filter before. The rows that a query names are left out of its answer. `charge` is
        called before a part is embedded. Words that the model does not know are read as others that it does,
        unless they are `literal`.
        Raises QueryError, ImageError, FetchError, EmbeddingError, ModelError.
        """
        embedded_query = embed_query(
            query,
            self.embedder(),
            self.calibration(),
            self.part_vector,
            charge,
            None if literal else self.vocabulary(),
        )
        return self.answer(
            embedded_query,
            frozenset(
                weighted.part.pk for weighted in embedded_query.weighted_parts if weighted.part.pk is not None
            ),
        )

    def similar_to(self, row: M | int) -> Hits[M]:
        """The rows nearest to one that has a vector, itself left out. Raises QueryError if it has none."""
        return self.search(Query().more(row))

    def part_vector(self, part: Part, charge: RateCharge = no_charge) -> Vector:
        """The vector (512,) of a stored row, by its primary key, or of a part of its picture.

        Raises QueryError, ImageError, FetchError, EmbeddingError.
        """
        if part.pk is None:
            raise QueryError(_("There is no stored picture %(key)s.") % {"key": part.key})
        model, name = self.location()
        if part.crop:
            source = embedding_signals.source_of(model, part.pk, self.db)
            identity = f"{model._meta.label}:{part.pk}:{source}"
            return kept_vector(
                part,
                identity,
                lambda: Picture(*embedding_signals.read_source(source)),
                self.embedder(),
                charge,
            )
        stored = model._default_manager.using(self.db).filter(pk=part.pk, **{f"{name}__isnull": False})
        if (found := stored.values_list(name, flat=True).first()) is None:
            raise QueryError(_("This picture is not searchable yet. Try again when it has been embedded."))
        return found  # type: ignore[no-any-return]

    def answer(self, embedded_query: EmbeddedQuery, exclude: frozenset[int] = frozenset()) -> Hits[M]:
        """The hits of a query that is embedded already. Raises TypeError on a sliced queryset."""
        if self.query.is_sliced:
            raise TypeError("Search first, then slice: queryset.search(…)[:24].")
        return self.hits(self, embedded_query, self.location(), self.calibration(), exclude)

    def embedder(self) -> Embedder:
        """The model that filled the vectors; a project with several overrides this."""
        return get_embedder()

    def calibration(self) -> Calibration | None:
        return self.embedder().calibration

    def vocabulary(self) -> Vocabulary:
        """What is known of words beside the model; a project with titles or tags overrides this."""
        return Vocabulary()

    def location(self) -> Location:
        return locate(self.model)

    def narrowed_ids(self, most: int) -> list[int] | None:
        """The ids that the user's filters leave; None without filters, or where more than `most` are left."""
        if len(self.query.where.children) <= self.open_conditions:
            return None
        ids = list(self.order_by().values_list("pk", flat=True).distinct()[: most + 1])
        return ids if len(ids) <= most else None

    def bulk_create(self, objs: Any, *args: Any, **kwargs: Any) -> list[M]:
        """As Django's, which sends no signals; so embedding is scheduled here."""
        made = super().bulk_create(objs, *args, **kwargs)
        embedding_signals.schedule_for_source(self.model, made, self.db)
        return made

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone.open_conditions = self.open_conditions
        return clone
