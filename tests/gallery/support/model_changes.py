"""A change of model, as its tests run it: from ColourEmbedder to OppositeEmbedder."""

from __future__ import annotations

from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from gallery.ingest import model_change
from gallery.ingest.model_change import TableFilling
from gallery.models import Embedding, SecondEmbedding, VectorSpace
from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.batches import GREY_SQUARE
from imagesearch.embeddings.registry import get_embedder
from imagesearch.errors import ModelError
from tests.support.embedder import ColourEmbedder, OppositeEmbedder

OLD, NEW = ColourEmbedder.name, OppositeEmbedder.name


class ThirdEmbedder(ColourEmbedder):
    name = "tests.gallery.support.model_changes.ThirdEmbedder"


class Damaged(ColourEmbedder):
    name = "tests.gallery.support.model_changes.Damaged"

    def warm_up(self) -> None:
        raise ModelError("Its files are damaged.")


def run(*arguments: str) -> str:
    out = StringIO()
    try:
        call_command("change_model", *arguments, stdout=out)
    except CommandError as error:
        out.write(f"exit {error.returncode}: {error}\n")
    return out.getvalue()


def begun() -> TableFilling:
    filling = TableFilling(model_change.begin(get_embedder(NEW)))
    assert filling.hold()
    return filling


def finish(filling: TableFilling) -> None:
    while filling.hold() and filling.step():
        pass


def answering() -> str:
    return VectorSpace.current().model


def vectors(table: Any) -> dict[int, np.ndarray]:
    return dict(table.objects.values_list("pk", "vector"))


def opposite(pk: int) -> bool:
    """Whether the second table holds the new model's vector of this image's picture."""
    return bool(np.allclose(SecondEmbedding.objects.get(pk=pk).vector, -Embedding.objects.get(pk=pk).vector))


def fail_on_red(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Have the new model answer a batch with a red picture in it with this error."""
    embed = OppositeEmbedder.embed_images

    def embed_images(self: OppositeEmbedder, images: Any) -> Matrix:
        if any(image is not GREY_SQUARE and image.getpixel((5, 5))[0] > 200 for image in images):
            raise error
        return embed(self, images)

    monkeypatch.setattr(OppositeEmbedder, "embed_images", embed_images)
