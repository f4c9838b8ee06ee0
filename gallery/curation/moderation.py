"""What curators decide about who may see an image; its owner cannot undo it while it is held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.admin.models import CHANGE, LogEntry
from django.utils.translation import gettext_lazy

from gallery.accounts.permissions import may_change_visibility, may_curate
from gallery.models import ImageItem
from imagesearch.errors import ImageSearchError

if TYPE_CHECKING:
    from gallery.accounts.permissions import Person
    from gallery.models.querysets import ImageQuerySet

CLOSING = (ImageItem.Visibility.HIDDEN, ImageItem.Moderation.BLOCKED)
HELD = gettext_lazy("A curator has hidden this image. Only curators can publish or delete it.")


class ImageHeld(ImageSearchError):
    """Its owner would change who may see an image that a curator has hidden."""

    code = "held"
    status = 403


def refuse_held(item: ImageItem, user: Person) -> None:
    """Raises ImageHeld."""
    if not may_change_visibility(user, item):
        raise ImageHeld(str(HELD))


def note_hold(item: ImageItem, user: Person) -> list[str]:
    """Set or clear `held` of a loaded image after `user` changed who may see it, and before it is saved.

    A curator who is not the owner holds what they hide or block; what a curator opens to everybody is held
    no longer. Returns the fields to save because of it.
    """
    visibility, moderation = item._loaded_audience
    closed = (visibility != item.visibility == CLOSING[0]) or (moderation != item.moderation == CLOSING[1])
    opened = not closed and (visibility, moderation) != (item.visibility, item.moderation)
    if not may_curate(user):
        return []
    if closed and item.owner_id != user.pk:
        item.held = True
    elif opened and item.visibility == ImageItem.Visibility.PUBLIC:
        item.held = False
    return ["held"]


def changing(images: ImageQuerySet, user: Person, **value: str) -> ImageQuerySet:
    """Those that `user` gives another visibility or moderation: what is held only curators publish."""
    rows = images.order_by().select_related(None).exclude(**value)
    return rows if may_curate(user) else rows.filter(held=False)


def change(images: ImageQuerySet, user: Any, **value: str) -> int:
    """Give the images this visibility or moderation, held as `note_hold` says; within a transaction.

    Returns how many had another. Where it opens them to more people, they are new to saved searches.
    """
    (given,) = value.values()
    rows = changing(images, user, **value)
    if given not in CLOSING:
        rows.mark_newly_found()
    if not may_curate(user):
        return rows.update(**value)
    if given in CLOSING:  # what its owner has hidden is held from now on, too
        images.order_by().exclude(owner=user).filter(**value).update(held=True)
        return rows.filter(owner=user).update(**value) + rows.update(**value, held=True)
    opened = rows if "visibility" in value else rows.filter(visibility=ImageItem.Visibility.PUBLIC)
    return opened.update(**value, held=False) + rows.update(**value)


def moderate(item: ImageItem, user: Any, moderation: str) -> None:
    """Block or approve one image, and note it in its history; within a transaction."""
    images = ImageItem.objects.filter(pk=item.pk)
    if change(images, user, moderation=moderation):
        note = f"Set to {moderation} on the image's page."
        LogEntry.objects.log_actions(user.pk, [item], CHANGE, note, single_object=True)
