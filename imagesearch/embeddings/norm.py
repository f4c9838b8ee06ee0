"""The length of vectors."""

from __future__ import annotations

import numpy as np

from imagesearch.embeddings.base import Matrix

NOTHING = 1e-9


def unit(rows: Matrix) -> Matrix:
    """(n, d) or (d,) → the same shape: each vector at norm 1; zeros stay zeros."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    normal: Matrix = (rows / np.maximum(lengths, NOTHING)).astype(np.float32)
    return normal
