"""The doorbell: when a saved row's picture is new or changed, its indexer is rung after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.signals import post_save, pre_save
from PIL import Image

from imagesearch.database.transactions import after_commit
from imagesearch.embeddings.embed import image_vectors
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ImageSearchError, QueryError
from imagesearch.images.decode import decode
from imagesearch.network import http
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
    """One for each VectorField with a source_field, of every installed model.

    A field whose source_field is wrong has none: the system checks report it.
    """
    return [
        _wire(model, column)
        for model in apps.get_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, VectorField) and column.source_field and not column.check_source()
    ]


def _wire(model: type[models.Model], column: VectorField) -> Wire:
    relation, _, name = (column.source_field or "").rpartition("__")
    source: Any = model._meta.get_field(relation).related_model if relation else model
    return Wire(model, column, source, name)


def wires_of(vectors: type[models.Model]) -> list[Wire]:
    """Those of one model, in the order of its fields. Raises ImproperlyConfigured if it has none."""
    if found := [wire for wire in wires() if wire.vectors is vectors]:
        return found
    raise ImproperlyConfigured(f"{vectors._meta.label} has no VectorField with a source_field.")


def has_own_indexer(vectors: type[models.Model]) -> bool:
    """Whether `register` has replaced the default indexer of this model."""
    return vectors in _indexers


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


@dataclass
class Filled:
    """What embedding some rows came to."""

    count: int = 0
    failed: dict[int, str] = field(default_factory=dict)
    """By primary key, why a row with a picture has no vector."""

    def add(self, other: Filled) -> None:
        self.count += other.count
        self.failed |= other.failed


def index(vectors: type[models.Model], ids: Sequence[int] | None) -> int:
    """The default indexer: embed each row's picture and write its vector. Returns how many it wrote.

    A picture that cannot be read or embedded is logged and its vector stays empty; the row is kept.
    Raises ModelError, ImproperlyConfigured.
    """
    filled = Filled()
    size = get_embedder().batch_size
    for wire in wires_of(vectors):
        keys = missing(wire) if ids is None else ids
        for start in range(0, len(keys), size):
            filled.add(fill(wire, keys[start : start + size]))
    for pk, reason in filled.failed.items():
        log.warning("%s %s has no vector: %s", vectors.__name__, pk, reason)
    return filled.count


def fill(wire: Wire, ids: Sequence[int]) -> Filled:
    """Embed the pictures of one batch of rows and write their vectors. Raises ModelError."""
    filled = Filled()
    sources: dict[int, Any] = {}
    images: dict[int, Image.Image] = {}
    for pk, row in wire.source_model._base_manager.in_bulk(list(ids)).items():
        if value := getattr(row, wire.source_name):
            try:
                images[pk], sources[pk] = decode(*read_source(value)).image, str(value)
            except Exception as error:  # storages raise errors of their own; other rows must not suffer
                filled.failed[pk] = _reason(error)
    for pk, vector in zip(images, image_vectors(get_embedder(), list(images.values())), strict=True):
        if isinstance(vector, ImageSearchError):
            filled.failed[pk] = str(vector)
        else:
            filled.count += _write(wire, pk, sources[pk], vector)
    return filled


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ImageSearchError) else f"{type(error).__name__}: {error}"


def _write(wire: Wire, pk: int, source: str, vector: Any) -> bool:
    """Whether it was written: not where the row has another picture by now, or is gone."""
    unchanged = wire.source_model._base_manager.filter(pk=pk, **{wire.source_name: source})
    if wire.own_row:
        return bool(unchanged.update(**{wire.vector.name: vector}))
    if not unchanged.exists():
        return False
    wire.vectors._base_manager.update_or_create(pk=pk, defaults={wire.vector.name: vector})
    return True


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
    """The ids of rows that have a picture but no vector. Raises ImproperlyConfigured."""
    return sorted({pk for wire in wires_of(vectors) for pk in missing(wire)})


def missing(wire: Wire) -> list[int]:
    """The ids of rows that have a picture but no vector of it, in order."""
    rows = wire.source_model._base_manager.exclude(**{wire.source_name: ""})
    rows = rows.exclude(**{f"{wire.source_name}__isnull": True})
    if wire.own_row:
        rows = rows.filter(**{f"{wire.vector.name}__isnull": True})
    else:
        rows = rows.exclude(pk__in=wire.vectors._base_manager.values("pk"))
    return list(rows.order_by("pk").values_list("pk", flat=True))
