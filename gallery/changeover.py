"""From one embedding model to another, by embedding everything anew; no search ever mixes the two."""

from __future__ import annotations

from collections.abc import Callable

from django.db import models, transaction

from gallery.models import Embedding, ImageItem, VectorSpace
from gallery.querysets import ImageQuerySet

BATCH = 500


def begin_anew(model: str, forgotten: Callable[[int], None]) -> None:
    """Forget all vectors, then make `model` the one that answers; every image waits for its vector.

    `forgotten` is told how many images were just done. Killed in the middle, the old model goes on with
    what is left to it. The last transaction takes back every lease, and a vector is stored only under its
    lease, so that nothing that the old model is at just now comes after.
    """
    last = 0
    while ids := list(
        ImageItem.objects.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]
    ):
        with transaction.atomic():
            forget(Embedding.objects.filter(pk__in=ids), ImageItem.objects.filter(pk__in=ids))
        last = ids[-1]
        forgotten(len(ids))
    with transaction.atomic():
        held = models.Q(lease_until__isnull=False)
        forget(
            Embedding.objects.all(), ImageItem.objects.filter(~models.Q(state=ImageItem.State.PENDING) | held)
        )
        VectorSpace.begin(model)


def forget(vectors: models.QuerySet[Embedding], images: ImageQuerySet) -> None:
    vectors.delete()
    images.requeue()
