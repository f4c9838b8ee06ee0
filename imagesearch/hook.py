"""The doorbell: when a saved row's picture is new or changed, its indexer is rung after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.signals import post_save, pre_save

from imagesearch import http
from imagesearch.embeddings.embed import image_vectors
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ImageSearchError, QueryError
from imagesearch.images import decode
from imagesearch.transactions import after_commit
from imagesearch.vectors.fields import VectorField

log = logging.getLogger(__name__)

Indexer = Callable[[type[models.Model], Sequence[int] | None], Any]
"""Called with the model that has the vectors, and the ids of the rows whose picture is new.

None stands for whatever has no vector yet: some databases give no keys back from a bulk insert.
"""


@dataclass(frozen=True)
class Wire:
    """From where a picture is saved to where its vector goes."""

    vectors: type[models.Model]
    vector: VectorField
    source_model: type[models.Model]
    source_name: str

    @property
    def own_row(self) -> bool:
        """Whether the vector lies on the row that has the picture."""
        return self.vectors is self.source_model


_indexers: dict[type[models.Model], Indexer] = {}


def register(vectors: type[models.Model], indexer: Indexer) -> None:
    """Have `indexer` fill this model's vectors instead of the default one."""
    _indexers[vectors] = indexer


def wires() -> list[Wire]:
    """One for each VectorField with a source_field, of every installed model."""
    return [
        _wire(model, field)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, VectorField) and field.source_field
    ]


def _wire(model: type[models.Model], field: VectorField) -> Wire:
    source, _, name = (field.source_field or "").rpartition("__")
    if not source:
        return Wire(model, field, model, name)
    relation = model._meta.get_field(source)
    if not (isinstance(relation, models.OneToOneField) and relation.primary_key):
        raise ImproperlyConfigured(
            f"{model.__name__}.{field.name}: source_field crosses {source}, "
            "which must be a one-to-one primary key."
        )
    return Wire(model, field, relation.related_model, name)  # type: ignore[arg-type]


def connect() -> None:
    """Listen to the saves of every model that a picture comes from."""
    for wire in wires():
        key = f"{wire.vectors._meta.label}.{wire.vector.name}"
        pre_save.connect(partial(_before, wire), wire.source_model, weak=False, dispatch_uid=f"{key} before")
        post_save.connect(partial(_after, wire), wire.source_model, weak=False, dispatch_uid=f"{key} after")


def ring(vectors: type[models.Model], ids: Sequence[int] | None, using: str | None = None) -> None:
    """Index these rows as soon as the transaction is committed; never inside it."""
    after_commit(_indexers.get(vectors, index), vectors, ids, using=using)


def ring_for_source(
    source: type[models.Model], rows: Sequence[models.Model], using: str | None = None
) -> None:
    """For rows of a model that pictures come from, made without signals, such as by bulk_create."""
    ids = [row.pk for row in rows]
    for wire in wires():
        if ids and wire.source_model is source:
            ring(wire.vectors, None if None in ids else ids, using)


def _before(
    wire: Wire,
    instance: models.Model,
    raw: bool = False,
    using: str | None = None,
    update_fields: Any = None,
    **_: Any,
) -> None:
    """Note whether this save changes the picture; a vector on the same row is then forgotten with it."""
    changed = (
        not raw
        and (update_fields is None or wire.source_name in update_fields)
        and _changes(wire, instance, using)
    )
    instance.__dict__[_mark(wire)] = changed
    if changed and wire.own_row and wire.vector.null and not instance._state.adding:
        type(instance)._base_manager.using(using).filter(pk=instance.pk).update(**{wire.vector.name: None})
        setattr(instance, wire.vector.name, None)


def _changes(wire: Wire, instance: models.Model, using: str | None) -> bool:
    value = getattr(instance, wire.source_name)
    if not value:
        return False
    if instance._state.adding or getattr(value, "_committed", True) is False:
        return True
    stored = (
        type(instance)
        ._base_manager.using(using)
        .filter(pk=instance.pk)
        .values_list(wire.source_name, flat=True)
        .first()
    )
    return str(stored or "") != str(value)


def _after(wire: Wire, instance: models.Model, using: str | None = None, **_: Any) -> None:
    if instance.__dict__.pop(_mark(wire), False):
        ring(wire.vectors, [instance.pk], using)


def _mark(wire: Wire) -> str:
    return f"_picture_changed_{wire.vectors._meta.label_lower}_{wire.vector.name}"


def index(vectors: type[models.Model], ids: Sequence[int] | None) -> int:
    """The default indexer: embed each row's picture and write its vector. Returns how many could be.

    A picture that cannot be had or embedded is logged and its vector stays empty; the row is not lost.
    """
    wire = next(wire for wire in wires() if wire.vectors is vectors)
    ids = without_vector(vectors) if ids is None else ids
    embedder = get_embedder()
    filled = 0
    for start in range(0, len(ids), embedder.batch_size):
        rows = wire.source_model._base_manager.in_bulk(list(ids[start : start + embedder.batch_size]))
        pictures = {pk: image for pk, row in rows.items() if (image := _picture(wire, row)) is not None}
        for pk, vector in zip(pictures, image_vectors(embedder, list(pictures.values())), strict=True):
            if isinstance(vector, ImageSearchError):
                log.warning("%s %s has no vector: %s", wire.source_model.__name__, pk, vector)
            else:
                filled += _write(wire, pk, vector)
    return filled


def _write(wire: Wire, pk: int, vector: Any) -> bool:
    if wire.own_row:
        return bool(wire.vectors._base_manager.filter(pk=pk).update(**{wire.vector.name: vector}))
    wire.vectors._base_manager.update_or_create(pk=pk, defaults={wire.vector.name: vector})
    return True


def _picture(wire: Wire, row: models.Model) -> Any:
    """The row's picture, upright and RGB; None where there is none or (see the log) no good one."""
    value = getattr(row, wire.source_name)
    if not value:
        return None
    try:
        return decode(*read_source(value)).image
    except (ImageSearchError, OSError) as error:
        log.warning("%s %s has no vector: %s", wire.source_model.__name__, row.pk, error)
        return None


def read_source(value: Any) -> tuple[bytes, str]:
    """The bytes behind a file field's value or a URL, and their name. Raises FetchError, OSError."""
    if hasattr(value, "open"):
        with value.open("rb") as file:
            return file.read(), value.name
    fetched = http.fetch(str(value))
    return fetched.content, fetched.name


def source_of(vectors: type[models.Model], pk: int, using: str | None = None) -> Any:
    """What a row's vector is made of: a file field's value or a URL. Raises QueryError without one."""
    wire = next((wire for wire in wires() if wire.vectors is vectors), None)
    row = wire.source_model._base_manager.using(using).filter(pk=pk).first() if wire else None
    if wire is None or row is None or not getattr(row, wire.source_name):
        raise QueryError("This picture is not kept here, so a part of it cannot be searched for.")
    return getattr(row, wire.source_name)


def without_vector(vectors: type[models.Model]) -> list[int]:
    """The ids of rows that have a picture but no vector."""
    wire = next(wire for wire in wires() if wire.vectors is vectors)
    rows = wire.source_model._base_manager.exclude(**{wire.source_name: ""})
    if wire.own_row:
        return list(rows.filter(**{f"{wire.vector.name}__isnull": True}).values_list("pk", flat=True))
    return list(rows.exclude(pk__in=wire.vectors._base_manager.values("pk")).values_list("pk", flat=True))
