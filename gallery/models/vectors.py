"""The vectors: two tables of one shape, and which model filled each of them."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.conf import settings
from django.db import models
from django.utils import timezone

from gallery.models.measurements import Measurement
from imagesearch.embeddings.base import Embedder
from imagesearch.embeddings.registry import get_embedder
from imagesearch.embeddings.scores import Calibration, Kind
from imagesearch.vectors.fields import VectorField


class VectorRow(models.Model):
    """Images' vectors: a table of its own, so that TiDB's vector index can answer (see ARCHITECTURE.md).

    There are two, so that a new model fills one while the other answers. A row in either is the vector of
    the image's picture as it is now, by the model of the table's space.
    """

    image = models.OneToOneField("gallery.ImageItem", primary_key=True, on_delete=models.CASCADE)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"Vector of image {self.pk}"


class Embedding(VectorRow):
    vector = VectorField(dimensions=512, source_field="image__file")


class SecondEmbedding(VectorRow):
    vector = VectorField(dimensions=512)  # names no source, so that a saved picture is scheduled once


TABLES = cast("dict[str, type[Embedding]]", {"first": Embedding, "second": SecondEmbedding})  # of one shape


def forget_vectors(images: Collection[int], using: str | None = None) -> None:
    """In both tables; where another picture has come, after its row is written.

    The written row is locked, so that no other process's vector of the old picture comes after.
    """
    for table in TABLES.values():
        table._default_manager.using(using).filter(pk__in=images).delete()


FIRST = 1  # the key of a gallery's first space


class VectorSpace(models.Model):
    """Which model filled which table. Vectors of two models are never compared."""

    class Table(models.TextChoices):
        FIRST = "first", "First"
        SECOND = "second", "Second"

    model = models.CharField(max_length=200)
    calibration = models.JSONField(null=True, blank=True)
    measured = models.JSONField(null=True, blank=True)
    """What was measured on this gallery: also `images`, how many vectors there were, and `at`."""
    cohort = models.JSONField(null=True, blank=True)
    """Ids of the images whose vectors standardise scores (see imagesearch/query/scale.py)."""
    table = models.CharField(max_length=8, choices=Table, default=Table.FIRST)
    active = models.BooleanField(default=True)
    """Whether it answers: one does."""
    wanted = models.BooleanField(default=False)
    """Whether it is to answer as soon as its table is full; see gallery/ingest/model_change.py."""
    lease_until = models.DateTimeField(null=True, blank=True)
    """Until when one process alone fills its table."""
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.model

    @classmethod
    def current(cls, using: str | None = None) -> VectorSpace:
        """The space that answers; of EMBEDDING_MODEL in a gallery that has none yet. Raises ModelError."""
        spaces = cls._default_manager.using(using).defer("cohort")  # which only composed queries need
        if space := spaces.filter(active=True).first():
            return space
        # The first has a key of its own, so that two processes cannot both make one.
        return spaces.get_or_create(pk=FIRST, defaults=cls.of(get_embedder(settings.EMBEDDING_MODEL)))[0]

    @classmethod
    def begin(cls, model: str, using: str | None = None) -> VectorSpace:
        """Make `model` the one that answers, in a gallery without vectors. Raises ModelError."""
        spaces = cls._default_manager.using(using)
        return spaces.update_or_create(pk=FIRST, defaults=cls.of(get_embedder(model)))[0]

    @staticmethod
    def of(embedder: Embedder) -> dict[str, object]:
        """The fields that a space has from its model, before the gallery itself is measured."""
        calibration = embedder.calibration.as_dict() if embedder.calibration else None
        return {"model": embedder.name, "calibration": calibration, "measured": None}

    @property
    def vectors(self) -> type[Embedding]:
        """The table that its model's vectors are in."""
        return TABLES[self.table]

    @property
    def embedder(self) -> Embedder:
        """Raises ModelError."""
        return get_embedder(self.model)

    def cuts(self) -> Calibration | None:
        return Calibration.from_dict(self.calibration) if self.calibration else None

    def findings(self) -> Measurement | None:
        """What was measured of it on this gallery; None where nothing was yet."""
        return Measurement.from_dict(self.measured) if self.measured else None

    def trust(self, kind: Kind) -> str:
        """What its strong matches are worth on this gallery, in a sentence; "" where it is not known."""
        findings = self.findings()
        return findings.trust(kind) if findings else ""
