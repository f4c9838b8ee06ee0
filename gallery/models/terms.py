"""The word index, one row for each word of an image."""

from __future__ import annotations

from django.db import models

from gallery.text.words import TERM_LENGTH
from imagesearch.database.collation import ExactCharField


class Term(models.Model):
    """The word index: one folded word of an image's title, tags, file name or caption."""

    image = models.ForeignKey("gallery.ImageItem", on_delete=models.CASCADE, related_name="terms")
    term = ExactCharField(max_length=TERM_LENGTH)
    weight = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["image", "term"], name="term_once")]
        indexes = [models.Index(fields=["term", "weight", "image"], name="term_heaviest")]

    def __str__(self) -> str:
        return str(self.term)
