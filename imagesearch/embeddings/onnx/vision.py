"""The part of an exported model that sees."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from imagesearch.embeddings.base import Matrix
from imagesearch.embeddings.norm import unit
from imagesearch.embeddings.onnx.export import Export
from imagesearch.embeddings.onnx.network import Network
from imagesearch.embeddings.onnx.preprocessing import Preprocessing
from imagesearch.errors import EmbeddingError, ModelError

BATCH = 8  # pictures in one run: a tenth faster than one by one, and 5 MB of pixels


class ImageEncoder:
    """Loads the network and tries it. Raises ModelError."""

    def __init__(self, folder: Path, export: Export) -> None:
        if "preprocessor_config.json" not in export.settings:
            raise ModelError(
                f"{folder} has no preprocessor_config.json to say how pictures are prepared for the model. "
                f"Write one: docs/embedding-models.md has an example."
            )
        self.prepare = Preprocessing.read(folder / export.settings["preprocessor_config.json"])
        self.network = Network(folder / export.vision, preferred="image_embeds")
        self.input = self._input()
        self.network.refuse_other_inputs({self.input})
        self.width = self._width()

    def vectors(self, images: Sequence[Image.Image]) -> Matrix:
        """(n, width), norm 1. Raises EmbeddingError."""
        size = self.network.fixed(self.input, 0) or BATCH
        rows = [self._run(images[start : start + size]) for start in range(0, len(images), size)]
        return np.concatenate(rows) if rows else np.empty((0, self.width), np.float32)

    def _run(self, images: Sequence[Image.Image]) -> Matrix:
        pixels = np.stack([self.prepare(image) for image in images])
        return unit(self.network.run({self.input: pixels}))

    def _input(self) -> str:
        """The one that takes pictures."""
        shapes = {name: node.shape for name, node in self.network.inputs.items()}
        pictures: list[str] = [
            name for name, shape in shapes.items() if len(shape) == 4 and shape[1] in {3, "num_channels"}
        ]
        if len(pictures) == 1 and self.network.fixed(pictures[0], 0) in {None, 1}:
            return pictures[0]
        raise ModelError(f"{self.network.path} takes {shapes}; it must take (batch, 3, height, width).")

    def _width(self) -> int:
        """Found by a first picture, which also shows that the settings fit the network."""
        try:
            return int(self._run([Image.new("RGB", (64, 64))]).shape[1])
        except EmbeddingError as error:
            raise ModelError(f"{error} Does its preprocessor_config.json fit?") from error
