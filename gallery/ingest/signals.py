"""What follows when anybody saves or deletes an image or a tag: its vector, its words, its files."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import m2m_changed, post_delete, post_save, pre_delete
from django.dispatch import receiver

from gallery.ingest import indexing
from gallery.ingest.files import forget
from gallery.ingest.terms import refresh_terms
from gallery.models import Embedding, ImageItem, Tag
from imagesearch import embedding_signals
from imagesearch.database.transactions import after_commit

embedding_signals.register(Embedding, indexing.embed_on_save)


@receiver(post_save, sender=ImageItem)
def image_saved(instance: ImageItem, raw: bool, using: str, **_: Any) -> None:
    """Words may have changed; and a picture that is only an address must be fetched."""
    if raw or embedding_signals.is_muted(instance):
        return
    after_commit(refresh_terms, [instance.pk], using=using)
    if instance.state == ImageItem.State.PENDING and instance.image_uri and not instance.file:
        embedding_signals.schedule(Embedding, [instance.pk], using)


@receiver(m2m_changed, sender=ImageItem.tags.through)
def tags_changed(
    instance: ImageItem | Tag, action: str, reverse: bool, pk_set: set[int] | None, using: str, **_: Any
) -> None:
    if action in {"post_add", "post_remove", "post_clear"} and not embedding_signals.is_muted(instance):
        ids = list(pk_set or []) if reverse else [instance.pk]
        after_commit(refresh_terms, ids, using=using)


@receiver(post_save, sender=Tag)
def tag_renamed(instance: Tag, created: bool, raw: bool, using: str, **_: Any) -> None:
    if not created and not raw:
        ids = list(instance.images.values_list("pk", flat=True))
        after_commit(refresh_terms, ids, using=using)


@receiver(pre_delete, sender=Tag)
def tag_deleted(instance: Tag, using: str, **_: Any) -> None:
    """Before it goes, since its links go first and without a signal."""
    ids = list(instance.images.values_list("pk", flat=True))
    after_commit(refresh_terms, ids, using=using)


@receiver(post_delete, sender=ImageItem)
def image_deleted(instance: ImageItem, using: str, **_: Any) -> None:
    """The files go when the row is gone for good."""
    if instance.sha256:
        after_commit(forget, instance.sha256, instance.files(), using=using)
