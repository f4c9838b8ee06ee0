"""`.search()` and `.similar_to()` for the queryset of any model with a vector."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.utils.translation import gettext as _

from imagesearch import embedding_signals
from imagesearch.embeddings.base import Embedder, Matrix, Vocabulary
from imagesearch.embeddings.registry import get_embedder
from imagesearch.embeddings.scores import Calibration
from imagesearch.errors import QueryError
from imagesearch.hits import Hits, Location
from imagesearch.query import Part, Picture, Query
from imagesearch.query.query_vector import EmbeddedQuery, RateCharge, embed_query, kept_vector, no_charge
from imagesearch.vectors.codec import Vector
from imagesearch.vectors.fields import VectorField
from imagesearch.vectors.nearest import sample

M = TypeVar("M", bound=models.Model)

MAX_COHORT = 2_000


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

    def cohort(self) -> Matrix:
        """(m, 512): a fixed sample of the vectors, which scores of queries with several parts refer to."""
        model, name = self.location()
        keys = model._default_manager.using(self.db).order_by("pk").values_list("pk", flat=True)
        return sample(model, name, keys[:MAX_COHORT], self.db)

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
