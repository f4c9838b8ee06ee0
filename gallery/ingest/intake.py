"""Adds one picture: validated, stored, then a row; never twice, never half."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from copy import copy
from io import BytesIO
from typing import Any, NamedTuple

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError
from django.urls import reverse

from gallery.curation import sharing
from gallery.ingest import disk_space, indexing
from gallery.ingest.files import kept_with_row, store_original
from gallery.models import FurtherOwner, ImageItem, Tag
from imagesearch import embedding_signals
from imagesearch.concurrency import turns
from imagesearch.configuration.conf import setting
from imagesearch.database.transactions import after_commit, atomically
from imagesearch.images.decode import Photo, Readable, decode


class PreparedImage(NamedTuple):
    """A validated picture whose files are stored, before its row is."""

    item: ImageItem
    photo: Photo


class IntakeResult(NamedTuple):
    """The image, and whether it is new; else it was here already, with the very same bytes.

    `shared`: it was here, hidden from the person who added it now, who has just become a further owner of it.
    `name` is that of the file that was added.
    """

    item: ImageItem
    created: bool
    shared: bool = False
    name: str = ""


class IntakeAnswer(NamedTuple):
    """What the person who added a picture is shown of it, as it is now."""

    item: ImageItem
    created: bool
    visible: bool = True
    """Whether this person may see it: not what is hidden, nor what waits for approval without a login."""

    @property
    def awaits_approval(self) -> bool:
        """Whether it is shown only once a curator has approved it."""
        return self.item.moderation == ImageItem.Moderation.PENDING

    @property
    def href(self) -> str:
        """Where to look at it."""
        return (
            self.item.get_absolute_url() if self.visible and not self.awaits_approval else reverse("library")
        )

    @property
    def thumbnail(self) -> str:
        """The address of its tile; "" where this person may not see it."""
        return self.item.tile_url if self.visible else ""


def show(taken: IntakeResult, user: Any) -> IntakeAnswer:
    """What is answered to `user`, who added the picture: of a picture that was here already, but hidden from
    them, the same as of a new one. Where they may not see it even now, it waits for approval.
    """
    item = ImageItem.objects.visible_to(user).filter(pk=taken.item.pk).first()
    if item and taken.shared:
        _as_new(item)
    if item:
        return IntakeAnswer(item, taken.created or taken.shared)
    if taken.created:
        return IntakeAnswer(taken.item, True, visible=False)
    item = copy(taken.item)
    own = FurtherOwner.objects.filter(image=item.pk, owner=user.pk).first()
    (own or FurtherOwner(name=taken.name[:255])).hide_details(item)
    item.moderation = ImageItem.Moderation.PENDING
    _as_new(item)
    return IntakeAnswer(item, taken.shared or not user.is_authenticated, visible=False)


def _as_new(item: ImageItem) -> None:
    """Give a loaded copy the state and visibility of a new image, in place of the first owner's."""
    item.visibility = settings.DEFAULT_VISIBILITY
    if not indexing.inline():
        item.state = ImageItem.State.PENDING


@turns.uploading()
def take(
    source: bytes | Readable, *, name: str = "", owner: Any = None, tags: Sequence[str] = (), **fields: Any
) -> IntakeResult:
    """Add one picture. What is acknowledged is durable: the files are stored before the row.

    `fields` are those of ImageItem (title, caption, image_uri, visibility …). Raises ImageError, StorageFull.
    """
    content = source if isinstance(source, bytes) else source.read(setting("MAX_IMAGE_BYTES") + 1)
    # Before it is decoded: a picture that was validated once need not be again.
    if here := ImageItem.objects.filter(sha256=hashlib.sha256(content).hexdigest()).first():
        return take_existing(here, content, name=name, owner=owner, words={**fields, "tags": tags})
    disk_space.keep_reserve(len(content))
    arrival = prepare(content, name=name, owner=owner, **fields)
    with kept_with_row(arrival.photo):
        taken = add(arrival, tags)
    if taken.created:
        # Once more, now that the row protects them: an image of this picture may just have been deleted, and
        # have taken along the files that were found here.
        store(arrival, content)
        after_commit(indexing.index_saved, [taken.item.pk], [arrival.photo])
    return taken


def take_existing(
    item: ImageItem,
    content: bytes,
    *,
    name: str = "",
    owner: Any = None,
    words: Mapping[str, Any] | None = None,
) -> IntakeResult:
    """Add a picture that is here already: its image gets a lost file back, and perhaps a further owner.

    `words` are the title, caption, tags and address that came with it. Raises ImageError, StorageFull.
    """
    if photo := restore(item, content):
        after_commit(indexing.index_saved, [item.pk], [photo])
    return share(item, content, name=name, owner=owner, words=words)


def share(
    item: ImageItem, content: bytes, *, name: str, owner: Any, words: Mapping[str, Any] | None = None
) -> IntakeResult:
    """Make the person who added a picture that is here already a further owner, if they may not see it."""
    if owner and sharing.is_hidden_from(item, owner):
        # A new picture is decoded, which takes longer than all else: the time must not tell them apart.
        ImageItem().describe(decode(content, name))
    return IntakeResult(item, False, sharing.share(item, owner, name, words), name)


def prepare(content: bytes, *, name: str = "", owner: Any = None, **fields: Any) -> PreparedImage:
    """Validate the picture and store its files. Asks no database, so that any thread may do it.

    Raises ImageError, StorageFull.
    """
    photo = decode(BytesIO(content), name)
    item = ImageItem(
        owner=owner, original_name=name[:255], **{"visibility": settings.DEFAULT_VISIBILITY, **fields}
    )
    item.describe(photo)
    arrival = PreparedImage(item, photo)
    with kept_with_row(photo):
        item.file = store(arrival, content)
    return arrival


def store(arrival: PreparedImage, content: bytes) -> str:
    """Write those of the picture's three files that are missing. Returns the name of its own."""
    name = store_original(arrival.photo, content)
    arrival.item.store_derived(arrival.photo)
    return name


def add(arrival: PreparedImage, tags: Sequence[str] = ()) -> IntakeResult:
    """Write the row of a prepared picture, unless someone else has just added the same one.

    No signal embeds what is created here: the caller has the decoded picture, and passes it to the index
    after the commit.
    """
    item = arrival.item
    labels = atomically(lambda: Tag.named(list(tags)), repeatable=True)

    def write() -> None:
        item.pk, item._state.adding = None, True  # an earlier try may have come to nothing
        with embedding_signals.muted(item):
            item.save()
            item.tags.set(labels)

    try:
        atomically(write, repeatable=True)  # a picture's hash is unique
    except IntegrityError:
        return existing(arrival, tags)
    return IntakeResult(item, True)


def existing(arrival: PreparedImage, tags: Sequence[str] = ()) -> IntakeResult:
    """The image that has this picture already: another person's, or ours, when COMMIT's reply was lost."""
    here = ImageItem.objects.get(sha256=arrival.photo.sha256)
    ours = here.created_at == arrival.item.created_at
    came = arrival.item
    name = came.original_name
    words = {"title": came.title, "caption": came.caption, "image_uri": came.image_uri, "tags": list(tags)}
    return IntakeResult(here, ours, not ours and sharing.share(here, came.owner, name, words), name)


def restore(item: ImageItem, content: bytes) -> Photo | None:
    """Give back its file to an image that has lost it: these are its very bytes.

    Returns the decoded picture where its vector is to be made again. Raises ImageError, StorageFull.
    """
    if item.state != ImageItem.State.FAILED:
        return None
    damaged = item.reason == indexing.FILE_DAMAGED
    if not damaged and item.file.storage.exists(item.file.name):
        return None
    photo = decode(content, item.original_name)
    if damaged:
        default_storage.replace(item.file.name, ContentFile(content))  # type: ignore[attr-defined]
    store_original(photo, content)
    item.store_derived(photo)
    item.queue()
    item.save(update_fields=["state", "reason", "attempts", "next_try_at", "lease_until"])
    return photo
