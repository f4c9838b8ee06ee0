"""One picture of several owners: who adds what is here already, and what happens when one deletes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gallery.models import FurtherOwner, ImageItem
from gallery.models.owners import WORDS
from imagesearch.database.transactions import atomically


def is_hidden_from(item: ImageItem, owner: Any) -> bool:
    return not ImageItem.objects.visible_to(owner).filter(pk=item.pk).exists()


def share(item: ImageItem, owner: Any, name: str, words: Mapping[str, Any] | None = None) -> bool:
    """Make `owner` a further owner of the image, where they may not see it. Returns whether they became one.

    `words` are what they wrote about it. `owner` may be None, for nobody. Of an image of their own that is
    blocked they do not become one.
    """
    if owner is None or not is_hidden_from(item, owner):
        return False

    said = {what: words[what] for what in WORDS if words.get(what)} if words else None

    def write() -> bool:
        locked = ImageItem.objects.select_for_update().filter(pk=item.pk).first()
        if locked is None or locked.owner_id == owner.pk:
            return False
        _, created = FurtherOwner.objects.get_or_create(
            image=locked, owner=owner, defaults={"name": name[:255], "words": said}
        )
        return created

    return atomically(write, repeatable=True)


def delete(item: ImageItem, user: Any) -> None:
    """Delete an image as `user` asks: for them alone, where somebody else owns it too.

    A further owner stops being one. Where the owner deletes it, the first further owner becomes its owner,
    and what the former one wrote is removed. A curator who does not own it deletes it for all.
    """

    def write() -> None:
        locked = ImageItem.objects.select_for_update().filter(pk=item.pk).first()
        if locked is None:
            return
        others = FurtherOwner.objects.filter(image=locked).order_by("created_at", "pk")
        if item.shared:
            others.filter(owner=user).delete()
        elif item.owner_id != user.pk:
            locked.delete()
        elif locked.owner_id == user.pk:  # else it was handed over already
            heir = others.first()
            hand_over(locked, heir) if heir else locked.delete()

    atomically(write, repeatable=True)


def hand_over(item: ImageItem, heir: FurtherOwner) -> None:
    """Make the image the heir's: hidden, and without the former owner's words. Within a transaction."""
    heir.give(item)
    columns = ("owner", "title", "original_name", "created_at", "caption", "image_uri", "visibility")
    item.save(update_fields=columns)
    heir.give_tags(item)
    heir.delete()
