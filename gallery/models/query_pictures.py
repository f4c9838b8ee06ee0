"""Pictures that people search with, which are not part of the library."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from gallery.models.secrets import new_token
from imagesearch.database.collation import ExactCharField
from imagesearch.images.storage import ContentStorage
from imagesearch.query import Picture


def query_storage() -> ContentStorage:
    """Query pictures lie apart from the library: they are nobody's, and expire."""
    return ContentStorage(location=settings.QUERY_ROOT)


class QueryPicture(models.Model):
    """A picture somebody searches with: not added, found by an unguessable token, forgotten after a day."""

    token = ExactCharField(max_length=40, unique=True, default=new_token)
    name = models.CharField(max_length=255, blank=True)
    sha256 = ExactCharField(max_length=64)
    file = models.FileField(storage=query_storage, max_length=120)
    size = models.PositiveBigIntegerField(default=0, help_text="Bytes of the file.")
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.name or "Picture"

    LONGEST = timedelta(days=7)

    @classmethod
    def find(cls, token: str) -> QueryPicture | None:
        """The kept picture of this token, good for a while longer; None when it has expired.

        One that a saved search pins never does. A row without its file, as from a backup that left query
        pictures out, has expired too.
        """
        alive = Q(expires_at__gt=timezone.now()) | Q(saved_searches__isnull=False)
        kept = QueryPicture.objects.filter(alive, token=token).first()
        if kept is None or not kept.file.storage.exists(kept.file.name):
            return None
        kept.touch()
        return kept

    def as_picture(self) -> Picture:
        """Raises OSError."""
        with self.file.open("rb") as file:
            return Picture(file.read(), self.name)

    def touch(self) -> None:
        """Keep it a while longer, because it is used; never beyond a week in all."""
        later = timezone.now() + timedelta(hours=settings.QUERY_PICTURE_HOURS)
        until = min(later, self.created_at + self.LONGEST)
        if until - self.expires_at > timedelta(minutes=10):
            QueryPicture.objects.filter(pk=self.pk).update(expires_at=until)
