"""Names that the documentation of version 0.1 shows can still be imported; those that have moved warn."""

from __future__ import annotations

import importlib
import sys

import pytest

SHOWN = [
    "gallery.models.Embedding",
    "gallery.models.ImageItem",
    "imagesearch.embeddings.base.Embedder",
    "imagesearch.errors.ImageSearchError",
    "imagesearch.query.Crop",
    "imagesearch.query.Picture",
    "imagesearch.query.Query",
    "imagesearch.querysets.SearchMixin",
    "imagesearch.vectors.fields.VectorField",
    "imagesearch.vectors.functions.CosineDistance",
    "imagesearch.vectors.functions.L1Distance",
    "imagesearch.vectors.functions.L2Distance",
    "imagesearch.vectors.functions.NegativeInnerProduct",
    "imagesearch.vectors.nearest.nearest",
]
MOVED = {
    "gallery.intake.take": "gallery.ingest.intake.take",
    "imagesearch.hook.register": "imagesearch.embedding_signals.register",
}


def named(path: str) -> object:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("path", SHOWN)
def test_what_was_shown_is_where_it_was(path: str) -> None:
    assert named(path)


@pytest.mark.parametrize(("before", "now"), MOVED.items())
def test_what_has_moved_is_the_same_and_warns(before: str, now: str) -> None:
    sys.modules.pop(before.rpartition(".")[0], None)
    with pytest.warns(DeprecationWarning, match=now.rpartition(".")[0]):
        assert named(before) is named(now)
