"""From a stored picture to a vector and terms: every route into the gallery ends here."""

from __future__ import annotations

import logging
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image

from gallery.ingest.files import store_original
from gallery.ingest.terms import refresh_terms
from gallery.models import ImageItem, VectorSpace
from gallery.models.images import PICTURE_FIELDS
from gallery.models.vectors import forget_vectors
from imagesearch.database.transactions import atomically
from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.embed import image_vectors
from imagesearch.errors import (
    EmbeddingError,
    EmbeddingUnavailable,
    ImageError,
    ImageSearchError,
    ModelError,
    StorageFull,
    StorageUnavailable,
)
from imagesearch.images.decode import Photo, decode
from imagesearch.jobs.batches import batched
from imagesearch.network import http
from imagesearch.vectors.codec import Vector

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=1)
REMOTE_LEASE = timedelta(minutes=10)
"""So long a claimed row is left to the process that claimed it; afterwards that is taken for dead.

A model in this process answers in seconds; a server may be asked several times, a minute each. A lease that
was too short loses nothing: a late vector is still stored if nobody else has claimed the row meanwhile.
"""
MAX_LEASE = REMOTE_LEASE + timedelta(minutes=1)
"""The time added to tell leases apart, and clocks that differ a little, included."""
FIRST_RETRY = timedelta(seconds=15)
LAST_RETRY = timedelta(hours=1)
MIN_BATCH = 8  # rows that are claimed and stored together, where the model takes fewer at once


State = ImageItem.State
FILE_MISSING = "file missing: the picture's own file is gone from the storage. Add it again."
FILE_DAMAGED = (
    "file damaged: the picture's own file is not what was added. Add the picture again, or take it from a "
    "backup: manage.py check_gallery --fix --from BACKUP"
)


class FileMissing(ImageError):
    """The row's picture is no longer where it was stored."""

    code = "file_missing"


@dataclass
class Outcome:
    """What a run of the index came to."""

    ready: list[int] = field(default_factory=list)
    failed: dict[int, str] = field(default_factory=dict)

    def add(self, other: Outcome) -> None:
        self.ready += other.ready
        self.failed |= other.failed


# --- when a picture is embedded -----------------------------------------------------------------


def inline() -> bool:
    """Whether a save embeds in this process; else the row waits for `embed_images --watch`."""
    if settings.EMBED_ON_SAVE != "auto":
        return bool(settings.EMBED_ON_SAVE == "inline")
    return active_embedder().local


def active_embedder() -> Embedder:
    """The model whose vectors this gallery holds. Raises ModelError."""
    return VectorSpace.current().embedder


def embed_on_save(vectors: type[models.Model], ids: Sequence[int] | None) -> None:
    """What the signals call for a picture that is new or changed: embed it, or leave it to the worker."""
    if inline():
        index(ids)


def index_saved(ids: Sequence[int], photos: Iterable[Photo] = ()) -> None:
    """For our own routes, whose saves are muted: words at once, vectors now or by the worker.

    `photos` are the decoded pictures. To be called after the commit.
    """
    refresh_terms(ids)
    if inline():
        index(ids, photos=photos)


# --- the queue: the rows' state, claimed by a conditional UPDATE --------------------------------


def due(*, retry_all: bool = False, older_than: timedelta | None = None) -> models.QuerySet[ImageItem]:
    """Rows that want a vector now: pending, or failed and to be tried again; not held by anybody."""
    now = timezone.now()
    failed = Q(state=State.FAILED) if retry_all else Q(state=State.FAILED, next_try_at__lte=now)
    rows = ImageItem.objects.filter(Q(state=State.PENDING) | failed, free(now, MAX_LEASE))
    return rows if older_than is None else rows.filter(created_at__lt=now - older_than)


def free(now: datetime, longest: timedelta) -> Q:
    """Rows without a lease that holds now: there is none, it is over, or it ends later than any lease can.

    The last was taken by a clock that was wrong.
    """
    return Q(lease_until__isnull=True) | Q(lease_until__lt=now) | Q(lease_until__gt=now + longest)


def claim(ids: Sequence[int], lease: datetime) -> list[ImageItem]:
    """Lease those of the rows that no other process holds; `lease` is its end, and identifies the holder."""
    free_now = free(timezone.now(), MAX_LEASE)
    ImageItem.objects.filter(free_now, pk__in=ids).exclude(state=State.READY).update(lease_until=lease)
    return list(ImageItem.objects.filter(pk__in=ids, lease_until=lease).order_by("pk"))


def new_lease(length: timedelta = LEASE) -> datetime:
    """The end of a lease that begins now, distinct from that of any other process."""
    return timezone.now() + length + timedelta(microseconds=random.randrange(1_000_000))  # noqa: S311


def due_batches(
    size: int, *, retry_all: bool = False, older_than: timedelta | None = None
) -> Iterator[list[int]]:
    """The ids of all that is due, in order, in batches; what fails meanwhile is not met again."""
    queue = due(retry_all=retry_all, older_than=older_than).order_by("id").values_list("pk", flat=True)
    seen = 0
    while batch := list(queue.filter(pk__gt=seen)[:size]):
        yield batch
        seen = batch[-1]


def batch_size() -> int:
    """How many rows are worth taking together."""
    return max(active_embedder().batch_size, MIN_BATCH)


def index(
    ids: Sequence[int] | None = None, *, retry_all: bool = False, photos: Iterable[Photo] = ()
) -> Outcome:
    """Embed these rows, or all that are due, in the model's batches. Failures are kept in the rows.

    Pictures that are among the decoded `photos` are not read and decoded again. Raises ModelError.
    """
    size = batch_size()
    outcome = Outcome()
    decoded = {photo.sha256: photo.image for photo in photos}
    for batch in due_batches(size, retry_all=retry_all) if ids is None else batched(ids, size):
        outcome.add(index_batch(batch, decoded))
    return outcome


def index_batch(ids: Sequence[int], decoded: Mapping[str, Image.Image] | None = None) -> Outcome:
    """One batch: claim, fetch what has only an address, decode, embed, store. Raises ModelError.

    `decoded` has pictures by the SHA-256 of their files: a row whose picture has changed since gets its own.
    """
    lease = new_lease(LEASE if active_embedder().local else REMOTE_LEASE)
    outcome = Outcome()
    images: dict[int, Image.Image] = {}
    items = {item.pk: item for item in claim(ids, lease)}
    # Read after the claim: a change of model takes back all leases, so that either this is the new one's
    # space, or nothing of the old model's is stored.
    space = VectorSpace.current()
    for item in items.values():
        try:
            ready = (decoded or {}).get(item.sha256 or "")
            images[item.pk] = ready if ready is not None else picture_of(item, lease)
        except (ImageSearchError, OSError) as error:
            outcome.failed[item.pk] = fail(item, error, lease)
    try:
        vectors = image_vectors(space.embedder, list(images.values()))
    except ModelError as error:
        vectors = [EmbeddingUnavailable(str(error))] * len(images)
    done: list[tuple[ImageItem, Vector]] = []
    for pk, vector in zip(images, vectors, strict=True):
        if isinstance(vector, EmbeddingError):
            outcome.failed[pk] = fail(items[pk], vector, lease)
        else:
            done.append((items[pk], vector))
    outcome.ready += store(done, lease, space)
    return outcome


def picture_of(item: ImageItem, lease: datetime) -> Image.Image:
    """The row's picture, upright and RGB; fetched and stored first where there is only an address."""
    if not item.file:
        if not item.image_uri:
            raise ImageError(_("This image has neither a file nor an address to fetch one from. Add one."))
        return fetch(item, lease).image
    return read_picture(item)


def read_picture(item: ImageItem) -> Image.Image:
    """The stored picture, upright and RGB. Raises ImageError, StorageUnavailable, OSError."""
    if not item.file.storage.exists(item.file.name):
        raise FileMissing(FILE_MISSING)
    with item.file.open("rb") as file:
        photo = decode(file, item.original_name)
    item.store_derived(photo)
    return photo.image


def fetch(item: ImageItem, lease: datetime) -> Photo:
    """Bring the picture from the row's address, store it, and save what it is."""
    fetched = http.fetch(item.image_uri)
    photo = decode(fetched.content, fetched.name)
    if twin := ImageItem.objects.filter(sha256=photo.sha256).exclude(pk=item.pk).first():
        raise ImageError(f"same as #{twin.pk}: this address leads to a picture that is already here.")
    item.original_name = item.original_name or fetched.name[:255]
    item.describe(photo)
    item.file = store_original(photo, fetched.content)
    item.store_derived(photo)
    values = {name: getattr(item, name) for name in PICTURE_FIELDS}
    try:
        ImageItem.objects.filter(pk=item.pk, lease_until=lease).update(**values)
    except IntegrityError as error:
        raise ImageError(_("Someone else has just added the picture at this address.")) from error
    return photo


def store(done: Sequence[tuple[ImageItem, Vector]], lease: datetime, space: VectorSpace) -> list[int]:
    """Write vectors, words and states together, for the rows that are still ours and still show that picture.

    So what is searchable lacks nothing, even where the database went away at the same moment.
    """

    def write() -> dict[int, Vector]:
        now = timezone.now()
        kept: dict[int, Vector] = {}
        for item, vector in done:
            held = ImageItem.objects.filter(pk=item.pk, sha256=item.sha256, lease_until=lease)
            if held.update(
                state=State.READY,
                reason="",
                attempts=0,
                next_try_at=None,
                lease_until=None,
                found_from=Coalesce("found_from", Value(now)),
            ):
                kept[item.pk] = vector
        table = space.vectors._default_manager
        table.filter(pk__in=kept).delete()
        table.bulk_create([space.vectors(image_id=pk, vector=vector) for pk, vector in kept.items()])
        refresh_terms(kept)
        return kept

    return list(atomically(write, repeatable=True))


def may_pass(error: Exception) -> bool:
    """Whether another try may help by itself: something is away or full, and the picture is not to blame."""
    return isinstance(error, EmbeddingUnavailable | StorageFull | StorageUnavailable | OSError)


def fail(item: ImageItem, error: Exception, lease: datetime) -> str:
    """Keep the row, with the reason; what may pass by itself is tried again later, ever more seldom."""
    attempts = item.attempts + 1
    wait = min(FIRST_RETRY * 2 ** min(attempts - 1, 10), LAST_RETRY)
    if isinstance(error, EmbeddingUnavailable) and error.retry_after:
        wait = max(wait, timedelta(seconds=min(error.retry_after, 3600)))
    reason = str(error)[:1000]
    ImageItem.objects.filter(pk=item.pk, lease_until=lease).update(
        state=State.FAILED,
        reason=reason,
        attempts=attempts,
        next_try_at=timezone.now() + wait if may_pass(error) else None,
        lease_until=None,
    )
    if isinstance(error, FileMissing):  # an image without a file is not found either
        forget_vectors([item.pk])
    log.warning("Image %s has no vector: %s", item.pk, reason)
    return reason
