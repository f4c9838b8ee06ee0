"""The default indexer on a model whose vectors lie beside its file (the tutorial has URLs)."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile

from gallery.models import Embedding, ImageItem
from imagesearch import hook
from tests.conftest import draw

pytestmark = pytest.mark.django_db


def test_a_row_without_a_picture_keeps_no_other_from_its_vector(caplog: pytest.LogCaptureFixture) -> None:
    picture = ContentFile(draw("red"), name="red.png")
    items = ImageItem.objects.bulk_create([ImageItem(), ImageItem(file=picture)])
    assert hook.index(Embedding, [item.pk for item in items]) == 1
    assert Embedding.objects.get().pk == items[1].pk
    assert not caplog.records
