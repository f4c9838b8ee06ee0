"""What other projects import keeps its name; a module that has moved warns for one version."""

from __future__ import annotations

import importlib
import sys

import pytest

from gallery.models import ImageItem

PUBLIC = {
    "gallery.models": ["Embedding", "ImageItem"],
    "gallery.ingest.intake": ["take"],
    "imagesearch.embeddings.base": ["Embedder", "Matrix", "Purpose", "Reading"],
    "imagesearch.embedding_signals": ["register"],
    "imagesearch.errors": ["EmbeddingError", "EmbeddingUnavailable", "ImageSearchError", "QueryError"],
    "imagesearch.query": ["Crop", "Picture", "Query"],
    "imagesearch.querysets": ["SearchMixin"],
    "imagesearch.vectors.codec": ["as_vector"],
    "imagesearch.vectors.fields": ["VectorField"],
    "imagesearch.vectors.functions": ["CosineDistance", "L1Distance", "L2Distance", "NegativeInnerProduct"],
    "imagesearch.vectors.nearest": ["distances", "nearest"],
}
MOVED = {
    "gallery.intake": ("gallery.ingest.intake", ["take"]),
    "imagesearch.hook": ("imagesearch.embedding_signals", ["register"]),
}


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_importable(module: str) -> None:
    imported = importlib.import_module(module)
    assert [name for name in PUBLIC[module] if not hasattr(imported, name)] == []


@pytest.mark.parametrize("old", MOVED)
def test_a_moved_module_warns_and_gives_the_same_objects(old: str) -> None:
    new, names = MOVED[old]
    sys.modules.pop(old, None)
    with pytest.warns(DeprecationWarning, match=new):
        former = importlib.import_module(old)
    present = importlib.import_module(new)
    assert all(getattr(former, name) is getattr(present, name) for name in names)


@pytest.mark.django_db
def test_former_names_of_a_query_warn_and_give_the_same() -> None:
    hits = ImageItem.objects.search("red")
    with pytest.warns(DeprecationWarning, match="embedded_query"):
        query = hits.question
    assert query is hits.embedded_query
    with pytest.warns(DeprecationWarning, match="weighted_parts"):
        assert query.voices == query.weighted_parts
