"""People who added a picture that was here already: they own it beside the first owner."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone

from gallery.models.tags import Tag
from gallery.text.folding import tag_key
from gallery.text.sort_keys import sort_key

WORDS = ("title", "caption", "tags", "image_uri")


class FurtherOwner(models.Model):
    """One more owner of an image, who sees the picture without the first owner's title, tags and caption.

    No foreign key constraints, as on `ImageItem.owner`: on TiDB their check locks the parent rows.
    """

    image = models.ForeignKey(
        "gallery.ImageItem", on_delete=models.CASCADE, db_constraint=False, related_name="further_owners"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, db_constraint=False, related_name="shared_images"
    )
    name = models.CharField(max_length=255, blank=True)
    """What this owner's file was called."""
    words = models.JSONField(null=True, blank=True)
    """What this owner wrote about it (WORDS); null for nothing."""
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "owner"], name="further_owner_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} owns {self.image_id}"

    @property
    def title(self) -> str:
        """What the image is called for this owner, as that of a new image: else by the file's name."""
        return str(self.written("title") or PurePosixPath(self.name).stem[:200])

    def written(self, what: str) -> Any:
        return (self.words or {}).get(what) or ""

    def describe(self, item: Any) -> None:
        """Give a loaded image this owner's words in place of the former ones; its tags apart."""
        item.title, item.original_name, item.created_at = self.title, self.name, self.created_at
        item.caption, item.image_uri = self.written("caption"), self.written("image_uri")

    def give(self, item: Any) -> None:
        """Make a loaded image this owner's: hidden, and without the former owner's words."""
        item.owner_id, item.visibility = self.owner_id, "hidden"
        self.describe(item)

    def give_tags(self, item: Any) -> None:
        """Give a stored image this owner's tags alone. Within a transaction."""
        item.tags.set(Tag.named(list(self.written("tags"))))

    def hide_details(self, item: Any) -> None:
        """Leave of a loaded image its picture, and what this owner brought; it can no longer be saved."""
        item.shared = self
        self.describe(item)
        item.reason, item.owner, item.held = "", None, False
        if item.found_from:
            item.found_from = max(item.found_from, self.created_at)
        tags = Tag.objects.none()
        named = {tag_key(name): name for name in self.written("tags")}
        in_order = sorted(named, key=lambda key: (sort_key(named[key]), key))
        tags._result_cache = [Tag(name=named[key], key=key) for key in in_order]
        item._prefetched_objects_cache = {"tags": tags}


def hide_details(rows: Iterable[Any], user: int) -> None:
    """For a further owner: of those loaded images that they see for no other reason."""
    items = {row.pk: row for row in rows if not row.is_open and row.owner_id != user}
    for further in FurtherOwner.objects.filter(owner=user, image__in=items) if items else ():
        further.hide_details(items[further.image_id])


@contextmanager
def replacing(item: Any, columns: Collection[str] | None) -> Iterator[None]:
    """Within, these columns of the image (None: all) are saved, which may replace its picture.

    The picture that further owners have becomes an image of its own, which belongs to the first of them: they
    keep theirs, and see nothing of the new one.
    """
    further = kept = None
    if not item._state.adding and (columns is None or "sha256" in columns):
        further = FurtherOwner.objects.filter(image=item.pk).order_by("created_at", "pk").first()
    if further:
        kept = type(item).objects.filter(pk=item.pk).exclude(sha256=item.sha256).first()
    yield
    if further and kept and kept.sha256:
        kept.pk, kept._state.adding = None, True
        further.give(kept)
        kept.queue()
        kept.save()
        further.give_tags(kept)
        FurtherOwner.objects.filter(image=item.pk).exclude(pk=further.pk).update(image=kept)
        further.delete()
