"""`clip/<folder or hub repository>`: any model of pictures, and where it can words, exported to ONNX."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from imagesearch.embeddings.base import Embedder, Matrix, Purpose
from imagesearch.embeddings.lazy import loaded_once
from imagesearch.embeddings.onnx import hub
from imagesearch.embeddings.onnx.export import Export, list_folder
from imagesearch.embeddings.onnx.text import TextEncoder
from imagesearch.embeddings.onnx.vision import BATCH, ImageEncoder
from imagesearch.errors import ModelError


class ClipEmbedder(Embedder):
    """CLIP and what is built like it. Width, sizes, names and types are read from the model's own files.

    The first use of a repository of the hub downloads it: `warm_up` is the place to wait for that.
    """

    batch_size = BATCH
    summary = (
        "Runs an ONNX model of your choice on this machine; what it knows depends on what it was trained on, "
        "and its scores are plain cosines."
    )

    def __init__(self, model: str) -> None:
        self.model = model
        self.name = f"clip/{model}"

    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        """(n, dimensions), norm 1. Raises ModelError, EmbeddingError."""
        return self._vision.vectors(images)

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        """(n, dimensions), norm 1. Raises ModelError, EmbeddingError, QueryError."""
        reader = self._text
        if reader is None:
            return super().embed_texts(texts, purpose)
        return np.array([reader.vector(text) for text in texts], np.float32).reshape(-1, self.dimensions)

    def warm_up(self) -> None:
        self._vision, self._text  # noqa: B018 (each loads)

    @loaded_once
    def dimensions(self) -> int:
        return self._vision.width

    @loaded_once
    def embeds_text(self) -> bool:
        return self._export.text is not None

    @loaded_once
    def _folder(self) -> Path:
        """A folder that exists is meant; anything else is a repository of the hub."""
        folder = Path(self.model).expanduser()
        return folder if folder.is_dir() else hub.folder(self.model)

    @loaded_once
    def _export(self) -> Export:
        return Export.among(list_folder(self._folder), str(self._folder))

    @loaded_once
    def _vision(self) -> ImageEncoder:
        return ImageEncoder(self._folder, self._export)

    @loaded_once
    def _text(self) -> TextEncoder | None:
        if self._export.text is None:
            return None
        reader = TextEncoder(self._folder, self._export, self._export.text)
        if (width := len(reader.vector("a"))) != self.dimensions:
            raise ModelError(f"{self.name} gives pictures {self.dimensions} numbers and words {width}.")
        return reader
