"""Signals: when a saved row's picture is new or changed, its indexer is called after the commit."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext as _
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

None means all rows without a vector: some databases return no keys from a bulk insert.
"""


@dataclass(frozen=True)
class EmbeddedField:
    """A VectorField with a source_field: the model and field of the picture, and those of its vector."""

    vectors: type[models.Model]
    vector: VectorField
    source_model: type[models.Model]
    source_name: str

    @property
    def own_row(self) -> bool:
        """Whether the vector lies on the row that has the picture."""
        return self.vectors is self.source_model


_MUTED = "_embedding_signals_muted"
_indexers: dict[type[models.Model], Indexer] = {}


def register(vectors: type[models.Model], indexer: Indexer) -> None:
    """Have `indexer` fill this model's vectors instead of the default one."""
    _indexers[vectors] = indexer


def embedded_fields() -> list[EmbeddedField]:
    """One for each VectorField with a source_field, of every installed model.

    A field whose source_field is wrong has none: the system checks report it.
    """
    return [
        _embedded_field(model, column)
        for model in apps.get_models()
        for column in model._meta.local_concrete_fields
        if isinstance(column, VectorField) and column.source_field and not column.check_source()
    ]


def _embedded_field(model: type[models.Model], column: VectorField) -> EmbeddedField:
    relation, _separator, name = (column.source_field or "").rpartition("__")
    source: Any = model._meta.get_field(relation).related_model if relation else model
    return EmbeddedField(model, column, source, name)


def embedded_fields_of(vectors: type[models.Model]) -> list[EmbeddedField]:
    """Those of one model, in the order of its fields. Raises ImproperlyConfigured if it has none."""
    if found := [embedded for embedded in embedded_fields() if embedded.vectors is vectors]:
        return found
    raise ImproperlyConfigured(f"{vectors._meta.label} has no VectorField with a source_field.")


def has_own_indexer(vectors: type[models.Model]) -> bool:
    """Whether `register` has replaced the default indexer of this model."""
    return vectors in _indexers


def connect() -> None:
    """Listen to the saves of every model that a picture comes from."""
    for embedded in embedded_fields():
        key = f"{embedded.vectors._meta.label}.{embedded.vector.name}"
        pre_save.connect(
            partial(_before, embedded), embedded.source_model, weak=False, dispatch_uid=f"{key} before"
        )
        post_save.connect(
            partial(_after, embedded), embedded.source_model, weak=False, dispatch_uid=f"{key} after"
        )


def schedule(vectors: type[models.Model], ids: Sequence[int] | None, using: str | None = None) -> None:
    """Index these rows as soon as the transaction is committed; never inside it."""
    after_commit(_indexers.get(vectors, index), vectors, ids, using=using)


def schedule_for_source(
    source: type[models.Model], rows: Sequence[models.Model], using: str | None = None
) -> None:
    """For rows of a model that pictures come from, made without signals, such as by bulk_create."""
    ids = [row.pk for row in rows]
    for embedded in embedded_fields():
        if ids and embedded.source_model is source:
            schedule(embedded.vectors, None if None in ids else ids, using)


@contextmanager
def muted(row: models.Model) -> Iterator[None]:
    """Within, saving this instance schedules nothing: the caller embeds it after the commit.

    For code that has the decoded picture, and would otherwise have it read and decoded a second time.
    """
    row.__dict__[_MUTED] = True
    try:
        yield
    finally:
        del row.__dict__[_MUTED]


def is_muted(row: models.Model) -> bool:
    """Whether a signal of this instance comes from within `muted`."""
    return _MUTED in row.__dict__


def _before(
    embedded: EmbeddedField,
    instance: models.Model,
    raw: bool = False,
    using: str | None = None,
    update_fields: Any = None,
    **_: Any,
) -> None:
    """Note whether this save changes the picture; a vector on the same row is then forgotten with it."""
    changed = (
        not raw
        and (update_fields is None or embedded.source_name in update_fields)
        and _changes(embedded, instance, using)
    )
    instance.__dict__[_mark(embedded)] = changed
    if changed and embedded.own_row and embedded.vector.null and not instance._state.adding:
        type(instance)._base_manager.using(using).filter(pk=instance.pk).update(
            **{embedded.vector.name: None}
        )
        setattr(instance, embedded.vector.name, None)


def _changes(embedded: EmbeddedField, instance: models.Model, using: str | None) -> bool:
    value = getattr(instance, embedded.source_name)
    if not value:
        return False
    if instance._state.adding or getattr(value, "_committed", True) is False:
        return True
    stored = (
        type(instance)
        ._base_manager.using(using)
        .filter(pk=instance.pk)
        .values_list(embedded.source_name, flat=True)
        .first()
    )
    return str(stored or "") != str(value)


def _after(embedded: EmbeddedField, instance: models.Model, using: str | None = None, **_: Any) -> None:
    if instance.__dict__.pop(_mark(embedded), False) and not is_muted(instance):
        schedule(embedded.vectors, [instance.pk], using)


def _mark(embedded: EmbeddedField) -> str:
    return f"_picture_changed_{embedded.vectors._meta.label_lower}_{embedded.vector.name}"


@dataclass
class Filled:
    """The result of embedding some rows."""

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
    for embedded in embedded_fields_of(vectors):
        keys = missing(embedded) if ids is None else ids
        for start in range(0, len(keys), size):
            filled.add(fill(embedded, keys[start : start + size]))
    for pk, reason in filled.failed.items():
        log.warning("%s %s has no vector: %s", vectors.__name__, pk, reason)
    return filled.count


def fill(embedded: EmbeddedField, ids: Sequence[int]) -> Filled:
    """Embed the pictures of one batch of rows and write their vectors. Raises ModelError."""
    filled = Filled()
    sources: dict[int, Any] = {}
    images: dict[int, Image.Image] = {}
    for pk, row in embedded.source_model._base_manager.in_bulk(list(ids)).items():
        if value := getattr(row, embedded.source_name):
            try:
                images[pk], sources[pk] = decode(*read_source(value)).image, str(value)
            except Exception as error:  # storages raise errors of their own; other rows must not suffer
                filled.failed[pk] = _reason(error)
    for pk, vector in zip(images, image_vectors(get_embedder(), list(images.values())), strict=True):
        if isinstance(vector, ImageSearchError):
            filled.failed[pk] = str(vector)
        else:
            filled.count += _write(embedded, pk, sources[pk], vector)
    return filled


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ImageSearchError) else f"{type(error).__name__}: {error}"


def _write(embedded: EmbeddedField, pk: int, source: str, vector: Any) -> bool:
    """Whether it was written: not where the row has another picture by now, or is gone."""
    unchanged = embedded.source_model._base_manager.filter(pk=pk, **{embedded.source_name: source})
    if embedded.own_row:
        return bool(unchanged.update(**{embedded.vector.name: vector}))
    if not unchanged.exists():
        return False
    embedded.vectors._base_manager.update_or_create(pk=pk, defaults={embedded.vector.name: vector})
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
    embedded = next((embedded for embedded in embedded_fields() if embedded.vectors is vectors), None)
    row = embedded.source_model._base_manager.using(using).filter(pk=pk).first() if embedded else None
    if embedded is None or row is None or not getattr(row, embedded.source_name):
        raise QueryError(_("This picture is not stored here, so a part of it cannot be searched for."))
    return getattr(row, embedded.source_name)


def without_vector(vectors: type[models.Model]) -> list[int]:
    """The ids of rows that have a picture but no vector. Raises ImproperlyConfigured."""
    return sorted({pk for embedded in embedded_fields_of(vectors) for pk in missing(embedded)})


def missing(embedded: EmbeddedField) -> list[int]:
    """The ids of rows that have a picture but no vector of it, in order."""
    rows = embedded.source_model._base_manager.exclude(**{embedded.source_name: ""})
    rows = rows.exclude(**{f"{embedded.source_name}__isnull": True})
    if embedded.own_row:
        rows = rows.filter(**{f"{embedded.vector.name}__isnull": True})
    else:
        rows = rows.exclude(pk__in=embedded.vectors._base_manager.values("pk"))
    return list(rows.order_by("pk").values_list("pk", flat=True))
