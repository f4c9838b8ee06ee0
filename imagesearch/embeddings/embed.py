"""From pictures and words to the vectors that are stored: 512 wide, whatever the model, and checked."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache

import numpy as np
from PIL import Image

from imagesearch.concurrency import turns
from imagesearch.embeddings.base import Embedder, Matrix, Reading
from imagesearch.embeddings.batches import embed_each, retry_once
from imagesearch.embeddings.norm import unit
from imagesearch.errors import EmbeddingError
from imagesearch.vectors.codec import Vector

WIDTH = 512  # of every stored vector
NORM_TOLERANCE = 0.01  # float16 models miss 1 by a thousandth
SEED = 512


def image_vectors(embedder: Embedder, images: Sequence[Image.Image]) -> list[Vector | EmbeddingError]:
    """For each picture, in order, its (512,) unit vector, or why it has none. Raises ModelError."""

    def embed(batch: Sequence[Image.Image]) -> Matrix:
        with _turn(embedder):
            vectors = embedder.embed_images(batch)
        return fit(checked(embedder, vectors, len(batch)))

    return embed_each(embed, images, embedder.batch_size)


def text_vector(embedder: Embedder, text: str) -> Vector:
    """(512,), norm 1, of every word of a query. Raises QueryError, EmbeddingError, ModelError."""
    vector: Vector = text_vectors(embedder, [text])[0]
    return vector


def text_vectors(embedder: Embedder, texts: Sequence[str]) -> Matrix:
    """(n, 512), norm 1, of n queries in one call. Raises QueryError, EmbeddingError, ModelError."""

    def embed() -> Matrix:
        with _turn(embedder):
            return embedder.embed_texts(texts)

    return fit(checked(embedder, retry_once(embed), len(texts)))


def reading_vector(embedder: Embedder, reading: Reading) -> Vector:
    """(512,), norm 1, of what a model knows of a query. Raises QueryError, EmbeddingError, ModelError."""

    def embed() -> Matrix:
        with _turn(embedder):
            return embedder.embed_reading(reading)

    vector: Vector = fit(checked(embedder, retry_once(embed), 1))[0]
    return vector


def _turn(embedder: Embedder) -> AbstractContextManager[None]:
    """A model in this process takes its turn on a core; one behind an API keeps no core busy."""
    return turns.cores.turn() if embedder.local else nullcontext()


def checked(embedder: Embedder, vectors: Matrix, count: int) -> Matrix:
    """The model's answer, if it is unit vectors (count, dimensions); else raises EmbeddingError."""
    wanted = (count, embedder.dimensions)
    if vectors.shape != wanted:
        raise EmbeddingError(
            f"The model {embedder.name} answered {vectors.shape} where {wanted} was asked for."
        )
    if not np.isfinite(vectors).all():
        raise EmbeddingError(f"The model {embedder.name} answered with numbers that are not finite.")
    norms = np.linalg.norm(vectors, axis=1)
    if count and (worst := float(np.abs(norms - 1).max())) > NORM_TOLERANCE:
        raise EmbeddingError(
            f"The model {embedder.name} answered a vector whose norm is {worst:.3g} away from 1, where "
            f"{NORM_TOLERANCE} is the most."
        )
    return vectors


def fit(vectors: Matrix) -> Matrix:
    """(n, any width) → (n, 512), norm 1.

    A narrower model is padded with zeros, which keeps every cosine. A wider one is projected, which moves
    cosines by .03 or so and costs next to nothing (a network of 1,280: P@10 .518 for .523).
    """
    width = vectors.shape[1]
    if width > WIDTH:
        vectors = vectors @ projection(width)
    elif width < WIDTH:
        vectors = np.pad(vectors, ((0, 0), (0, WIDTH - width)))
    return unit(vectors)


@cache
def projection(width: int) -> Matrix:
    """(width, 512) with orthonormal columns: the same on every machine, today and later.

    numpy promises that RandomState's numbers never change, which it does not of its newer generators; a QR
    decomposition is unique once the diagonal of R is positive.
    """
    gaussian = np.random.RandomState(SEED).standard_normal((width, WIDTH))
    columns, triangle = np.linalg.qr(gaussian)
    directions: Matrix = (columns * np.sign(np.diag(triangle))).astype(np.float32)
    return directions
