"""The default indexer on a model whose vectors lie beside its file (the tutorial has URLs)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.core.files.base import ContentFile

from gallery.models import Embedding, ImageItem
from imagesearch import embedding_signals
from tests.conftest import draw

pytestmark = pytest.mark.django_db


def test_a_row_without_a_picture_keeps_no_other_from_its_vector(caplog: pytest.LogCaptureFixture) -> None:
    picture = ContentFile(draw("red"), name="red.png")
    ImageItem.objects.bulk_create([ImageItem(pk=1), ImageItem(pk=2, file=picture)])
    assert embedding_signals.index(Embedding, [1, 2]) == 1
    assert Embedding.objects.get().pk == 2
    assert not caplog.records


def test_rows_whose_keys_the_database_does_not_tell_are_found_by_their_missing_vectors() -> None:
    """As after a bulk_create on TiDB."""
    pictures = [ContentFile(draw(color), name=f"{color}.png") for color in ("red", "blue")]
    ImageItem.objects.bulk_create([ImageItem(file=picture) for picture in pictures])
    assert embedding_signals.index(Embedding, None) == 2
    assert embedding_signals.without_vector(Embedding) == []


@pytest.mark.django_db(transaction=True)
def test_a_muted_save_schedules_nothing_and_the_next_one_does(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled: list[Sequence[int] | None] = []
    monkeypatch.setattr(
        embedding_signals, "schedule", lambda vectors, ids, using=None: scheduled.append(list(ids or []))
    )
    item = ImageItem(file=ContentFile(draw("red"), name="red.png"))
    with embedding_signals.muted(item):
        item.save()
        assert embedding_signals.is_muted(item)
    assert scheduled == []

    item.file = ContentFile(draw("blue"), name="blue.png")
    item.save()
    assert scheduled == [[item.pk]]
