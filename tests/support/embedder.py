"""A model whose vectors a person can predict: the mean colour of a picture, and colour words."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence

import numpy as np
from PIL import Image

from imagesearch.embeddings.base import Embedder, Matrix, Purpose, Reading
from imagesearch.embeddings.scores import Calibration, Cuts

COLOURS = {
    "red": (1, 0, 0),
    "green": (0, 1, 0),
    "blue": (0, 0, 1),
    "yellow": (1, 1, 0),
    "purple": (1, 0, 1),
    "white": (1, 1, 1),
}


def unit(rows: np.ndarray) -> Matrix:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


class ColourEmbedder(Embedder):
    """Width 4: red, green, blue and a little constant, so that black is a vector too.

    `TEST_EMBEDDER_RESTS_AFTER` of the environment is how many pictures a process embeds before it rests for a
    minute (see tests/gallery/ingest/test_killed_import.py).
    """

    name = "tests.support.embedder.ColourEmbedder"
    dimensions = 4
    batch_size = 8
    calibration = Calibration(picture=Cuts(0.4, 0.6, 0.8), words=Cuts(0.4, 0.6, 0.8))
    summary = "Knows six colours; for tests."
    embedded = 0

    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        if self.embedded >= int(os.environ.get("TEST_EMBEDDER_RESTS_AFTER", "1000000")):
            time.sleep(60)
        self.embedded += len(images)
        pixels = [image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0)) for image in images]
        means = np.array(pixels) / 255
        return unit(np.column_stack([means, np.full(len(images), 0.05)]))

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        return unit(np.array([self._mean(text) for text in texts]))

    def _mean(self, text: str) -> list[float]:
        known = [COLOURS[word] for word in text.lower().split() if word in COLOURS]
        return [*np.mean(known, axis=0), 0.05] if known else [0.3, 0.3, 0.3, 0.05]

    def read(self, text: str) -> Reading:
        words = text.lower().split()
        return Reading(
            sure=tuple(word for word in words if word in COLOURS),
            unsure=tuple(word for word in words if word not in COLOURS),
        )


class OppositeEmbedder(ColourEmbedder):
    """Knows colours by what they are not: to it, too, a red picture is like “red”, and its vectors differ."""

    name = "tests.support.embedder.OppositeEmbedder"
    calibration = None  # type: ignore[assignment]
    summary = "Knows what six colours are not; for tests."

    def embed_images(self, images: Sequence[Image.Image]) -> Matrix:
        return -super().embed_images(images)

    def embed_texts(self, texts: Sequence[str], purpose: Purpose = "query") -> Matrix:
        return -super().embed_texts(texts, purpose)
