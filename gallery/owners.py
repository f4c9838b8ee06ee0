"""People who added a picture that was here already: they own it beside the first owner."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone


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
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "owner"], name="further_owner_once")]

    def __str__(self) -> str:
        return f"{self.owner_id} owns {self.image_id}"
