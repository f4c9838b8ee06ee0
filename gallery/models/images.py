"""Images: where they came from, what they show, who may see them, and whether they can be found."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.core.files.base import ContentFile
from django.db import models, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from gallery.models.owners import FurtherOwner, replacing
from gallery.models.querysets import ImageQuerySet
from gallery.models.sort_keys import SortKeyField, with_sort_keys
from gallery.models.tags import Tag
from gallery.models.vectors import forget_vectors
from imagesearch.database.collation import ExactCharField
from imagesearch.images.decode import DERIVED_BY, Photo, decode
from imagesearch.images.storage import derived_name, original_name
from imagesearch.network.addresses import refuse_other_schemes
from imagesearch.network.http import MAX_URL_LENGTH
from imagesearch.query import Picture

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User

    from imagesearch.hits import Hits


def original_path(item: ImageItem, filename: str) -> str:
    """Where the picture's own bytes lie: named by their content."""
    if not item.sha256:
        raise ValueError("The picture is stored under its content's hash; save() reads it first.")
    return original_name(item.sha256, PurePosixPath(filename).suffix)


class ImageItem(models.Model):
    """One picture of the gallery: where it came from, what it shows, and whether it can be found."""

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        READY = "ready", _("Searchable")
        FAILED = "failed", _("Failed")

    class Visibility(models.TextChoices):
        PUBLIC = "public", _("Public")
        HIDDEN = "hidden", _("Hidden")

    class Moderation(models.TextChoices):
        PENDING = "pending", _("Waiting for approval")
        APPROVED = "approved", _("Approved")
        BLOCKED = "blocked", _("Blocked")

    title = models.CharField(max_length=200, blank=True)
    caption = models.TextField(blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="images", db_constraint=False)
    # No constraint where many rows share a parent: on TiDB its check locks the parent row until COMMIT.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        db_constraint=False,
        related_name="images",
    )
    visibility = models.CharField(max_length=8, choices=Visibility, default=Visibility.PUBLIC)
    moderation = models.CharField(max_length=8, choices=Moderation, default=Moderation.APPROVED)
    held = models.BooleanField(default=False, editable=False)
    """A curator who is not the owner hid or blocked it: only curators change its visibility."""

    image_uri = models.CharField(
        _("address"), max_length=MAX_URL_LENGTH, blank=True, help_text=_("The URL it is fetched from.")
    )
    original_name = models.CharField(max_length=255, blank=True)
    sort_key = SortKeyField(of=["title", "original_name"])  # of the name that is shown
    file = models.FileField(upload_to=original_path, max_length=120, blank=True)
    sha256 = ExactCharField(max_length=64, unique=True, null=True, blank=True, editable=False)
    dhash = models.CharField(max_length=16, blank=True, editable=False, db_index=True)
    format = models.CharField(max_length=8, blank=True, editable=False)
    width = models.PositiveIntegerField(null=True, blank=True, editable=False)
    height = models.PositiveIntegerField(null=True, blank=True, editable=False)
    size = models.PositiveBigIntegerField(null=True, blank=True, editable=False, help_text="Bytes.")
    color = models.CharField(max_length=12, blank=True, editable=False)
    palette = models.JSONField(default=list, blank=True, editable=False)
    damage = models.CharField(max_length=200, blank=True, default="", editable=False)
    """What is wrong with the file though it can be shown, as a sentence; "" for nothing."""
    derived_by = models.PositiveSmallIntegerField(default=0, editable=False)
    """The version of our decoding that tile, view, hash and colours come from; 0 before it was counted."""

    # The queue of the embedding model is this state; see indexing.py.
    state = models.CharField(max_length=8, choices=State, default=State.PENDING, editable=False)
    reason = models.TextField(blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    next_try_at = models.DateTimeField(null=True, blank=True, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    found_from = models.DateTimeField(null=True, blank=True, editable=False)
    """Since when those can find it who may see it now: since it was embedded, approved, or made public."""

    objects = ImageQuerySet.as_manager()

    if TYPE_CHECKING:  # a search sets them on the rows that it returns, see imagesearch.hits.Hits
        distance: float | None
        score: float | None
        band: str | None
        found_by: tuple[str, ...]

    shared: FurtherOwner | None = None
    """As whose the image was loaded, where a further owner sees its picture alone."""
    _loaded_uri: str | None = None
    _loaded_audience: tuple[Any, Any] = (None, None)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("image")
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="image_newest"),
            models.Index(fields=["state", "next_try_at"], name="image_queue"),
            models.Index(fields=["color"], name="image_color"),
            models.Index(fields=["visibility", "moderation", "-created_at", "-id"], name="image_seen"),
            models.Index(fields=["-found_from", "-id"], name="image_found"),
            models.Index(fields=["visibility", "moderation", "-found_from", "-id"], name="image_shown"),
            models.Index(fields=["visibility", "moderation", "state"], name="image_counts"),
            models.Index(fields=["derived_by"], name="image_derived_by"),
            models.Index(fields=["sort_key", "id"], name="image_sorted"),
            models.Index(fields=["visibility", "moderation", "sort_key", "id"], name="image_seen_sorted"),
        ]
        permissions = [("curate", "Can edit, tag, hide and merge every image")]

    def __str__(self) -> str:
        return self.title or self.original_name or f"Image {self.pk or 'new'}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Decode a new file before anything is stored, and delete the old vectors when the picture changes.

        The files come before the row. Raises ImageError, StorageFull, AddressRefused.
        """
        if self.shared:
            raise ValueError("This copy lacks what its reader may not see; saving it would lose that.")
        photo, changed = self.decode_new_picture()
        kwargs["update_fields"] = self._columns(kwargs.get("update_fields"), changed)
        if photo:
            self._store_files(photo)
        adding, using = self._state.adding, kwargs.get("using")
        with transaction.atomic(using=using), replacing(self, kwargs["update_fields"]):
            super().save(*args, **kwargs)
            if changed and not adding:
                forget_vectors([self.pk], using)
            elif self._becomes_public:
                ImageItem.objects.using(using).filter(pk=self.pk).mark_newly_found()
        self._loaded_uri, self._loaded_audience = self.image_uri, self._audience

    def get_absolute_url(self) -> str:
        return reverse("image", args=[self.pk])

    @classmethod
    def from_db(cls, *args: Any, **kwargs: Any) -> Self:
        item = super().from_db(*args, **kwargs)
        item._loaded_uri = item.__dict__.get("image_uri")  # None where it was deferred
        item._loaded_audience = item._audience
        return item

    @property
    def is_open(self) -> bool:
        """Whether everybody sees it."""
        return (self.visibility, self.moderation) == PUBLIC_APPROVED

    @property
    def _audience(self) -> tuple[Any, Any]:
        """What decides who sees it, as far as it is loaded."""
        return (self.__dict__.get("visibility"), self.__dict__.get("moderation"))

    def _columns(self, fields: Collection[str] | None, changed: bool) -> Collection[str] | None:
        """The columns that a save writes; None for all.

        What the worker writes, the queue and what is known of the picture, is written only with a new one:
        what this copy of the row remembers of it may be older.
        """
        if changed and fields is not None:
            fields = {*fields, *PICTURE_FIELDS, *QUEUE_FIELDS}
        if fields is not None:
            return with_sort_keys(ImageItem, fields)
        if changed or self._state.adding:
            return None
        names = {field.name for field in self._meta.concrete_fields if not field.primary_key}
        unknown = {name for name in NAMES if not self.file and not getattr(self, name)}
        if "title" in unknown:
            unknown.add("sort_key")
        return names - QUEUE_FIELDS - (PICTURE_FIELDS - NAMES) - unknown

    def _store_files(self, photo: Photo) -> None:
        """Write the picture's own file and those made of it. Raises StorageFull."""
        self.file.storage.save(original_name(photo.sha256, photo.extension), self.file.file)
        self.store_derived(photo)

    @property
    def _becomes_public(self) -> bool:
        """Whether everybody sees it from this save on, and did not before."""
        return (
            None not in self._loaded_audience and self._loaded_audience != self._audience == PUBLIC_APPROVED
        )

    def media_url(self, kind: str) -> str:
        """The address of the tile ("t"), the view ("v") or the original ("o"); "" while there is no file.

        That of a tile or view changes with the version that made it, so that no cache shows an old one.
        """
        version = self.derived_by if kind != "o" else 0
        return (
            reverse("media", args=[self.pk, self.sha256[:8], f"{kind}{version or ''}"]) if self.sha256 else ""
        )

    def derived_name(self, kind: str) -> str:
        """The name of the stored tile ("t") or view ("v")."""
        return derived_name(self.sha256 or "", kind, self.derived_by)

    @property
    def tile_url(self) -> str:
        return self.media_url("t")

    @property
    def view_url(self) -> str:
        return self.media_url("v")

    @property
    def aspect(self) -> float:
        """Width over height; 1 while unknown. Kept between 1:3 and 4:1, so that a grid stays a grid."""
        return min(max(self.width / self.height, 1 / 3), 4) if self.width and self.height else 1.0

    @property
    def backdrop(self) -> str:
        """The colour that stands in for the picture while it loads."""
        return self.palette[0]["hex"] if self.palette else "#8a8f98"

    def similar(self, user: User | AnonymousUser | None = None) -> Hits[ImageItem]:
        """The images nearest to this one among those that `user` (None: anybody) may see."""
        return ImageItem.objects.visible_to(user).similar_to(self)

    def decode_new_picture(self) -> tuple[Photo | None, bool]:
        """The newly set file, decoded, and whether the picture is another than before.

        Raises ImageError, and AddressRefused where the address is new and not one of the web.
        """
        address = self.__dict__.get("image_uri")  # None where it was deferred
        if address and address != self._loaded_uri:
            refuse_other_schemes(address)
        if self.file and not self.file._committed:
            photo = decode(self.file.file, self.file.name or "")
            self.file.file.seek(0)
            self.describe(photo)
            return photo, True
        if self._address_changed():
            self.forget_picture()
            return None, True
        return None, False

    def _address_changed(self) -> bool:
        return bool(self.image_uri) and self._loaded_uri not in (None, self.image_uri)

    def describe(self, photo: Photo) -> None:
        """Take over what the decoded picture says of itself, and queue it for the model."""
        if not self.original_name and self.file.name:
            self.original_name = PurePosixPath(self.file.name.replace("\\", "/")).name[:255]
        if not self.title and self.original_name:
            self.title = PurePosixPath(self.original_name).stem[:200]
        if self.file and not self.file._committed:
            self.file.name = f"picture{photo.extension}"
        self.sha256, self.format, self.size = photo.sha256, photo.format, photo.size
        self.describe_looks(photo)
        self.queue()

    def describe_looks(self, photo: Photo) -> None:
        """Take over what our decoding makes of the picture: LOOKS_FIELDS."""
        self.width, self.height = photo.width, photo.height
        self.dhash, self.color = photo.dhash(), photo.color()
        self.palette = [{"hex": swatch.hex, "share": round(swatch.share, 3)} for swatch in photo.palette()]
        self.damage, self.derived_by = photo.damage, DERIVED_BY

    def forget_picture(self) -> None:
        self.file, self.sha256 = "", None
        self.width = self.height = self.size = None
        self.dhash = self.format = self.color = self.damage = ""
        self.palette = []
        self.queue()

    def queue(self) -> None:
        """To be embedded as if never tried."""
        self.state, self.reason = self.State.PENDING, ""
        self.attempts, self.next_try_at, self.lease_until = 0, None, None
        self.found_from = None

    def store_derived(self, photo: Photo) -> None:
        """Write the two pictures that visitors get, where they are missing. Raises StorageFull."""
        for kind, make in (("t", photo.tile), ("v", photo.view)):
            name = self.derived_name(kind)
            if not self.file.storage.exists(name):
                self.file.storage.save(name, ContentFile(make()))

    def as_picture(self) -> Picture:
        """The picture as a query, no larger than it is shown. Raises OSError."""
        with self.file.storage.open(self.derived_name("v")) as file:
            return Picture(file.read(), str(self))

    def files(self) -> list[str]:
        """The names of all that is stored for this image."""
        if not self.sha256:
            return []
        return [self.file.name or "", self.derived_name("t"), self.derived_name("v")]


LOOKS_FIELDS = frozenset(("width", "height", "dhash", "color", "palette", "damage", "derived_by"))
PICTURE_FIELDS = LOOKS_FIELDS | {"file", "original_name", "title", "sha256", "format", "size"}
NAMES = frozenset(("original_name", "title"))  # of these people may write others than the picture's own
QUEUE_FIELDS = frozenset(("state", "reason", "attempts", "next_try_at", "lease_until", "found_from"))
PUBLIC_APPROVED = ("public", "approved")  # what everybody sees
